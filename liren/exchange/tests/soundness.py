"""What has to hold in the registry whatever came at the same moment: everything derived equals what it is derived from."""

from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise
from typing import Any

from liren.base import clock
from liren.base.names import name_keys
from liren.exchange.tests.world import looking
from liren.foundation.places.rules import COUNTY, ancestor
from liren.registry.actions.counting import count_stays
from liren.registry.actions.lines import shown
from liren.registry.actions.memberships import recount
from liren.registry.models import CategoryMembership, Fact, Household, NameKey, Person, Phone, Stay
from liren.registry.rules import present_state, standing
from liren.testing.cast import PAIFANG

HEAD = "02"
ONE_AT_A_TIME = frozenset({"residence", "member", "register", "away"})


def unsound(*, area: int = PAIFANG) -> list[str]:
    """Return in words what does not hold in a county; prove its lists and its counts as the nightly jobs do."""
    found: list[str] = []
    with looking():
        on = clock.today()
        people = {one.pk: one for one in Person.objects.all()}
        lines: dict[int, list[Fact]] = defaultdict(list)
        for line in Fact.objects.all():
            lines[line.subject].append(line)
        found += [f"line of nobody: {pk}" for pk in lines if pk not in people]
        for pk, person in people.items():
            found += _file(person, lines[pk], on)
        found += _households(people)
        keys: dict[int, set[str]] = defaultdict(set)
        for subject, key in NameKey.objects.values_list("subject", "key"):
            keys[subject].add(key)
        for pk, person in people.items():
            if keys.pop(pk, set()) != {key[:160] for key in name_keys(person.name).all}:
                found.append(f"{person.name} is found by other keys")
        found += [f"keys of nobody: {pk}" for pk in keys]
        for model in (Phone, Stay):
            found += [f"{model.__name__} of nobody: {pk}" for pk in set(model.objects.values_list("subject", flat=True)) - set(people)]  # fmt: skip
        if count_stays(people):
            found.append("somebody is counted otherwise than the lines say")
        gone = CategoryMembership.objects.filter(withdrawn_at=None).exclude(subject__in=people)
        found += [f"listed though gone: {one.subject}" for one in gone]
    county = ancestor(area, COUNTY)
    run = recount(lo=county, hi=county + 10**9 - 1, level=COUNTY, at=clock.now(), prove=True)
    if run.differences:
        found.append(f"{run.differences} memberships were kept otherwise than a recount says")
    return found


def _file(person: Person, lines: list[Fact], on: date) -> list[str]:
    found = []
    if present_state(lines, on) != shown(person):
        found.append(f"{person.name} shows {shown(person)} and the lines say {present_state(lines, on)}")
    if any((line.area, line.county) != (person.area, person.county) for line in lines):
        found.append(f"lines of {person.name} lie elsewhere than the file")
    stand = standing(lines)
    for kind, number in Counter(line.kind for line in stand if line.valid_until is None).items():
        if kind in ONE_AT_A_TIME and number > 1:
            found.append(f"{person.name} has {number} open lines of {kind}")
    for kind in ONE_AT_A_TIME - {"away"}:
        periods = sorted((line.valid_from, line.valid_until or date.max) for line in stand if line.kind == kind)
        if any(one[1] > other[0] for one, other in pairwise(periods)):
            found.append(f"{person.name} is in two {kind} at once: {periods}")
    return found


def _households(people: dict[int, Any]) -> list[str]:
    found = []
    for home in Household.objects.all():
        living = home.kind != "register"
        members = [one for one in people.values() if (one.household_id if living else one.register_id) == home.pk]
        alive = [one for one in members if one.deceased_on is None]
        heads = [one for one in members if (one.relation if living else one.register_relation) == HEAD]
        name = f"household {home.number or home.address}"
        if home.size != len(alive):
            found.append(f"{name} says {home.size} members and has {len(alive)}")
        if not members and home.closed_on is None:
            found.append(f"{name} has nobody")
        if home.closed_on is not None and alive:
            found.append(f"{name} is closed and has {len(alive)}")
        if len([one for one in heads if one.deceased_on is None]) > 1:
            found.append(f"{name} has several heads: {[one.name for one in heads]}")
        if home.head is not None and home.head not in {one.pk for one in members}:
            found.append(f"the head of {name} is no member")
        if heads and home.head not in {one.pk for one in heads}:
            found.append(f"{name} names {home.head_name!r} as head and its members say {[one.name for one in heads]}")
        if home.head is not None and home.head_name != people[home.head].name:
            found.append(f"{name} calls its head {home.head_name}, who is called {people[home.head].name}")
    return found
