"""The journal: what is written cannot be changed, and when somebody stronger changes it, it is found."""

import time
from io import BytesIO, StringIO
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection, connections
from django.db.utils import ProgrammingError
from django.test import Client
from python_calamine import CalamineWorkbook

from liren.base import clock
from liren.base.action import ACTS
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access import actions, queries
from liren.foundation.access.models import Account, JournalLine, JournalSeal
from liren.foundation.access.queries import Proof, phrase, prove_journal
from liren.foundation.access.rules import Viewer
from liren.testing import cast

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def written(count: int, area: int = cast.PAIFANG) -> list[int]:
    with cast.everywhere() as viewer:
        for number in range(count):
            actions.note("access.signed_in", viewer, at=cast.NOON, area=area, number=number)
        return list(JournalLine.objects.order_by("id").values_list("pk", flat=True))


def seal_once() -> int:
    with applied(Scope.everything()):
        return actions.seal_journal(at=clock.now())


def seal(expected: int) -> int:
    """Seal until so many lines are sealed: a seal waits for every transaction of the server, also those of tests beside us."""
    sealed, patience = 0, time.monotonic() + 30
    while sealed < expected and time.monotonic() < patience:
        sealed += seal_once()
    return sealed


def proof(**how: Any) -> Proof:
    with applied(Scope.everything()):
        return prove_journal(**how)


