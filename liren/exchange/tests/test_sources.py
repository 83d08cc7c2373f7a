"""Rows come in again and again from other systems: only changes, once each, and never past a person who has to decide."""

import json
import threading
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.conf import settings as house
from django.db import connection, connections
from hypothesis import given, settings
from hypothesis import strategies as st

from liren.base import clock
from liren.base.errors import Conflict, Refusal
from liren.base.remote.specs import Database
from liren.exchange import jobs
from liren.exchange.actions import batches, fetching, running, sources
from liren.exchange.actions.sources import SourceGiven
from liren.exchange.enums import BatchState, Every, RunState, Verdict
from liren.exchange.models import Batch, Feed, FeedRow, FeedRun
from liren.exchange.queries.sources import look_at
from liren.exchange.rules.sources import next_reading, next_try
from liren.exchange.tests.world import brought_in, counted, fresh, looking, number_of, rows, somebody
from liren.foundation.access.models import Account, JournalLine
from liren.foundation.commons.models import Message
from liren.foundation.places.rules import TOWNSHIP
from liren.registry.models import Person
from liren.testing.cast import CHINA, CIVIL_AFFAIRS, JIANGNING, PAIFANG_CLERK, acting, staff
from liren.testing.remote import PASSWORD, Answers, change, http_server, other_database
from liren.testing.village import CENTRE

pytestmark = pytest.mark.django_db(transaction=True)
HEADS = ["xm", "xb", "sfzh", "lxdh", "zz", "gxsj"]
TARGETS = ["name", "sex", "id_number", "phone", "address", ""]


@pytest.fixture(autouse=True)
def reach() -> Iterator[None]:
    before, house.SOURCES = house.SOURCES, "127.0.0.0/8"
    yield
    house.SOURCES = before


@pytest.fixture
def head() -> Account:
    return staff(CENTRE)


@pytest.fixture(scope="module")
def there(django_db_setup: None) -> Iterator[Database]:
    with other_database("CREATE TABLE renkou (xm text, xb text, sfzh text, lxdh text, zz text, gxsj timestamptz DEFAULT now())") as made:  # fmt: skip
        yield made


def filled(there: Database, *people: list[Any]) -> None:
    """Let the other system keep these people and no others."""
    values = ", ".join(
        "(" + ", ".join(f"'{one[index]}'" for index in (0, 1, 2, 4, 7)) + ")" for one in people
    )  # fmt: skip
    change(
        there, "TRUNCATE renkou", *([f"INSERT INTO renkou (xm, xb, sfzh, lxdh, zz) VALUES {values}"] if people else [])
    )


def given_database(there: Database, **more: Any) -> SourceGiven:
    settings = {"dialect": "postgresql", "host": there.host, "port": there.port, "database": there.database, "user": there.user, "table": "renkou", "query": ""}  # fmt: skip
    return SourceGiven("区人口库", "database", settings | more, {"password": there.password}, "江宁区公安分局")


def mapped(
    account: Account, given: SourceGiven, *, key: str = "sfzh", heads: list[str] = HEADS, targets: list[str] = TARGETS
) -> Feed:
    """Set up a source whose columns have a meaning."""
    with acting(account) as by:
        feed = sources.open_feed(by=by, at=clock.now(), area=JIANGNING, level=TOWNSHIP, given=given)
        return sources.map_feed(
            by=by, at=clock.now(), feed=feed, heads=heads, targets=targets, options={"blocks": False, "constants": {}}, authority="江宁区公安分局",
            source="shared", key=key,
        )  # fmt: skip


def now_of(feed: Feed) -> Feed:
    with looking():
        return Feed.objects.select_related("mapping").get(pk=feed.pk)


def read(account: Account, feed: Feed) -> FeedRun:
    """Read a source as the button does, and hold what came against the registry."""
    with acting(account) as by:
        run = fetching.begin_run(by=by, at=clock.now(), feed=now_of(feed))
    return done(run)


def done(run: FeedRun) -> FeedRun:
    jobs.fetch.func(run=str(run.pk))
    with looking():
        run = FeedRun.objects.select_related("batch").get(pk=run.pk)
    if run.batch is not None:
        jobs.stage.func(batch=str(run.batch.pk))
    return run


