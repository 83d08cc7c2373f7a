"""Somebody at a desk writes into the same families while a list is written: neither loses a word, neither is overruled unasked."""

import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, timedelta
from threading import Event
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import OperationalError, connection, connections
from django.test import Client

from liren.base import clock
from liren.base.errors import Refusal
from liren.exchange.actions import batches, running
from liren.exchange.enums import BatchState, Fault, Verdict
from liren.exchange.models import Batch
from liren.exchange.tests.deeds import RANDOM
from liren.exchange.tests.soundness import unsound
from liren.exchange.tests.world import (
    HEADS,
    brought_in,
    counted,
    faults,
    fresh,
    looking,
    rows,
    somebody,
    staged,
    taken_in,
)
from liren.foundation.access.models import Account, JournalLine
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.models import Fact, Household, Person
from liren.testing import database
from liren.testing.cast import PAIFANG, PAIFANG_CLERK, acting, sign_in, staff

pytestmark = pytest.mark.django_db(transaction=True)
PATIENCE = 30
WIDE = [*HEADS, "婚姻状况", "是否外出"]
BEFORE = date(2026, 1, 1)


@pytest.fixture
def clerk() -> Account:
    return staff(PAIFANG_CLERK)


def family(*more: Any, **said: Any) -> list[list[Any]]:
    """Return the rows of two families of three."""
    return [[*somebody(n, **said), *more] for n in range(6)]


@pytest.fixture
def batch(clerk: Account) -> Batch:
    """Return a list of six known people, who are all married and of another people by it, and one newcomer in each family; ready to be written."""
    brought_in(staged(taken_in(clerk, [WIDE, *family("未婚", "否")], as_of=BEFORE), clerk), clerk)
    newcomers = [[*somebody(30 + n, **{"户号": f"A0000{n}", "与户主关系": "其他"}), "未婚", "否"] for n in range(2)]
    table = [WIDE, *family("已婚", "是", 民族="回族"), *newcomers]
    found = staged(taken_in(clerk, table, source="shared"), clerk)
    with acting(clerk) as by:
        return batches.begin_applying(by=by, at=clock.now(), batch=fresh(found))


def is_waited_for(cursor: Any) -> bool:
    """Say whether some session waits for the transaction that is open here."""
    cursor.execute(
        "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid)))"
    )
    return bool(cursor.fetchone()[0])


def until_waiting(done: Future[Any], cursor: Any) -> None:
    """Return when the other one waits for us, or has come to its end without."""
    until = time.monotonic() + PATIENCE
    while not done.done() and not is_waited_for(cursor):
        assert time.monotonic() < until
        time.sleep(0.01)


@contextmanager
def written_meanwhile(batch: Batch) -> Iterator[Callable[[], None]]:
    """Let a batch be written by another worker; it begins when the yielded function is called and is waited for at the end."""

    def work() -> str:
        try:
            return running.run_applying(batch.pk)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        begun: list[Future[str]] = []

        def begin() -> None:
            begun.append(pool.submit(work))
            with connection.cursor() as cursor:
                until_waiting(begun[0], cursor)

        yield begin
        assert begun[0].result(PATIENCE) == BatchState.APPLIED


def who(serial: int) -> Person:
    return Person.objects.get(id_blind=somebody(serial)[2])


def home(serial: int) -> Household:
    return Household.objects.get(pk=who(serial).household_id)


Deed = Callable[[Viewer, Any], Any]


def renames(by: Viewer, at: Any) -> None:
    actions.correct_person(by=by, at=at, person=who(1), name="王改名", ethnicity="03", reason="身份证上的名字")


def ends_what_the_list_ends(by: Viewer, at: Any) -> None:
    line = Fact.objects.get(subject=who(1).pk, kind="marriage")
    actions.correct_fact(by=by, at=at, fact=line, reason="看过结婚证", changes={"code": "40"})


def says_who_is_away(by: Viewer, at: Any) -> None:
    actions.record_away(by=by, at=at, person=who(1), since=date(2026, 2, 1), reason="study")


def records_a_death(by: Viewer, at: Any) -> None:
    actions.record_death(by=by, at=at, person=who(1), on=date(2026, 3, 1), source="paper")


def changes_the_head(by: Viewer, at: Any) -> None:
    actions.change_head(by=by, at=at, household=home(0), head=who(1), relation="97", since=date(2026, 3, 1))


