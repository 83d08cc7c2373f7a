"""The shape of cases, matters and verbs in the API."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import Any, Literal, Self
from uuid import UUID

from ninja import Schema
from pydantic import Field

from liren.base.api import Id, Sent
from liren.base.flow import Move
from liren.engines.cases.enums import RatingLevel, Verb
from liren.engines.cases.models import Case, Material, Task
from liren.engines.cases.queries import Moment, Prepared, Sheet, form_of, time_line
from liren.engines.cases.rules.matter import Matter

CODE = r"^\d{12}$"


class HelpIn(Sent):
    """Why somebody applies for somebody else (代办)."""

    for_name: str = Field(min_length=1, max_length=64)
    proof: str = Field(min_length=1, max_length=200)
    relation: str = Field("", max_length=64)
    proof_files: list[Id] = Field(default_factory=list)


class CaseIn(Sent):
    """A new case, submitted at once. Staff name the ``person``; ``once`` is the idempotency key where no header carries it."""

    matter: str = Field(max_length=80)
    area: str = Field(pattern=CODE, description="code of the community, 12 digits")
    answers: dict[str, Any]
    once: UUID | None = None
    phone: str = Field("", max_length=20)
    on_paper: list[str] = Field(default_factory=list, max_length=40)
    person: Id | None = None
    help_given: HelpIn | None = None
    accept: bool = False


class DeskIn(Sent):
    """A post at a place."""

    post: str = Field(max_length=64)
    level: int = Field(ge=1, le=5)
    area: str = Field(pattern=CODE)


class VerbIn(Sent):
    """What every verb may carry: the version that was seen."""

    version: int | None = Field(None, description="the version that was seen; 409 when the case has changed since")


class SubmitIn(VerbIn):
    """A draft's final answers; those it holds when left out."""

    answers: dict[str, Any] | None = None
    on_paper: list[str] = Field(default_factory=list, max_length=40)


class ReturnIn(VerbIn):
    """The complete list of what is missing."""

    missing: list[str] = Field(min_length=1, max_length=40)
    note: str = Field("", max_length=500)


class RefuseIn(VerbIn):
    """On which of the matter's grounds, and why, in words for the applicant."""

    ground: str = Field(max_length=80)
    reason: str = Field(max_length=500)


class AskIn(VerbIn):
    """What the applicant is asked, and which papers are wanted."""

    question: str = Field(max_length=1000)
    materials: list[str] = Field(default_factory=list, max_length=20)


class SupplyIn(VerbIn):
    """What the applicant gives: words, stored files by code of the paper, papers brought to a window."""

    answer: str = Field("", max_length=1000)
    files: dict[str, list[Id]] = Field(default_factory=dict)
    on_paper: list[str] = Field(default_factory=list, max_length=40)


class HandOverIn(VerbIn):
    """To which desk, with what to do, and whether only an answer is wanted."""

    to: DeskIn
    question: str = Field(max_length=1000)
    answer_owed: bool = False


class AnswerIn(VerbIn):
    """An answer that is owed."""

    answer: str = Field(max_length=1000)


class ExtendIn(VerbIn):
    """On which of the matter's grounds, and by how many working days."""

    ground: str = Field(max_length=80)
    days: int = Field(ge=1, le=60)
    reason: str = Field("", max_length=200)


class ForwardIn(VerbIn):
    """The opinion with which a step ends."""

    opinion: str = Field(max_length=1000)


class DecideIn(VerbIn):
    """The answers to the matter's result form."""

    answers: dict[str, Any]


class RateIn(VerbIn):
    """One of the five levels, 5 the best."""

    level: Literal[1, 2, 3, 4, 5]
    comment: str = Field("", max_length=500)


class ReasonIn(VerbIn):
    """Why."""

    reason: str = Field("", max_length=500)


BODIES: Mapping[str, type[VerbIn]] = {
    Verb.SUBMIT: SubmitIn,
    Verb.ACCEPT: VerbIn,
    Verb.RETURN: ReturnIn,
    Verb.RESUBMIT: SubmitIn,
    Verb.REFUSE: RefuseIn,
    Verb.BEGIN: VerbIn,
    Verb.ASK: AskIn,
    Verb.SUPPLY: SupplyIn,
    Verb.HAND_OVER: HandOverIn,
    Verb.ANSWER_HAND_OVER: AnswerIn,
    Verb.EXTEND: ExtendIn,
    Verb.FORWARD: ForwardIn,
    Verb.DECIDE: DecideIn,
    Verb.FINISH: VerbIn,
    Verb.RATE: RateIn,
    Verb.ANSWER_RATING: AnswerIn,
    Verb.REOPEN: ReasonIn,
    Verb.WITHDRAW: ReasonIn,
}


class CaseOut(Schema):
    """A case in a list."""

    id: Id
    number: str
    matter: str
    matter_name: str
    state: str
    channel: str
    area: str
    applicant_name: str
    submitted_at: datetime | None
    accepted_on: date | None = None
    due_on: date | None
    due_provisional: bool
    answer_due_on: date | None
    outcome: str
    rating: int | None
    version: int

    @classmethod
    def of(cls, case: Case) -> Self:
        """Return the case as the API shows it; built without checking, it comes from the database."""
        return cls.model_construct(**line(case))


def line(case: Case) -> dict[str, Any]:
    """Return the columns of a list."""
    return {
        "id": case.pk,
        "number": case.number,
        "matter": case.matter,
        "matter_name": case.matter_name,
        "state": case.state,
        "channel": case.channel,
        "area": f"{case.area // 1000:012d}",
        "applicant_name": case.applicant_name,
        "submitted_at": case.submitted_at,
        "accepted_on": case.accepted_on,
        "due_on": case.due_on,
        "due_provisional": case.due_provisional,
        "answer_due_on": case.answer_due_on,
        "outcome": case.outcome,
        "rating": case.rating,
        "version": case.version,
    }


