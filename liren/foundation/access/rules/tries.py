"""How often one may try, and for how long a door stays closed."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

Kind = Literal[
    "password.account", "password.address", "second.account", "code.pause", "code.phone", "code.phone_day", "code.address",
    "try.phone", "try.address", "link.account", "link.address", "check.number", "check.address", "token.address",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Limit:
    """``most`` tries within ``within``; the last of them closes the door for ``closed``."""

    most: int
    within: timedelta
    closed: timedelta


MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)

LIMITS: dict[str, Limit] = {
    "password.account": Limit(5, 15 * MINUTE, 15 * MINUTE),
    "password.address": Limit(50, 15 * MINUTE, 15 * MINUTE),  # an office behind one address
    "second.account": Limit(5, 15 * MINUTE, 15 * MINUTE),
    "code.pause": Limit(1, MINUTE, MINUTE),
    "code.phone": Limit(5, HOUR, HOUR),
    "code.phone_day": Limit(10, 24 * HOUR, 12 * HOUR),
    "code.address": Limit(60, HOUR, 30 * MINUTE),  # a village behind one address
    "try.phone": Limit(10, HOUR, 30 * MINUTE),
    "try.address": Limit(100, HOUR, 30 * MINUTE),
    "link.account": Limit(5, HOUR, HOUR),
    "link.address": Limit(30, HOUR, HOUR),
    "check.number": Limit(
        10, 12 * HOUR, 12 * HOUR
    ),  # four digits of a phone are 10,000 guesses: more than a year of them
    "token.address": Limit(30, 10 * MINUTE, 10 * MINUTE),
    "check.address": Limit(10, 10 * MINUTE, 10 * MINUTE),
}

CODE_DIGITS = 6
CODE_LIVES = 5 * MINUTE
CODE_TRIES = 5

PENDING_LIVES = 10 * MINUTE  # between the password and the second factor

INVITATION_LIVES = timedelta(days=7)
INVITATION_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # no 0 O, 1 I L
INVITATION_LENGTH = 8

HOLDER = "_holder"  # the session's mark of whose it is
SECOND_FACTOR = "second_factor"  # the session's mark that one was proved, with the time

Holder = Literal["staff", "resident", "nobody"]


@dataclass(frozen=True, slots=True)
class Life:
    """How long a session lives without being used, how long at most, and how exactly its use is noted."""

    idle: timedelta
    most: timedelta
    step: timedelta


LIVES: dict[Holder, Life] = {
    "staff": Life(30 * MINUTE, 12 * HOUR, MINUTE),
    "resident": Life(timedelta(days=14), timedelta(days=90), 6 * HOUR),
    "nobody": Life(2 * HOUR, 12 * HOUR, 10 * MINUTE),
}


def expiry(holder: Holder, *, began: datetime, at: datetime) -> datetime:
    """Return until when a session lives that began at ``began`` and is used at ``at``."""
    life = LIVES[holder]
    return min(at + life.idle, began + life.most)


def is_worth_noting(holder: Holder, *, began: datetime, expires: datetime, at: datetime) -> bool:
    """Say whether the use at ``at`` prolongs the session by more than its step."""
    return expiry(holder, began=began, at=at) - expires >= LIVES[holder].step


def normal_username(text: str) -> str:
    """Return a user name as tries are counted: large and small letters are one."""
    return text.strip().casefold()


def normal_invitation(text: str) -> str:
    """Return an invitation code as it was printed: capitals, without spaces and dashes."""
    return "".join(text.split()).replace("-", "").upper()


def own_path(target: Any, otherwise: str) -> str:
    """Return ``target`` when it is a path of this site (one leading slash, no scheme, no control characters), else ``otherwise``."""
    text = str(target or "")
    if not text.startswith("/") or text.startswith(("//", "/\\")) or "\\" in text or not text.isprintable():
        return otherwise
    return text
