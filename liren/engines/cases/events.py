"""What the case mechanism announces."""

from dataclasses import dataclass

from liren.base.action import Event


@dataclass(frozen=True, slots=True)
class CaseEvent(Event):
    """Something happened to a case; ``subject`` is whose it is, ``version`` tells apart what happens to it more than once."""

    case: int
    subject: int
    matter: str
    version: int


class CaseSubmitted(CaseEvent):
    """An application has come in, from whatever channel."""


class CaseTakenIn(CaseEvent):
    """Somebody at a window or at the door has taken an application in."""


class CaseAccepted(CaseEvent):
    """The promise clock runs."""


class CaseReturned(CaseEvent):
    """The applicant has the complete list of what is missing."""


class CaseRefused(CaseEvent):
    """An application was not accepted, with a reason."""


class ApplicantAsked(CaseEvent):
    """The clock stands until the applicant has supplied something."""


class CaseSupplied(CaseEvent):
    """The applicant has supplied what was asked for; the clock goes on."""


class CaseHandedOver(CaseEvent):
    """Another desk has the case, or owes an answer about it."""


class HandOverAnswered(CaseEvent):
    """The answer that was owed has come."""


class CaseExtended(CaseEvent):
    """The promise was extended, with a ground."""


class CaseForwarded(CaseEvent):
    """The next step has the case."""


class CaseDecided(CaseEvent):
    """There is a decision."""


class CaseFinished(CaseEvent):
    """The result is delivered."""


class CaseRated(CaseEvent):
    """The applicant has said how it was."""


class RatingAnswered(CaseEvent):
    """A rating has its answer."""


class CaseReopened(CaseEvent):
    """A case is handled once more."""


class CaseWithdrawn(CaseEvent):
    """The applicant has taken the application back."""


@dataclass(frozen=True, slots=True)
class TaskFellDue(Event):
    """A task is due within a working day, or overdue."""

    case: int
    task: int
    overdue: bool
