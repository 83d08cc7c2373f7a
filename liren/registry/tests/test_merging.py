"""Two files of one person: found, put together with everything that names them, and taken apart again."""

from collections.abc import Iterator
from datetime import date
from threading import Barrier, Thread
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models
from django.test import Client

from liren.base.clock import now
from liren.base.errors import Conflict, Forbidden, Refusal
from liren.base.uploads import PDF, Upload
from liren.foundation.access.models import Account, Invitation, JournalLine
from liren.foundation.commons.actions import NewMessage, send_messages, store_file
from liren.foundation.commons.models import Message, StoredFile
from liren.foundation.places.models import PlacedModel
from liren.registry import actions
from liren.registry.models import Fact, Household, NameKey, Person, PersonMerge, Phone
from liren.registry.queries import person_facts
from liren.registry.rules.references import REFERENCES
from liren.registry.tests.desk import AT
from liren.registry.tests.twins import BIRTH, CENTRE, NUMBER, Twins, fresh, fresh_in
from liren.testing.cast import (
    PAIFANG,
    PAIFANG_CLERK,
    TIANRAN,
    TIANRAN_CLERK,
    acting,
    everywhere,
    resident,
    sign_in,
    sought,
    staff,
)

pytestmark = pytest.mark.django_db(transaction=True)


def merged(twins: Twins, **values: Any) -> PersonMerge:
    with acting(staff(PAIFANG_CLERK)) as by:
        kept, gone = Person.objects.get(pk=twins.kept.pk), Person.objects.get(pk=twins.gone.pk)
        return actions.merge_persons(by=by, at=now(), kept=kept, gone=gone, reason="看过身份证，是同一个人", **values)


def undone(merge: PersonMerge) -> PersonMerge:
    with acting(staff(PAIFANG_CLERK)) as by:
        found = PersonMerge.objects.get(pk=merge.pk)
        return actions.undo_merge(by=by, at=now(), merge=found, reason="是她的姐姐")


ABOUT = {
    "access_journalline",
    "registry_personmerge",
    "registry_duplicatepair",
    "registry_namekey",
    "access_session",
    "registry_categorymembership",
}


def everything() -> dict[str, dict[int, dict[str, Any]]]:
    """Return what every table of people says, without the journal and what was recorded of the merge itself."""
    found: dict[str, dict[int, dict[str, Any]]] = {}
    tables = {table for table, _column in REFERENCES} - ABOUT
    with everywhere():
        for model in apps.get_models():
            if model._meta.db_table in tables and (issubclass(model, PlacedModel) or model is Account):
                names = [field.attname for field in model._meta.concrete_fields]
                found[model._meta.db_table] = {row["id"]: row for row in model._default_manager.values(*names)}
    return found


def counted(rows: dict[int, dict[str, Any]]) -> list[Any]:
    return sorted(
        (row["subject"], row["area"], str(row["valid_from"]), row["residence"], row["ended"]) for row in rows.values()
    )


def keys() -> set[tuple[int, str]]:
    with everywhere():
        return set(NameKey.objects.values_list("subject", "key"))


