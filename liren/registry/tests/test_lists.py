"""Who may see which list: scopes, confidential categories, figures alone; trials; past days; one person explained."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from liren.base.errors import NotFound
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access.models import Account, JournalLine
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.actions.bulk import NewFact, NewHousehold, NewPerson, bulk_register
from liren.registry.actions.memberships import recount, recount_people, refresh
from liren.registry.enums import FactKind
from liren.registry.models import CategoryCount, CategoryMembership, Disclosure, Person
from liren.registry.queries import explaining, lists, reasons, trials
from liren.registry.queries.categories import rule_at, trial
from liren.registry.rules.statements import Confidential, Relation
from liren.registry.tests.desk import ALL, AT, TODAY, at_desk, clerk, registered
from liren.registry.tests.test_memberships import VILLAGE, Family, fresh
from liren.testing.cast import Role, sign_in, staff

NEIGHBOUR = 320115006208000
OPENS = ALL | {"registry.lists", "registry.figures", "registry.export"}
CONFIDES = OPENS | {"registry.confidential"}
FIGURES = frozenset({"registry.figures"})
HEAD = Role("shuji", "陶国富", "community_head", 5, 320115006205000, "牌坊社区")
db = pytest.mark.django_db(transaction=True)


def seat(level: int, area: int, capabilities: frozenset[str] = OPENS) -> Viewer:
    return clerk(area, level=level, capabilities=capabilities)


def line(viewer: Viewer, code: str, on: date = TODAY) -> lists.Line | None:
    with at_desk(viewer):
        found = lists.overview(lists.sight_of(viewer), on=on, today=TODAY)
    return next((one for one in found if one.rule.code == code), None)


def people(viewer: Viewer, code: str, on: date = TODAY, **narrowed: Any) -> list[int]:
    with at_desk(viewer):
        sight = lists.sight_of(viewer)
        wanted = lists.Wanted(sight.seat.range.lo, sight.seat.range.hi, **narrowed)
        return [one.subject for one in lists.members(sight, lists.category_at(sight, code, on), wanted, on=on)]


@pytest.fixture
def home() -> Family:
    with at_desk(clerk(VILLAGE)) as by:
        family = Family(by)
        family.away(family.father, date(2026, 2, 10))
        family.away(family.mother, date(2026, 2, 20))
        actions.name_guardian(
            by=by, at=AT, person=fresh(family.child), relation="grandparent", since=date(2026, 2, 20), guardian_name="单长根"
        )  # fmt: skip
    return family


@db
def test_a_list_shows_its_own_area_and_the_reason_in_a_sentence(home: Family) -> None:
    here, beside, above = seat(5, VILLAGE), seat(5, NEIGHBOUR), seat(4, 320115006000000)

    assert people(here, "left-behind-child") == people(above, "left-behind-child") == [home.child.pk]
    assert people(beside, "left-behind-child") == []
    with at_desk(here):
        sight = lists.sight_of(here)
        rule = lists.category_at(sight, "left-behind-child", TODAY)
        (one,) = lists.members(sight, rule, lists.Wanted(0, 2**62), on=TODAY)
    assert reasons.reason(rule, one, TODAY) == "父母均于 2026-02 起外出务工；年龄 9 岁；由祖父母、外祖父母照护"
    assert people(here, "left-behind-child", from_age=9) == [home.child.pk]
    assert people(here, "left-behind-child", from_age=10) == []
    assert people(here, "left-behind-child", below_age=9) == []


@db
def test_a_list_can_be_asked_for_any_past_day(home: Family) -> None:
    here = seat(5, VILLAGE)

    assert people(here, "left-behind-child", date(2026, 2, 19)) == []
    assert people(here, "left-behind-child", date(2026, 2, 20)) == [home.child.pk]
    told = line(seat(4, 320115006000000), "left-behind-child", date(2026, 2, 20))
    assert told is not None
    assert (told.total, told.cells) == (1, {VILLAGE: 1})


@db
def test_the_counts_of_today_are_those_of_the_list(home: Family) -> None:
    told = line(seat(4, 320115006000000), "left-behind-child")
    assert told is not None
    assert (told.total, told.cells) == (1, {VILLAGE: 1})

    with at_desk(home.by):
        home.back(home.mother, TODAY)

    after = line(seat(4, 320115006000000), "left-behind-child")
    assert after is not None
    assert after.total == 0


@db
def test_who_sees_figures_alone_sees_no_small_ones_and_no_names(home: Family) -> None:
    viewer = seat(3, 320115000000000, FIGURES)

    told = line(viewer, "left-behind-child")

    assert told is not None
    assert (told.total, set(told.cells.values())) == (None, {None})
    with at_desk(viewer):
        assert not lists.sight_of(viewer).may_open


@db
def test_a_trial_counts_both_versions_side_by_side_and_keeps_nothing(home: Family) -> None:
    here = seat(4, 320115006000000)
    with applied(Scope.everything()):
        kept = CategoryMembership.objects.count()
    with at_desk(here):
        sight = lists.sight_of(here)
        rule = rule_at("left-behind-child", VILLAGE, TODAY)
        found = trials.tried(sight, rule, trial(rule, {"age_below": 8}), on=TODAY)

    assert (dict(found.before), dict(found.after)) == ({VILLAGE: 1}, {VILLAGE: 0})
    assert (found.entering, found.leaving) == (0, 1)
    with applied(Scope.everything()):
        assert CategoryMembership.objects.count() == kept


@db
def test_a_child_whose_parent_is_kept_in_another_county_is_found_by_the_recount_of_its_own(home: Family) -> None:
    far = clerk(320106002001000, capabilities=OPENS)
    with at_desk(far) as by:
        aunt = registered(by, "周远", 21, date(1988, 1, 1), sex="2")
        actions.record_away(by=by, at=AT, person=aunt, since=date(2026, 3, 1), reason="work")
    with at_desk(home.by) as by:
        other = registered(by, "周小宝", 22, date(2018, 1, 1))
        for parent in (home.father, aunt):
            actions.record(
                by=by, at=AT, person=fresh(other), statement=Relation("parent", other=parent.pk), since=date(2020, 1, 1)
            )

    assert people(seat(5, VILLAGE), "left-behind-child") == sorted([home.child.pk, other.pk])
    here = seat(5, VILLAGE)
    with at_desk(here):
        rule = rule_at("left-behind-child", VILLAGE, TODAY)
        found = trials.tried(lists.sight_of(here), rule, trial(rule, {"age_below": 17}), on=TODAY)
    assert found.before == {VILLAGE: 2}
    with at_desk(far) as by:
        actions.record_returned(by=by, at=AT, person=Person.objects.get(pk=aunt.pk), on=date(2026, 8, 1))
    assert people(seat(5, VILLAGE), "left-behind-child") == [home.child.pk]


@db
def test_somebody_is_told_condition_by_condition_why_and_what_would_end_it(home: Family) -> None:
    here = seat(5, VILLAGE)
    with at_desk(here):
        (told,) = explaining.explained(here, fresh(home.child), on=TODAY, only="left-behind-child")
        current = told.current(TODAY)
        assert current is not None
        assert [part.holds_on(TODAY) for part in told.parts] == [True] * 5
        assert reasons.end_of(current, told.parts, told.rule, TODAY).startswith("到 2033年3月2日")
        assert "不满 16 周岁" in reasons.end_of(current, told.parts, told.rule, TODAY)
        (father,) = explaining.explained(here, fresh(home.father), on=TODAY, only="left-behind-child")
    assert father.current(TODAY) is None
    assert [part.holds_on(TODAY) for part in father.parts] == [False, True, True, False, False]


# what only named posts may know


@pytest.fixture
def hidden(home: Family) -> Person:
    by = seat(5, VILLAGE, CONFIDES)
    with at_desk(by):
        actions.record_confidential(
            by=by, at=AT, person=fresh(home.father), statement=Confidential("correction"), since=date(2026, 1, 5), authority="江宁区司法局"
        )  # fmt: skip
    return home.father


@db
def test_a_confidential_list_is_there_for_named_posts_alone(hidden: Person) -> None:
    knows, other = seat(5, VILLAGE, CONFIDES), seat(5, VILLAGE)

    assert people(knows, "correction") == [hidden.pk]
    told = line(knows, "correction")
    assert told is not None
    assert told.total == 1
    assert people(knows, "correction", date(2026, 1, 4)) == []
    with at_desk(other):
        with pytest.raises(NotFound) as unknown:
            lists.category_at(lists.sight_of(other), "correction", TODAY)
        with pytest.raises(NotFound) as missing:
            lists.category_at(lists.sight_of(other), "no-such-list", TODAY)
    assert str(unknown.value).replace("correction", "") == str(missing.value).replace("no-such-list", "")
    assert line(other, "correction") is None


@db
def test_no_row_no_count_no_event_and_no_line_of_the_journal_tells_of_a_confidential_list(hidden: Person) -> None:
    with applied(Scope.everything()):
        refresh([hidden.pk], at=AT + timedelta(minutes=1))
        words = ("correction", "rehabilitation", "mental", "社区矫正")
        tables = ("registry_categorymembership", "registry_categorycount", "registry_categorydifference", "procrastinate_jobs",
                  "access_journalline", "commons_message")  # fmt: skip
        with connection.cursor() as cursor:
            for table in tables:
                cursor.execute(f"SELECT count(*) FROM {table} t WHERE t::text ~* %s", ["|".join(words)])
                assert cursor.fetchone() == (0,), table
        assert not CategoryMembership.objects.filter(subject=hidden.pk, category="correction").exists()
        assert not CategoryCount.objects.filter(category="correction").exists()


@db
def test_a_post_that_may_not_know_sees_the_same_pages_with_and_without_a_confidential_line(
    home: Family, client: Client, paifang_clerk: Account
) -> None:
    sign_in(client, paifang_clerk)
    paths = [
        "/desk/categories", "/desk/categories?on=2026-03-01", "/desk/categories/correction", "/desk/categories/correction/what-if",
        f"/desk/people/{home.father.pk}/categories", "/desk/categories/differences", "/api/v1/registry/categories",
        "/api/v1/registry/categories/correction/members", f"/api/v1/registry/people/{home.father.pk}/categories",
    ]  # fmt: skip
    before = {path: seen(client, path) for path in paths}
    assert before["/desk/categories/correction"][0] == 404
    assert before["/api/v1/registry/categories/correction/members"][0] == 404

    by = seat(5, VILLAGE, CONFIDES)
    with at_desk(by):
        actions.record_confidential(
            by=by, at=AT, person=fresh(home.father), statement=Confidential("correction"), since=date(2026, 1, 5), authority="司法局"
        )  # fmt: skip

    after = {path: seen(client, path) for path in paths}
    assert after == before
    with applied(Scope.everything()):
        assert not JournalLine.objects.filter(changes__category="correction").exists()


@db
def test_the_export_of_a_confidential_list_leaves_neither_its_name_nor_its_length_in_the_journal(
    hidden: Person, client: Client
) -> None:
    sign_in(client, staff(HEAD))

    answer = client.post("/desk/categories/correction/export", {"purpose": "visit"})

    assert answer.status_code == 200
    with applied(Scope.everything()):
        (noted,) = JournalLine.objects.filter(verb="registry.export_list")
        assert not Disclosure.objects.exists()
    assert noted.changes == {}


@db
def test_an_export_asks_what_for_and_is_written_into_the_journal(home: Family, client: Client) -> None:
    sign_in(client, staff(HEAD))

    refused = client.post("/desk/categories/left-behind-child/export", {"purpose": ""})
    given = client.post("/desk/categories/left-behind-child/export", {"purpose": "other", "words": "开学走访"})

    assert (refused.status_code, given.status_code) == (422, 200)
    assert given["Content-Type"].startswith("application/vnd.openxmlformats")
    with applied(Scope.everything()):
        (noted,) = JournalLine.objects.filter(verb="registry.export_list")
        told = list(Disclosure.objects.values_list("subject", "form", "purpose", "words"))
    assert {key: noted.changes[key] for key in ("category", "count", "purpose", "reason")} == {
        "category": "left-behind-child", "count": 1, "purpose": "other", "reason": "开学走访"
    }  # fmt: skip
    assert told == [(home.child.pk, "list", "other", "开学走访")]


@db
def test_an_export_of_a_list_that_was_tried_names_the_version_and_the_numbers(home: Family, client: Client) -> None:
    sign_in(client, staff(HEAD))

    given = client.post("/desk/categories/left-behind-child/export", {"purpose": "report", "age_below": "18"})

    assert given.status_code == 200
    with applied(Scope.everything()):
        (noted,) = JournalLine.objects.filter(verb="registry.export_list")
    assert "age_below=18" in noted.changes["tried"]


def seen(client: Client, path: str) -> tuple[int, str]:
    """Return what an address answers: of a page what stands in the middle, for the frame has tokens of its own each time."""
    answer = client.get(path)
    text = answer.content.decode()
    return answer.status_code, text.partition("<main")[2].partition("</main>")[0] or text.partition("trace")[0]


# versions of a rule

OLD, NEW = date(2016, 2, 3), date(2016, 2, 4)


@pytest.fixture
def two_children() -> dict[str, int]:
    """Two children of one village: both parents of the one are away since 2015, of the other, nearly grown up, only the father."""

    def one(ref: str, born: date, facts: list[NewFact]) -> NewPerson:
        return NewPerson(
            ref=ref,
            area=VILLAGE,
            name=ref,
            sex="1",
            birth_on=born,
            household="h",
            relation="20",
            since=date(2010, 1, 1),
            facts=facts,
        )

    away = [NewFact(kind=FactKind.AWAY, code="work", valid_from=date(2015, 3, 1))]
    kin = {
        ref: [
            NewFact(kind=FactKind.RELATION, code="parent", valid_from=date(2010, 1, 1), other=other)
            for other in parents
        ]
        for ref, parents in {"young": ("a", "b"), "grown": ("a", "c")}.items()
    }
    people = [
        one("a", date(1975, 1, 1), away), one("b", date(1976, 1, 1), away), one("c", date(1977, 1, 1), []),
        one("young", date(2010, 5, 1), kin["young"]), one("grown", date(1999, 5, 1), kin["grown"]),
    ]  # fmt: skip
    found = bulk_register(
        people, [NewHousehold(ref="h", area=VILLAGE, address="1号", number="1")], at=AT, recorded_by="导入"
    ).people
    recount_people(found.values(), at=AT)
    return found


both = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


@both
def test_a_past_day_goes_by_the_version_of_the_rule_that_counted_then(two_children: dict[str, int]) -> None:
    here = seat(5, VILLAGE)

    assert set(people(here, "left-behind-child", OLD)) == {two_children["young"], two_children["grown"]}
    assert people(here, "left-behind-child", NEW) == [two_children["young"]]
    with at_desk(here):
        sight = lists.sight_of(here)
        assert [lists.category_at(sight, "left-behind-child", on).version for on in (OLD, NEW)] == ["2013", "2016"]
        shown = explaining.explained(
            here, Person.objects.get(pk=two_children["young"]), on=TODAY, only="left-behind-child"
        )
    assert [(one.valid_from, one.valid_until) for one in shown[0].periods] == [
        (date(2015, 3, 1), NEW),
        (NEW, date(2026, 5, 1)),
    ]
    run = recount(lo=VILLAGE, hi=VILLAGE + 999, level=5, at=AT, prove=True)
    assert (run.is_proof, run.differences) == (True, 0)


@both
def test_a_list_can_be_asked_for_under_another_version_with_who_would_be_on_it(two_children: dict[str, int]) -> None:
    here = seat(5, VILLAGE)
    with at_desk(here):
        sight = lists.sight_of(here)
        now, then = (
            lists.category_at(sight, "left-behind-child", NEW),
            lists.category_at(sight, "left-behind-child", OLD),
        )
        asked = trials.version_at(sight, now, then.key, {})
        found = trials.tried(sight, now, asked, on=NEW)
        who, total = trials.members_under(sight, asked, lists.Wanted(0, 2**62), on=NEW)
        with pytest.raises(NotFound):
            trials.version_at(sight, now, 12345, {})

    assert (found.before, found.after) == ({VILLAGE: 1}, {VILLAGE: 2})
    assert (found.entering, found.leaving, total) == (1, 0, 2)
    assert {one.subject for one in who} == {two_children["young"], two_children["grown"]}
    (grown,) = [one for one in who if one.subject == two_children["grown"]]
    assert reasons.reason(asked, grown, NEW) == "父母一方于 2015-03 起外出务工；年龄 16 岁；没有登记照护人"


@both
def test_the_pages_show_a_list_under_another_version(client: Client, two_children: dict[str, int]) -> None:
    head = staff(HEAD)
    sign_in(client, head)
    with at_desk(seat(5, VILLAGE)) as here:
        then = lists.category_at(lists.sight_of(here), "left-behind-child", OLD)
    address = "/desk/categories/left-behind-child"
    asked = {"version": str(then.key), "on": NEW.isoformat()}

    page = client.get(f"{address}/what-if", asked)
    assert page.status_code == 200
    assert "原来 1 人，换了以后 2 人：新进 1 人，退出 0 人。" in page.content.decode()
    listed = client.get(address, asked).content.decode()
    assert "换了口径的名单" in listed
    assert "grown" in listed
    assert client.get(address, {"version": "77"}).status_code == 404
    assert client.get(address, {"age_below": "900"}).status_code == 422
