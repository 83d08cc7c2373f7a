"""A list comes in: read, held against the registry, written, asked about, taken back."""

import io
import re
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.test import Client

from liren.base import clock
from liren.base.errors import Conflict, Refusal
from liren.exchange.actions import batches, running
from liren.exchange.enums import BatchState, Verdict
from liren.exchange.models import Batch
from liren.exchange.queries import batches as tables
from liren.exchange.tests.world import (
    HEADS,
    brought_in,
    counted,
    faults,
    fresh,
    looking,
    number_of,
    rows,
    somebody,
    staged,
    taken_in,
)
from liren.foundation.access.models import Account
from liren.foundation.places.rules import TOWNSHIP
from liren.registry.actions import record_away
from liren.registry.models import CategoryMembership, Dwelling, Fact, Household, NameKey, Person, Phone, Stay
from liren.testing.cast import (
    CIVIL_AFFAIRS,
    JIANGNING,
    PAIFANG,
    PAIFANG_CLERK,
    TIANRAN,
    TIANRAN_CLERK,
    acting,
    resident,
    sign_in,
    staff,
)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def clerk() -> Account:
    return staff(PAIFANG_CLERK)


def test_a_list_of_new_people_becomes_files(clerk: Account) -> None:
    batch = staged(
        taken_in(clerk, [["牌坊社区户籍台账"], HEADS, *(somebody(n) for n in range(30)), ["合计", None, 30]]),
        clerk,
        size=7,
    )

    assert counted(batch).signed == {"rows": 30, "applied": 0, "unchanged": 0, "queued": 0, "refused": 0, "asides": 1}
    batch = brought_in(batch, clerk)

    assert counted(batch).signed == {"rows": 30, "applied": 30, "unchanged": 0, "queued": 0, "refused": 0, "asides": 1}
    with looking():
        people = list(Person.objects.filter(area=PAIFANG))
        assert len(people) == 30
        one = Person.objects.get(id_blind=number_of(date(1953, 4, 4), 3))
        assert (one.name, one.sex, one.ethnicity, one.birth_on, one.residence) == (
            "刘明国",
            "1",
            "01",
            date(1953, 4, 4),
            "registered",
        )
        assert one.id_number == number_of(date(1953, 4, 4), 3)
        assert one.household is not None
        assert (one.household.number, one.household.size, one.household.head, one.relation) == (
            "A00001",
            3,
            one.pk,
            "02",
        )
        assert [phone.number for phone in Phone.objects.filter(subject=one.pk)] == ["+8615490000003"]
        assert NameKey.objects.filter(subject=one.pk, key="lmg").exists()
        lines = {line.kind: line for line in Fact.objects.filter(subject=one.pk)}
        assert set(lines) == {"residence", "member"}
        assert {line.recorded_by for line in lines.values()} == {batch.mark}
        assert {line.authority for line in lines.values()} == {"江宁街道便民服务中心"}
        assert Household.objects.count() == 10


@pytest.mark.parametrize(
    ("title", "said"), [("2026年户籍台账", "名单《2026年户籍台账》"), ("社区矫正人员名单", "一份名单")]
)
def test_a_line_names_the_list_that_it_came_with_and_no_number_of_it(
    clerk: Account, client: Client, title: str, said: str
) -> None:
    brought_in(staged(taken_in(clerk, [HEADS, somebody(1)], title=title), clerk), clerk)
    with looking():
        person = Person.objects.get()
    sign_in(client, resident("+8619900000001", person.name, person_id=person.pk))

    own = client.get("/me/record").text
    sign_in(client, clerk)
    desk = client.get(f"/desk/people/{person.pk}").text

    for page in (own, desk):
        assert said in page
        assert not re.search(r"导入\d", page)
    assert "牌坊社区" in own


def test_lists_of_people_are_right_as_soon_as_a_part_is_written(clerk: Account) -> None:
    old = {n: [*somebody(n, **{"身份证号": number_of(date(1930, 1, 1 + n), n)})] for n in range(6)}
    batch = staged(taken_in(clerk, [HEADS, *old.values()]), clerk, size=3)
    with acting(clerk) as by:
        batches.begin_applying(by=by, at=clock.now(), batch=batch)

    with looking():
        first, _second = batch.parts.order_by("number")
    running.apply_one(first.pk)

    with looking():
        listed = set(CategoryMembership.objects.filter(category="elder-90", withdrawn_at=None).values_list("subject"))
        assert listed == set(Person.objects.values_list("id")) != set()
        assert len(listed) == 3


