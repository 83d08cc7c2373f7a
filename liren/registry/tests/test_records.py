"""Every kind of statement is a dated line: written once, one of its sort at a time, secret where it must be."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import translation

from liren.base.errors import Forbidden, NotFound, Refusal
from liren.registry import actions, queries
from liren.registry.actions.bulk import NewFact, NewPerson, bulk_register
from liren.registry.enums import FactKind
from liren.registry.models import Fact, Person
from liren.registry.pages.words import sentence
from liren.registry.rules.statements import (
    Belongs,
    Benefit,
    Certificate,
    Confidential,
    Designation,
    Education,
    Employer,
    Marriage,
    Relation,
    School,
    Statement,
)
from liren.registry.tests.desk import ALL, AT, PAIFANG, at_desk, clerk, registered

NAMED = ALL | {"registry.confidential"}
MAY, JULY = date(2026, 5, 1), date(2026, 7, 1)


def say(person: Person, statement: Statement, by: Any, since: date = MAY, **values: Any) -> Fact:
    return actions.record(by=by, at=AT, person=person, statement=statement, since=since, **values)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        (Relation("parent", name="张大山"), "父母，张大山"),
        (Marriage("20", name="李梅"), "已婚，李梅"),
        (Education("61"), "普通高中毕业"),
        (School("江宁中学"), "江宁中学"),
        (Employer("某某电子厂"), "某某电子厂"),
        (Certificate("marriage", "J320115-2020-001234"), "结婚证，***************1234"),
        (Benefit("dibao", 85_000), "低保金，850.00 元"),
        (Designation("dibao", "三档"), "低保对象，三档"),
    ],
    ids=lambda value: type(value).__name__ if not isinstance(value, str) else "",
)
def test_each_statement_becomes_a_line_that_can_be_read(statement: Statement, words: str) -> None:
    with at_desk(clerk()) as by, translation.override("zh-hans"):
        who = registered(by)

        line = say(who, statement, by, authority="江宁区民政局")

        assert (line.kind, sentence(line, {})) == (statement.says().kind, words)
        assert line in queries.person_facts(who, line.kind)


@pytest.mark.django_db(transaction=True)
def test_a_new_statement_ends_the_one_of_its_sort_and_no_other() -> None:
    with at_desk(clerk()) as by:
        who = registered(by)
        say(who, Marriage("10"), by)
        say(who, Benefit("dibao", 85_000), by)
        say(who, Benefit("old-age", 10_000), by)

        say(who, Marriage("20", name="李梅"), by, JULY)
        say(who, Benefit("dibao", 90_000), by, JULY)

        married = [(x.code, x.valid_until) for x in queries.person_facts(who, FactKind.MARRIAGE)]
        drawn = {(x.code, x.amount, x.valid_until) for x in queries.person_facts(who, FactKind.BENEFIT)}
        assert married == [("20", None), ("10", JULY)]
        assert drawn == {("dibao", 85_000, JULY), ("dibao", 90_000, None), ("old-age", 10_000, None)}


@pytest.mark.django_db(transaction=True)
def test_a_relation_to_somebody_with_a_file_takes_the_name_from_there() -> None:
    with at_desk(clerk()) as by:
        who, father = registered(by, "张小宝", 3), registered(by, "张大山", 5, date(1960, 1, 1))

        line = say(who, Relation("parent", father.pk), by)

        assert (line.other, line.other_name) == (father.pk, "张大山")
        with pytest.raises(Refusal):
            say(who, Relation("sibling", who.pk), by)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    [Relation("cousin", name="某"), Relation("parent"), Marriage("77"), Education("x"), School(" "), Benefit("dibao", -1), Designation("dibao")],
)  # fmt: skip
def test_what_is_in_no_list_or_half_said_is_refused(statement: Statement) -> None:
    with at_desk(clerk()) as by:
        who = registered(by)

        with pytest.raises(Refusal):
            say(who, statement, by)


@pytest.mark.django_db(transaction=True)
def test_a_certificate_number_is_nowhere_in_the_clear() -> None:
    with at_desk(clerk()) as by:
        say(registered(by), Certificate("driving", "320115198001019999"), by)

        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT string_agg(t::text, '|') FROM registry_fact t UNION ALL SELECT string_agg(j::text, '|') FROM access_journalline j"
            )
            stored = "".join(row[0] for row in cursor.fetchall())
        assert "198001019999" not in stored
        assert "9999" in stored


@pytest.mark.django_db(transaction=True)
def test_a_confidential_designation_is_seen_by_named_posts_only() -> None:
    said = Confidential("mental", "按月随访")
    with at_desk(clerk(capabilities=NAMED)) as named:
        who = registered(named)
        line = actions.record_confidential(by=named, at=AT, person=who, statement=said, since=MAY, authority="卫生院")
        assert line.pk in {x.pk for x in queries.person_file(named, who.pk).lines}
        assert "registry.record_confidential" in {deed.verb for deed in queries.person_file(named, who.pk).journal}
        with translation.override("zh-hans"):
            assert sentence(queries.fact_for(named, line.pk), {}) == "严重精神障碍患者，按月随访"
    with at_desk(clerk()) as other:
        file = queries.person_file(other, who.pk)
        assert {x.kind for x in file.lines} == {"residence"}
        assert "registry.record_confidential" not in {deed.verb for deed in file.journal}
        assert {x.kind for x in queries.person_facts(who)} == {"residence"}
        with pytest.raises(NotFound):
            queries.fact_for(other, line.pk)
        with pytest.raises(NotFound):
            actions.correct_fact(by=other, at=AT, fact=line, reason="看一看", changes={"valid_from": JULY})
        with pytest.raises(Forbidden):
            actions.record_confidential(by=other, at=AT, person=who, statement=said, since=MAY, authority="卫生院")
        with connection.cursor() as cursor:
            cursor.execute("SELECT t::text FROM registry_fact t WHERE kind = 'confidential'")
            assert "随访" not in cursor.fetchone()[0]


@pytest.mark.django_db(transaction=True)
def test_a_death_is_a_line_and_can_be_withdrawn() -> None:
    with at_desk(clerk()) as by:
        who = registered(by)
        home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊 1 号")
        actions.join_household(by=by, at=AT, person=who, household=home, relation="02", since=MAY)

        line = actions.record_death(by=by, at=AT, person=who, on=JULY, source="paper")

        again = queries.person_for(by, who.pk)
        assert again.deceased_on == JULY
        home.refresh_from_db()
        assert (home.size, home.head) == (0, None)
        with pytest.raises(Refusal):
            actions.record_death(by=by, at=AT, person=again, on=JULY, source="paper")
        actions.withdraw_fact(by=by, at=AT, fact=line, reason="同名同姓记错了人")
        assert queries.person_for(by, who.pk).deceased_on is None


@pytest.mark.django_db(transaction=True)
def test_the_database_itself_refuses_lines_that_say_nothing() -> None:
    with at_desk(clerk()) as by:
        who = registered(by)
        common: dict[str, Any] = {
            "area": PAIFANG,
            "subject": who.pk,
            "valid_from": MAY,
            "source": "visit",
            "recorded_at": AT,
        }
        wrong: dict[str, dict[str, Any]] = {
            "relation": {"code": "parent"},
            "belongs": {"words": "x"},
            "designation": {"code": "dibao"},
            "confidential": {"code": "mental", "health": {"code": "mental"}},
            "marriage": {"code": "20", "amount": 1},
            "register": {"code": "02"},
        }
        for kind, values in wrong.items():
            with pytest.raises(IntegrityError, match="registry_fact"), transaction.atomic():
                Fact.objects.create(**common, kind=kind, recorded_by="x", **values)


@pytest.mark.django_db(transaction=True, databases=["default", "owner"])
def test_a_register_taken_over_at_once_holds_the_new_kinds_too() -> None:
    born = date(1980, 1, 1)
    lines = [
        NewFact.of(Marriage("20"), valid_from=MAY, other="wife"),
        NewFact.of(Benefit("dibao", 85_000), valid_from=MAY, authority="民政局"),
        NewFact.of(Belongs(77, "社员"), valid_from=MAY),
    ]
    people = [
        NewPerson(ref="man", area=PAIFANG, name="张伟", sex="1", birth_on=born, facts=lines),
        NewPerson(ref="wife", area=PAIFANG, name="李梅", sex="2", birth_on=born, deceased_on=JULY),
    ]

    written = bulk_register(people, [], at=AT, recorded_by="导入")

    with at_desk(clerk()) as by:
        facts = {x.kind: x for x in queries.person_facts(queries.person_for(by, written.people["man"]))}
        assert (facts["marriage"].other, facts["marriage"].other_name) == (written.people["wife"], "李梅")
        assert (facts["benefit"].amount, facts["belongs"].organisation) == (85_000, 77)
        wife = queries.person_for(by, written.people["wife"])
        assert (wife.deceased_on, queries.state_on(wife, JULY).deceased_on) == (JULY, JULY)
