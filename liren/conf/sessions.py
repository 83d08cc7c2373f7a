"""Sessions in the database: one query gives the session, its account and its seats; the table keeps digests, not cookies."""

import hashlib
import json
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.base import CreateError, SessionBase, UpdateError
from django.db import connection

from liren.base import clock
from liren.base.rows import Assumption
from liren.foundation.access.models import Account
from liren.foundation.access.queries import Visit, unchanged, visit
from liren.foundation.access.rules.tries import HOLDER, Holder, expiry, is_worth_noting

BEGAN = "_began"
MOST_KNOWN = 4096


class Known(dict[bytes, Visit]):
    """Who came with which session of late, in this process; the oldest are forgotten first."""

    def add(self, key: bytes, found: Visit) -> None:
        """Remember a visit."""
        self.pop(key, None)
        self[key] = found
        while len(self) > MOST_KNOWN:
            self.pop(next(iter(self)), None)


KNOWN = Known()


def digest(key: str) -> bytes:
    """Return what the table keeps of a session's cookie."""
    return hashlib.sha256(key.encode()).digest()


@lru_cache(maxsize=4096)
def proof_of(password: str) -> str:
    """Return what a session keeps as proof of an account's password, from its stored form; it changes with it."""
    return Account(password=password).get_session_auth_hash()


class SessionStore(SessionBase):
    """A session; ``visit`` is what its query found besides.

    Where it ``remembers``, it is what the last request found, and ``assumed`` has to be sent with the transaction that counts on it.
    """

    def __init__(self, session_key: str | None = None, *, remembers: bool = False) -> None:
        # what SessionBase sets, without the serializer that it looks up by name for each request and that is not used here
        self._session_key, self.accessed, self.modified = session_key, False, False
        self.given_key = session_key
        self.remembers = remembers
        self.visit: Visit | None = None
        self.assumed: Assumption | None = None

    def start_over(self) -> None:
        """Forget what was loaded, after what was remembered has turned out to be otherwise: it is asked for now."""
        KNOWN.pop(digest(self.given_key or ""), None)
        vars(self).pop("_session_cache", None)
        self._session_key, self.modified = self.given_key, False
        self.remembers, self.visit, self.assumed = False, None, None

    @property
    def holder(self) -> Holder:
        """Return whose session it is: that decides how long it lives."""
        known: Holder = self.get(HOLDER, "resident") if SESSION_KEY in self else "nobody"
        return known

    def load(self) -> dict[str, Any]:
        """Return the session's values and keep the account found with them; forget a key that opens nothing."""
        at, key = clock.now(), digest(self.session_key or "")
        on = clock.day_of(at)
        found = KNOWN.get(key) if self.remembers and not connection.in_atomic_block else None
        if found is not None:
            self.assumed = unchanged(found, key, at=at, on=on)
        else:
            found = visit(key, at=at, on=on)
            if found is None:
                self._session_key = None
                return {}
            KNOWN.add(key, found)
        values: dict[str, Any] = json.loads(found.data)
        self.visit = found
        holder: Holder = values.get(HOLDER, "resident") if SESSION_KEY in values else "nobody"
        began = datetime.fromtimestamp(values.get(BEGAN, at.timestamp()), tz=at.tzinfo)
        if is_worth_noting(holder, began=began, expires=found.expires_at, at=at):
            self.modified = True
        return values

    def exists(self, session_key: str) -> bool:
        """Say whether a key is taken; new ones are random enough not to be."""
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM access_session WHERE key = %s", [digest(session_key)])
            return cursor.fetchone() is not None

    def create(self) -> None:
        """Begin a session under a new key."""
        while True:
            self._session_key = self._get_new_session_key()  # type: ignore[attr-defined]  # not in the stubs
            try:
                self.save(must_create=True)
            except CreateError:
                continue
            self.modified = True
            return

    def save(self, must_create: bool = False) -> None:
        """Write the session and until when it lives."""
        if self.session_key is None:
            self.create()
            return
        values = self._get_session(no_load=must_create)  # type: ignore[attr-defined]  # not in the stubs
        at = clock.now()
        values.setdefault(BEGAN, int(at.timestamp()))
        account = values.get(SESSION_KEY)
        row = {
            "key": digest(self.session_key),
            "account": int(account) if account else None,
            "data": json.dumps(values, separators=(",", ":"), ensure_ascii=False),
            "expires": self._expires(at),
        }
        statement = (
            "INSERT INTO access_session (key, account_id, data, expires_at)"
            " VALUES (%(key)s, %(account)s, %(data)s, %(expires)s) ON CONFLICT DO NOTHING"
            if must_create
            else "UPDATE access_session SET account_id = %(account)s, data = %(data)s, expires_at = %(expires)s WHERE key = %(key)s"
        )
        with connection.cursor() as cursor:
            cursor.execute(statement, row)
            if not cursor.rowcount:
                raise CreateError if must_create else UpdateError

    def delete(self, session_key: str | None = None) -> None:
        """End a session."""
        key = session_key or self.session_key
        if key is not None:
            with connection.cursor() as cursor:
                cursor.execute("DELETE FROM access_session WHERE key = %s", [digest(key)])

    @classmethod
    def clear_expired(cls) -> None:
        """Remove sessions that have run out."""
        with connection.cursor() as cursor:
            cursor.execute("DELETE FROM access_session WHERE expires_at < %s", [clock.now()])

    def get_expire_at_browser_close(self) -> bool:
        """Keep only residents signed in when the browser is closed."""
        return self.holder != "resident"

    def get_expiry_age(self, **kwargs: Any) -> int:
        """Return how long the cookie lives, in seconds."""
        at = clock.now()
        return max(int((self._expires(at) - at) / timedelta(seconds=1)), 0)

    def _expires(self, at: datetime) -> datetime:
        began = datetime.fromtimestamp(self.get(BEGAN, at.timestamp()), tz=at.tzinfo)
        return expiry(self.holder, began=began, at=at)