def test_a_list_of_today_is_taken_in_just_after_midnight_in_china(clerk: Account) -> None:
    at, table = datetime(2026, 11, 28, 16, 1, tzinfo=UTC), [HEADS, somebody(1)]

    assert taken_in(clerk, table, at=at, as_of=date(2026, 11, 29)).as_of == date(2026, 11, 29)
    with pytest.raises(Refusal, match="还没有到"):
        taken_in(clerk, table, at=at, as_of=date(2026, 11, 30))


def test_the_same_list_again_changes_nothing(clerk: Account) -> None:
    table = [HEADS, *(somebody(n) for n in range(12))]
    brought_in(staged(taken_in(clerk, table), clerk), clerk)

    again = staged(taken_in(clerk, table), clerk)

    assert [(row.verdict, faults(row)) for row in rows(again)] == [(Verdict.SAME, [])] * 12


def test_what_the_list_knows_better_is_taken_and_the_old_line_ended(clerk: Account) -> None:
    heads = [*HEADS, "婚姻状况"]
    brought_in(staged(taken_in(clerk, [heads, [*somebody(3), "未婚"]], as_of=date(2026, 1, 1)), clerk), clerk)

    batch = staged(
        taken_in(clerk, [heads, [*somebody(3, **{"联系电话": "15499999999"}), "已婚"]], source="shared"), clerk
    )
    (row,) = rows(batch)

    assert row.verdict == Verdict.CHANGED
    assert [(change["field"], change["held"], change["offered"], change["way"]) for change in row.changes] == [
        ("phone", "", "+8615499999999", "take"), ("marriage", "10", "20", "take")
    ]  # fmt: skip
    brought_in(batch, clerk)
    with looking():
        person = Person.objects.get()
        stand = {line.code: line for line in Fact.objects.filter(subject=person.pk, kind="marriage")}
        assert len(Fact.objects.filter(subject=person.pk, kind="marriage")) == 3
        assert stand["20"].valid_until is None
        assert Phone.objects.filter(subject=person.pk).count() == 2


def test_a_batch_is_taken_back_as_a_whole_and_nothing_of_it_counts(clerk: Account) -> None:
    heads = [*HEADS, "婚姻状况", "居住情况"]
    first = [heads, *([*somebody(n), "未婚", "户籍"] for n in range(6))]
    brought_in(staged(taken_in(clerk, first, as_of=date(2026, 1, 1)), clerk), clerk)
    before = picture()
    second = [heads, *([*somebody(n, **{"民族": "回族"}), "已婚", "人户分离"] for n in range(9))]
    batch = brought_in(staged(taken_in(clerk, second, source="shared"), clerk, size=4), clerk)
    assert counted(batch).signed["applied"] == 9
    assert picture() != before

    taken_back(batch, clerk)

    assert picture() == before
    with looking():
        assert not Fact.objects.filter(recorded_by=batch.mark, is_void=False).exclude(
            pk__in=Fact.objects.filter(replaces__isnull=False).values("replaces")
        )


def test_a_batch_on_which_somebody_has_built_is_not_taken_back(clerk: Account) -> None:
    batch = brought_in(staged(taken_in(clerk, [HEADS, somebody(3)]), clerk), clerk)
    with acting(clerk) as by:
        record_away(by=by, at=clock.now(), person=Person.objects.get(), since=date(2026, 2, 1))

    with acting(clerk) as by, pytest.raises(Conflict, match="1 份档案有了新的记录"):
        batches.begin_undoing(by=by, at=clock.now(), batch=batch, reason="导错了表")


def test_each_row_is_sorted_into_one_group_with_its_reason(clerk: Account) -> None:
    brought_in(staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(6))], as_of=date(2026, 1, 1)), clerk), clerk)
    good = number_of(date(1980, 1, 1), 77)
    wrong = good[:-1] + ("1" if good[-1] != "1" else "2")
    table = [
        HEADS,
        somebody(0),  # the same
        somebody(1, "改了名"),  # another name under the number
        somebody(50, "", **{"身份证号": 3.20115e17}),
        somebody(51, 身份证号=good[:17]),
        somebody(52, 身份证号=wrong),
        somebody(53, "", **{"身份证号": None}),
        somebody(54, 姓名=""),
        somebody(55, **{"家庭住址": "天然社区3组"}),
        somebody(56, **{"联系电话": "不知道12"}),
        somebody(57), somebody(57), somebody(57, "又一个名"),
    ]  # fmt: skip

    found = rows(staged(taken_in(clerk, table), clerk))

    assert [(row.verdict, faults(row)) for row in found] == [
        ("same", []), ("unsure", ["name_differs"]), ("refused", ["spoiled"]), ("refused", ["id_length"]), ("unsure", ["id_check"]),
        ("refused", ["no_identity"]), ("refused", ["no_name"]), ("refused", ["elsewhere"]), ("unsure", ["bad_phone"]),
        ("new", []), ("same", ["repeated"]), ("unsure", ["twice"]),
    ]  # fmt: skip


