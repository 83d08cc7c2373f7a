"""Who stands in a household and what is held of their kinship: for many households at once, in a few statements."""

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple, Protocol

from django.db import connection

from liren.base.rows import rescoped
from liren.base.scopes import Scope
from liren.registry.enums import HouseholdKind
from liren.registry.rules.kinship import FIRST_MARRIAGE, INVERSE, MARRIED, PARENT, SPOUSE, Kin, Member

TELLING = frozenset({"relation", "marriage", "guardian"})
"""Kinds of lines that tell of kinship."""
OF_BLOOD = frozenset({"parent", "child", "sibling", "grandparent", "grandchild"})
"""What ends by no day."""


class Line(Protocol):
    """A line of a file as far as it tells of kinship."""

    @property
    def id(self) -> int: ...
    @property
    def area(self) -> int: ...
    @property
    def subject(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def code(self) -> str: ...
    @property
    def other(self) -> int | None: ...
    @property
    def other_name(self) -> str: ...
    @property
    def valid_from(self) -> date: ...
    @property
    def valid_until(self) -> date | None: ...
    @property
    def words(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def authority(self) -> str: ...
    @property
    def is_void(self) -> bool: ...


class Someone(NamedTuple):
    """A member of a household as the registry has them."""

    id: int
    area: int
    name: str
    sex: str
    birth_on: date | None
    relation: str
    household: int


class Held(NamedTuple):
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
 WHERE {household} = ANY(%(ids)s::bigint[]) ORDER BY {household}, id
"""
_LINE = "id, area, subject, kind, code, other, other_name, valid_from, valid_until, words, source, authority"
_LINES = f"""
WITH asked AS MATERIALIZED (SELECT %(ids)s::bigint[] AS ids),
line AS MATERIALIZED (
  SELECT {_LINE} FROM registry_fact
   WHERE subject = ANY ((SELECT ids FROM asked)::bigint[]) AND kind IN ('relation', 'marriage', 'guardian') AND NOT is_void
   UNION ALL
  SELECT {_LINE} FROM registry_fact f
   WHERE other = ANY ((SELECT ids FROM asked)::bigint[]) AND kind IN ('relation', 'marriage') AND NOT is_void
     AND NOT EXISTS (SELECT FROM unnest((SELECT ids FROM asked)) AS one WHERE one = f.subject)
)
SELECT * FROM line
 WHERE (code IN ('parent', 'child', 'sibling', 'grandparent', 'grandchild') OR valid_until IS NULL OR valid_until > %(on)s)
   AND id NOT IN (SELECT replaces FROM registry_fact WHERE replaces = ANY (ARRAY(SELECT id FROM line)))
"""  # noqa: S608  our own names
# What replaces a line stands in the same file: to look for it among all lines there are would be a look for each line.
_SAID = """
WITH line AS MATERIALIZED (
  SELECT id, subject, kind, code, other, other_name, valid_until, is_void, replaces FROM registry_fact
   WHERE subject = ANY(%(ids)s::bigint[]) AND (kind IN ('relation', 'marriage', 'guardian') OR replaces IS NOT NULL)
)
SELECT subject, kind, code, other, other_name FROM line
 WHERE kind IN ('relation', 'marriage', 'guardian') AND NOT is_void
   AND (code IN ('parent', 'child', 'sibling', 'grandparent', 'grandchild') OR valid_until IS NULL OR valid_until > %(on)s)
   AND id NOT IN (SELECT replaces FROM line WHERE replaces IS NOT NULL)
"""
_PEOPLE = "SELECT id, sex, name FROM registry_person WHERE id = ANY(%(ids)s::bigint[])"


def members_of(households: Collection[int], kind: str) -> dict[int, list[Someone]]:
    """Return who is in households of a kind, as far as the scope of the transaction shows them."""
    column = "register" if kind == HouseholdKind.REGISTER else "household"
    relation = "register_relation" if column == "register" else "relation"
    found: dict[int, list[Someone]] = {}
    if households:
        with connection.cursor() as cursor:
            cursor.execute(_MEMBERS.format(relation=relation, household=f"{column}_id"), {"ids": array_of(households)})
            for row in cursor.fetchall():
                one = Someone(*row)
                found.setdefault(one.household, []).append(one)
    return found


@dataclass(slots=True)
class Said:
    """What people's own lines say of their kinship, as far as that settles most households: pairs, first marriages, guardians."""

    pairs: dict[tuple[int, int], str] = field(default_factory=dict)
    first_married: set[int] = field(default_factory=set)
    guardians: dict[int, list[tuple[int | None, str]]] = field(default_factory=dict)

    def holds(self, kin: Kin) -> bool:
        """Say whether just this is held of two people, and nothing else."""
        return self.pairs.get((kin.person, kin.other)) == kin.code


def said_of(people: Collection[int], on: date, *, fresh: Iterable[Line] = ()) -> Said:
    """Return what the lines of people say of their kinship, on a day where it may end: a part of ``ties_of`` for a quarter of the work.

    ``fresh`` are all the lines of people who have just got their files: those are not read.
    """
    said = Said()
    told = [(one.subject, one.kind, one.code, one.other, one.other_name) for one in _telling(fresh, on)]
    if people:
        with rescoped(Scope.everything()), connection.cursor() as cursor:
            cursor.execute(_SAID, {"ids": array_of(people), "on": on})
            told += cursor.fetchall()
    pairs = said.pairs
    for subject, kind, code, other, other_name in told:
        if kind == "guardian":
            if code == PARENT:
                said.guardians.setdefault(subject, []).append((other, other_name))
            continue
        what = code
        if kind == "marriage":
            if code == FIRST_MARRIAGE:
                said.first_married.add(subject)
            if code not in MARRIED:
                continue
            what = "spouse"
        if other is not None and what in INVERSE:
            pair, turned, inverse = (subject, other), (other, subject), INVERSE[what]
            if pairs.setdefault(pair, what) != what or pairs.setdefault(turned, inverse) != inverse:
                pairs[pair] = pairs[turned] = ""  # two things at once: that takes a closer look
    return said


def _telling(lines: Iterable[Line], on: date) -> Iterator[Line]:
    """Yield those lines that tell of kinship, on a day where it may end."""
    for one in lines:
        if (
            one.kind in TELLING
            and not one.is_void
            and (one.code in OF_BLOOD or one.valid_until is None or one.valid_until > on)
        ):
            yield one


def ties_of(people: Collection[int], on: date, *, known: Collection[Someone] = (), fresh: Iterable[Line] = ()) -> Ties:
    """Return what is held of the kinship of people, on a day where it may end; relatives beyond the scope are looked at too.

    Who is ``known`` already is not read once more; nor are ``fresh`` lines, all there are of people who have just got their files.
    """
    ties = Ties()
    for one in known:
        ties.sexes[one.id], ties.names[one.id] = one.sex, one.name
    for line in _telling(fresh, on):
        _keep(ties, (
            line.id, line.area, line.subject, line.kind, line.code, line.other, line.other_name, line.valid_from, line.valid_until, line.words,
            line.source, line.authority,
        ))  # fmt: skip
    if not people:
        return ties
    with rescoped(Scope.everything()), connection.cursor() as cursor:
        cursor.execute(_LINES, {"ids": array_of(people), "on": on})
        rows = cursor.fetchall()
        named_in = {row[2] for row in rows} | {row[5] for row in rows if row[5] is not None}
        beyond = named_in - ties.sexes.keys()
        if beyond:
            cursor.execute(_PEOPLE, {"ids": array_of(beyond)})
            for pk, sex, name in cursor.fetchall():
                ties.sexes[pk], ties.names[pk] = sex, name
    for row in rows:
        if row[2] in ties.sexes:  # else the file has gone
            _keep(ties, row)
    return ties


def array_of(ids: Collection[int]) -> str:
    """Return ids as the server reads an array, in their order: thousands as a list cost the driver more than their query."""
    return "{" + ",".join(map(str, sorted(ids))) + "}"


def _keep(ties: Ties, row: tuple[Any, ...]) -> None:
    pk, area, subject, kind, code, other, other_name, since, until, words, source, authority = row
    if kind == "guardian":
        if code == PARENT:
            ties.guardians.setdefault(subject, []).append((other, other_name))
        return
    if kind == "marriage":
        if code == FIRST_MARRIAGE:
            ties.first_married.add(subject)
        if code not in MARRIED:
            return
        code = SPOUSE
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


def members(people: Iterable[Someone], ties: Ties | Said) -> list[Member]:
    """Return the members of one household as the rule takes them."""
    listed = list(people)
    first_married, guardians = ties.first_married, ties.guardians
    if guardians and any(one.id in guardians for one in listed):
        names: dict[str, list[int]] = {}
        for one in listed:
            names.setdefault(one.name, []).append(one.id)
        return [
            Member(
                one.id, one.relation, one.sex, one.birth_on, one.id in first_married, named(guardians.get(one.id, ()), names)
            )
            for one in listed
        ]  # fmt: skip
    return [Member(one.id, one.relation, one.sex, one.birth_on, one.id in first_married) for one in listed]