def figures(run: FeedRun) -> dict[str, int]:
    return {name: getattr(run, name) for name in ("rows", "fresh", "changed", "unchanged", "gone")}


def batch_of(run: FeedRun) -> Batch:
    assert run.batch is not None, run.problem
    return fresh(run.batch)


def told(account: Account) -> list[str]:
    with looking():
        return list(Message.objects.filter(subject=account.pk).order_by("id").values_list("title", flat=True))


def test_the_first_reading_becomes_a_list_and_later_ones_bring_changes_only(head: Account, there: Database) -> None:
    filled(there, *(somebody(n) for n in range(6)))
    feed = mapped(head, given_database(there))

    first = read(head, feed)

    assert (first.state, figures(first)) == (RunState.TAKEN, {"rows": 6, "fresh": 6, "changed": 0, "unchanged": 0, "gone": 0})  # fmt: skip
    batch = batch_of(first)
    assert (batch.state, batch.kind, batch.feed_id, batch.heads) == ("staged", "database", feed.pk, HEADS[:-1])
    assert {row.verdict for row in rows(batch)} == {Verdict.NEW}
    brought_in(batch, head)
    with looking():
        assert Person.objects.count() == 6
    change(
        there, "UPDATE renkou SET gxsj = now() + '1 day'", "UPDATE renkou SET lxdh = '15499999999' WHERE xm = '刘明国'", f"DELETE FROM renkou WHERE xm = '{somebody(5)[0]}'",
        "INSERT INTO renkou (xm, xb, sfzh, lxdh, zz) VALUES ('" + "','".join(somebody(8)[i] for i in (0, 1, 2, 4, 7)) + "')",
    )  # fmt: skip

    second = read(head, feed)

    assert figures(second) == {"rows": 6, "fresh": 1, "changed": 1, "unchanged": 4, "gone": 1}
    assert sorted(row.verdict for row in rows(batch_of(second))) == [Verdict.CHANGED, Verdict.NEW]
    with looking():
        (gone,) = FeedRow.objects.filter(gone_at__isnull=False)
        assert gone.label.startswith(somebody(5)[0])
        assert somebody(5)[2] not in gone.label
        assert Person.objects.count() == 6
    brought_in(batch_of(second), head)
    third = read(head, feed)
    assert (third.state, third.batch, figures(third)) == (RunState.NOTHING, None, {"rows": 6, "fresh": 0, "changed": 0, "unchanged": 6, "gone": 0})  # fmt: skip


def test_rows_come_again_when_their_batch_was_given_up_or_taken_back(head: Account, there: Database) -> None:
    filled(there, *(somebody(n) for n in range(3)))
    feed = mapped(head, given_database(there))
    first = batch_of(read(head, feed))
    with acting(head) as by, pytest.raises(Conflict, match="上一批还没有处理完"):
        fetching.begin_run(by=by, at=clock.now(), feed=now_of(feed))
    with acting(head) as by:
        batches.set_aside(by=by, at=clock.now(), batch=fresh(first))

    second = read(head, feed)

    assert figures(second)["fresh"] == 3
    brought_in(batch_of(second), head)
    with acting(head) as by:
        batches.begin_undoing(by=by, at=clock.now(), batch=batch_of(second), reason="导错了")
    assert running.run_undoing(batch_of(second).pk) == BatchState.UNDONE
    assert figures(read(head, feed))["fresh"] == 3
    with looking():
        assert FeedRow.objects.count() == 3


def test_a_row_that_comes_back_is_no_more_gone_and_twins_are_told_apart(head: Account, there: Database) -> None:
    filled(there, somebody(1), somebody(2), somebody(2, "另一个"))
    feed = mapped(head, given_database(there))
    brought_in(batch_of(read(head, feed)), head)
    with looking():
        assert sorted(FeedRow.objects.values_list("place", flat=True)) == [1, 1, 2]
    filled(there, somebody(2), somebody(2, "另一个"))
    assert figures(read(head, feed))["gone"] == 1
    filled(there, somebody(1), somebody(2), somebody(2, "另一个"))

    back = read(head, feed)

    assert (back.state, back.unchanged) == (RunState.NOTHING, 3)
    with looking():
        assert not FeedRow.objects.filter(gone_at__isnull=False).exists()
    filled(there)
    assert figures(read(head, feed)) == {"rows": 0, "fresh": 0, "changed": 0, "unchanged": 0, "gone": 0}