def test_whoever_has_a_file_next_door_is_sent_back_without_a_word_about_them(clerk: Account) -> None:
    other = staff(TIANRAN_CLERK)
    brought_in(staged(taken_in(other, [HEADS, somebody(3, **{"家庭住址": "天然社区1组"})], area=TIANRAN), other), other)

    (row,) = rows(staged(taken_in(clerk, [HEADS, somebody(3, "别的名字")]), clerk))

    assert (row.verdict, faults(row), row.person, row.changes) == ("refused", ["kept_elsewhere"], None, None)


def test_a_township_sorts_a_list_into_its_communities(clerk: Account) -> None:
    officer = staff(CIVIL_AFFAIRS)
    heads = ["村（社区）", *HEADS[:-1]]
    table = [
        heads,
        ["牌坊社区", *somebody(1)[:-1]],
        ["天然", *somebody(2)[:-1]],
        ["东山街道某村", *somebody(4)[:-1]],
        ["", *somebody(5)[:-1]],
    ]

    batch = brought_in(staged(taken_in(officer, table, area=JIANGNING, level=TOWNSHIP), officer), officer)

    assert [(row.verdict, faults(row), row.area) for row in rows(batch)] == [
        ("new", [], PAIFANG), ("new", [], TIANRAN), ("refused", ["elsewhere"], JIANGNING), ("unsure", ["unknown_place"], JIANGNING)
    ]  # fmt: skip
    with looking():
        assert set(Person.objects.values_list("area", flat=True)) == {PAIFANG, TIANRAN}


def test_what_the_rules_cannot_decide_is_decided_by_a_person(clerk: Account) -> None:
    brought_in(staged(taken_in(clerk, [HEADS, somebody(1), somebody(2)], as_of=date(2026, 1, 1)), clerk), clerk)
    table = [
        HEADS,
        somebody(1, "改了名"),
        somebody(2, "写错了"),
        somebody(56, **{"联系电话": "12"}),
        somebody(58, **{"联系电话": "12"}),
    ]
    batch = staged(taken_in(clerk, table), clerk)
    one, two, three, four = rows(batch)

    for answer, row in (("take", one), ("keep", two), ("take", three), ("back", four)):
        with acting(clerk) as by:
            batches.decide_rows(by=by, at=clock.now(), batch=fresh(batch), rows=[row.pk], answer=answer)
    batch = brought_in(batch, clerk)

    assert counted(batch).signed == {"rows": 4, "applied": 3, "unchanged": 0, "queued": 0, "refused": 1, "asides": 0}
    with looking():
        assert set(Person.objects.values_list("name", flat=True)) == {"改了名", somebody(2)[0], somebody(56)[0]}
        assert NameKey.objects.filter(key="glm").exists()


def test_two_people_sign_the_same_figures(clerk: Account) -> None:
    batch = brought_in(staged(taken_in(clerk, [HEADS, somebody(3)]), clerk), clerk)
    with acting(clerk) as by:
        batches.sign(by=by, at=clock.now(), batch=batch)
        with pytest.raises(Conflict, match="另一个人"):
            batches.sign(by=by, at=clock.now(), batch=batch)
    with acting(staff(CIVIL_AFFAIRS)) as by:
        batches.sign(by=by, at=clock.now(), batch=batch)

    with looking():
        assert [one.figures["applied"] for one in batch.signatures.all()] == [1, 1]


def test_household_blocks_become_households(clerk: Account) -> None:
    heads = ["序号", "户主姓名", "家庭成员", "与户主关系", "身份证号码", "家庭住址"]

    def line(number: int, head: str, name: str, relation: str, serial: int, address: str) -> list[Any]:
        return [number, head, name, relation, number_of(date(1970, 1, 1), serial), address]

    table = [
        heads,
        line(1, "王一", "王一", "户主", 1, "牌坊社区1组1号"), line(2, "", "李二", "妻", 2, ""), line(3, "", "王三", "长子", 3, ""),
        line(4, "赵四", "赵四", "户主", 5, "牌坊社区1组2号"), line(5, "", "钱五", "妻", 4, ""),
    ]  # fmt: skip
    batch = taken_in(clerk, table)
    assert batch.options["blocks"] is True

    brought_in(staged(batch, clerk, size=2), clerk)

    with looking():
        assert sorted((home.address, home.size, home.head_name) for home in Household.objects.all()) == [
            ("牌坊社区1组1号", 3, "王一"), ("牌坊社区1组2号", 2, "赵四")
        ]  # fmt: skip


