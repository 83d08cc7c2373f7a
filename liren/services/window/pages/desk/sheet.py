"""The sheet of a case: what to do now, who applied for what with which papers, who has it, what happened."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from liren.base import clock
from liren.base.codes import mask_phone
from liren.base.doors import page
from liren.base.flow import Move
from liren.base.screen import Moment, Tone
from liren.engines.cases import queries as cases
from liren.engines.cases.enums import MaterialState, RatingChannel, RatingLevel, State, TaskKind, TaskState, Verb
from liren.engines.cases.flows import APPLICANT_VERBS
from liren.engines.cases.models import Material, Task
from liren.engines.cases.permissions import VIEW
from liren.engines.cases.queries import Sheet
from liren.engines.cases.rules.routing import Desk
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.models import StoredFile
from liren.foundation.commons.queries import content, file_for
from liren.foundation.places.queries.tree import community_paths
from liren.foundation.policies.queries import said
from liren.services.window.forms import answer_lines
from liren.services.window.pages.desk.words import button_words, day_words, deadline_of, state_words
from liren.services.window.pages.here import viewer_of
from liren.services.window.pages.papers import pdf_answer, receipt_pdf
from liren.services.window.pages.uploads import address, size
from liren.services.window.queries.desk import applicant_of, desk_names, files_by_id, held_by

FIRST = (
    Verb.ANSWER_HAND_OVER, Verb.ACCEPT, Verb.DECIDE, Verb.FORWARD, Verb.FINISH, Verb.ANSWER_RATING, Verb.BEGIN, Verb.RETURN,
    Verb.REFUSE, Verb.ASK, Verb.HAND_OVER, Verb.EXTEND, Verb.REOPEN,
)  # fmt: skip
"""The order of the buttons; the first one that is open is the thing to do."""
MATERIAL_TONES: dict[str, Tone] = {MaterialState.MISSING: "soon"}
NOTES = ("reason", "opinion")  # remarks in a journal line that a colleague wants to read


@dataclass(frozen=True, slots=True)
class Button:
    """A verb that may be done now."""

    verb: str
    words: str
    style: str


@dataclass(frozen=True, slots=True)
class FileLink:
    """A file to open."""

    name: str
    words: str
    url: str


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of the case with what was handed in."""

    name: str
    word: str
    tone: Tone
    files: list[FileLink]


@dataclass(frozen=True, slots=True)
class Passing:
    """A case passed from one desk to another, or a question to one: who asked whom what, and the answer if one is owed."""

    asked_by: str
    to: str
    question: str
    answer: str
    owed: bool
    until: str
    is_open: bool


def buttons(moves: Iterable[Move]) -> tuple[list[Button], list[Button]]:
    """Return the verbs of the desk, the main one first, and those that a clerk does for the applicant."""
    open_now = {move.verb for move in moves} - {Verb.SUBMIT.value}
    own = [verb for verb in FIRST if verb in open_now]
    main = own[0] if own and own[0] not in {Verb.RETURN, Verb.REFUSE, Verb.ASK, Verb.HAND_OVER, Verb.EXTEND} else None
    desk = [Button(verb, button_words(verb), "primary" if verb == main else "quiet") for verb in own]
    theirs = [Button(verb, button_words(verb), "quiet") for verb in Verb if verb in APPLICANT_VERBS & open_now]
    return desk, theirs


def sheet_of(request: HttpRequest, pk: int) -> Sheet:
    """Return everything about a case that the viewer may see."""
    return cases.case_sheet(viewer_of(request), pk, on=clock.today())


@page(VIEW)
@require_GET
def case(request: HttpRequest, pk: int) -> HttpResponse:
    """Show the sheet of a case; a part of it in the side sheet of a list."""
    part = "#sheet" if request.headers.get("HX-Target") == "sheet-body" else ""
    return render(request, f"window/desk/case.html{part}", sheet_context(request, sheet_of(request, pk)))


