"""Who stands in a household and what is held of their kinship: for many households at once, in a few statements."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection

from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.registry.enums import FactKind, GuardianKind, HouseholdKind, RelationKind
from liren.registry.rules.kinship import FIRST_MARRIAGE, MARRIED, Kin, Member


@dataclass(frozen=True, slots=True)
class Someone:
    """A member of a household as the registry has them."""

    id: int
    area: int
    name: str
    sex: str
    birth_on: date | None
    relation: str
    household: int


@dataclass(frozen=True, slots=True)
class Held:
    """A standing line of a relation or a marriage that names somebody."""

    id: int
    area: int
    kin: Kin
    kind: str
    valid_from: date
    valid_until: date | None
    other_name: str
    words: str
    source: str
    authority: str


@dataclass(slots=True)
class Ties:
    """What is held of the kinship of some people: lines by either of the two, who they are about, first marriages, guardians."""

    lines: dict[int, list[Held]] = field(default_factory=dict)
    sexes: dict[int, str] = field(default_factory=dict)
    names: dict[int, str] = field(default_factory=dict)
    first_married: set[int] = field(default_factory=set)
    guardians: dict[int, list[tuple[int | None, str]]] = field(default_factory=dict)

    def of(self, people: Iterable[int]) -> list[Held]:
        """Return the lines about any of some people, each once."""
        return list({one.id: one for person in people for one in self.lines.get(person, ())}.values())


_MEMBERS = """
SELECT id, area, name, sex, birth_on, {relation}, {household} FROM registry_person
 WHERE {household} = ANY(%(ids)s) ORDER BY {household}, id
"""
_LINES = """
SELECT f.id, f.area, f.subject, f.kind, f.code, f.other, f.other_name, f.valid_from, f.valid_until, f.words, f.source, f.authority, s.sex, o.sex, s.name, o.name
  FROM (
    SELECT * FROM registry_fact WHERE subject = ANY(%(ids)s) AND kind IN ('relation', 'marriage', 'guardian')
    UNION
    SELECT * FROM registry_fact WHERE other = ANY(%(ids)s) AND kind IN ('relation', 'marriage')
  ) f
  JOIN registry_person s ON s.id = f.subject LEFT JOIN registry_person o ON o.id = f.other
 WHERE NOT f.is_void AND NOT EXISTS (SELECT FROM registry_fact n WHERE n.replaces = f.id)
   AND (f.code IN ('parent', 'child', 'sibling', 'grandparent', 'grandchild') OR f.valid_until IS NULL OR f.valid_until > %(on)s)
"""


def members_of(households: Collection[int], kind: str) -> dict[int, list[Someone]]:
    """Return who is in households of a kind, as far as the scope of the transaction shows them."""
    column = "register" if kind == HouseholdKind.REGISTER else "household"
    relation = "register_relation" if column == "register" else "relation"
    found: dict[int, list[Someone]] = {}
    if households:
        with connection.cursor() as cursor:
            cursor.execute(_MEMBERS.format(relation=relation, household=f"{column}_id"), {"ids": sorted(households)})
            for row in cursor.fetchall():
                one = Someone(*row)
                found.setdefault(one.household, []).append(one)
    return found


def ties_of(people: Collection[int], on: date) -> Ties:
    """Return what is held of the kinship of people, on a day where it may end; relatives beyond the scope are looked at too."""
    ties = Ties()
    if not people:
        return ties
    with rescoped(Scope.everything()), connection.cursor() as cursor:
        cursor.execute(_LINES, {"ids": sorted(people), "on": on})
        rows = cursor.fetchall()
    for row in rows:
        _keep(ties, row)
    return ties


def _keep(ties: Ties, row: tuple[Any, ...]) -> None:
    (
        pk,
        area,
        subject,
        kind,
        code,
        other,
        other_name,
        since,
        until,
        words,
        source,
        authority,
        sex,
        other_sex,
        name,
        names_other,
    ) = row
    ties.sexes[subject], ties.names[subject] = sex, name
    if other is not None and other_sex is not None:
        ties.sexes[other], ties.names[other] = other_sex, names_other
    if kind == FactKind.GUARDIAN:
        if code == GuardianKind.PARENT:
            ties.guardians.setdefault(subject, []).append((other, other_name))
        return
    if kind == FactKind.MARRIAGE:
        if code == FIRST_MARRIAGE:
            ties.first_married.add(subject)
        if code not in MARRIED:
            return
        code = RelationKind.SPOUSE.value
    if other is not None:
        held = Held(pk, area, Kin(subject, code, other), kind, since, until, other_name, words, source, authority)
        for person in (subject, other):
            ties.lines.setdefault(person, []).append(held)


def named(guardians: Iterable[tuple[int | None, str]], names: dict[str, list[int]]) -> frozenset[int]:
    """Return the members whom lines of guardianship by a parent name: by id, or by a name that only one of them has."""
    found: set[int] = set()
    for other, name in guardians:
        if other is not None:
            found.add(other)
        elif len(names.get(name, ())) == 1:
            found.add(names[name][0])
    return frozenset(found)


def members(people: Iterable[Someone], ties: Ties) -> list[Member]:
    """Return the members of one household as the rule takes them."""
    listed = list(people)
    names: dict[str, list[int]] = {}
    for one in listed:
        names.setdefault(one.name, []).append(one.id)
    return [
        Member(
            one.id, one.relation, one.sex, one.birth_on, one.id in ties.first_married, named(ties.guardians.get(one.id, ()), names)
        )
        for one in listed
    ]  # fmt: skip
