"""A resident asks, a worker decides: corrections go through the registry's own actions, with the proof at hand."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from liren.base.action import action, announce, remark
from liren.base.clock import day_of
from liren.base.errors import Conflict, NotFound, Refusal, TooMany
from liren.foundation.access.actions import actor
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import attach_files
from liren.registry.actions.facts import correct_fact, withdraw_fact
from liren.registry.actions.people import correct_person, set_phone
from liren.registry.enums import CorrectionState, CorrectionVerb, Source
from liren.registry.events import CorrectionAsked, CorrectionDecided
from liren.registry.flows import CORRECTION
from liren.registry.models import CorrectionRequest, Fact, Person
from liren.registry.permissions import DECIDE, OWN_RECORD
from liren.registry.queries.corrections import fact_of, promised
from liren.registry.rules import standing

OF_PERSON = frozenset({"name", "number", "sex", "birth_on", "ethnicity"})
PHONE, OTHER, FACT = "phone", "other", "fact-"
DAYS = frozenset({"birth_on", "valid_from", "valid_until"})
MOST_WAITING = 10


@action(OWN_RECORD, on="person")
def ask_correction(
    *,
    by: Viewer,
    at: datetime,
    person: Person,
    item: str,
    before: str,
    words: str,
    wanted: Mapping[str, Any] | None = None,
    never_so: bool = False,
    files: Sequence[int] = (),
) -> CorrectionRequest:
    """Ask for ``item`` of one's own file to be put right; ``before`` is what the page showed, ``wanted`` what should stand there.

    ``files`` are uploads of the asker's that prove it. One item waits once; a community answers within its promise.
    """
    if not words.strip() and not wanted and not never_so:
        raise Refusal(_("请写一写哪里不对、应该是什么。"), field="said")
    fact = _line(person, item)
    waiting = CorrectionRequest.objects.filter(subject=person.pk, state=CorrectionState.WAITING)
    if waiting.filter(item=item).exists():
        raise Conflict(_("这一项您已经申请过更正，社区正在核实。要补充的话，请先撤回再重新申请。"))
    if waiting.count() >= MOST_WAITING:
        raise TooMany(_("您已经有几项申请等着核实，请等有了结果再申请别的。"), retry_after=86400)
    due = promised(person.area, day_of(at))
    request = CorrectionRequest(
        area=person.area,
        subject=person.pk,
        account_id=by.account_id,
        item=item,
        fact=fact.pk if fact else None,
        never_so=never_so and fact is not None,
        before=before,
        wanted={name: _text(value) for name, value in (wanted or {}).items()},
        words=words.strip(),
        asked_at=at,
        due_on=due.day,
        due_provisional=due.provisional,
    )
    try:
        with transaction.atomic():
            request.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("这一项您已经申请过更正，社区正在核实。")) from error
    if files:
        attach_files(by=by, at=at, owner=request, files=files)
    announce(CorrectionAsked(area=request.area, request=request.pk))
    return request


@action(OWN_RECORD, on="request")
def withdraw_correction(*, by: Viewer, at: datetime, request: CorrectionRequest) -> CorrectionRequest:
    """Take one's own request back."""
    _decide(request, CorrectionVerb.WITHDRAW, by=by, at=at)
    return request


@action(DECIDE, on="request")
def accept_correction(
    *,
    by: Viewer,
    at: datetime,
    request: CorrectionRequest,
    values: Mapping[str, Any] | None = None,
    never_so: bool | None = None,
    note: str = "",
) -> CorrectionRequest:
    """Correct what a request asks for, by the registry's own action, with the request and its proof named in the reason.

    ``values`` and ``never_so`` are what the worker found right; without them what the resident asked for counts.
    """
    _decide(request, CorrectionVerb.ACCEPT, by=by, at=at, reason=note)
    person = Person.objects.filter(pk=request.subject).first()
    if person is None:
        raise NotFound(_("没有找到这份档案，可能已经合并或转走。"))
    given = asked_values(request) if values is None else dict(values)
    withdrawn = request.never_so if never_so is None else never_so
    made = _correct(person, request, given, withdrawn=withdrawn, by=by, at=at)
    if made is not None:
        CorrectionRequest.objects.filter(pk=request.pk).update(made=made.pk)
        request.made = made.pk
    remark(item=request.item, columns=sorted(given))
    announce(CorrectionDecided(area=request.area, request=request.pk, person=request.subject))
    return request


