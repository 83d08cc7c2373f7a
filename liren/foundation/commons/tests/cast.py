"""Somebody to sign in as."""

from datetime import UTC, date, datetime

from liren.foundation.access.models import Account, Appointment, Post
from liren.foundation.access.queries import account_with_seats
from liren.foundation.access.rules import Viewer

COMMUNITY, NEIGHBOUR, TOWNSHIP = 320115006001000, 320115006002000, 320115006000000
AT = datetime(2026, 11, 21, 2, 0, tzinfo=UTC)
ON = date(2026, 11, 21)
OWN = ["commons.upload_files", "commons.read_messages"]


def resident(name: str = "张秀兰", *, person_id: int | None = None) -> Account:
    Post.objects.update_or_create(
        code="resident", defaults={"title": "居民", "level": 5, "capabilities": OWN, "totp_required": False}
    )
    return Account.objects.create(
        name=name, created_at=AT, person_id=person_id, person_area=COMMUNITY if person_id else None
    )


def clerk(area: int = COMMUNITY, level: int = 5, *, capabilities: list[str] | None = None) -> Account:
    post, _ = Post.objects.update_or_create(
        code=f"clerk-{'-'.join(capabilities or ['all'])}"[:64],
        defaults={
            "title": "综合窗口",
            "level": level,
            "capabilities": [*OWN, "commons.view_files", "commons.send_messages"]
            if capabilities is None
            else capabilities,
            "totp_required": False,
        },
    )
    account = Account.objects.create(name="王小敏", created_at=AT)
    Appointment.objects.create(
        account=account, post=post, level=level, area=area, place="牌坊社区", valid_from=date(2026, 1, 1)
    )
    return account


def viewer(account: Account) -> Viewer:
    found = account_with_seats(account.pk, on=ON, second_factor=False)
    assert found is not None
    return found[1]
