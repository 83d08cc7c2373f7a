"""Tokens of other systems: how they look, how long they live, what they may never do."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import date, timedelta

PREFIX = "liren_"
"""Every token begins so: who finds one lying about, or looks for them in a repository, knows what it is."""
SCHEME = "Bearer "
SECRET_BYTES = 32
SHOWN = len(PREFIX) + 5
LONGEST = timedelta(days=366)
MOST_A_MINUTE = 600
NEVER = ("access.",)
"""Capabilities that no machine holds: accounts, appointments, the journal, further tokens."""


def new_token() -> str:
    """Return a secret of 256 bits."""
    return PREFIX + secrets.token_urlsafe(SECRET_BYTES)


def digest_of(token: str) -> bytes:
    """Return what the table keeps of a token; as much chance as it holds needs no slow hash."""
    return hashlib.sha256(token.encode()).digest()


def token_in(header: str) -> str:
    """Return the token of an ``Authorization`` header, nothing when it holds another kind."""
    token = header[len(SCHEME) :].strip() if header[: len(SCHEME)].casefold() == SCHEME.casefold() else ""
    return token if token.startswith(PREFIX) else ""


def grantable(capabilities: Iterable[str]) -> list[str]:
    """Return those capabilities of a post that a token may have."""
    return sorted(code for code in capabilities if not code.startswith(NEVER))


def latest(on: date) -> date:
    """Return the last day until which a token that is asked for on a day may live."""
    return on + LONGEST