@action(DECIDE, on="request")
def refuse_correction(*, by: Viewer, at: datetime, request: CorrectionRequest, reason: str) -> CorrectionRequest:
    """Say why something stays as it is; the resident reads the reason."""
    if len(reason.strip()) < 2:
        raise Refusal(_("请写明原因，居民会看到。"), field="reason")
    _decide(request, CorrectionVerb.REFUSE, by=by, at=at, reason=reason.strip())
    remark(item=request.item)
    announce(CorrectionDecided(area=request.area, request=request.pk, person=request.subject))
    return request


def asked_values(request: CorrectionRequest) -> dict[str, Any]:
    """Return what a resident wants to stand there, with days as days."""
    wanted: Mapping[str, str] = request.wanted or {}
    return {
        name: date.fromisoformat(value) if name in DAYS and value else (value or None) if name in DAYS else value
        for name, value in wanted.items()
    }


def _correct(
    person: Person, request: CorrectionRequest, values: dict[str, Any], *, withdrawn: bool, by: Viewer, at: datetime
) -> Fact | None:
    reason = _("本人申请更正，申请编号 %(number)s") % {"number": request.pk}
    fact = fact_of(request)
    if fact is not None:
        if withdrawn:
            return withdraw_fact(by=by, at=at, fact=fact, reason=reason)
        if not values:
            raise Refusal(_("请填写更正后的内容；从来没有这回事的，请选“撤销这一条”。"), field="valid_from")
        return correct_fact(
            by=by, at=at, fact=fact, reason=reason, changes=values | {"source": Source.DECLARED.value}
        )  # fmt: skip
    if request.item in OF_PERSON:
        value = values.get(request.item)
        if value in {None, ""}:
            raise Refusal(_("请填写更正后的内容。"), field=request.item)
        correct_person(by=by, at=at, person=person, reason=reason, **{request.item: value})
    elif request.item == PHONE:
        set_phone(by=by, at=at, person=person, number=str(values.get(PHONE) or ""), source=Source.DECLARED)
    return None  # anything else was done by hand on the person's page, before this


def _line(person: Person, item: str) -> Fact | None:
    """Return the standing line that an item names; refuse an item that a file does not have."""
    if item in OF_PERSON or item in {PHONE, OTHER}:
        return None
    number = item.removeprefix(FACT)
    lines = Fact.objects.filter(county=person.county, subject=person.pk) if number.isdecimal() else ()
    found = next((line for line in standing(lines) if str(line.pk) == number), None)
    if found is None:
        raise NotFound(_("没有找到这条记录，可能刚刚更正过。请回到档案再看。"))
    return found


def _decide(request: CorrectionRequest, verb: CorrectionVerb, *, by: Viewer, at: datetime, reason: str = "") -> None:
    """Move a request on, if nobody was quicker."""
    found = CorrectionRequest.objects.select_for_update().filter(pk=request.pk).first()
    if found is None:
        raise NotFound(_("没有找到这条申请。"))
    request.state = CORRECTION.target(
        found.state,
        verb,
        message=lambda: _("这条申请已经处理过了（%(how)s）。") % {"how": found.get_state_display()},
    )
    request.decided_at, request.decided_by, request.reason = at, actor(by), reason or None
    request.save(update_fields=["state", "decided_at", "decided_by", "reason"])


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else "" if value is None else str(value)