def tamper(statement: str, *values: int) -> None:
    with applied(Scope.everything(), using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        assert cursor.rowcount == 1


@pytest.fixture
def sealed() -> list[int]:
    lines = written(5)
    assert seal(5) == 5
    return lines


def test_an_untouched_journal_is_whole(sealed: list[int]) -> None:
    written(2)

    found = proof()

    assert found.findings == []
    assert (found.lines, found.seals, found.unsealed) == (5, 1, 2)


def test_sealing_goes_on_where_it_stopped(sealed: list[int]) -> None:
    assert seal_once() == 0
    written(3)
    assert seal(3) == 3

    assert [one.count for one in JournalSeal.objects.order_by("number")] == [5, 3]
    assert proof().findings == []


def test_a_transaction_that_is_still_open_is_left_for_the_next_seal() -> None:
    with applied(Scope.everything(), using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
        written(2)
        assert seal_once() == 0

    assert seal(2) == 2


def test_a_changed_line_is_named(sealed: list[int]) -> None:
    tamper("UPDATE access_journalline SET actor = '别人' WHERE id = %s", sealed[2])

    [finding] = proof().findings

    assert (finding.fault, finding.number, finding.verb) == ("changed", sealed[2], "access.signed_in")


@pytest.mark.parametrize(
    "change",
    [
        "changes = '{\"number\": 9}'",
        "at = at + interval '1 microsecond'",
        "address = 'x'",
        "subject = 5",
        "once = gen_random_uuid()",
    ],
)
def test_every_column_counts(sealed: list[int], change: str) -> None:
    tamper(f"UPDATE access_journalline SET {change} WHERE id = %s", sealed[0])

    assert [one.fault for one in proof().findings] == ["changed"]


def test_a_removed_line_is_named(sealed: list[int]) -> None:
    for position in (0, 4):
        tamper("DELETE FROM access_journalline WHERE id = %s", sealed[position])

    assert [(one.fault, one.number) for one in proof().findings] == [("removed", sealed[0]), ("removed", sealed[4])]


def test_an_inserted_line_is_named(sealed: list[int]) -> None:
    columns = "area, county, at, subject, account_id, actor, verb, kind, object_id, changes, address, xid, cluster"
    tamper(
        f"INSERT INTO access_journalline (id, {columns}) SELECT id + (1::bigint << 40), {columns} FROM access_journalline WHERE id = %s",
        sealed[1],
    )

    [finding] = proof().findings

    assert (finding.fault, finding.number) == ("inserted", sealed[1] + (1 << 40))


def test_a_line_moved_before_every_seal_is_missed_in_its_place_and_found(sealed: list[int]) -> None:
    tamper("UPDATE access_journalline SET xid = -5 WHERE id = %s", sealed[1])

    assert [one.fault for one in proof().findings] == ["changed"]


def test_a_changed_seal_is_named_and_so_is_a_missing_one(sealed: list[int]) -> None:
    written(1)
    assert seal(1) == 1
    tamper("UPDATE access_journalseal SET count = 4 WHERE number = 1")
    assert ("seal changed", 1) in [(one.fault, one.number) for one in proof().findings]

    tamper("DELETE FROM access_journalseal WHERE number = 1")

    assert ("seal missing", 1) in [(one.fault, one.number) for one in proof().findings]


def test_a_seal_made_to_fit_a_changed_line_breaks_the_chain(sealed: list[int]) -> None:
    written(1)
    assert seal(1) == 1
    tamper(
        "UPDATE access_journalseal SET entries = substr(entries, 1, 39) || '\\x00' || substr(entries, 41) WHERE number = 1"
    )

    assert "seal changed" in [one.fault for one in proof().findings]


def test_a_journal_cut_off_at_its_end_is_found_with_the_head_that_was_noted(sealed: list[int]) -> None:
    written(1)
    assert seal(1) == 1
    head = proof().head
    number, _, digest = head.partition(":")
    tamper("DELETE FROM access_journalseal WHERE number = 2")
    with applied(Scope.everything()):
        newest = JournalLine.objects.order_by("-id").values_list("pk", flat=True)[0]
    tamper("DELETE FROM access_journalline WHERE id = %s", newest)

    assert proof().findings == []
    assert [one.fault for one in proof(noted=[(int(number), digest)]).findings] == ["seal missing"]


def test_lines_of_a_restored_dump_keep_their_order_beside_the_new_servers(sealed: list[int]) -> None:
    with applied(Scope.everything(), using="owner"), connections["owner"].cursor() as cursor:
        columns = "area, county, at, subject, account_id, actor, verb, kind, object_id, changes, address"
        cursor.execute(
            f"INSERT INTO access_journalline (id, {columns}, xid, cluster)"
            f" SELECT id + (1::bigint << 40), {columns}, xid + 4000000000, 77 FROM access_journalline"
        )

    assert seal(5) == 5
    written(1)
    assert seal(1) == 1

    assert proof().findings == []
    assert {one.cluster for one in JournalSeal.objects.all()} == {77, JournalSeal.objects.get(number=1).cluster}


@pytest.mark.parametrize("table", ["access_journalline", "access_journalseal"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET at = now()", "DELETE FROM {}"])
def test_the_serving_role_cannot_change_what_is_written(sealed: list[int], table: str, statement: str) -> None:
    with pytest.raises(ProgrammingError), applied(Scope.everything()), connection.cursor() as cursor:
        cursor.execute(statement.format(table))


def test_the_command_says_what_it_found_and_fails(sealed: list[int]) -> None:
    said = StringIO()
    call_command("journal_verify", stdout=said)
    assert "whole" in said.getvalue()
    tamper("DELETE FROM access_journalline WHERE id = %s", sealed[3])

    with pytest.raises(SystemExit) as ended:
        call_command("journal_verify", stdout=said)

    assert ended.value.code == 1
    assert f"removed: line {sealed[3]}" in said.getvalue()


@pytest.fixture
def at_the_desk(client: Client, auditor: Account) -> Client:
    cast.sign_in(client, auditor)
    return client


def test_the_auditor_reads_the_own_area_and_nothing_else(at_the_desk: Client) -> None:
    written(2)
    written(1, area=320113_001_001_000)

    page = at_the_desk.get("/desk/journal").content.decode()

    assert page.count("<td>登录</td>") == 2


def test_the_auditor_sees_failed_tries_that_belong_to_no_place(at_the_desk: Client) -> None:
    Client().post("/desk/sign-in", {"username": "nobody", "password": "x"})

    page = at_the_desk.get("/desk/journal?installation=on").content.decode()

    assert "<td>登录失败</td>" in page


def test_the_list_goes_on_by_key_and_filters(at_the_desk: Client) -> None:
    written(60)
    assert seal(60) >= 60

    first = at_the_desk.get("/desk/journal?verb=access.signed_in")
    older = first.context["older"]
    second = at_the_desk.get(f"/desk/journal{older}")

    shown = [line.pk for page in (first, second) for line, _phrase, _said in page.context["rows"]]
    assert len(shown) == len(set(shown)) == 60
    assert first.context["seal"].number == 1
    assert at_the_desk.get("/desk/journal?since=2030-01-01").context["rows"] == []
    assert at_the_desk.get("/desk/journal?actor=paifang").context["rows"] == []
    assert at_the_desk.get("/desk/journal?since=gestern").status_code == 422


def test_what_is_said_in_the_same_words_is_one_choice_and_found_together(at_the_desk: Client) -> None:
    with cast.everywhere() as viewer:
        for verb in ("commons.mark_read", "commons.mark_all_read"):  # both are reading one's messages
            actions.note(verb, viewer, at=cast.NOON, area=cast.PAIFANG)

    page = at_the_desk.get("/desk/journal?verb=commons.mark_read")

    words = [label for _value, label in page.context["form"].fields["verb"].choices]
    assert len(words) == len(set(words))
    assert {line.verb for line, _phrase, _said in page.context["rows"]} == {
        "commons.mark_read",
        "commons.mark_all_read",
    }


def test_taking_lines_out_is_itself_written_down(at_the_desk: Client) -> None:
    written(3)

    address = "/desk/journal/export?verb=access.signed_in"
    asking = at_the_desk.get(address)
    silent = at_the_desk.post(address, {"purpose": "other"})
    answer = at_the_desk.post(address, {"purpose": "asked", "words": "区审计局"})

    assert "用途" in asking.text
    assert silent.status_code == 422
    sheet = CalamineWorkbook.from_filelike(BytesIO(answer.content)).get_sheet_by_index(0).to_python()
    assert len(sheet) == 4
    with applied(Scope.everything()):
        line = JournalLine.objects.get(verb="access.export_journal")
    assert line.changes["count"] == 3
    assert (line.changes["purpose"], line.changes["reason"]) == ("asked", "区审计局")


def test_a_time_line_is_what_the_viewer_may_see(paifang_clerk: Account, tianran_clerk: Account) -> None:
    with cast.everywhere() as viewer:
        actions.note("access.signed_in", viewer, at=cast.NOON, area=cast.PAIFANG, about=paifang_clerk)

    with cast.acting(paifang_clerk) as viewer:
        assert len(queries.timeline(viewer, paifang_clerk.pk)) == 1
    with cast.acting(tianran_clerk) as viewer:
        assert queries.timeline(viewer, paifang_clerk.pk) == []


def test_every_verb_has_words() -> None:
    assert [verb for verb in ACTS if phrase(verb) == verb] == []
    assert Viewer.system("x").may("access.read_journal")