def test_a_scheduled_reading_waits_for_a_person_unless_the_source_is_trusted(head: Account, there: Database) -> None:
    filled(there, *(somebody(n) for n in range(3)))
    feed = mapped(head, given_database(there))
    with acting(head) as by:
        sources.set_schedule(by=by, at=clock.now(), feed=now_of(feed), every="day", hour=3, day=1)
    due(feed)

    jobs.read_sources.func()

    first = last_run(feed)
    assert (first.is_scheduled, first.ended_at) == (True, None)
    next_at = now_of(feed).next_at
    assert next_at is not None
    assert next_at > clock.now()
    first = done(first)
    assert batch_of(first).state == BatchState.STAGED
    assert told(head)[-1].endswith("待导入")
    with looking():
        assert Person.objects.count() == 0
    due(feed)
    jobs.read_sources.func()
    due(feed)
    jobs.read_sources.func()
    assert told(head)[1:] == ["“区人口库”这次没有读取"]
    brought_in(batch_of(first), head)
    with acting(staff(CIVIL_AFFAIRS)) as by:
        sources.trust_feed(by=by, at=clock.now(), feed=now_of(feed), trusted=True)
    filled(there, *(somebody(n) for n in range(4)), somebody(1, "改了名"))
    due(feed)
    jobs.read_sources.func()

    batch = batch_of(done(last_run(feed)))

    assert batch.state == BatchState.APPLYING
    assert running.run_applying(batch.pk) == BatchState.APPLIED
    assert counted(batch).signed | {"rows": 0} == {"rows": 0, "applied": 1, "unchanged": 0, "queued": 1, "refused": 0, "asides": 0}  # fmt: skip


def test_a_change_of_meaning_or_place_ends_the_trust(head: Account, there: Database) -> None:
    feed = mapped(head, given_database(there))

    def trusted() -> bool:
        with acting(head) as by:
            sources.trust_feed(by=by, at=clock.now(), feed=now_of(feed), trusted=True)
        return now_of(feed).is_trusted

    assert trusted()
    with acting(head) as by:
        sources.change_feed(by=by, at=clock.now(), feed=now_of(feed), given=given_database(there, table="other"))
    assert not now_of(feed).is_trusted
    assert trusted()
    with acting(head) as by:
        batches.keep_mapping(feed.area, "区人口库", HEADS, TARGETS, words={}, options={}, by=by, at=clock.now())
    assert not now_of(feed).is_trusted


def test_a_kept_password_goes_to_no_other_machine_and_is_never_shown(head: Account, there: Database) -> None:
    feed = mapped(head, given_database(there))
    elsewhere = given_database(there, host="evil.example.cn")
    with acting(head) as by, pytest.raises(Refusal, match="请重新填写密码"):
        sources.change_feed(by=by, at=clock.now(), feed=now_of(feed), given=SourceGiven(elsewhere.name, "database", elsewhere.settings))  # fmt: skip
    same = given_database(there, table="renkou2")
    with acting(head) as by:
        sources.change_feed(by=by, at=clock.now(), feed=now_of(feed), given=SourceGiven(same.name, "database", same.settings))  # fmt: skip

    assert now_of(feed).secret == {"password": PASSWORD}
    with looking():
        written = json.dumps([line.changes for line in JournalLine.objects.filter(object_id=feed.pk)], ensure_ascii=False)  # fmt: skip
        assert "renkou2" in written
        assert PASSWORD not in written
    assert PASSWORD not in repr(given_database(there))