def splits_the_household(by: Viewer, at: Any) -> None:
    actions.split_household(by=by, at=at, household=home(0), members={who(1).pk: "02"}, since=date(2026, 3, 1), address="牌坊社区8组8号")  # fmt: skip


def merges_the_households(by: Viewer, at: Any) -> None:
    relations = {who(n).pk: "97" for n in range(3)}
    actions.merge_households(by=by, at=at, household=home(0), into=home(3), relations=relations, since=date(2026, 3, 1))  # fmt: skip


def lets_somebody_leave(by: Viewer, at: Any) -> None:
    actions.leave_household(by=by, at=at, person=who(1), on=date(2026, 3, 1))


def adds_a_birth(by: Viewer, at: Any) -> None:
    child = actions.register_person(
        by=by, at=at, area=PAIFANG, name="王小宝", sex="1", birth_on=date(2026, 8, 1), how="born"
    )
    actions.join_household(by=by, at=at, person=child, household=home(0), relation="20", since=date(2026, 8, 1))


def sets_a_phone(by: Viewer, at: Any) -> None:
    actions.set_phone(by=by, at=at, person=who(1), number="15477777777")


def registers_who_stands_in_the_list(by: Viewer, at: Any) -> None:
    row = somebody(30)
    actions.register_person(by=by, at=at, area=PAIFANG, name=row[0], number=row[2])


DEEDS: list[Deed] = [
    renames, ends_what_the_list_ends, says_who_is_away, records_a_death, changes_the_head, splits_the_household, merges_the_households,
    lets_somebody_leave, adds_a_birth, sets_a_phone, registers_who_stands_in_the_list,
]  # fmt: skip


def theirs(since: Any) -> list[tuple[Any, ...]]:
    """Return every line that a person at a desk has written since, and whether it stands."""
    return sorted(
        Fact.objects.filter(recorded_at__gte=since).exclude(recorded_by__startswith="导入").values_list("pk", "subject", "kind", "code", "valid_from", "valid_until")
    )  # fmt: skip


@pytest.mark.parametrize("deed", DEEDS)
def test_what_a_clerk_is_writing_while_a_list_comes_stays_written(clerk: Account, batch: Batch, deed: Deed) -> None:
    with written_meanwhile(batch) as begin, acting(clerk) as by:
        deed(by, clock.now())
        said = theirs(by_day())
        columns = list(Person.objects.filter(pk=who(1).pk).values_list("name", "ethnicity", "deceased_on"))
        begin()

    assert unsound() == []
    assert counted(batch).is_even
    with looking():
        now = theirs(by_day())
        assert now == said, "every line of the clerk is there as it was"
        replaced = set(
            Fact.objects.filter(replaces__in=[one[0] for one in said]).values_list("replaces", "recorded_by")
        )
        assert not any(name.startswith("导入") for _line, name in replaced), "no line of the clerk is ended by the list"
        if deed is renames:
            assert list(Person.objects.filter(pk=who(1).pk).values_list("name", "ethnicity", "deceased_on")) == columns
        came = {n: Person.objects.filter(id_blind=somebody(n)[2]).count() for n in (30, 31)}
    waiting = {row.name for row in rows(batch) if row.verdict == Verdict.UNSURE}
    for n, number in came.items():
        assert number == 1 or somebody(n)[0] in waiting, "a newcomer has one file, or is asked about"


def by_day() -> Any:
    return clock.now() - timedelta(minutes=10)


def test_what_waits_because_a_file_has_moved_on_can_be_decided_on(clerk: Account, batch: Batch) -> None:
    with written_meanwhile(batch) as begin, acting(clerk) as by:
        ends_what_the_list_ends(by, clock.now())
        begin()

    (row,) = [one for one in rows(batch) if Fault.MOVED_ON in faults(one)]
    assert (row.name, row.verdict) == (somebody(1)[0], Verdict.UNSURE)
    assert {one["field"]: one["held"] for one in row.changes}["marriage"] == "40", "what stands now is beside the list"
    with acting(clerk) as by:
        batches.decide_rows(by=by, at=clock.now(), batch=fresh(batch), rows=[row.pk], answer="take")
    brought_in(batch, clerk)

    assert counted(batch).queued == 0
    with looking():
        assert who(1).ethnicity == "03"
        line = Fact.objects.get(subject=who(1).pk, kind="marriage", valid_until=None, code="20")
        assert line.recorded_by == batch.mark
    assert unsound() == []