def test_everything_that_names_the_one_names_the_other(twins: Twins) -> None:
    account = resident("+8619900000009", "王阿婆", person_id=twins.gone.pk)
    with everywhere() as system:
        send_messages(by=system, at=AT, area=PAIFANG, messages=[NewMessage(twins.gone.pk, "您好", "您好", "t:1")])
        Invitation.objects.create(area=PAIFANG, subject=twins.gone.pk, code="ABCD2345", expires_at=AT, created_at=AT)
    with acting(account) as by:
        file = store_file(by=by, at=AT, area=PAIFANG, upload=Upload("出院小结.pdf", PDF, b"%PDF-1.4\n%%EOF\n"))

    merge = merged(twins, take=["name"])

    kept = fresh(twins.kept)
    assert (kept.name, kept.ethnicity, kept.id_number) == ("王秀瑛", "03", NUMBER)
    with everywhere():
        for (table, column), one in REFERENCES.items():
            if one.how == "stay":
                continue
            with connection.cursor() as cursor:
                cursor.execute(f"SELECT count(*) FROM {table} WHERE {column} = %s", [twins.gone.pk])
                assert cursor.fetchone() == (0,), f"{table}.{column} still names the file that went"
        assert Message.objects.get().subject == kept.pk
        assert StoredFile.objects.get(pk=file.pk).subject == kept.pk
        assert Account.objects.get(pk=account.pk).person_id == kept.pk
        assert Fact.objects.get(subject=twins.child.pk, kind="guardian").other == kept.pk
        phones = {one.number: one.is_main for one in Phone.objects.filter(subject=kept.pk)}
        assert phones == {"+8619900000001": True, "+8619900000002": False}
    assert kept.is_disabled
    assert merge.kept == kept.pk


def test_what_is_said_twice_stays_once_and_the_better_source_wins(twins: Twins) -> None:
    merged(twins)

    with everywhere():
        kinds = [line.kind for line in person_facts(fresh(twins.kept))]
        home, other = Household.objects.get(pk=twins.home.pk), Household.objects.get(pk=twins.other_home.pk)
    assert sorted(kinds) == ["disability", "member", "residence"]
    assert fresh(twins.kept).household_id == home.pk
    assert (home.size, home.head, other.size, other.head) == (1, twins.kept.pk, 0, None)


def test_a_worker_says_which_lines_stay(twins: Twins) -> None:
    with everywhere():
        mine = next(line for line in person_facts(twins.kept, "member"))

    merged(twins, drop=[mine.pk])

    with everywhere():
        kept = fresh(twins.kept)
        assert kept.household_id == twins.other_home.pk
        assert len(person_facts(kept, "residence")) == 2


def test_the_old_id_leads_to_the_file_that_is_kept(twins: Twins) -> None:
    desk, stranger = Client(), Client()
    sign_in(desk, staff(PAIFANG_CLERK))
    sign_in(stranger, staff(TIANRAN_CLERK))
    desk.get(f"/desk/people/{twins.gone.pk}")
    merged(twins)

    answer = desk.get(f"/desk/people/{twins.gone.pk}")

    assert answer.status_code == 302
    assert answer["Location"] == f"/desk/people/{twins.kept.pk}"
    assert desk.get(f"/api/v1/registry/people/{twins.gone.pk}").json()["id"] == str(twins.kept.pk)
    assert stranger.get(f"/desk/people/{twins.gone.pk}").status_code == 404
    page = desk.get(f"/desk/people/{twins.kept.pk}").text
    assert "把重复的档案并了进来" in page
    assert page.count("登记了档案") == 2, "the journal of both is read here"
    assert sought(desk, "王秀瑛").json()["items"] == []


def test_who_looked_at_the_file_that_went_is_still_told(twins: Twins) -> None:
    desk, phone = Client(), Client()
    sign_in(desk, staff(PAIFANG_CLERK))
    desk.get(f"/desk/people/{twins.gone.pk}")
    merged(twins)
    sign_in(phone, resident("+8619900000009", "王阿婆", person_id=twins.kept.pk))

    assert "打开了您的档案" in phone.get("/me/looks").text


def test_an_undone_merge_leaves_everything_as_it_was(twins: Twins) -> None:
    account = resident("+8619900000009", "王阿婆", person_id=twins.gone.pk)
    with everywhere() as system:
        send_messages(by=system, at=AT, area=PAIFANG, messages=[NewMessage(twins.gone.pk, "您好", "您好", "t:1")])
    before, names = everything(), keys()

    undone(merged(twins, take=["name", "birth_on"]))

    after = everything()
    facts = [table.pop("registry_fact") for table in (before, after)]
    for table, rows in before.items():
        for columns in (rows, after[table]):
            for row in columns.values():
                row.pop("id_number", None)  # sealed anew
                row.pop("number", None)
        if table == "registry_stay":  # derived anew, under new ids
            assert counted(after[table]) == counted(rows)
            continue
        assert after[table] == rows, table
    assert keys() == names
    for pk, row in facts[0].items():
        assert facts[1][pk] == row, "a line says what it said, and is whose it was"
    with everywhere():
        assert {line.kind for line in person_facts(twins.gone)} == {"residence", "member", "disability"}
        assert {line.kind for line in person_facts(twins.kept)} == {"residence", "member"}
        assert Account.objects.get(pk=account.pk).person_id == twins.gone.pk


