"""What follows from events: the applicant is told every step, superiors are told of what is late, links re-key what was theirs."""

from datetime import datetime

from django.utils.translation import gettext as _

from liren.base import texting
from liren.base.clock import day_of
from liren.base.codes import normal_phone
from liren.base.jobs import reaction
from liren.base.rows import apply
from liren.base.scopes import Scope
from liren.base.words import day
from liren.engines.cases.actions import follow_link
from liren.engines.cases.events import (
    ApplicantAsked,
    CaseAccepted,
    CaseDecided,
    CaseEvent,
    CaseExtended,
    CaseFinished,
    CaseForwarded,
    CaseRated,
    CaseRefused,
    CaseReopened,
    CaseReturned,
    CaseSupplied,
    CaseTakenIn,
    CaseWithdrawn,
    RatingAnswered,
    TaskFellDue,
)
from liren.engines.cases.models import Case
from liren.engines.cases.queries import case_by_id, superiors_of, task_by_id, texted, told
from liren.foundation.access.events import AccountLinked
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import NewMessage, send_messages
from liren.foundation.commons.rules import once_key

SYSTEM = Viewer.system("cases")


def _tell(event: CaseEvent, at: datetime) -> None:
    """Send the applicant the words of an event, once."""
    case = case_by_id(event.case)
    words = told(type(event).__name__, case) if case is not None and event.subject else None
    if case is None or words is None:
        return
    key = once_key("cases", type(event).__name__, case.pk, event.version)
    message = NewMessage(case.subject, words.title[:64], words.body, key, link=f"/cases/{case.pk}", about=case)
    new = send_messages(by=SYSTEM, at=at, area=case.area, messages=[message])
    text = texted(type(event).__name__, case)
    if (
        new and text and case.phone and texting.is_plugged()
    ):  # a text that fails takes the message back: both are tried again
        texting.send_text(normal_phone(case.phone), text)


@reaction(CaseTakenIn)
def tell_taken_in(event: CaseTakenIn, at: datetime) -> None:
    """Tell the applicant that a window has taken the application in."""
    _tell(event, at)


@reaction(CaseAccepted)
def tell_accepted(event: CaseAccepted, at: datetime) -> None:
    """Tell the applicant that the promise runs, and until when."""
    _tell(event, at)


@reaction(CaseReturned)
def tell_returned(event: CaseReturned, at: datetime) -> None:
    """Tell the applicant everything that is missing."""
    _tell(event, at)


@reaction(CaseRefused)
def tell_refused(event: CaseRefused, at: datetime) -> None:
    """Tell the applicant why the application was not accepted."""
    _tell(event, at)


@reaction(ApplicantAsked)
def tell_asked(event: ApplicantAsked, at: datetime) -> None:
    """Tell the applicant what is asked."""
    _tell(event, at)


@reaction(CaseSupplied)
def tell_supplied(event: CaseSupplied, at: datetime) -> None:
    """Tell the applicant that the clock goes on."""
    _tell(event, at)


@reaction(CaseExtended)
def tell_extended(event: CaseExtended, at: datetime) -> None:
    """Tell the applicant why it takes longer."""
    _tell(event, at)


@reaction(CaseForwarded)
def tell_forwarded(event: CaseForwarded, at: datetime) -> None:
    """Tell the applicant who has the case now."""
    _tell(event, at)


@reaction(CaseDecided)
def tell_decided(event: CaseDecided, at: datetime) -> None:
    """Tell the applicant that there is a decision."""
    _tell(event, at)


@reaction(CaseFinished)
def tell_finished(event: CaseFinished, at: datetime) -> None:
    """Tell the applicant that the result is there, and ask for a rating."""
    _tell(event, at)


@reaction(CaseRated)
def tell_rated(event: CaseRated, at: datetime) -> None:
    """Thank the applicant for a rating."""
    _tell(event, at)


@reaction(RatingAnswered)
def tell_rating_answered(event: RatingAnswered, at: datetime) -> None:
    """Tell the applicant what came of the rating."""
    _tell(event, at)


@reaction(CaseReopened)
def tell_reopened(event: CaseReopened, at: datetime) -> None:
    """Tell the applicant that the case is handled once more."""
    _tell(event, at)


@reaction(CaseWithdrawn)
def tell_withdrawn(event: CaseWithdrawn, at: datetime) -> None:
    """Tell the applicant that the application was taken back."""
    _tell(event, at)


@reaction(TaskFellDue)
def tell_superiors(event: TaskFellDue, at: datetime) -> None:
    """Tell who sits at a desk what is about to fall due, and also who watches over that desk what is late."""
    task = task_by_id(event.task)
    if task is None or task.due_on is None:
        return
    case: Case = task.case
    title = _("超期") if event.overdue else _("即将到期")
    body = (
        _("“%(what)s”应在%(day)s前完成，已经超期，请马上处理。办件编号 %(number)s。")
        if event.overdue
        else _("“%(what)s”最晚%(day)s，请抓紧办。办件编号 %(number)s。")
    ) % {"what": task.get_kind_display(), "day": day(task.due_on, day_of(at)), "number": case.number}
    send_messages(
        by=SYSTEM,
        at=at,
        area=task.area,
        messages=[
            NewMessage(
                account,
                f"{title}：{case.matter_name} {case.applicant_name}".strip()[:64],
                body,
                once_key("cases", "due", task.pk, event.overdue, task.due_on, account),
                link=f"/desk/cases/{case.pk}",
                about=case,
            )
            for account in superiors_of(task, on=day_of(at), also_above=event.overdue)
        ],
    )


@reaction(AccountLinked)
def rekey_cases(event: AccountLinked, at: datetime) -> None:
    """Let the cases of an account belong to the person to whom it was linked."""
    apply(Scope.everything())  # the cases of one account may lie in several communities
    follow_link(by=SYSTEM, at=at, area=event.area, account_id=event.account_id, person_id=event.person_id)
