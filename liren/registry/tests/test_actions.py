"""A clerk writes people, households and facts; corrections are new lines, the present state follows."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from liren.base import crypto
from liren.base.codes import Doubt
from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access.models import JournalLine
from liren.foundation.access.rules import Viewer
from liren.registry import actions, queries
from liren.registry.actions.keys import reseal
from liren.registry.enums import FactKind, ResidenceKind
from liren.registry.models import Fact, NameKey, Person
from liren.registry.tests.desk import AT, NEXT_DOOR, PAIFANG, TODAY, TOWNSHIP, at_desk, clerk, number_of, registered

pytestmark = pytest.mark.django_db


def test_registering_reads_birth_and_sex_from_the_number_and_leaves_a_journal_line() -> None:
    with at_desk(clerk()) as by:
        person = registered(by, "单雄信", phone="138 1234 5678")

        person.refresh_from_db()
        assert (person.birth_on, person.sex, person.sort_key) == (date(1990, 1, 1), "1", "shanxiongxin")
        assert person.residence == ResidenceKind.REGISTERED
        verbs = set(JournalLine.objects.filter(subject=person.pk).values_list("verb", flat=True))
        assert verbs == {"registry.register_person", "registry.set_phone"}
        assert number_of(date(1990, 1, 1), 1) not in str(list(JournalLine.objects.values()))


def test_a_number_that_looks_wrong_is_a_warning_and_not_a_refusal() -> None:
    with at_desk(clerk()) as by:
        person = registered(by, number="990115199002301234")

        assert person.pk
        assert set(person.doubts) == {Doubt.CHECK, Doubt.REGION, Doubt.DATE}


def test_somebody_without_any_paper_can_have_a_file() -> None:
    with at_desk(clerk()) as by:
        assert registered(by, number="", sex="2").document == "none"
        assert registered(by, "李四", number="").id_number is None


def test_the_same_number_twice_is_refused_with_the_name_that_has_it() -> None:
    with at_desk(clerk()) as by:
        registered(by)

        with pytest.raises(Conflict, match=r"此人已有档案：张伟，320\*{11}"):
            registered(by, "张三")


def test_a_number_registered_next_door_is_refused_without_saying_where() -> None:
    with at_desk(clerk(NEXT_DOOR)) as by:
        registered(by)

    with at_desk(clerk()) as by:
        with pytest.raises(Conflict, match="本县"):
            registered(by, "张三")
        assert Person.objects.count() == 0
        assert JournalLine.objects.count() == 0


def test_the_same_request_sent_twice_registers_once() -> None:
    by = clerk(once=uuid4())
    made = []
    for _ in range(2):
        with at_desk(by):
            made.append(registered(by).pk)

    assert made[0] == made[1]


def test_a_post_without_the_capability_and_a_clerk_of_another_place_are_refused() -> None:
    with at_desk(clerk(capabilities=frozenset({"registry.view"}))) as by, pytest.raises(Forbidden):
        registered(by)
    with at_desk(clerk()) as by, pytest.raises(Forbidden):
        registered(by, area=NEXT_DOOR)
    with at_desk(clerk(TOWNSHIP, level=4)) as by, pytest.raises(Refusal, match="村（社区）"):
        registered(by)


def test_leaving_for_work_and_coming_back_are_lines_and_show_in_the_present_state() -> None:
    with at_desk(clerk()) as by:
        person = registered(by)

        actions.record_away(by=by, at=AT, person=person, since=date(2026, 3, 1), words="苏州昆山")
        assert (person.away_since, person.away_reason) == (date(2026, 3, 1), "work")
        with pytest.raises(Conflict, match="还没有记返回"):
            actions.record_away(by=by, at=AT, person=person, since=date(2026, 5, 1))
        actions.record_returned(by=by, at=AT, person=person, on=date(2026, 8, 1))

        person.refresh_from_db()
        assert person.away_since is None
        assert Fact.objects.filter(kind=FactKind.AWAY).count() == 2
        (line,) = queries.person_facts(person, FactKind.AWAY)
        assert (line.valid_from, line.valid_until, line.words) == (date(2026, 3, 1), date(2026, 8, 1), "苏州昆山")
        assert queries.state_on(person, date(2026, 7, 31)).away_since == date(2026, 3, 1)
        assert queries.state_on(person, date(2026, 8, 1)).away_since is None


def test_a_new_residence_ends_the_one_before() -> None:
    with at_desk(clerk()) as by:
        person = registered(by)

        actions.record_residence(
            by=by, at=AT, person=person, kind="absent", since=date(2026, 2, 1), words="南京市鼓楼区"
        )

        assert person.residence == "absent"
        assert [(x.code, x.valid_from, x.valid_until) for x in queries.person_facts(person)] == [
            ("absent", date(2026, 2, 1), None),
            ("registered", date(2020, 1, 1), date(2026, 2, 1)),
        ]


def test_a_correction_is_a_new_line_and_the_old_one_stays() -> None:
    with at_desk(clerk()) as by:
        person = registered(by)
        wrong = actions.record_away(by=by, at=AT, person=person, since=date(2026, 3, 1))

        right = actions.correct_fact(
            by=by, at=AT, fact=wrong, reason="日子记错了", changes={"valid_from": date(2026, 4, 1)}
        )

        assert right.replaces == wrong.pk
        assert Fact.objects.get(pk=wrong.pk).valid_from == date(2026, 3, 1)
        assert Person.objects.get(pk=person.pk).away_since == date(2026, 4, 1)
        with pytest.raises(Conflict, match="已经更正过"):
            actions.correct_fact(by=by, at=AT, fact=wrong, reason="再改", changes={"valid_from": date(2026, 5, 1)})
        with pytest.raises(Refusal, match="原因"):
            actions.correct_fact(by=by, at=AT, fact=right, reason=" ", changes={})
        with pytest.raises(Refusal, match="晚于"):
            actions.correct_fact(by=by, at=AT, fact=right, reason="再改", changes={"valid_until": date(2026, 4, 1)})


def test_a_line_that_was_never_true_is_withdrawn_and_counts_no_more() -> None:
    with at_desk(clerk()) as by:
        person = registered(by)
        wrong = actions.record_away(by=by, at=AT, person=person, since=date(2026, 3, 1))

        actions.withdraw_fact(by=by, at=AT, fact=wrong, reason="同名的另一个人")

        assert Person.objects.get(pk=person.pk).away_since is None
        assert queries.person_facts(person, FactKind.AWAY) == []
        assert Fact.objects.filter(kind=FactKind.AWAY).count() == 2


def test_a_disability_is_sealed_and_known_to_forms() -> None:
    with at_desk(clerk()) as by:
        person = registered(by)
        line = actions.record_disability(
            by=by,
            at=AT,
            person=person,
            kind="4",
            degree="2",
            certificate="32011519900101000142",
            since=date(2021, 1, 1),
        )

        assert person.is_disabled
        assert Fact.objects.get(pk=line.pk).health["degree"] == "2"
        assert "32011519900101000142" not in str(list(JournalLine.objects.values()))
        known = queries.prefill(by, person, {"level": "disability.degree"}, on=TODAY)
        assert known["level"].value == "2"


def test_a_guardian_may_live_elsewhere_or_have_no_file() -> None:
    with at_desk(clerk()) as by:
        child, mother = registered(by, "张小明", birth=date(2018, 5, 1)), registered(by, "李梅", serial=2)

        actions.name_guardian(by=by, at=AT, person=child, relation="parent", guardian=mother.pk, since=date(2018, 5, 1))
        actions.name_guardian(
            by=by, at=AT, person=child, relation="entrusted", guardian_name="王奶奶", since=date(2025, 5, 1)
        )

        assert child.has_guardian
        assert {line.other_name for line in queries.person_facts(child, FactKind.GUARDIAN)} == {"李梅", "王奶奶"}
        assert queries.person_file(by, mother.pk).wards == [child.pk]
        with pytest.raises(Refusal, match="本人"):
            actions.name_guardian(by=by, at=AT, person=child, relation="kin", guardian=child.pk, since=TODAY)
        with pytest.raises(Refusal, match="监护人"):
            actions.name_guardian(by=by, at=AT, person=child, relation="kin", since=TODAY)


def test_a_household_counts_its_members_and_knows_its_head() -> None:
    with at_desk(clerk()) as by:
        home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊村12号", number="A1")
        head, wife, other = registered(by), registered(by, "李梅", serial=2), registered(by, "王五", serial=3)
        actions.join_household(by=by, at=AT, person=head, household=home, relation="02", since=date(2020, 1, 1))
        actions.join_household(by=by, at=AT, person=wife, household=home, relation="12", since=date(2020, 1, 1))

        home.refresh_from_db()
        assert (home.size, home.head, home.head_name) == (2, head.pk, "张伟")
        with pytest.raises(Conflict, match="户主是张伟"):
            actions.join_household(by=by, at=AT, person=other, household=home, relation="02", since=TODAY)

        actions.change_head(by=by, at=AT, household=home, head=wife, relation="11", since=date(2026, 1, 1))
        home.refresh_from_db()
        assert (home.size, home.head_name, Person.objects.get(pk=head.pk).relation) == (2, "李梅", "11")

        actions.leave_household(by=by, at=AT, person=wife, on=date(2026, 6, 1))
        home.refresh_from_db()
        assert (home.size, home.head, Person.objects.get(pk=wife.pk).household_id) == (1, None, None)


def test_moving_to_another_household_ends_the_membership_before() -> None:
    with at_desk(clerk()) as by:
        first = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊村12号")
        second = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊村13号")
        person = registered(by)
        actions.join_household(by=by, at=AT, person=person, household=first, relation="02", since=date(2020, 1, 1))
        actions.join_household(by=by, at=AT, person=person, household=second, relation="02", since=date(2026, 1, 1))

        first.refresh_from_db()
        second.refresh_from_db()
        assert (first.size, first.head, second.size, second.head) == (0, None, 1, person.pk)


def test_a_household_number_is_used_once() -> None:
    with at_desk(clerk()) as by:
        actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊村12号", number="A1")
        with pytest.raises(Conflict, match="户号"):
            actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊村13号", number="A1")


def test_a_new_phone_becomes_the_first_one_and_families_share() -> None:
    with at_desk(clerk()) as by:
        person, other = registered(by, phone="13812345678"), registered(by, "李梅", serial=2, phone="13812345678")
        actions.set_phone(by=by, at=AT, person=person, number="025-52188888")
        actions.set_phone(by=by, at=AT, person=person, number="13812345678")

        assert [p.number for p in queries.person_file(by, person.pk).phones] == ["+8613812345678", "+862552188888"]
        assert {p.pk for p in queries.search_people(by, "138-1234-5678").people} == {person.pk, other.pk}
        with pytest.raises(Refusal, match="电话"):
            actions.set_phone(by=by, at=AT, person=person, number="12")


def test_a_corrected_name_is_found_and_the_wrong_one_no_more() -> None:
    with at_desk(clerk()) as by:
        person = registered(by, "张玮")

        actions.correct_person(by=by, at=AT, person=person, reason="字写错了", name="章炜")

        assert [p.name for p in queries.search_people(by, "章").people] == ["章炜"]
        assert queries.search_people(by, "张玮").people == []
        assert JournalLine.objects.get(verb="registry.correct_person").changes["name"] == ["张*", "章*"]
        assert NameKey.objects.filter(subject=person.pk).count() == 5


def test_a_look_at_the_full_number_is_logged_with_its_reason() -> None:
    with at_desk(clerk()) as by:
        person = registered(by)
        with pytest.raises(Refusal, match="原因"):
            actions.unmask(by=by, at=AT, person=person, reason="", what="id_number")

        actions.unmask(by=by, at=AT, person=person, reason="办理社保卡", what="id_number")

        line = JournalLine.objects.get(verb="registry.unmask")
        assert (line.subject, line.object_id, line.changes) == (
            person.pk,
            person.pk,
            {"reason": "办理社保卡", "what": "id_number"},
        )
    with at_desk(clerk(capabilities=frozenset({"registry.view"}))) as by, pytest.raises(Forbidden):
        actions.unmask(by=by, at=AT, person=person, reason="好奇", what="id_number")


def test_a_resident_is_answered_about_herself_and_her_household_only() -> None:
    with at_desk(clerk()) as by:
        home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊村12号")
        person, other = registered(by, phone="13812345678"), registered(by, "李梅", serial=2)
        actions.join_household(by=by, at=AT, person=person, household=home, relation="02", since=date(2020, 1, 1))

    resident = Viewer(mode="resident", account_id=7, person_id=person.pk, subjects=frozenset({7, person.pk}))
    with at_desk(resident):
        paths = {
            "n": "person.name",
            "i": "person.id_number",
            "t": "person.phone",
            "a": "person.age",
            "s": "household.size",
            "w": "household.address",
            "x": "disability.kind",
            "y": "no.such",
        }
        mine = queries.own_person(resident)
        known = {name: found.value for name, found in queries.prefill(resident, mine, paths, on=TODAY).items()}
        assert known == {
            "n": "张伟",
            "i": number_of(date(1990, 1, 1), 1),
            "t": "13812345678",
            "a": 36,
            "s": 1,
            "w": "牌坊村12号",
        }
        assert queries.held(resident, mine, {"fact": "household.size"}, on=TODAY)
        assert not queries.held(resident, mine, {"fact": "disability.certificate"}, on=TODAY)
        assert queries.prefill(resident, None, paths, on=TODAY) == {}
        with pytest.raises(NotFound):
            queries.person_for(resident, other.pk)


def test_a_state_that_turns_by_itself_is_brought_up_to_the_day() -> None:
    with at_desk(clerk()) as by:
        person = registered(by)
        line = actions.record_away(by=by, at=AT, person=person, since=date(2026, 3, 1))
        actions.correct_fact(by=by, at=AT, fact=line, reason="说好国庆回来", changes={"valid_until": date(2026, 10, 1)})
        assert Person.objects.get(pk=person.pk).state_changes_on == date(2026, 10, 1)

        assert actions.turn_states(date(2026, 9, 30)) == 0
        assert actions.turn_states(date(2026, 10, 1)) == 1

        person.refresh_from_db()
        assert (person.away_since, person.state_changes_on) == (None, None)


def test_values_sealed_with_an_old_key_are_sealed_anew(settings: Any, tmp_path: Path) -> None:
    settings.HOME = tmp_path
    crypto.ring.cache_clear()
    try:
        with at_desk(clerk()) as by:
            person = registered(by, phone="13812345678")
            actions.record_disability(by=by, at=AT, person=person, kind="1", degree="2", since=date(2020, 1, 1))
        crypto.rotate(tmp_path)

        with applied(Scope.everything()):
            assert reseal() == 2
            assert reseal() == 0
            assert Person.objects.get(pk=person.pk).id_number == number_of(date(1990, 1, 1), 1)
            assert Person.objects.get(id_blind=number_of(date(1990, 1, 1), 1)).pk == person.pk
    finally:
        crypto.ring.cache_clear()


def test_a_file_is_handed_over_to_the_next_community_by_the_township() -> None:
    with at_desk(clerk(TOWNSHIP, level=4)) as by:
        home = actions.open_household(by=by, at=AT, area=PAIFANG, address="牌坊村12号")
        person = registered(by, area=PAIFANG, phone="13812345678")
        actions.join_household(by=by, at=AT, person=person, household=home, relation="02", since=date(2020, 1, 1))

        actions.move_person(by=by, at=AT, person=person, area=NEXT_DOOR, reason="拆迁安置")

        home.refresh_from_db()
        assert (home.size, home.head) == (0, None)
        with pytest.raises(Refusal, match="本县"):
            actions.move_person(by=by, at=AT, person=person, area=320116006008000, reason="搬家")
    with at_desk(clerk(NEXT_DOOR)) as by:
        file = queries.person_file(by, person.pk)
        assert [p.name for p in queries.search_people(by, "张伟").people] == ["张伟"]
        assert (len(file.phones), file.person.household, len(file.lines)) == (1, None, 3)
        with pytest.raises(Forbidden, match="管不到"):
            actions.move_person(by=by, at=AT, person=file.person, area=PAIFANG, reason="又搬回来")
    with at_desk(clerk()) as by:
        assert queries.search_people(by, "张伟").people == []


def test_a_correction_sent_twice_is_made_once() -> None:
    with at_desk(clerk()) as by:
        person = registered(by)
        fact = Fact.objects.get(subject=person.pk)
    key = uuid4()

    made = []
    for _time in range(2):
        with at_desk(clerk(once=key)) as by:
            line = Fact.objects.get(pk=fact.pk)
            made.append(actions.correct_fact(by=by, at=AT, fact=line, reason="抄错了", changes={"words": "三组"}).pk)

    assert made[0] == made[1]


def test_two_posts_of_one_clerk_hand_a_file_over_between_them() -> None:
    both = replace(clerk(), seats=(*clerk().seats, *clerk(NEXT_DOOR).seats))
    with at_desk(both) as by:
        person = registered(by)

    with at_desk(both) as by:
        moved = actions.move_person(
            by=by, at=AT, person=Person.objects.get(pk=person.pk), area=NEXT_DOOR, reason="搬家"
        )

    with at_desk(clerk(NEXT_DOOR)):
        assert Person.objects.get().pk == moved.pk
        assert JournalLine.objects.filter(object_id=moved.pk, verb="registry.move_person").count() == 1