def test_two_phones_of_one_person_leave_one_linked_until_the_merge_is_undone(twins: Twins) -> None:
    first = resident("+8619900000008", "王阿婆", person_id=twins.kept.pk)
    second = resident("+8619900000009", "王阿婆", person_id=twins.gone.pk)

    merge = merged(twins)

    assert Account.objects.get(pk=first.pk).person_id == twins.kept.pk
    assert Account.objects.get(pk=second.pk).person_id is None
    undone(merge)
    assert Account.objects.get(pk=first.pk).person_id == twins.kept.pk
    assert Account.objects.get(pk=second.pk).person_id == twins.gone.pk


def test_what_was_built_on_a_merge_stands_against_undoing_it(twins: Twins) -> None:
    merge = merged(twins)
    with acting(staff(PAIFANG_CLERK)) as by:
        line = next(iter(person_facts(twins.kept, "disability")))
        actions.correct_fact(by=by, at=now(), fact=line, reason="等级改了", changes={"valid_from": date(2021, 1, 1)})
        actions.record_away(by=by, at=now(), person=fresh_in(twins.kept), since=date(2026, 3, 1))

    with pytest.raises(Conflict, match="残疾"):
        undone(merge)

    desk = Client()
    sign_in(desk, staff(PAIFANG_CLERK))
    page = desk.get(f"/desk/merges/{merge.pk}").text
    assert "现在不能撤销" in page
    assert "残疾" in page


def test_what_was_recorded_since_stays_with_the_kept_file(twins: Twins) -> None:
    merge = merged(twins)
    with acting(staff(PAIFANG_CLERK)) as by:
        actions.record_away(by=by, at=now(), person=fresh_in(twins.kept), since=date(2026, 3, 1))
    desk = Client()
    sign_in(desk, staff(PAIFANG_CLERK))
    assert "会留在保留的档案里" in desk.get(f"/desk/merges/{merge.pk}").text

    undone(merge)

    assert fresh(twins.kept).away_since == date(2026, 3, 1)
    assert fresh(twins.gone).away_since is None


def test_a_corrected_name_and_a_number_given_away_stand_against_it_too(twins: Twins) -> None:
    merge = merged(twins, take=["name"])
    with acting(staff(PAIFANG_CLERK)) as by:
        actions.correct_person(by=by, at=now(), person=fresh_in(twins.kept), reason="又写错了", name="王秀颖")

    with pytest.raises(Conflict, match="姓名"):
        undone(merge)


def test_a_chain_of_merges_is_undone_from_its_end(twins: Twins) -> None:
    with acting(staff(PAIFANG_CLERK)) as by:
        third = actions.register_person(by=by, at=AT, area=PAIFANG, name="王秀英", sex="2", birth_on=BIRTH)
    first = merged(twins)
    second = merged(Twins(third, twins.kept, twins.home, twins.other_home, twins.child), take=["number"])
    desk = Client()
    sign_in(desk, staff(PAIFANG_CLERK))
    assert desk.get(f"/desk/people/{twins.gone.pk}")["Location"] == f"/desk/people/{third.pk}"

    with pytest.raises(Conflict, match="先撤销后来的"):
        undone(first)

    undone(second)
    undone(first)
    assert {fresh(one).pk for one in (twins.kept, twins.gone, third)} == {twins.kept.pk, twins.gone.pk, third.pk}
    assert fresh(twins.kept).id_number == NUMBER


