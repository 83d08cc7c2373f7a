"""What an event of the population costs, in statements and rows: it must not grow with the county."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection

from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.actions.bulk import NewHousehold, NewPerson, bulk_register, take_stock
from liren.registry.models import Household, Move, Person
from liren.registry.tests.desk import AT, NEXT_DOOR, PAIFANG, at_desk, clerk

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])

ON = date(2026, 8, 20)
FAMILIES = 600
Act = Callable[[Viewer, Person], Any]


@pytest.fixture
def village() -> list[Person]:
    """Return the heads of some hundred families, written at once a moment ago."""
    homes = [NewHousehold(ref=f"h{number}", area=PAIFANG, address=f"{number} 号") for number in range(FAMILIES)]
    people = [
        NewPerson(
            ref=f"p{number}-{relation}", area=PAIFANG, name="张伟", sex="1", birth_on=date(1980, 1, 1), household=f"h{number}",
            relation=relation,
        )
        for number in range(FAMILIES)
        for relation in ("02", "10", "20")
    ]  # fmt: skip
    written = bulk_register(people, homes, at=AT, recorded_by="导入")
    take_stock()
    with applied(Scope.everything()):
        heads = [written.people[f"p{number}-02"] for number in range(0, FAMILIES, 60)]
        return list(Person.objects.filter(pk__in=heads).order_by("pk"))


def born(by: Viewer, parent: Person) -> None:
    child = actions.register_person(by=by, at=AT, area=PAIFANG, name="张小宝", sex="1", birth_on=ON, how="born")
    home = Household.objects.get(pk=parent.household_id)
    actions.join_household(by=by, at=AT, person=child, household=home, relation="20", since=ON)


def came(by: Viewer, _person: Person) -> None:
    actions.register_person(
        by=by, at=AT, area=PAIFANG, name="李梅", sex="2", since=ON, how="moved-in", residence="incomer"
    )


def died(by: Viewer, person: Person) -> None:
    actions.record_death(by=by, at=AT, person=person, on=ON, source="paper")


def left(by: Viewer, person: Person) -> None:
    actions.record_moved_out(by=by, at=AT, person=person, on=ON, words="苏州")


def changed(by: Viewer, person: Person) -> None:
    actions.record_residence(by=by, at=AT, person=person, kind="absent", since=ON)


def handed_over(by: Viewer, person: Person) -> None:
    actions.propose_move(
        by=by, at=AT, person=person, area=NEXT_DOOR, on=ON, residence="registered", reason="搬家"
    )  # fmt: skip
    with applied(Scope.everything()):
        incoming = Move.objects.get(side="receiving", people=[person.pk])
    with at_desk(clerk(NEXT_DOOR)) as taker:
        actions.accept_move(by=taker, at=AT, move=incoming)


def cost(act: Act, people: list[Person]) -> tuple[int, dict[str, int]]:
    """Return how many statements an act takes once its plans are made, and how many rows of each table it read."""
    for warm in (True, False):
        told: list[str] = []

        def tell(execute: Any, text: str, *rest: Any, told: list[str] = told) -> Any:
            told.append(text)
            return execute(text, *rest)

        with at_desk(clerk()) as by, connection.execute_wrapper(tell):
            act(by, people[0 if warm else 1])
            with connection.cursor() as cursor:
                told.append("-")
                cursor.execute(
                    "SELECT relname, seq_tup_read + coalesce(idx_tup_fetch, 0) FROM pg_stat_xact_user_tables"
                    " WHERE starts_with(relname, 'registry_')"
                )
                read = dict(cursor.fetchall())
    return told.index("-"), read


@pytest.mark.parametrize(
    ("act", "most"), [(born, 46), (came, 22), (died, 23), (left, 24), (changed, 22), (handed_over, 58)]
)
def test_an_event_asks_a_few_times_and_reads_the_rows_of_a_family(village: list[Person], act: Act, most: int) -> None:
    statements, read = cost(act, village)

    large = {table: rows for table, rows in read.items() if rows > FAMILIES // 2}
    assert large == {}
    assert statements <= most