def test_whom_a_clerk_has_registered_without_a_number_is_asked_about_and_not_registered_again(clerk: Account) -> None:
    line = somebody(7, 身份证号="")
    heads = [*HEADS, "出生日期"]
    born = date(1957, 8, 8)
    batch = staged(taken_in(clerk, [heads, [*line, born]]), clerk)
    assert [row.verdict for row in rows(batch)] == [Verdict.NEW]
    with acting(clerk) as by:
        actions.register_person(by=by, at=clock.now(), area=PAIFANG, name=line[0], birth_on=born)

    brought_in(batch, clerk)

    assert [(row.verdict, Fault.LIKELY in faults(row)) for row in rows(batch)] == [(Verdict.UNSURE, True)]
    with looking():
        assert Person.objects.count() == 1


def test_nobody_comes_into_a_household_that_has_been_closed(clerk: Account) -> None:
    first = staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(3))], as_of=BEFORE), clerk)
    brought_in(first, clerk)
    batch = staged(taken_in(clerk, [HEADS, somebody(30, **{"户号": "A00000", "与户主关系": "其他"})]), clerk)
    with acting(clerk) as by:
        household = home(0)
        for n in range(3):
            actions.leave_household(by=by, at=clock.now(), person=who(n), on=date(2026, 3, 1))
        actions.close_household(by=by, at=clock.now(), household=household, on=date(2026, 3, 1))

    brought_in(batch, clerk)
    (row,) = rows(batch)
    assert (row.verdict, faults(row)) == (Verdict.UNSURE, [Fault.MOVED_ON])
    with acting(clerk) as by:
        batches.decide_rows(by=by, at=clock.now(), batch=fresh(batch), rows=[row.pk], answer="new")
    brought_in(batch, clerk)

    assert counted(batch).signed["applied"] == 1
    with looking():
        assert home(30).pk != household.pk
    assert unsound() == []


def test_a_household_that_a_clerk_opens_under_the_number_of_the_list_is_that_household(clerk: Account) -> None:
    table = [HEADS, *(somebody(n) for n in range(6))]
    found = staged(taken_in(clerk, table), clerk)
    with acting(clerk) as by:
        batch = batches.begin_applying(by=by, at=clock.now(), batch=fresh(found))

    with written_meanwhile(batch) as begin, acting(clerk) as by:
        household = actions.open_household(
            by=by, at=clock.now(), area=PAIFANG, address="牌坊社区8组8号", number="A00000"
        )
        begin()  # it has looked for the household, and waits to write it

    assert counted(batch).signed["applied"] == 6
    with looking():
        assert Household.objects.count() == 2
        assert {home(n).pk for n in range(3)} == {household.pk}
        assert (home(0).head, home(0).size) == (who(0).pk, 3)
        assert (home(3).head, home(3).size) == (who(3).pk, 3)
        lines = JournalLine.objects.filter(verb="exchange.apply_part", object_id__in=batch.parts.values("pk"))
        assert lines.count() == 1
    assert unsound() == []


def test_a_list_brings_no_second_head_into_a_household(clerk: Account) -> None:
    brought_in(staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(3))], as_of=BEFORE), clerk), clerk)
    batch = staged(taken_in(clerk, [HEADS, somebody(30, **{"户号": "A00000", "与户主关系": "户主"})]), clerk)
    (row,) = rows(batch)
    assert (row.verdict, faults(row)) == (Verdict.UNSURE, [Fault.TWO_HEADS])

    with acting(clerk) as by:
        batches.decide_rows(by=by, at=clock.now(), batch=fresh(batch), rows=[row.pk], answer="new")
    brought_in(batch, clerk)

    with looking():
        assert (home(30).head, who(30).relation) == (who(0).pk, "")
    assert unsound() == []


def test_who_becomes_head_by_the_list_takes_the_place_of_who_gives_way_in_it(clerk: Account) -> None:
    brought_in(staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(3))], as_of=BEFORE), clerk), clerk)
    table = [HEADS, somebody(0, **{"与户主关系": "其他"}), somebody(1, **{"与户主关系": "户主"})]
    batch = staged(taken_in(clerk, table, source="shared"), clerk)

    brought_in(batch, clerk)

    assert counted(batch).signed["applied"] == 2
    with looking():
        assert home(0).head == who(1).pk
    assert unsound() == []