def test_a_file_can_be_merged_again_after_an_undo(twins: Twins) -> None:
    undone(merged(twins))

    assert merged(twins).undone_at is None
    with everywhere():
        assert not Person.objects.filter(pk=twins.gone.pk).exists()


def test_two_workers_merge_at_once_and_one_merge_counts(twins: Twins) -> None:
    together, outcomes = Barrier(2), []
    clerk = staff(PAIFANG_CLERK)

    def merge(first: Person, second: Person) -> None:
        try:
            with acting(clerk) as by:
                kept, gone = fresh_in(first), fresh_in(second)
                together.wait(10)
                actions.merge_persons(by=by, at=now(), kept=kept, gone=gone, reason="是同一个人")
            outcomes.append("done")
        except Conflict:
            outcomes.append("late")
        finally:
            connection.close()

    threads = [Thread(target=merge, args=pair) for pair in ((twins.kept, twins.gone), (twins.gone, twins.kept))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(outcomes) == ["done", "late"]
    with everywhere():
        assert PersonMerge.objects.count() == 1
        assert Person.objects.filter(pk__in=[twins.kept.pk, twins.gone.pk]).count() == 1


def test_who_may_write_in_one_place_only_does_not_merge_across(twins: Twins) -> None:
    with acting(staff(TIANRAN_CLERK)) as by:
        away = actions.register_person(by=by, at=AT, area=TIANRAN, name="王秀英", sex="2", birth_on=BIRTH)
    with acting(staff(PAIFANG_CLERK)) as by, pytest.raises(Forbidden):
        actions.merge_persons(by=by, at=now(), kept=twins.kept, gone=away, reason="是同一个人")

    with acting(staff(CENTRE)) as by:
        actions.merge_persons(by=by, at=now(), kept=twins.kept, gone=away, reason="是同一个人")

    assert fresh(twins.kept).area == PAIFANG
    with everywhere():
        assert set(Fact.objects.filter(subject=twins.kept.pk).values_list("area", flat=True)) == {PAIFANG}


def test_a_merge_needs_a_reason_two_files_and_no_open_request(twins: Twins) -> None:
    with acting(staff(PAIFANG_CLERK)) as by:
        with pytest.raises(Refusal, match="为什么"):
            actions.merge_persons(by=by, at=now(), kept=twins.kept, gone=twins.gone, reason="")
        with pytest.raises(Refusal):
            actions.merge_persons(by=by, at=now(), kept=twins.kept, gone=twins.kept, reason="同一份")
    with acting(resident("+8619900000009", "王阿婆", person_id=twins.gone.pk)) as by:
        actions.ask_correction(by=by, at=now(), person=twins.gone, item="other", before="", words="少了孙女")

    with pytest.raises(Conflict, match="更正申请"):
        merged(twins)


def test_the_journal_says_who_merged_and_why(twins: Twins) -> None:
    undone(merged(twins))

    with everywhere():
        lines = JournalLine.objects.filter(verb__in=["registry.merge_persons", "registry.undo_merge"]).order_by("id")
        told = [(line.actor, line.changes["reason"]) for line in lines]
    assert told == [
        ("牌坊社区·综合窗口工作人员·陶晓燕", "看过身份证，是同一个人"),
        ("牌坊社区·综合窗口工作人员·陶晓燕", "是她的姐姐"),
    ]


@pytest.fixture(autouse=True)
def nothing_is_lost() -> Iterator[None]:
    """Hold after every test: no row of the registry names a person who is not there."""
    yield
    with everywhere():
        here = set(Person.objects.values_list("pk", flat=True))
        for model in (Fact, Phone, NameKey):
            assert set(model._default_manager.values_list("subject", flat=True)) <= here
        homes = Household.objects.exclude(head=None)
        assert set(homes.values_list("head", flat=True)) <= here
        for home in Household.objects.annotate(n=models.Count("members")):
            assert home.size == home.n or home.kind != "living"
