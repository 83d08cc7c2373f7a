"""What an applicant does, alone or through somebody at a window: draft, submit, resubmit, supply, withdraw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.clock import day_of
from liren.base.errors import Refusal
from liren.base.inserts import identified, insert
from liren.base.jsonform import Form, Kind
from liren.base.models import fresh
from liren.engines.cases.actions.accepting import accept_case
from liren.engines.cases.actions.moving import (
    days_later,
    deadlines,
    drop_tasks,
    holder,
    new_task,
    save,
    seat_words,
    target,
    tell_rooms,
)
from liren.engines.cases.enums import Channel, MaterialState, State, TaskKind, TaskState, Verb
from liren.engines.cases.events import CaseSubmitted, CaseSupplied, CaseTakenIn, CaseWithdrawn
from liren.engines.cases.models import AWAITED, Case, Delegation, Material, Pause, Task
from liren.engines.cases.permissions import SUBMIT, TAKE_IN, WITHDRAW
from liren.engines.cases.queries.matters import facts_of_applicant, form_of, matter_of, term_days
from liren.engines.cases.queries.proofs import tail_key
from liren.engines.cases.rules.eligibility import Paper, papers, prefilled
from liren.engines.cases.rules.matter import Matter
from liren.engines.cases.rules.routing import desk_of
from liren.foundation.access.queries import stand_at
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import attach_files, next_receipt_number

ACCEPTANCE_DAYS = 5  # where no policy sets the term ``acceptance-days``
NAMES = ("applicant_name", "contact_name", "name")


@dataclass(frozen=True, slots=True)
class HelpGiven:
    """Why somebody applies for somebody else: for whom, how they are related, and what proves it."""

    for_name: str
    proof: str
    relation: str = ""
    proof_files: tuple[int, ...] = ()


@action(SUBMIT, on="case")
def save_draft(*, by: Viewer, at: datetime, case: Case, answers: Mapping[str, Any], step: str = "") -> Case:
    """Keep the answers of a draft, new or known, and the step to go on with."""
    if case.state != State.DRAFT:
        target(case, Verb.SUBMIT)
    case.answers, case.draft_step = dict(answers), step
    case.applicant_name = _name(by, case.answers)
    if case._state.adding:
        insert(case)
    else:
        save(case, at=at, answers=case.answers, draft_step=step, applicant_name=case.applicant_name)
    return case


@action(SUBMIT, on="case")
def submit_case(
    *,
    by: Viewer,
    at: datetime,
    case: Case,
    answers: Mapping[str, Any] | None = None,
    on_paper: Sequence[str] = (),
    phone: str = "",
) -> Case:
    """Submit a draft, or a case that was never saved, with its final ``answers``; it lies on the acceptance desk at once.

    ``on_paper`` are codes of papers shown or handed in; what the registry knows ticks off papers and stands in read-only fields.
    """
    matter = matter_of(case)
    if by.mode == "resident" and matter.identity_required and not case.person_id:
        raise Refusal(
            _("办“%(matter)s”要先确认您是谁。请在“我的”里核实身份，或者带身份证到村（社区）窗口，一次就好。")
            % {"matter": matter.name}
        )
    _take_in(by, at, case, matter, answers, on_paper, phone)
    return case


@action(TAKE_IN, on="case")
def take_in_case(
    *,
    by: Viewer,
    at: datetime,
    case: Case,
    answers: Mapping[str, Any],
    on_paper: Sequence[str] = (),
    phone: str = "",
    help_given: HelpGiven | None = None,
    accept: bool = False,
) -> Case:
    """Take in an application at a window or at the door, for somebody who is there or (``help_given``) on their behalf.

    ``accept`` accepts it in the same breath, where the post may.
    """
    matter = matter_of(case)
    channel = Channel.ON_BEHALF if help_given else Channel.WINDOW
    if channel not in matter.channels:
        raise Refusal(_("“%(matter)s”不能代办，要本人办理。") % {"matter": matter.name})
    if help_given and not help_given.proof.strip():
        raise Refusal(_("请写明代办的凭据，例如“本人签字的委托书”或“电话录音”。"), field="proof")
    case.channel = channel
    _take_in(by, at, case, matter, answers, on_paper, phone)
    if help_given:
        insert(Delegation(
            area=case.area, subject=case.subject, case_id=case.pk, helper_account=by.account_id, helper_name=seat_words(by),
            for_name=help_given.for_name or case.applicant_name, relation=help_given.relation, what=matter.name,
            proof=help_given.proof, proof_files=list(help_given.proof_files), given_at=at,
        ))  # fmt: skip
        remark(on_behalf=True)
        if help_given.proof_files:
            attach_files(by=by, at=at, owner=case, files=help_given.proof_files)
    if accept:
        accept_case(by=by, at=at, case=case)
    return case


def _take_in(
    by: Viewer,
    at: datetime,
    case: Case,
    matter: Matter,
    answers: Mapping[str, Any] | None,
    on_paper: Sequence[str],
    phone: str,
) -> None:
    """Check, number and store an application, and put it on the acceptance desk: two round trips."""
    state = target(case, Verb.SUBMIT)
    facts = facts_of_applicant(by, matter, case.person_id, on=day_of(at))
    stand_at(by, case.area)  # the applicant's file may lie in another of the post's places
    given = _complete(matter, case.answers if answers is None else answers, facts, at)
    found = papers(matter, given, facts, on_paper=on_paper)
    desk = desk_of(matter.acceptance, case.area)
    number = next_receipt_number(case.area, day_of(at))
    phone = phone or _phone(form_of(matter), given)
    due_on = days_later(
        case, term_days(case.area, "acceptance-days", on=day_of(at), otherwise=ACCEPTANCE_DAYS), on=day_of(at)
    )
    changes: dict[str, Any] = {
        "state": state,
        "number": number,
        "answers": given,
        "applicant_name": _name(by, given),
        "phone": phone or None,
        "tail": tail_key(number, phone) if phone else None,
        "submitted_at": at,
        "draft_step": "",
        "step": matter.steps.index(matter.acceptance),
        **holder(desk),
    }
    rows = [
        new_task(identified(case), TaskKind.ACCEPT, desk, at=at, due_on=due_on),
        *(material(case, paper) for paper in found),
    ]
    if case._state.adding:
        for name, value in changes.items():
            setattr(case, name, value)
        insert(case, *rows)
    else:
        save(case, at=at, **changes)
        insert(*rows)
    _keep_files(by, at, case, form_of(matter), given)
    tell_rooms(CaseSubmitted, case)
    if by.mode != "resident":
        tell_rooms(CaseTakenIn, case)


def _keep_files(by: Viewer, at: datetime, case: Case, form: Form, answers: Mapping[str, Any]) -> None:
    """Let the case take in the files that its answers name: they get its permission."""
    named = [
        int(number)
        for each in form.fields
        if each.kind is Kind.FILE and answers.get(each.name)
        for number in (answers[each.name] if isinstance(answers[each.name], list) else [answers[each.name]])
    ]
    if named:
        attach_files(by=by, at=at, owner=case, files=named)


def material(case: Case, paper: Paper) -> Material:
    """Return the row of a paper of a case, not saved yet."""
    return fresh(
        Material, area=case.area, subject=case.subject, case_id=case.pk, code=paper.code, name=paper.name, required=paper.required,
        state=paper.state, files=list(paper.files),
    )  # fmt: skip


@action(SUBMIT, on="case")
def resubmit(
    *,
    by: Viewer,
    at: datetime,
    case: Case,
    answers: Mapping[str, Any] | None = None,
    on_paper: Sequence[str] = (),
) -> Case:
    """Submit a returned application again with what was missing."""
    matter = matter_of(case)
    state = target(case, Verb.RESUBMIT)
    facts = facts_of_applicant(by, matter, case.person_id, on=day_of(at))
    stand_at(by, case.area)
    given = _complete(matter, case.answers if answers is None else answers, facts, at)
    desk = desk_of(matter.acceptance, case.area)
    due_on = days_later(
        case, term_days(case.area, "acceptance-days", on=day_of(at), otherwise=ACCEPTANCE_DAYS), on=day_of(at)
    )
    save(case, at=at, state=state, answers=given, submitted_at=at, answer_due_on=None, **holder(desk))
    drop_tasks(case, by=by, at=at)
    insert(new_task(case, TaskKind.ACCEPT, desk, at=at, due_on=due_on))
    _refresh_materials(case, papers(matter, given, facts, on_paper=on_paper))
    _keep_files(by, at, case, form_of(matter), given)
    tell_rooms(CaseSubmitted, case)
    return case


def _refresh_materials(case: Case, found: Sequence[Paper]) -> None:
    """Bring the papers of a case up to date; what was there already stays there."""
    kept = {row.code: row for row in Material.objects.filter(county=case.county, case=case)}
    changed = []
    for paper in found:
        row = kept.get(paper.code)
        if row is None:
            changed.append(material(case, paper))
            continue
        if paper.state is not MaterialState.MISSING:
            row.state, row.files = paper.state, list(paper.files)
        row.required = paper.required
        changed.append(row)
    Material.objects.bulk_create(
        changed,
        update_conflicts=True,
        unique_fields=["county", "case", "code"],
        update_fields=["state", "files", "required"],
    )


@action(SUBMIT, on="case")
def supply(
    *,
    by: Viewer,
    at: datetime,
    case: Case,
    answer: str = "",
    files: Mapping[str, Sequence[int]] | None = None,
    on_paper: Sequence[str] = (),
) -> Case:
    """Give what was asked for: words, ``files`` by code of the paper, or papers brought to a window; the clock goes on."""
    state = target(case, Verb.SUPPLY)
    brought = {code: list(ids) for code, ids in (files or {}).items() if ids}
    if not (answer.strip() or brought or on_paper):
        raise Refusal(_("请写几句话，或者上传要补充的材料。"), field="answer")
    on = day_of(at)
    save(case, at=at, state=state, answer_due_on=None, **deadlines(case, on=on, pause_ends=on))
    Pause.objects.filter(county=case.county, case=case, ends_on__isnull=True).update(ends_on=on)
    tasks = list(Task.objects.filter(county=case.county, case=case, state__in=AWAITED))
    for task in tasks:
        if task.kind == TaskKind.SUPPLY:
            task.state, task.closed_at, task.closed_by, task.answer = TaskState.DONE, at, by.account_id, answer.strip()
        elif task.state == TaskState.WAITING:
            task.state, task.due_on, task.warned_on, task.escalated_on = TaskState.OPEN, case.due_on, None, None
    Task.objects.bulk_update(
        tasks, ["state", "closed_at", "closed_by", "answer", "due_on", "warned_on", "escalated_on"]
    )
    if brought:
        attach_files(by=by, at=at, owner=case, files=[number for ids in brought.values() for number in ids])
    for code in {*brought, *on_paper}:
        Material.objects.filter(county=case.county, case=case, code=code).update(
            state=MaterialState.UPLOADED if code in brought else MaterialState.ON_PAPER, files=brought.get(code, [])
        )
    tell_rooms(CaseSupplied, case)
    return case


@action(WITHDRAW, on="case")
def withdraw(*, by: Viewer, at: datetime, case: Case, reason: str = "") -> Case:
    """Take an application back, or throw a draft away."""
    state = target(case, Verb.WITHDRAW)
    save(case, at=at, state=state, reason=reason or None, answer_due_on=None)
    drop_tasks(case, by=by, at=at)
    Pause.objects.filter(county=case.county, case=case, ends_on__isnull=True).update(ends_on=day_of(at))
    if case.number:
        tell_rooms(CaseWithdrawn, case)
    return case


def _complete(matter: Matter, answers: Mapping[str, Any], facts: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return final answers: what the registry knows stands in read-only fields, whatever was sent."""
    form = form_of(matter)
    known = prefilled(matter, facts)
    fixed = {each.name: known[each.name] for each in form.fields if each.readonly and each.name in known}
    return checked(form, {**answers, **fixed}, at)


def checked(form: Form, answers: Mapping[str, Any], at: datetime) -> dict[str, Any]:
    """Return answers that fit a form; raise ``Refusal`` with one message for each field otherwise."""
    found = form.check(answers, on=day_of(at))
    if found.errors:
        count = len(found.errors)
        raise Refusal(
            next(iter(found.errors.values()))
            if count == 1
            else _("有 %(n)d 处填写不对，请改正后再提交。") % {"n": count},
            errors=found.errors,
        )
    return found.data


def _name(by: Viewer, answers: Mapping[str, Any]) -> str:
    given = next((str(answers[name]) for name in NAMES if answers.get(name)), "")
    return (given or (by.name if by.mode == "resident" else ""))[:64]


def _phone(form: Form, answers: Mapping[str, Any]) -> str:
    return next(
        (str(answers[each.name]) for each in form.fields if each.kind is Kind.PHONE and answers.get(each.name)), ""
    )