def test_failures_are_told_once_tried_again_later_and_end_with_a_word(head: Account, there: Database) -> None:
    filled(there, somebody(1))
    feed = mapped(head, given_database(there))
    with acting(head) as by:
        sources.set_schedule(by=by, at=clock.now(), feed=now_of(feed), every="week", hour=3, day=1)
        sources.change_feed(by=by, at=clock.now(), feed=now_of(feed), given=given_database(there, port=1))

    waits = []
    for _turn in range(4):
        due(feed)
        jobs.read_sources.func()
        run = done(last_run(feed))
        assert run.state == RunState.FAILED
        assert "连不上" in run.problem
        assert run.ended_at is not None
        waits.append(now_of(feed).next_at - run.ended_at)  # type: ignore[operator]

    assert [round(wait / timedelta(minutes=15)) for wait in waits[:3]] == [1, 4, 16]
    assert told(head) == ["“区人口库”没有读成"]
    with acting(head) as by:
        sources.change_feed(by=by, at=clock.now(), feed=now_of(feed), given=given_database(there, port=1))
    with looking():
        Feed.objects.filter(pk=feed.pk).update(failures=4)
    with acting(head) as by:
        well = given_database(there)
        sources.change_feed(by=by, at=clock.now(), feed=now_of(feed), given=well)
    with looking():
        Feed.objects.filter(pk=feed.pk).update(failures=4)
    assert read(head, feed).state == RunState.TAKEN
    assert "“区人口库”又能读取了" in told(head)
    assert now_of(feed).failures == 0


def test_a_wrong_password_is_not_tried_again_before_its_hour(head: Account, there: Database) -> None:
    given_ = given_database(there)
    feed = mapped(head, SourceGiven(given_.name, "database", given_.settings, {"password": "wrong"}))
    with acting(head) as by:
        sources.set_schedule(by=by, at=clock.now(), feed=now_of(feed), every="week", hour=3, day=1)
    regular = now_of(feed).next_at
    due(feed)
    jobs.read_sources.func()

    assert "密码" in done(last_run(feed)).problem
    assert now_of(feed).next_at == regular


def test_a_reading_done_twice_or_at_once_takes_everything_in_once(head: Account, there: Database) -> None:
    filled(there, *(somebody(n) for n in range(50)))
    feed = mapped(head, given_database(there))
    with acting(head) as by:
        run = fetching.begin_run(by=by, at=clock.now(), feed=now_of(feed))
    with acting(head) as by, pytest.raises(Conflict, match="正在读取"):
        fetching.begin_run(by=by, at=clock.now(), feed=now_of(feed))

    both = [threading.Thread(target=in_thread, args=(run.pk,)) for _ in range(2)]
    for one in both:
        one.start()
    for one in both:
        one.join()
    fetching.run_fetching(run.pk)

    with looking():
        assert Batch.objects.filter(feed=feed).count() == 1
        assert FeedRow.objects.count() == 50


def in_thread(pk: int) -> None:
    try:
        fetching.run_fetching(pk)
    finally:
        connections.close_all()


def test_a_source_whose_keeper_has_left_fails_and_can_be_taken_over(head: Account, there: Database) -> None:
    filled(there, somebody(1))
    feed = mapped(head, given_database(there))
    with looking():
        Feed.objects.filter(pk=feed.pk).update(account_id=staff(PAIFANG_CLERK).pk)

    assert read(head, feed).state == RunState.FAILED

    with acting(head) as by:
        sources.take_charge(by=by, at=clock.now(), feed=now_of(feed))
    assert read(head, feed).state == RunState.TAKEN


def test_a_column_that_is_gone_is_named_and_nothing_comes_in(head: Account, there: Database) -> None:
    filled(there, somebody(1))
    feed = mapped(head, given_database(there))
    with acting(head) as by:
        sources.change_feed(by=by, at=clock.now(), feed=now_of(feed), given=given_database(there, table="", query="SELECT xm, xb, lxdh, zz FROM renkou"))  # fmt: skip

    run = read(head, feed)

    assert (run.state, run.problem) == (RunState.FAILED, "来源里没有这些列了：sfzh。请重新对应每一列。")


def test_an_api_with_pages_comes_in_like_a_list(head: Account) -> None:
    people = [{"user": {"name": one[0], "idCard": one[2]}, "tel": one[4], "addr": one[7]} for one in map(somebody, range(7))]  # fmt: skip
    with http_server() as web:
        serve(web, people)
        settings = {"address": web.address("/people"), "rows": "data.list", "style": "page", "parameter": "page", "first": 1, "size_parameter": "size", "size": 3}  # fmt: skip
        given_ = SourceGiven("省民政接口", "api", settings, {"headers": {"Authorization": "Bearer t0ken"}})
        with acting(head) as by:
            feed = sources.open_feed(by=by, at=clock.now(), area=JIANGNING, level=TOWNSHIP, given=given_)
        look = look_at(feed)
        assert (look.heads, look.targets) == (["user.name", "user.idCard", "tel", "addr"], ["name", "id_number", "phone", "address"])  # fmt: skip
        assert len(look.rows) == 7
        feed = mapped(head, SourceGiven("省民政接口二", "api", settings, {"headers": {"Authorization": "Bearer t0ken"}}), key="user.idCard", heads=look.heads, targets=look.targets)  # fmt: skip

        first = read(head, feed)
        brought_in(batch_of(first), head)
        people[2]["tel"] = "15488888888"
        second = read(head, feed)

    assert figures(first)["fresh"] == 7
    assert figures(second) == {"rows": 7, "fresh": 0, "changed": 1, "unchanged": 6, "gone": 0}
    with looking():
        assert Person.objects.count() == 7


