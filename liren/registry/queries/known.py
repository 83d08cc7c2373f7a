"""What is known already and need not be asked again: values for forms, materials that are held."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from liren.base.codes import age_on
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import names
from liren.foundation.places.rules import COMMUNITY, ancestor
from liren.registry.enums import FactKind, ResidenceKind, Sex, Source
from liren.registry.models import Fact, Household, Person, Phone
from liren.registry.queries.files import household_of, person_facts


@dataclass(frozen=True, slots=True)
class Prefilled:
    """A known value: plain text, number or ISO day; where it comes from, in words, and when it was recorded."""

    value: Any
    source: str
    recorded_at: datetime


@dataclass(slots=True)
class _Known:
    """What paths are answered from; each part is read once, and only when a path asks for it."""

    viewer: Viewer
    person: Person
    on: date
    _household: Household | None = None
    _phone: Phone | None = None
    _lines: list[Fact] | None = None
    _asked: frozenset[str] = frozenset()

    @property
    def household(self) -> Household | None:
        if "household" not in self._asked:
            self._household, self._asked = household_of(self.person), self._asked | {"household"}
        return self._household

    @property
    def phone(self) -> Phone | None:
        if "phone" not in self._asked:
            rows = Phone.objects.filter(county=self.person.county, subject=self.person.pk, is_main=True)
            self._phone, self._asked = rows.first(), self._asked | {"phone"}
        return self._phone

    @property
    def lines(self) -> list[Fact]:
        if self._lines is None:
            self._lines = [
                x
                for x in person_facts(self.person)
                if x.valid_from <= self.on and (x.valid_until is None or self.on < x.valid_until)
            ]
        return self._lines

    def line(self, kind: FactKind) -> Fact | None:
        return next((line for line in self.lines if line.kind == kind), None)

    def of_person(self, value: Any) -> Prefilled | None:
        return (
            None
            if value in {None, ""}
            else Prefilled(value, str(Source(self.person.source).label), self.person.recorded_at)
        )

    def of_household(self, read: Callable[[Household], Any]) -> Prefilled | None:
        home = self.household
        value = read(home) if home else None
        return Prefilled(value, _of_line(self.line(FactKind.MEMBER)), home.recorded_at) if home and value else None

    def of_line(self, kind: FactKind, read: Callable[[Fact], Any]) -> Prefilled | None:
        line = self.line(kind)
        value = read(line) if line else None
        return Prefilled(value, _of_line(line), line.recorded_at) if line and value not in {None, ""} else None


def _of_line(line: Fact | None) -> str:
    return str(Source(line.source).label) if line else ""


def _phone(known: _Known) -> Prefilled | None:
    phone = known.phone
    return (
        Prefilled(phone.number.removeprefix("+86"), str(Source(phone.source).label), phone.recorded_at)
        if phone
        else None
    )


def _registered_address(known: _Known) -> Prefilled | None:
    line = known.line(FactKind.RESIDENCE)
    if line is not None and line.code in {ResidenceKind.INCOMER, ResidenceKind.OVERSEAS}:
        return known.of_line(FactKind.RESIDENCE, lambda found: found.words)
    return known.of_household(lambda home: home.address)


def _community(area: int) -> str:
    community = (COMMUNITY, ancestor(area, COMMUNITY))
    return names([community]).get(community, "")


def _disability(key: str) -> Callable[[_Known], Prefilled | None]:
    return lambda known: known.of_line(FactKind.DISABILITY, lambda line: (line.health or {}).get(key))


PATHS: dict[str, Callable[[_Known], Prefilled | None]] = {
    "person.name": lambda k: k.of_person(k.person.name),
    "person.id_number": lambda k: k.of_person(k.person.id_number),
    "person.sex": lambda k: k.of_person(None if k.person.sex == Sex.UNKNOWN else k.person.sex),
    "person.birth_on": lambda k: k.of_person(k.person.birth_on.isoformat() if k.person.birth_on else None),
    "person.age": lambda k: k.of_person(age_on(k.person.birth_on, k.on) if k.person.birth_on else None),
    "person.ethnicity": lambda k: k.of_person(k.person.ethnicity),
    "person.phone": _phone,
    "person.registered_address": _registered_address,
    "household.number": lambda k: k.of_household(lambda home: home.number),
    "household.size": lambda k: k.of_household(lambda home: home.size),
    "household.address": lambda k: k.of_household(lambda home: home.address),
    "household.head_name": lambda k: k.of_household(lambda home: home.head_name),
    "residence.kind": lambda k: k.of_line(FactKind.RESIDENCE, lambda line: line.code),
    "residence.since": lambda k: k.of_line(FactKind.RESIDENCE, lambda line: line.valid_from.isoformat()),
    "residence.community": lambda k: k.of_line(FactKind.RESIDENCE, lambda line: _community(line.area)),
    "disability.kind": _disability("kind"),
    "disability.degree": _disability("degree"),
    "disability.certificate": _disability("certificate"),
}


def prefill(viewer: Viewer, person: Person | None, mapping: Mapping[str, str], *, on: date) -> dict[str, Prefilled]:
    """Return what is known for the fields of a form; ``mapping`` is field → path, unknown values are left out.

    Nothing is known of an account that is not linked to a person.
    """
    if person is None:
        return {}
    known = _Known(viewer, person, on)
    found = {name: PATHS[path](known) for name, path in mapping.items() if path in PATHS}
    return {name: value for name, value in found.items() if value is not None}


def held(viewer: Viewer, person: Person | None, held_as: Mapping[str, Any], *, on: date) -> bool:
    """Say whether a material is held already: ``{"fact": path}`` of a matter's material."""
    path = str(held_as.get("fact", ""))
    return "material" in prefill(viewer, person, {"material": path}, on=on)
