"""The population that is measured: people from the demo's dice with another seed, and cases multiplied from a few real ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random
from typing import Any

from django.db import connections

from liren.base.clock import day_of
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.conf.demo import offices
from liren.conf.demo.cases import History, Township
from liren.conf.demo.people import Maker
from liren.conf.demo.settle import TOWNSHIP, homes, is_village, newcomers, shown
from liren.engines.cases.models import Case, Delegation, Material, Pause, Rating, Task
from liren.foundation.access.models import Account, JournalLine
from liren.foundation.commons.rules import receipt_number
from liren.foundation.places.models import PlacedModel
from liren.foundation.places.queries.tree import communities, place_by_code
from liren.registry.actions.bulk import bulk_register
from liren.registry.actions.memberships import recount
from liren.registry.models import Person

SEED = 20261121
FIRST_SERIAL = 500_000  # of the copies: measuring draws from 1, thousands a day in one community
SAMPLE = 150  # real cases, each led to its fate by the actions themselves
APART = 600_000  # milliseconds between the ids of two copies: more than a sample takes to make
OF_CASE: Sequence[type[PlacedModel]] = (Task, Material, Pause, Rating, Delegation)
# What a desk's area becomes in another community of the township: its own at a community, unchanged above.
MOVED = "CASE WHEN t.{level} >= 5 THEN pick.area ELSE t.{area} END"


@dataclass(frozen=True, slots=True)
class Cast:
    """Whose sessions the clients use: accounts by community, and the township's officers by post."""

    clerks: dict[int, int]
    residents: dict[int, list[int]]
    officers: dict[str, int]


def people(*, number: int, at: datetime) -> int:
    """Settle so many people in the township's communities and return how many came."""
    places = list(communities(place_by_code(TOWNSHIP)))
    maker = Maker(seed=SEED, on=day_of(at))
    families = list(maker.families([(place.area, shown(place), is_village(place)) for place in places], number))
    made = bulk_register(newcomers(families, day_of(at)), homes(families), at=at, recorded_by="系统·量速")
    whole = place_by_code(TOWNSHIP)
    recount(lo=whole.area, hi=whole.hi, level=whole.level, at=at)
    return len(made.people)


def staff_and_sample(*, cases: int, at: datetime) -> None:
    """Fill every post, and lead a sample of cases to their fates through the actions; their applicants have accounts."""
    with applied(Scope.everything()):
        desks = offices.fill_posts(at=at)
        adults = list(Person.objects.filter(birth_on__lt=day_of(at).replace(year=at.year - 20)).order_by("id")[:20_000])
    dice = Random(SEED)  # noqa: S311
    dice.shuffle(adults)
    History(Township.of(desks, on=day_of(at)), adults, at=at, seed=SEED).make(min(SAMPLE, cases))


def multiply(*, cases: int, at: datetime) -> int:
    """Copy the sample, as the owner, to other people of other communities until there are ``cases``; return how many there are.

    Each copy has an id, a receipt number, a community and an applicant of its own; sealed columns are copied as they are.
    """
    with applied(Scope.everything()):
        sample = list(Case.objects.order_by("id").values_list("id", "created_at", "number"))
        adults = list(
            Person.objects.filter(birth_on__lt=day_of(at).replace(year=at.year - 20)).values_list("id", "area")
        )
    missing = cases - len(sample)
    if missing <= 0:
        return len(sample)
    dice = Random(SEED + 1)  # noqa: S311
    serials: dict[tuple[int, object], int] = {}
    with applied(Scope.everything(), "owner"), connections["owner"].cursor() as cursor:
        cursor.execute(
            "CREATE TEMP TABLE pick (old bigint, shift bigint, area bigint, subject bigint, number text) ON COMMIT DROP"
        )
        with cursor.copy("COPY pick FROM STDIN") as copy:
            for number in range(missing):
                old, created, had = sample[number % len(sample)]
                person, area = dice.choice(adults)
                day = day_of(created)
                serials[area, day] = serials.get((area, day), FIRST_SERIAL) + 1
                shift = (1 + number // len(sample)) * APART << 22
                copy.write_row((old, shift, area, person, had and receipt_number(area, day, serials[area, day])))
        cursor.execute("CREATE INDEX ON pick (old); ANALYZE pick")
        _copied(cursor, Case, "id", number="pick.number", person_id="pick.subject", client_key="NULL",
                holder_area=MOVED.format(level="holder_level", area="holder_area"))  # fmt: skip
        _copied(cursor, Task, "case_id", case_id="t.case_id - pick.shift",
                parent="t.parent - pick.shift", seat_area=MOVED.format(level="seat_level", area="seat_area"))  # fmt: skip
        for table in OF_CASE[1:]:
            _copied(cursor, table, "case_id", case_id="t.case_id - pick.shift")
        _copied(cursor, JournalLine, "object_id", object_id="t.object_id - pick.shift", once="NULL",
                xid="pg_current_xact_id()::text::bigint")  # fmt: skip
    return cases


def _copied(cursor: Any, model: type[PlacedModel], by: str, **changed: str) -> None:
    """Copy the rows that belong to the sample (``by`` names the case) to every pick; ``changed`` are columns in SQL."""
    always = {
        "id": "t.id - pick.shift",
        "area": "pick.area",
        "county": "pick.area / 1000000000",
        "subject": "pick.subject",
    }
    columns = {str(column.column): f"t.{column.column}" for column in model._meta.concrete_fields} | always | changed
    table = model._meta.db_table
    cursor.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT {', '.join(columns.values())}"  # noqa: S608  our own names
        f" FROM {table} t JOIN pick ON pick.old = t.{by}"
    )


def cast() -> Cast:
    """Return the accounts whose sessions the clients use."""
    with applied(Scope.everything()):
        seats = Account.objects.filter(username__isnull=False).values_list(
            "id", "appointments__post_id", "appointments__area"
        )
        clerks: dict[int, int] = {}
        officers: dict[str, int] = {}
        for account, post, area in seats:
            if post == "window_clerk":
                clerks[area] = account
            elif post is not None:
                officers[post] = account
        residents: dict[int, list[int]] = {}
        for account, home in Account.objects.filter(username=None, person_id__isnull=False).values_list(
            "id", "person_area"
        ):
            residents.setdefault(home or 0, []).append(account)
    return Cast(clerks, residents, officers)
