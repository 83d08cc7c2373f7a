"""All questions of a matter on one page, as a clerk fills them in for somebody: what is known stands there already, masked."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from liren.base.clock import day_of
from liren.base.codes import mask_id, mask_phone
from liren.base.jsonform import Field, Form, Kind
from liren.base.screen import Field as Question
from liren.base.screen import HeldFile
from liren.engines.cases.enums import MaterialState
from liren.engines.cases.queries import form_of
from liren.engines.cases.rules.eligibility import Paper
from liren.engines.cases.rules.matter import Matter
from liren.foundation.access.rules import Viewer
from liren.foundation.policies.queries import said
from liren.registry.queries import Prefilled
from liren.services.window.forms import is_account, mask_account, on_one_page, posted, questions
from liren.services.window.pages.desk.words import day_words
from liren.services.window.pages.uploads import held, keep

PAPER = "paper-"
HELD = "held-"


@dataclass(frozen=True, slots=True)
class Line:
    """Something known that nobody changes at the window: its words and where they come from."""

    title: str
    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Part:
    """One step of the form."""

    title: str
    hint: str
    lines: list[Line]
    fields: list[Question]


@dataclass(frozen=True, slots=True)
class ShownPaper:
    """A paper: held, or shown on paper, or uploaded now."""

    name: str
    help: str
    required: bool
    held: bool
    on_paper: Question | None
    upload: Question | None


@dataclass
class Filling:
    """A form on its way: what is known (by field), what is answered, what is wrong."""

    request: HttpRequest
    viewer: Viewer
    matter: Matter
    area: int
    at: datetime
    on: date
    known: Mapping[str, Prefilled] = field(default_factory=dict)
    before: Mapping[str, Any] = field(default_factory=dict)  # the answers of a returned application
    answers: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        names = {each.name for each in self.form.fields}
        told = {name: fact.value for name, fact in self.known.items() if name in names}
        self.answers = {**told, **self.before, **self.answers}

    @property
    def form(self) -> Form:
        """Return the form of the matter."""
        return form_of(self.matter)

    def read(self) -> dict[str, Any]:
        """Read what was typed; hidden numbers that nobody changed and files kept before stay."""
        words = posted(self.request)
        for each in self.form.fields:
            if self._is_hidden(each) and not words.get(each.name, "").strip():
                words[each.name] = str(self._had(each.name))
            if each.kind is Kind.FILE:
                gone = self.request.POST.get("remove", "")
                kept = [number for number in self.request.POST.getlist(f"{HELD}{each.name}") if number != gone]
                words.setlist(
                    each.name, [*kept, *keep(self.request, each.name, by=self.viewer, at=self.at, area=self.area)]
                )
        fixed = {name: fact.value for name, fact in self.known.items()}
        cleaned = self.form.clean(words, on=self.on, held=fixed | dict(self._fixed_before()))
        self.answers, self.errors = cleaned.data, dict(cleaned.errors)
        return cleaned.data

    @property
    def on_paper(self) -> list[str]:
        """Return the codes of papers that were shown or handed in."""
        given = self.request.POST
        return [need.code for need in self.matter.materials if given.get(f"{PAPER}{need.code}") == "yes"]

    def _fixed_before(self) -> Mapping[str, Any]:
        return {
            each.name: self.before[each.name] for each in self.form.fields if each.readonly and each.name in self.before
        }

    def _had(self, name: str) -> Any:
        """Return what was known or answered before the page was opened."""
        if name in self.before:
            return self.before[name]
        return self.known[name].value if name in self.known else None

    def _is_fixed(self, each: Field) -> bool:
        return each.readonly and self._had(each.name) not in (None, "")

    def _is_hidden(self, each: Field) -> bool:
        """Say whether a number is there that the page does not show in full."""
        had = self._had(each.name)
        return had not in (None, "") and (each.kind in {Kind.ID_NUMBER, Kind.PHONE} or is_account(each, str(had)))

    def parts(self) -> list[Part]:
        """Return the questions by step; those for files stand with the papers they are."""
        papers = {need.field for need in self.matter.materials if need.field}
        shown = {each.name: each for each in on_one_page(self.form, self.answers)}
        found = []
        for step in self.form.steps:
            fields = [shown[each.name] for each in step.fields if each.name in shown and each.name not in papers]
            lines = [self._line(each) for each in fields if self._is_fixed(each)]
            asked = self._asked([each for each in fields if not self._is_fixed(each)])
            if lines or asked:
                found.append(Part(said(step.title), said(step.hint), lines, asked))
        return found

    def fields(self) -> list[Question]:
        """Return all questions, for the summary of what is wrong."""
        return [one for part in self.parts() for one in part.fields]

    def _asked(self, fields: list[Field]) -> list[Question]:
        drawn = questions(
            fields,
            self.answers,
            errors=self.errors,
            known=[name for name, fact in self.known.items() if self.answers.get(name) == fact.value],
            files=held(fields, self.answers, viewer=self.viewer),
            typed=posted(self.request) if self.request.method == "POST" else None,
        )
        return [self._told(one, each) for one, each in zip(drawn, fields, strict=True)]

    def _told(self, one: Question, each: Field) -> Question:
        """Add where a known answer comes from, and hide a whole number."""
        helped = one.help
        if one.known and each.name in self.known:
            helped = " ".join(part for part in (one.help, self._source(each.name)) if part)
        had = self._had(each.name)
        if not self._is_hidden(each):
            return replace(one, help=helped)
        changed = "" if str(one.value) == str(had) else one.value
        masked = hidden(each, str(had))
        kept = _("%(masked)s，不改就空着。") % {"masked": masked}
        return replace(
            one,
            value=changed,
            placeholder=masked,
            help=" ".join(part for part in (kept, helped) if part),
        )

    def _source(self, name: str) -> str:
        fact = self.known[name]
        return _("来自%(source)s，%(day)s登记。") % {
            "source": fact.source,
            "day": day_words(day_of(fact.recorded_at), self.on),
        }

    def _line(self, each: Field) -> Line:
        had = self._had(each.name)
        words = hidden(each, str(had)) if self._is_hidden(each) else each.show(had)
        return Line(said(each.title), words, self._source(each.name) if each.name in self.known else "")

    def papers(self, found: tuple[Paper, ...]) -> list[ShownPaper]:
        """Return the papers with what may be ticked or uploaded."""
        shown = {each.name: each for each in on_one_page(self.form, self.answers)}
        needs = {need.code: need for need in self.matter.materials}
        listed = []
        for one in found:
            name = needs[one.code].field
            upload = next(iter(self._asked([shown[name]])), None) if name in shown else None
            if name and upload is None:
                continue  # not asked for with these answers
            is_held = one.state is MaterialState.HELD
            tick = Question(
                name=f"{PAPER}{one.code}",
                label=_("看过原件或收下了纸质件"),
                widget="check",
                value=one.code in self.on_paper,
                required=False,
                shown_if=upload.shown_if if upload else None,
            )
            listed.append(
                ShownPaper(
                    said(one.name),
                    said(one.help),
                    one.required,
                    is_held,
                    None if is_held else tick,
                    replace(upload, label=_("上传：%(paper)s") % {"paper": said(one.name)}, required=False, help="")
                    if upload
                    else None,
                )
            )
        return listed

    def kept_files(self) -> list[tuple[str, str]]:
        """Return the hidden inputs that keep files which were uploaded before the page was shown again."""
        named: list[Field] = [each for each in self.form.fields if each.kind is Kind.FILE]
        found: Mapping[str, Any] = held(named, self.answers, viewer=self.viewer)
        return [
            (f"{HELD}{name}", file.value)
            for name, files in found.items()
            for file in files
            if isinstance(file, HeldFile)
        ]


def hidden(each: Field, value: str) -> str:
    """Return a number as the page shows it."""
    if each.kind is Kind.PHONE:
        return mask_phone(value)
    return mask_id(value) if each.kind is Kind.ID_NUMBER else mask_account(value)
