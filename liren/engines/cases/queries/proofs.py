"""What somebody may see who has signed in nowhere: a case by its receipt, a document by its seal, a rating by its link."""

import hmac
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime

from django.core import signing
from django.utils.translation import gettext as _

from liren.base.clock import day_of
from liren.base.codes import mask_name
from liren.base.crypto import ring
from liren.base.errors import NotFound
from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.engines.cases.enums import Outcome, State
from liren.engines.cases.models import Case
from liren.engines.cases.permissions import RATE
from liren.engines.cases.queries.matters import matter_of
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.queries import number_of
from liren.foundation.places.rules import COMMUNITY, county_of, subtree

RATING_SALT = "cases.rating"
LINK_DAYS = 400  # longer than any term in which a case may be rated
SEAL_CHARACTERS = 16


@dataclass(frozen=True, slots=True)
class Followed:
    """What anybody learns who has the number of a receipt and the last four digits of the phone: nothing personal."""

    number: str
    area: int
    matter_name: str
    state: str
    submitted_at: datetime | None
    accepted_on: date | None
    due_on: date | None
    due_provisional: bool
    answer_due_on: date | None
    finished_at: datetime | None
    said: str


def tail_key(number: str, tail: str) -> str:
    """Return what the blind index of a case is made of: its number with the last four digits of the phone."""
    return f"{number} {''.join(str(int(sign)) for sign in tail if sign.isdecimal())[-4:]}"


@contextmanager
def in_public(area: int) -> Iterator[None]:
    """Look into one community for a while; queries name their columns."""
    here = subtree(COMMUNITY, area)
    with rescoped(Scope.public(here.lo, here.hi)):
        yield


def check(number: str, tail: str) -> Followed:
    """Return how far a case is; the same refusal for a wrong number and a wrong phone."""
    receipt = number_of(number)
    columns = (
        "id", "number", "area", "matter_name", "state", "submitted_at", "accepted_on", "due_on", "due_provisional",
        "answer_due_on", "finished_at", "item", "step",
    )  # fmt: skip
    with in_public(receipt.area):
        key = tail_key(str(receipt), tail)
        case = Case.objects.filter(county=county_of(receipt.area), number=str(receipt), tail=key).only(*columns).first()
    if case is None:
        raise NotFound(_("编号和手机尾号对不上。请照回执再核对一遍；没有留手机号的，请到窗口查询。"))
    running = case.state in {State.SUBMITTED, State.ACCEPTED, State.IN_HAND}
    return Followed(
        case.number, case.area, case.matter_name, case.state, case.submitted_at, case.accepted_on, case.due_on,
        case.due_provisional, case.answer_due_on, case.finished_at, matter_of(case).step(case.step).said if running else "",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Genuine:
    """What a genuine document says of itself: enough to compare, the name masked."""

    number: str
    title: str
    matter_name: str
    applicant: str
    outcome: str
    decided_on: date


def seal_of(case: Case) -> str:
    """Return the seal that a printed result carries: it changes with the decision."""
    text = f"{case.number} {case.reopened} {case.outcome} {case.decided_at.isoformat() if case.decided_at else ''}"
    return ring().blind(text, "cases.document").hex()[:SEAL_CHARACTERS]


def document_token(case: Case) -> str:
    """Return what stands behind ``/check/document/`` on a printed result."""
    return f"{case.number}.{seal_of(case)}"


def check_document(token: str) -> Genuine:
    """Return what a genuine document says of itself; raise ``NotFound`` for every other token."""
    number, _dot, seal = token.rpartition(".")
    receipt = number_of(number)
    columns = (
        "id", "number", "area", "matter_name", "applicant_name", "outcome", "decided_at", "document_seal", "item", "reopened",
    )  # fmt: skip
    with in_public(receipt.area):
        case = Case.objects.filter(county=county_of(receipt.area), number=str(receipt)).only(*columns).first()
    if case is None or case.decided_at is None or not hmac.compare_digest(case.document_seal.encode(), seal.encode()):
        raise NotFound(_("没有核对到这份文书。它可能是假的，也可能已经由新的决定代替，请拿原件到窗口核对。"))
    return Genuine(
        case.number,
        matter_of(case).result.name,
        case.matter_name,
        mask_name(case.applicant_name),
        str(Outcome(case.outcome).label) if case.outcome else "",
        day_of(case.decided_at),
    )


def rating_token(case: Case) -> str:
    """Return the token of a link by which a case can be rated without signing in."""
    return signing.dumps([case.pk, case.area, case.reopened], salt=RATING_SALT, compress=False)


@contextmanager
def rated_by_link(viewer: Viewer, token: str) -> Iterator[tuple[Case, Viewer]]:
    """Give the case behind a rating link and a rater who may do nothing but rate it, inside the scope where that works."""
    try:
        pk, area, round_before = signing.loads(token, salt=RATING_SALT, max_age=LINK_DAYS * 86_400)
    except (signing.BadSignature, ValueError):
        raise NotFound(_("这个评价链接已经失效。您可以在“我的办件”里评价，或者到窗口评价。")) from None
    with in_public(area):
        case = Case.objects.filter(area=area, pk=pk).first()
        if case is None:
            raise NotFound(_("这个评价链接已经失效。您可以在“我的办件”里评价，或者到窗口评价。"))
        if case.reopened != round_before:
            raise NotFound(
                _("这件事已经重新办理，这个链接用不上了。请用最新一条短信里的链接，或者在“我的办件”里评价。")
            )
        yield (
            case,
            Viewer(
                mode="resident",
                person_id=case.subject,
                capabilities=frozenset({RATE.code}),
                subjects=frozenset({case.subject}),
                address=viewer.address,
                door=viewer.door,
                once=viewer.once,
            ),
        )
