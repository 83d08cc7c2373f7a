"""One person explained: the lists somebody is on, and every condition of a rule with the days on which it holds."""

# ruff: noqa: S608 - the texts are our own, the words of rules are checked before they become text
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.foundation.access.rules import Viewer
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.registry.models import CategoryMembership, Person
from liren.registry.permissions import CONFIDENTIAL
from liren.registry.queries import evaluating
from liren.registry.queries.categories import all_rules, rules_at
from liren.registry.queries.lists import Listed, unsealed, worked_out
from liren.registry.queries.opening import PersonFile
from liren.registry.rules.categories import Rule
from liren.registry.rules.compiling import BEGIN, END, parts


@dataclass(slots=True)
class Part:
    """One condition of a rule for one person: where it stands, and the days on which it holds."""

    path: tuple[int | str, ...]
    node: Mapping[str, Any]
    days: list[tuple[date | None, date | None]]

    def holds_on(self, on: date) -> bool:
        """Say whether the condition is met on a day; of a ``not``, whether what it names does not hold."""
        is_so = any((start is None or start <= on) and (end is None or on < end) for start, end in self.days)
        return not is_so if "not" in self.node else is_so

    def turns_on(self, on: date) -> date | None:
        """Return the next day on which it will be otherwise by itself."""
        days = [day for period in self.days for day in period if day is not None and day > on]
        return min(days, default=None)


@dataclass(slots=True)
class Explained:
    """One category for one person: periods, the conditions of the rule, what was kept before and no longer counts."""

    rule: Rule
    periods: list[Listed]
    parts: list[Part] = field(default_factory=list)
    withdrawn: list[CategoryMembership] = field(default_factory=list)

    def current(self, on: date) -> Listed | None:
        """Return the period that contains a day."""
        return next(
            (one for one in self.periods if one.valid_from <= on and (one.valid_until is None or on < one.valid_until)),
            None,
        )


def explained(viewer: Viewer, person: Person, *, on: date, only: str = "") -> list[Explained]:
    """Return every category for one person with the reasons, worked out now: what is kept has to be the same."""
    may_confide = viewer.may(CONFIDENTIAL, person.area)
    rules = [rule for rule in rules_at(person.area, on, confidential=may_confide) if not only or rule.code == only]
    named = {rule.code for rule in rules}
    earlier = [rule for rule in all_rules(COMMUNITY, ancestor(person.area, COMMUNITY)) if rule.code in named]
    hidden = [rule for rule in rules if rule.is_confidential]
    found = worked_out([*earlier, *hidden], [person.pk], up_to=evaluating.horizon(on))
    old = list(
        CategoryMembership.objects.filter(subject=person.pk, withdrawn_at__isnull=False).order_by("-withdrawn_at")[:50]
    )
    answers = [
        Explained(
            rule,
            [one for one in found if one.category == rule.code],
            withdrawn=[row for row in old if row.category == rule.code],
        )
        for rule in rules
    ]
    _explain_parts(answers, person, on)
    return answers


def _explain_parts(answers: list[Explained], person: Person, on: date) -> None:
    listed = [(answer, part) for answer in answers for part in parts(answer.rule)]
    if not listed:
        return
    rules = [answer.rule for answer in answers]
    hidden = any(rule.is_confidential for rule in rules)
    values: dict[str, Any] = {"subjects": [person.pk], "horizon": evaluating.horizon(on)}
    if hidden:
        values |= unsealed([person.pk])
    texts = " UNION ALL ".join(
        f"SELECT {number}, array(SELECT ARRAY[nullif(lower(r), {BEGIN}), nullif(upper(r), {END})] FROM unnest(days) AS r) FROM ({text}) x{number} WHERE subject = {person.pk:d}"
        for number, (_answer, (_path, _node, text)) in enumerate(listed)
    )
    with rescoped(Scope.everything()), connection.cursor() as cursor:
        cursor.execute(f"WITH {evaluating.few(rules, unsealed=hidden)} {texts}", values)
        days = {row[0]: [(start, end) for start, end in row[1]] for row in cursor.fetchall()}
    for number, (answer, (path, node, _text)) in enumerate(listed):
        answer.parts.append(Part(path, node, days.get(number, [])))


def lists_of(viewer: Viewer, file: PersonFile, *, on: date) -> list[Listed]:
    """Return the lists on which somebody is on a day, as far as the viewer may know; what is kept came with the file."""
    person = file.person
    kept = [Listed(**row) for row in file.memberships]
    found = [one for one in kept if one.valid_from <= on and (one.valid_until is None or on < one.valid_until)]
    if viewer.may(CONFIDENTIAL, person.area):
        rules = [rule for rule in rules_at(person.area, on, confidential=True) if rule.is_confidential]
        hidden = worked_out(rules, [person.pk], up_to=on)
        found += [one for one in hidden if one.valid_until is None or on < one.valid_until]
    return found