CORRECTION = urlencode({"reason": "看过身份证", "name": "王改名", "sex": "1", "number": ""})
EMPLOYER = json.dumps({"kind": "employer", "words": "砖厂", "since": "2026-03-01"})
LISTS = 4_202_611_220


@pytest.mark.parametrize("door", ["page", "call"])
def test_a_clerk_whom_others_stood_in_the_way_of_notices_nothing(clerk: Account, batch: Batch, door: str) -> None:
    person = who_is(1)
    client = Client()
    sign_in(client, clerk)
    if door == "page":
        address, body, kind = f"/desk/people/{person}/correct", CORRECTION, "application/x-www-form-urlencoded"
    else:
        address, body, kind = f"/api/v1/registry/people/{person}/facts", EMPLOYER, "application/json"

    def act() -> Any:
        try:
            return client.post(address, body, content_type=kind)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with database.server().admin(connection.settings_dict["NAME"]) as other, other.transaction():
            cursor = other.cursor()
            cursor.execute(
                "SET LOCAL deadlock_timeout = '1min'"
            )  # of the two the server gives the clerk up, however slow we are
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LISTS])
            answer = pool.submit(act)
            until_waiting(answer, cursor)  # the clerk holds the file and waits for the lists
            cursor.execute("SELECT FROM registry_person WHERE id = %s FOR UPDATE", [person])
        assert answer.result(PATIENCE).status_code in {200, 201, 302}, answer.result().content.decode()[:2000]

    with looking():
        if door == "page":
            assert Person.objects.get(pk=person).name == "王改名"
        else:
            assert Fact.objects.filter(subject=person, kind="employer").count() == 1
        assert JournalLine.objects.filter(verb__in=["registry.correct_person", "registry.record"]).count() == 1


def who_is(serial: int) -> int:
    with looking():
        return int(who(serial).pk)


SOAK = 60


@pytest.mark.slow
def test_clerks_and_lists_at_work_on_the_same_families_leave_a_sound_registry(clerk: Account) -> None:
    dice = random.Random(20_151_113)
    brought_in(staged(taken_in(clerk, [WIDE, *([*somebody(n), "未婚", "否"] for n in range(SOAK))], as_of=BEFORE), clerk, size=7), clerk)  # fmt: skip
    table = [
        [*somebody(n, 民族="回族", **{"户号": f"A{dice.randrange(SOAK // 3):05d}", "与户主关系": "户主" if dice.random() < 0.3 else "其他"}), "已婚", "是"]
        for n in range(SOAK + 20)
    ]  # fmt: skip
    batch = staged(taken_in(clerk, [WIDE, *table], source="shared"), clerk, size=7)
    with acting(clerk) as by:
        batches.begin_applying(by=by, at=clock.now(), batch=fresh(batch))
    stop, wrong, done = Event(), list[BaseException](), Counter[str]()

    def at_desk(seed: int) -> None:
        own = random.Random(seed)
        try:
            while not stop.is_set():
                deed = own.choice(RANDOM)
                try:
                    with acting(clerk) as by:
                        deed(by, own)
                    done[deed.__name__] += 1
                except (Refusal, ObjectDoesNotExist, IndexError):
                    done["refused"] += 1
                except OperationalError as error:
                    if getattr(error.__cause__, "sqlstate", "") != "40P01":
                        raise
                    done["again"] += 1  # as the doors do
        except BaseException as error:
            wrong.append(error)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        clerks = [pool.submit(at_desk, seed) for seed in range(2)]
        try:
            assert pool.submit(in_own_thread, batch).result(120) == BatchState.APPLIED
        finally:
            stop.set()
        for one in clerks:
            one.result(PATIENCE)

    assert wrong == []
    assert [one for one in unsound() if not one.endswith("has nobody")] == []  # a clerk lets the last one leave
    assert counted(batch).is_even
    with looking():
        numbers = list(Person.objects.filter(id_number__isnull=False).values_list("id_number", flat=True))
        assert len(numbers) == len(set(numbers))
        ended = Fact.objects.filter(replaces__isnull=False, recorded_by=batch.mark).values("replaces")
        assert not Fact.objects.filter(pk__in=ended, recorded_at__gt=batch.staged_at).exclude(recorded_by__startswith="导入").exists()  # fmt: skip
    assert sum(number for name, number in done.items() if name not in {"refused", "again"}) > 20, done


def in_own_thread(batch: Batch) -> str:
    try:
        return running.run_applying(batch.pk)
    finally:
        connections.close_all()