def serve(web: Answers, people: list[dict[str, Any]]) -> None:
    def answer(asked: Any) -> Any:
        if asked.headers.get("authorization") != "Bearer t0ken":
            return 401, {}, b""
        page, size = int(asked.query["page"]), int(asked.query["size"])
        return 200, {}, json.dumps({"data": {"list": people[(page - 1) * size : page * size]}}).encode()

    web.routes["/people"] = answer


def test_removing_a_source_forgets_its_secret_and_keeps_what_came_in(head: Account, there: Database) -> None:
    filled(there, somebody(1))
    feed = mapped(head, given_database(there))
    brought_in(batch_of(read(head, feed)), head)

    with acting(head) as by:
        sources.remove_feed(by=by, at=clock.now(), feed=now_of(feed))

    left = now_of(feed)
    assert (left.secret, left.settings, left.next_at) == ({}, {}, None)
    with looking():
        assert FeedRow.objects.count() == 0
        assert Person.objects.count() == 1
    mapped(head, given_database(there))  # its name is free


def due(feed: Feed) -> None:
    with looking():
        Feed.objects.filter(pk=feed.pk).update(next_at=clock.now() - timedelta(minutes=1))


def last_run(feed: Feed) -> FeedRun:
    with looking():
        return FeedRun.objects.filter(feed=feed).latest("id")


MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1)).map(lambda at: at.replace(tzinfo=CHINA))


@given(every=st.sampled_from([Every.DAY, Every.WEEK, Every.MONTH]), hour=st.integers(0, 23), day=st.integers(1, 28), after=MOMENTS)  # fmt: skip
@settings(max_examples=300)
def test_the_next_reading_lies_ahead_at_its_hour_and_no_period_is_left_out(every: str, hour: int, day: int, after: datetime) -> None:  # fmt: skip
    day = min(day, 7) if every == Every.WEEK else day

    found = next_reading(every, hour=hour, day=day, after=after)

    assert found is not None
    assert after < found <= after + {Every.DAY: timedelta(days=1), Every.WEEK: timedelta(days=7), Every.MONTH: timedelta(days=31)}[Every(every)]  # fmt: skip
    assert (found.hour, found.minute) == (hour, 0)
    assert every != Every.WEEK or found.isoweekday() == day
    assert every != Every.MONTH or found.day == day


@given(failures=st.integers(0, 20), passing=st.booleans(), at=MOMENTS, wait=st.integers(1, 10_000))
def test_a_failed_reading_is_never_tried_later_than_its_regular_hour(failures: int, passing: bool, at: datetime, wait: int) -> None:  # fmt: skip
    regular = at + timedelta(minutes=wait)

    found = next_try(regular, failures=failures, passing=passing, at=at)

    assert found is not None
    assert at < found <= regular
    assert found == regular or passing
    assert next_try(None, failures=failures, passing=passing, at=at) is None


def test_numbers_of_people_stand_nowhere_in_what_is_remembered(head: Account, there: Database) -> None:
    filled(there, somebody(1))
    feed = mapped(head, given_database(there))
    read(head, feed)
    with looking(), connection.cursor() as cursor:
        cursor.execute("SELECT f::text FROM exchange_feedrow f UNION ALL SELECT f::text FROM exchange_feed f")
        stored = "".join(row[0] for row in cursor.fetchall())
    assert number_of(date(1951, 2, 2), 1) not in stored
    assert somebody(1)[0] not in stored
    assert there.host not in stored
    assert PASSWORD not in stored
