"""A matter as the pack describes it, as a value: who may apply, what is needed, which steps, how long, what comes out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from jsonschema import Draft202012Validator

RESULT = "result."
"""Before a matter's code: the fact that somebody was granted it."""

LEVELS = {"nation": 0, "province": 1, "city": 2, "county": 3, "township": 4, "community": 5, "grid": 6}


@dataclass(frozen=True, slots=True)
class Figure:
    """A number from a policy, with what it counts; ``verified`` is false while nobody has checked it (shown as 示例)."""

    value: int
    unit: str
    verified: bool


@dataclass(frozen=True, slots=True)
class Choice:
    """A coded ground with its words."""

    code: str
    name: str


@dataclass(frozen=True, slots=True)
class Condition:
    """A yes/no question before an application; ``stops`` false only warns."""

    code: str
    question: str
    expected: bool
    when_not_met: str
    help: str = ""
    stops: bool = True


@dataclass(frozen=True, slots=True)
class Eligibility:
    """A rule that the registry can answer by itself."""

    code: str
    fact: str
    operator: str
    value: Any
    when_met: str
    when_not_met: str
    when_unknown: str = ""
    verified: bool = False


@dataclass(frozen=True, slots=True)
class MaterialNeed:
    """A paper that the matter asks for, when it does, and the fact that already stands for it (``held_as``)."""

    code: str
    name: str
    form: str
    help: str = ""
    required: bool = True
    required_when: Mapping[str, Any] | None = field(default=None, compare=False)
    held_as: str = ""
    field: str = ""

    def is_required(self, answers: Mapping[str, Any]) -> bool:
        """Say whether these answers make the paper necessary."""
        if self.required_when is not None:
            return Draft202012Validator(self.required_when).is_valid(dict(answers))
        return self.required


@dataclass(frozen=True, slots=True)
class Step:
    """Who does what, at which level, in order; ``said`` is what the applicant reads meanwhile."""

    code: str
    verb: str
    title: str
    level: int
    post: str
    said: str


@dataclass(frozen=True, slots=True)
class Extension:
    """How a promise may be extended."""

    times: int
    days: int
    grounds: tuple[Choice, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What comes out: a document or nothing on paper, and the form that the deciding worker fills in."""

    kind: str
    name: str
    template: str
    delivery: tuple[str, ...]
    form: Mapping[str, Any] = field(compare=False)


@dataclass(frozen=True)
class Matter:
    """A matter (事项) by the elements of a government service; ``item_id`` is the version it was read from."""

    item_id: int
    code: str
    name: str
    kind: str
    group: str
    office: str
    summary: str
    aliases: tuple[str, ...]
    applicants: str
    on_behalf: bool
    conditions: tuple[Condition, ...]
    eligibility: tuple[Eligibility, ...]
    materials: tuple[MaterialNeed, ...]
    legal_days: Figure
    promised_days: Figure
    supplement_days: Figure
    fee_fen: int
    fee: str
    steps: tuple[Step, ...]
    extension: Extension
    refusal_grounds: tuple[Choice, ...]
    result: Result
    identity_required: bool
    location: str
    channels: tuple[str, ...]
    visits: int
    rating_scale: str
    verified: bool
    clause: str
    form: Mapping[str, Any] = field(compare=False)
    prefill: Mapping[str, str] = field(compare=False)
    basis: tuple[tuple[str, str], ...] = ()  # of each rule its title, and the article
    name_en: str = ""

    @cached_property
    def acceptance(self) -> Step:
        """Return the step that accepts or returns an application."""
        return next((step for step in self.steps if step.verb == "accept"), self.steps[0])

    def step(self, index: int) -> Step:
        """Return a step by its place; the last one for a place beyond."""
        return self.steps[min(index, len(self.steps) - 1)]

    def is_last(self, index: int) -> bool:
        """Say whether no step follows."""
        return index >= len(self.steps) - 1


def read_matter(body: Mapping[str, Any], item_id: int = 0) -> Matter:
    """Read the body of a pack item of kind ``matter`` that its schema has already accepted."""
    extension, result = body["extension"], body["result"]
    return Matter(
        item_id=item_id,
        code=body["code"],
        name=body["name"],
        name_en=body.get("name_en", ""),
        kind=body["kind"],
        group=body["group"],
        office=body.get("office", ""),
        summary=body["summary"],
        aliases=tuple(body["aliases"]),
        applicants=body["applicants"]["text"],
        on_behalf=body["applicants"]["on_behalf"],
        conditions=tuple(
            Condition(
                c["code"], c["question"], c["expected"], c["when_not_met"], c.get("help", ""), c.get("stops", True)
            )
            for c in body["conditions"]
        ),
        eligibility=tuple(_eligibility(rule) for rule in body.get("eligibility", ())),
        materials=tuple(_material(need) for need in body["materials"]),
        legal_days=_figure(body["legal_days"]),
        promised_days=_figure(body["promised_days"]),
        supplement_days=_figure(body.get("supplement_days", {"value": 10, "unit": "working_days", "verified": False})),
        fee_fen=body["fee"]["amount_fen"],
        fee=body["fee"]["text"],
        steps=tuple(
            Step(s["code"], s["verb"], s["title"], LEVELS[s["level"]], s["post"], s["said"]) for s in body["steps"]
        ),
        extension=Extension(extension["times"], _figure(extension["days"]).value, _choices(extension["grounds"])),
        refusal_grounds=_choices(body.get("refusal_grounds", ())),
        result=Result(
            result["kind"],
            result["name"],
            result.get("template", ""),
            tuple(result.get("delivery", ())),
            result.get("form", {"schema": {"type": "object", "properties": {}}, "steps": []}),
        ),
        identity_required=body["identity_required"],
        location=body["location"],
        channels=tuple(body["channels"]),
        visits=body.get("visits", 0),
        rating_scale=body["rating_scale"],
        verified=body["verified"],
        clause=body.get("clause", ""),
        form=body["form"],
        prefill=body["form"].get("prefill", {}),
        basis=tuple((b["title"], b.get("article", "")) for b in body.get("basis", ())),
    )


def _figure(raw: Mapping[str, Any]) -> Figure:
    return Figure(int(raw["value"]), raw["unit"], raw["verified"])


def _choices(raw: Sequence[Mapping[str, Any]]) -> tuple[Choice, ...]:
    return tuple(Choice(choice["code"], choice["name"]) for choice in raw)


def _eligibility(rule: Mapping[str, Any]) -> Eligibility:
    return Eligibility(
        rule["code"],
        rule["fact"],
        rule["operator"],
        rule["value"],
        rule["when_met"],
        rule["when_not_met"],
        rule.get("when_unknown", ""),
        rule["verified"],
    )


def _material(need: Mapping[str, Any]) -> MaterialNeed:
    held = need.get("held_as", {})
    return MaterialNeed(
        need["code"],
        need["name"],
        need["form"],
        need.get("help", ""),
        need.get("required", True),
        need.get("required_when"),
        held.get("fact", "") or f"{RESULT}{held['result_of']}" if held else "",
        need.get("field", ""),
    )
