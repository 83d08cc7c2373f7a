"""Until when a door is closed."""

from collections.abc import Iterable
from datetime import datetime

from liren.base.crypto import ring
from liren.foundation.access.models import Account, Throttle
from liren.foundation.access.rules.tries import normal_username


def bucket_of(kind: str, key: object) -> bytes:
    """Return what the table keeps of a phone, a user name or an address: a keyed digest."""
    return ring().blind(f"{kind}:{key}", "access_throttle.bucket")


def locked_until(accounts: Iterable[Account], *, at: datetime) -> dict[int, datetime]:
    """Return until when the doors of staff accounts are closed, by account id, in one query."""
    buckets = {
        bucket: account.pk
        for account in accounts
        for bucket in (
            bucket_of("password.account", normal_username(account.username or "")),
            bucket_of("second.account", account.pk),
        )
    }
    closed = Throttle.objects.filter(bucket__in=list(buckets), locked_until__gt=at)
    return {buckets[bytes(bucket)]: until for bucket, until in closed.values_list("bucket", "locked_until") if until}