def written(case: Case) -> dict[str, Any]:
    """Return a case as a ``CaseOut`` would say it, ready to be sent."""
    said = {
        name: value.isoformat() if isinstance(value, date) else value for name, value in line(case).items()
    }  # a moment is a date, too
    said["id"] = str(case.pk)
    return said


class MoveOut(Schema):
    """What may be done next: POST to ``/cases/{id}/{verb}``."""

    verb: str
    label: str

    @classmethod
    def of(cls, move: Move) -> Self:
        """Return the move with the words of its button."""
        return cls(verb=move.verb, label=str(move.label))


class MaterialOut(Schema):
    """A paper of a case."""

    code: str
    name: str
    required: bool
    state: str
    files: list[Id]

    @classmethod
    def of(cls, row: Material) -> Self:
        """Return the paper."""
        return cls(code=row.code, name=row.name, required=row.required, state=row.state, files=row.files)


class TaskOut(Schema):
    """What waits for a post."""

    id: Id
    kind: str
    state: str
    post: str
    due_on: date | None
    question: str
    answer: str

    @classmethod
    def of(cls, row: Task) -> Self:
        """Return the task."""
        return cls(
            id=row.pk, kind=row.kind, state=row.state, post=row.post, due_on=row.due_on, question=row.question or "",
            answer=row.answer or "",
        )  # fmt: skip


class MomentOut(Schema):
    """A line of the time line."""

    at: datetime
    words: str
    verb: str

    @classmethod
    def of(cls, moment: Moment) -> Self:
        """Return the line without who did it."""
        return cls(at=moment.at, words=moment.words, verb=moment.verb)


class SheetOut(CaseOut):
    """A case with everything about it. Tasks are for staff; ``asked`` is what the applicant is asked now."""

    answers: dict[str, Any]
    result: dict[str, Any] | None
    missing: list[str]
    reason: str
    said: str
    asked: str
    standing: str
    promised_days: int | None
    extended_days: int
    legal_due_on: date | None
    document: Id | None
    materials: list[MaterialOut]
    tasks: list[TaskOut]
    moves: list[MoveOut]
    time_line: list[MomentOut]

    @classmethod
    def sheet(cls, sheet: Sheet, *, staff: bool) -> Self:
        """Return the sheet as far as the reader may see it."""
        case = sheet.case
        return cls.model_construct(
            **line(case),
            answers=case.answers,
            result=case.result if case.state != "in_hand" else None,
            missing=case.missing or [],
            reason=case.reason or "",
            said=sheet.said,
            asked=(sheet.question.question or "") if sheet.question else "",
            standing=sheet.standing,
            promised_days=case.promised_days,
            extended_days=case.extended_days,
            legal_due_on=case.legal_due_on,
            document=case.document,
            materials=[MaterialOut.of(row) for row in sheet.materials],
            tasks=[TaskOut.of(row) for row in sheet.tasks] if staff else [],
            moves=[MoveOut.of(move) for move in sheet.moves],
            time_line=[MomentOut.of(moment) for moment in time_line(list(sheet.lines))],
        )


class MatterOut(Schema):
    """A matter in the catalogue."""

    code: str
    name: str
    kind: str
    summary: str
    promised_days: int
    fee: str
    channels: list[str]
    verified: bool = Field(description="false: figures are examples (示例)")

    @classmethod
    def of(cls, one: Matter) -> Self:
        """Return the matter as the catalogue shows it."""
        return cls(
            code=one.code, name=one.name, kind=one.kind, summary=one.summary, promised_days=one.promised_days.value, fee=one.fee,
            channels=list(one.channels), verified=one.verified,
        )  # fmt: skip


class MattersOut(Schema):
    """The matters of a community."""

    items: list[MatterOut]


class ConditionOut(Schema):
    """A yes/no question before an application."""

    code: str
    question: str
    expected: bool
    when_not_met: str


class PaperOut(Schema):
    """A paper that is needed, and whether it is there already."""

    code: str
    name: str
    required: bool
    state: str
    help: str


class MatterSheetOut(MatterOut):
    """A matter with its questions, papers, steps and form (JSON Schema 2020-12), filled as far as the answers are known."""

    applicants: str
    conditions: list[ConditionOut]
    papers: list[PaperOut]
    legal_days: int
    steps: list[str]
    schema_: dict[str, Any] = Field(alias="schema")
    form_steps: list[dict[str, Any]]
    known: dict[str, Any]
    findings: list[str]
    rating_levels: dict[int, str]

    @classmethod
    def sheet(cls, made: Prepared) -> Self:
        """Return the matter as an applicant meets it."""
        one = made.matter
        return cls(
            **MatterOut.of(one).dict(),
            applicants=one.applicants,
            conditions=[
                ConditionOut(code=c.code, question=c.question, expected=c.expected, when_not_met=c.when_not_met)
                for c in one.conditions
            ],
            papers=[
                PaperOut(code=p.code, name=p.name, required=p.required, state=p.state, help=p.help) for p in made.papers
            ],
            legal_days=one.legal_days.value,
            steps=[step.title for step in one.steps],
            schema=dict(form_of(one).schema),
            form_steps=[dict(step) for step in _steps(one.form["steps"])],
            known=made.answers,
            findings=[finding.words for finding in made.verdict.findings if finding.words],
            rating_levels={level.value: str(level.label) for level in RatingLevel},
        )


def _steps(steps: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return steps