def test_a_mapping_is_kept_and_known_again_by_its_head(clerk: Account) -> None:
    heads = ["名号", "证号", "性别", "代号"]
    row = ["张三", number_of(date(1980, 1, 1), 1), "M", "x"]
    batch = taken_in(clerk, [heads, row])
    with acting(clerk) as by:
        batches.set_mapping(
            by=by, at=clock.now(), batch=batch, targets=["name", "id_number", "sex", ""], words={}, options={"constants": {}}, authority="", source="imported",
            as_of=batch.as_of, save_as="组长的本子",
        )  # fmt: skip

    again = taken_in(clerk, [["某某名单"], [], [" 名 号", "证号：", "性别", "代号"], row])

    assert again.targets == ["name", "id_number", "sex", ""]
    assert again.mapping_id == batch.mapping_id


def test_rows_that_came_back_are_known_again_by_the_mapping_of_their_list(clerk: Account, client: Client) -> None:
    heads = ["名号", "证号", "性别", "代号"]
    good = number_of(date(1980, 1, 1), 1)
    batch = taken_in(
        clerk, [heads, ["=张三", good[:17], "M", "+x"], ["李四", number_of(date(1981, 1, 1), 2), "F", "y"]]
    )
    with acting(clerk) as by:
        batches.set_mapping(
            by=by, at=clock.now(), batch=batch, targets=["name", "id_number", "sex", ""], words={}, options={"constants": {}}, authority="", source="imported",
            as_of=batch.as_of, save_as="组长的本子",
        )  # fmt: skip
    batch = staged(fresh(batch), clerk)
    sign_in(client, clerk)

    paper = client.get(f"/desk/imports/{batch.pk}/refused").content

    (sheet,) = read(paper)
    assert [sheet[0], [str(cell) for cell in sheet[1]]] == [
        ["退回原因", "原行号", *heads], ["证号：证件号码位数不对（990**********1001）", "2", "=张三", good[:17], "M", "+x"]
    ]  # fmt: skip
    assert b"<f>" not in b"".join(zipfile.ZipFile(io.BytesIO(paper)).read(name) for name in SHEETS)
    again = taken_in(clerk, paper)
    assert again.targets == ["", "", "name", "id_number", "sex", ""]
    assert again.mapping_id == batch.mapping_id


SHEETS = ("xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml")


def read(paper: bytes) -> list[list[Any]]:
    table = tables.table_of(batches.keep_table(paper))
    return [list(table.rows(0))]


def picture() -> list[object]:
    """Return what the registry shows of everybody."""
    with looking():
        return [
            *Person.objects.order_by("id").values_list(
                "name",
                "sex",
                "birth_on",
                "ethnicity",
                "id_blind",
                "residence",
                "household",
                "relation",
                "away_since",
                "state_changes_on",
            ),
            *Household.objects.order_by("id").values_list("id", "size", "head"),
            *Phone.objects.order_by("subject", "number_blind").values_list("subject", "number_blind"),
            *NameKey.objects.order_by("subject", "key").values_list("subject", "key"),
            *Stay.objects.order_by("subject", "valid_from").values_list(
                "subject", "residence", "valid_from", "valid_until"
            ),
        ]


def taken_back(batch: Batch, account: Account) -> None:
    with acting(account) as by:
        batches.begin_undoing(by=by, at=clock.now(), batch=fresh(batch), reason="导错了表")
    assert running.run_undoing(batch.pk) == BatchState.UNDONE, fresh(batch).problem


def test_a_miscopied_number_is_found_by_everything_else(clerk: Account) -> None:
    brought_in(
        staged(taken_in(clerk, [HEADS, *(somebody(n) for n in range(20))], as_of=date(2026, 1, 1)), clerk), clerk
    )
    good = somebody(7)
    number = good[2]
    slip = number[:16] + ("1" if number[16] != "1" else "3") + number[17]

    (row,) = rows(staged(taken_in(clerk, [HEADS, somebody(7, **{"身份证号": slip, "联系电话": "15488888888"})]), clerk))

    with looking():
        assert row.person == Person.objects.get(id_blind=number).pk
    assert row.verdict == Verdict.CHANGED
    assert [change["field"] for change in row.changes] == ["phone"]


def test_no_household_is_left_in_which_nobody_lives(clerk: Account) -> None:
    line = somebody(3, **{"户号": "B1", "与户主关系": "户主"})
    brought_in(staged(taken_in(clerk, [HEADS, line]), clerk), clerk)
    elsewhere = somebody(
        3, **{"户号": "B2", "与户主关系": "户主", "联系电话": "15490009999", "家庭住址": "牌坊社区1组99号"}
    )

    brought_in(staged(taken_in(clerk, [HEADS, elsewhere], source="imported"), clerk), clerk)

    with looking():
        assert [(home.number, home.size) for home in Household.objects.all()] == [("B1", 1)]
        assert Phone.objects.count() == 2
        assert not Dwelling.objects.filter(address__contains="99号").exists()
