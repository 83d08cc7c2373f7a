"""Tables of people and posts, of signing in, of links to persons, and of the journal."""

from liren.foundation.access.models.journal import JournalLine, JournalSeal
from liren.foundation.access.models.links import Invitation, LinkRequest
from liren.foundation.access.models.people import Account, Appointment, Post
from liren.foundation.access.models.signing import SecondFactor, Session, SignInCode, Throttle, TrayMessage
from liren.foundation.access.models.tokens import Token

__all__ = [
    "Account", "Appointment", "Invitation", "JournalLine", "JournalSeal", "LinkRequest", "Post", "SecondFactor", "Session",
    "SignInCode", "Throttle", "Token", "TrayMessage",
]  # fmt: skip
