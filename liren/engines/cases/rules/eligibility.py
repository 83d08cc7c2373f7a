"""May I apply, and what is needed: answers to yes/no questions, facts already known, papers already held."""

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from liren.engines.cases.enums import MaterialState
from liren.engines.cases.rules.matter import Condition, Eligibility, Matter

OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "at_least": operator.ge,
    "at_most": operator.le,
    "equals": operator.eq,
    "is_one_of": lambda value, values: value in values,
}


@dataclass(frozen=True, slots=True)
class Finding:
    """What one condition or rule came to: met, not met, or unknown (None), with words for the applicant."""

    code: str
    met: bool | None
    words: str
    stops: bool = True


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether somebody may apply, with every finding."""

    findings: tuple[Finding, ...]

    @property
    def may_apply(self) -> bool:
        """Say whether nothing that stops was found; what is unknown stops nobody."""
        return not any(finding.met is False and finding.stops for finding in self.findings)

    @property
    def obstacles(self) -> tuple[str, ...]:
        """Return the words of everything that stands in the way."""
        return tuple(finding.words for finding in self.findings if finding.met is False and finding.stops)


@dataclass(frozen=True, slots=True)
class Paper:
    """A paper of one application: whether it is needed, and how it is there."""

    code: str
    name: str
    required: bool
    state: MaterialState
    files: tuple[int, ...] = ()
    help: str = ""

    @property
    def is_missing(self) -> bool:
        """Say whether it still has to be brought."""
        return self.required and self.state is MaterialState.MISSING


def judge(matter: Matter, answers: Mapping[str, bool], facts: Mapping[str, Any]) -> Verdict:
    """Judge the yes/no ``answers`` and the known ``facts`` (``person.age`` …) against a matter's conditions."""
    return Verdict(
        tuple(_ask(condition, answers.get(condition.code)) for condition in matter.conditions)
        + tuple(_look(rule, facts.get(rule.fact)) for rule in matter.eligibility)
    )


def _ask(condition: Condition, answer: bool | None) -> Finding:
    met = None if answer is None else answer == condition.expected
    return Finding(condition.code, met, condition.when_not_met if met is False else "", condition.stops)


def _look(rule: Eligibility, value: Any) -> Finding:
    if value is None:
        return Finding(rule.code, None, rule.when_unknown)
    met = bool(OPERATORS[rule.operator](value, rule.value))
    return Finding(rule.code, met, rule.when_met if met else rule.when_not_met)


def prefilled(matter: Matter, facts: Mapping[str, Any]) -> dict[str, Any]:
    """Return the answers that are already known, by field of the form."""
    return {name: facts[path] for name, path in matter.prefill.items() if facts.get(path) not in (None, "")}


def papers(
    matter: Matter,
    answers: Mapping[str, Any],
    facts: Mapping[str, Any],
    *,
    on_paper: Iterable[str] = (),
) -> tuple[Paper, ...]:
    """Return the papers of an application: those held are ticked off, files uploaded in the form are counted.

    ``facts`` are what the registry knows, and earlier results (``result.<matter>``); ``on_paper`` the codes of papers that were
    shown or handed in at a window.
    """
    handed_in = set(on_paper)
    found = []
    for need in matter.materials:
        uploaded = answers.get(need.field) if need.field else None
        state = MaterialState.MISSING
        files: tuple[int, ...] = ()
        if uploaded:
            state = MaterialState.UPLOADED
            files = tuple(int(one) for one in (uploaded if isinstance(uploaded, list) else [uploaded]))
        elif need.code in handed_in:
            state = MaterialState.ON_PAPER
        elif need.held_as and facts.get(need.held_as) not in (None, ""):
            state = MaterialState.HELD
        found.append(Paper(need.code, need.name, need.is_required(answers), state, files, need.help))
    return tuple(found)