def sheet_context(request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    """Return what the sheet shows."""
    viewer, on, one = viewer_of(request), clock.today(), sheet.case
    calendar = cases.calendar_of(one.area, on=on)
    stored = files_by_id(viewer, one)
    desks = desk_names([held_by(one), *(desk_of_task(task) for task in sheet.tasks)])
    place = community_paths([one.area]).get(one.area)
    desk, theirs = buttons(sheet.moves)
    decides = any(move.verb in {Verb.DECIDE, Verb.FINISH} for move in sheet.moves)
    form, result = cases.form_of(sheet.matter), cases.result_form_of(sheet.matter)
    handled = {State.DECIDED, State.FINISHED, State.RATED}
    person = applicant_of(viewer, one)
    return {
        "case": one,
        "matter": sheet.matter,
        "state": state_words(one.state),
        "deadline": deadline_of(one, on, calendar),
        "legal": day_words(one.legal_due_on, on) if one.legal_due_on and one.state not in handled else "",
        "place": place.place.name if place else "",
        "holders": holders(sheet, desks, on),
        "buttons": desk,
        "applicant_buttons": theirs,
        "idle": idle(sheet, desks),
        "parts": [
            (said(step.title), lines) for step, lines in answer_lines(form, one.answers, open_accounts=decides) if lines
        ],
        "papers": [paper(row, stored) for row in sheet.materials if row.required or row.state != MaterialState.MISSING],
        "optional": [row.name for row in sheet.materials if not row.required and row.state == MaterialState.MISSING],
        "others": other_files(sheet, stored),
        "missing": one.missing or [] if one.state == State.RETURNED else [],
        "asked": sheet.question,
        "result": [line for _step, lines in answer_lines(result, one.result or {}) for line in lines]
        if one.state in handled
        else [],
        "genuine": f"/check/document/{cases.document_token(one)}" if one.document else "",
        "person": person,
        "phone": mask_phone(one.phone or ""),
        "passings": passings(sheet, desks, on),
        "pauses": [pause_words(pause, on) for pause in sheet.pauses],
        "ratings": [rating_lines(rating, on) for rating in sheet.ratings],
        "delegation": sheet.delegation,
        "proofs": [link(stored[number]) for number in sheet.delegation["proof_files"] if number in stored]
        if sheet.delegation
        else [],
        "moments": [
            Moment(line.at, line.words, note=line.actor.replace("·", " "))
            for line in cases.time_line(list(sheet.lines))
        ],
        "taken": request.GET.get("taken") == "1",
    }


def desk_of_task(task: Task) -> Desk:
    """Return where a task lies."""
    return Desk(task.post, task.seat_level, task.seat_area)


def holders(sheet: Sheet, desks: dict[Desk, str], on: date) -> list[tuple[str, str, str]]:
    """Return what the case waits for: the kind of task, at whose desk, until when."""
    said = []
    for task in sheet.waiting:
        who = desks.get(desk_of_task(task), _("申请人") if task.kind == TaskKind.SUPPLY else "")
        until = _("%(day)s以前") % {"day": day_words(task.due_on, on)} if task.due_on else ""
        said.append((str(TaskKind(task.kind).label), who, until))
    return said


def idle(sheet: Sheet, desks: dict[Desk, str]) -> str:
    """Say why the viewer has nothing to do with a case now."""
    if sheet.case.state == State.ASKED:
        return _("正在等申请人补充，补来以前您这里不用做什么。")
    if sheet.waiting:
        who = "、".join(dict.fromkeys(desks[desk_of_task(t)] for t in sheet.waiting if desk_of_task(t) in desks))
        return (
            _("现在由%(who)s办理，您这里不用做什么。") % {"who": who} if who else _("正在等申请人，您这里不用做什么。")
        )
    return _("这件事已经办完，没有要做的了。")


def paper(row: Material, stored: dict[int, StoredFile]) -> Paper:
    """Return a paper with its files."""
    tone: Tone = MATERIAL_TONES.get(row.state, "good")
    word = _("还缺") if row.state == MaterialState.MISSING else str(MaterialState(row.state).label)
    return Paper(said(row.name), word, tone, [link(stored[number]) for number in row.files if number in stored])


def other_files(sheet: Sheet, stored: dict[int, StoredFile]) -> list[FileLink]:
    """Return the files that came with the answers and stand with no paper, such as a photograph of what is broken."""
    shown = {number for row in sheet.materials for number in row.files}
    if sheet.delegation:
        shown |= set(sheet.delegation["proof_files"])
    return [link(one) for number, one in stored.items() if number not in shown and number != sheet.case.document]


def link(stored: StoredFile) -> FileLink:
    """Return where a file is opened."""
    return FileLink(stored.name, size(stored.size), address(stored.pk))


def passings(sheet: Sheet, desks: dict[Desk, str], on: date) -> list[Passing]:
    """Return what was passed on or asked between desks, the oldest first."""
    shown = []
    for task in sheet.tasks:
        if not task.question or task.kind in {TaskKind.SUPPLY, TaskKind.ANSWER_RATING}:
            continue
        owed = task.kind == TaskKind.ANSWER_HANDOVER
        shown.append(
            Passing(
                asked_by=task.asked_by,
                to=desks.get(desk_of_task(task), ""),
                question=task.question,
                answer=(task.answer or "") if owed else "",
                owed=owed,
                until=day_words(task.due_on, on) if task.due_on else "",
                is_open=task.state == TaskState.OPEN,
            )
        )
    return shown


def pause_words(pause: dict[str, Any], on: date) -> str:
    """Say from when until when the clock stood."""
    starts = day_words(date.fromisoformat(pause["starts_on"]), on)
    if not pause["ends_on"]:
        return _("%(day)s起停表，等申请人补充。") % {"day": starts}
    ends = day_words(date.fromisoformat(pause["ends_on"]), on)
    return _("%(start)s停表，%(end)s接着算。") % {"start": starts, "end": ends}


def rating_lines(rating: dict[str, Any], on: date) -> dict[str, Any]:
    """Return a rating with its answer, in words."""
    due = rating["answer_due_on"]
    return {
        "level": str(RatingLevel(rating["level"]).label),
        "tone": "danger" if rating["level"] <= RatingLevel.BAD else "good",
        "channel": str(RatingChannel(rating["channel"]).label),
        "comment": rating["comment"],
        "answer": rating["answer"],
        "answered_by": rating["answered_by"],
        "until": day_words(date.fromisoformat(due), on) if due and not rating["answer"] else "",
        "is_late": bool(due) and date.fromisoformat(due) < on,
    }


@page(VIEW)
@require_GET
def receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the receipt to print on A5."""
    return pdf_answer(receipt_pdf(request, sheet_of(request, pk)), "receipt")


@page(VIEW)
@require_GET
def result(request: HttpRequest, pk: int) -> HttpResponseBase:
    """Give the result's document."""
    viewer: Viewer = viewer_of(request)
    one = cases.case_for(viewer, pk)
    if one.document is None:
        return redirect("window:desk-case", pk=pk)
    return pdf_answer(content(file_for(viewer, one.document)), "result")
