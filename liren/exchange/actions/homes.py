"""Households that a list makes: written once, with who is in them and where they live; whoever else had them first is found there."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from liren.exchange.models import Batch, Home
from liren.exchange.queries import registry as held
from liren.registry.actions.bulk import HouseholdRow, PersonRow, write_households
from liren.registry.enums import HEAD, HouseholdKind

if TYPE_CHECKING:
    from liren.exchange.actions.applying import Work


class Overtaken(Exception):  # noqa: N818  nothing is wrong: the part is to be done again
    """Somebody else has written a household since it was looked for; the part begins anew and finds it there."""


def kind_of(batch: Batch) -> HouseholdKind:
    """Return which kind of household the list tells of."""
    return HouseholdKind.REGISTER if batch.options.get("household") == "register" else HouseholdKind.LIVING


def homes_of(batch: Batch, works: "Sequence[Work]") -> dict[str, Home]:
    """Return the households of rows by their keys."""
    keys = {work.row.home for work in works if work.row.home}
    counties = {work.row.county for work in works} | {batch.county}
    homes = Home.objects.filter(county__in=counties, batch=batch.pk, key__in=keys)
    return {home.key: home for home in homes}


def unwritten(batch: Batch, homes: Iterable[Home]) -> set[int]:
    """Return the households that nobody has written yet; one whose number is taken is that household from now on."""
    fresh = sorted((home for home in homes if home.is_new), key=lambda home: home.household)
    kind = kind_of(batch).value
    there = {row[0] for row in held.households(batch.county, kind, ids=[home.household for home in fresh])}
    asked = [home for home in fresh if home.household not in there]
    numbers: dict[tuple[int, str], int] = {}
    for county in {home.county for home in asked if home.number}:
        of = [home.number for home in asked if home.number and home.county == county]
        numbers |= {(county, row[2]): row[0] for row in held.households(county, kind, numbers=of)}
    found = set[int]()
    for home in asked:
        before = numbers.get((home.county, home.number)) if home.number else None
        if before is None:
            found.add(home.household)
            if home.number:
                numbers[home.county, home.number] = home.household
        else:
            home.household, home.is_new = before, False
            home.save(update_fields=["household", "is_new"])
    return found


def write_homes(
    batch: Batch, homes: Iterable[Home], making: Collection[int], people: Iterable[PersonRow], at: datetime
) -> dict[int, int | None]:
    """Write the households of ``making`` that some of ``people`` are in, and return them with the dwelling in which each lives.

    Those that nobody is in are left out: their people live elsewhere by the registry and wait to be decided on; whoever is brought in
    by the list later writes the household. Raise ``Overtaken`` where one has been written by somebody else meanwhile.
    """
    members = _members(people, making)
    rows = {
        home.household: HouseholdRow(
            home.household, home.area, home.address, home.number, kind_of(batch).value, _lives_in(home), *_headed(members[home.household])
        )
        for home in homes
        if home.household in members
    }  # fmt: skip
    written = write_households((rows[pk] for pk in sorted(rows)), at=at)
    if len(written) < len(rows):
        raise Overtaken
    return {pk: row.dwelling for pk, row in rows.items()}


def _lives_in(home: Home) -> int | None:
    return None if home.is_settled or home.is_asked or home.former is not None else home.dwelling


def _members(people: Iterable[PersonRow], homes: Collection[int]) -> Mapping[int, list[tuple[PersonRow, str]]]:
    found: dict[int, list[tuple[PersonRow, str]]] = {}
    for person in {one.id: one for one in people}.values():
        state = person.state
        if state.household in homes:
            found.setdefault(state.household or 0, []).append((person, state.relation))
        if state.register in homes:
            found.setdefault(state.register or 0, []).append((person, state.register_relation))
    return found


def _headed(members: Sequence[tuple[PersonRow, str]]) -> tuple[int | None, str, int]:
    """Return who is head of a household, by which name, and how many are in it; as ``recount_households`` counts them."""
    heads = sorted((person.id, person.name) for person, relation in members if relation == HEAD)
    size = sum(person.state.deceased_on is None for person, _relation in members)
    return (heads[0][0], min(name for _pk, name in heads), size) if heads else (None, "", size)
