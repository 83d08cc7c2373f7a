"""What follows by itself: messages at every step, warnings and reports of what is late, deadlines computed anew."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from liren.base import texting
from liren.base.clock import day_of
from liren.base.errors import Conflict
from liren.base.jobs import blueprint
from liren.engines.cases import actions, queries
from liren.engines.cases.enums import MaterialState, State, TaskKind, TaskState, Verb
from liren.engines.cases.models import Case, Material, Task
from liren.engines.cases.queries import TOLD
from liren.engines.cases.tests.world import (
    ASSISTANCE,
    CENTRE,
    GRANTED,
    HEAD,
    MOMENTS,
    REPAIR,
    applied,
    at_desk,
    by_applicant,
    known_person,
    row,
)
from liren.foundation.access.actions.signing import Tray
from liren.foundation.access.events import AccountLinked
from liren.foundation.access.models import Account, TrayMessage
from liren.foundation.commons.models import Message
from liren.registry.models import Person
from liren.testing.cast import CIVIL_AFFAIRS, NOON, PAIFANG, PAIFANG_CLERK, acting, everywhere, staff
from liren.testing.jobs import forget_jobs, run_jobs

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _no_jobs_before(db: None) -> None:
    forget_jobs()


def messages(subject: int) -> list[Message]:
    with everywhere():
        return list(Message.objects.filter(subject=subject).order_by("id"))


@pytest.fixture
def tray() -> Iterator[None]:
    """Put the demo's gateway in place, then take it away."""
    texting.plug(Tray())
    yield
    texting.unplug()


@pytest.mark.usefixtures("tray")
def test_what_cannot_wait_is_texted_once_with_a_link_and_nothing_that_was_said(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    at_desk(CIVIL_AFFAIRS, actions.ask_applicant, case, at=MOMENTS[1], question="请补出院小结。")
    by_applicant(villager, actions.supply, case, at=MOMENTS[4], answer="已补")
    at_desk(CIVIL_AFFAIRS, actions.decide, case, at=MOMENTS[5], answers=GRANTED)
    at_desk(CIVIL_AFFAIRS, actions.finish, case, at=MOMENTS[5])
    run_jobs("cases")

    asked, finished = TrayMessage.objects.order_by("id")
    number = row(case).number
    assert asked.phone == finished.phone == f"+86{ASSISTANCE['phone']}"
    assert number in asked.text
    assert "出院小结" not in asked.text
    token = finished.text.partition("/rate/")[2]
    with acting(villager) as by, queries.rated_by_link(by, token) as (found, _rater):
        assert found.pk == case.pk


def test_the_applicant_is_told_every_step_in_plain_words_once(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    run_jobs("cases")
    at_desk(CIVIL_AFFAIRS, actions.ask_applicant, case, at=MOMENTS[1], question="请补出院小结。")
    run_jobs("cases")
    by_applicant(villager, actions.supply, case, at=MOMENTS[4], answer="已补")
    run_jobs("cases")
    at_desk(CIVIL_AFFAIRS, actions.decide, case, at=MOMENTS[5], answers=GRANTED)
    run_jobs("cases")
    at_desk(CIVIL_AFFAIRS, actions.finish, case, at=MOMENTS[5])
    run_jobs("cases")

    told = messages(villager.person_id or 0)
    assert [message.title for message in told] == [
        "临时救助：已受理",
        "临时救助：请您补充",
        "临时救助：收到补充",
        "临时救助：有了决定",
        "临时救助：办好了",
    ]
    assert told[0].body == "镇（街道）民政办正在审核。最晚 9月17日（周四）给您结果。"
    assert "请补出院小结。" in told[1].body
    assert told[0].link == f"/cases/{case.pk}"


def test_every_event_has_words(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))

    with everywhere():
        stored = Case.objects.get(pk=case.pk)
        for event in TOLD:
            words = queries.told(event, stored)
            assert words is not None
            assert words.title.startswith("临时救助：")
            assert words.body


def test_who_comes_to_the_window_is_told_too(paifang_clerk: Account) -> None:
    person = known_person()
    with acting(paifang_clerk) as by:
        one = queries.matter("old-age-allowance", PAIFANG, on=day_of(NOON))
        case = queries.blank_case(by, one, PAIFANG, at=NOON, person_id=person)
        answers = {
            "applicant_name": "王秀英", "id_number": "990115193001011230", "phone": "15490000001",
            "paid_to": "bank-card", "account_number": "6222000000000000", "own_account": True,
        }  # fmt: skip
        actions.take_in_case(by=by, at=NOON, case=case, answers=answers)

    assert run_jobs("cases") == ["cases.tell_taken_in"]
    assert messages(person)[0].body.startswith("窗口收下了您的申请，编号 320115006205-")


def test_what_falls_due_is_said_once_and_what_is_late_goes_up(villager: Account) -> None:
    heads = staff(HEAD), staff(CENTRE)
    officer = staff(CIVIL_AFFAIRS)
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    run_jobs("cases")

    def watch(days: int) -> list[str]:
        with everywhere() as system:
            actions.escalate_tasks(by=system, at=NOON + timedelta(days=days), area=0)
        return run_jobs("cases")

    assert watch(12) == []
    assert watch(13) == ["cases.tell_superiors"]  # Wednesday the 16th, due on Thursday
    assert watch(13) == []
    assert [message.title for message in messages(officer.pk)] == ["即将到期：临时救助 王秀英"]
    assert "“作出决定”最晚9月17日（周四）" in messages(officer.pk)[0].body
    assert messages(heads[1].pk) == []
    assert watch(15) == ["cases.tell_superiors"]
    assert watch(16) == []
    assert [message.title for message in messages(heads[1].pk)] == ["超期：临时救助 王秀英"]
    assert messages(heads[0].pk) == []
    with everywhere():
        assert Task.objects.get(case=case, state=TaskState.OPEN).escalated_on == date(2026, 9, 18)


def test_a_provisional_deadline_becomes_final_when_the_year_is_published(villager: Account) -> None:
    late = NOON.replace(year=2026, month=12, day=28)
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager, at=late), at=late)
    assert case.due_provisional
    with everywhere():  # as if it had been computed without the holidays
        Case.objects.filter(pk=case.pk).update(due_on=date(2027, 1, 4))
        Task.objects.filter(case=case, kind=TaskKind.DECIDE).update(due_on=date(2027, 1, 4), warned_on=date(2027, 1, 3))

    with everywhere() as system:
        actions.recompute_deadlines(by=system, at=late, area=0)

    assert row(case).due_on == case.due_on
    with everywhere():
        task = Task.objects.get(case=case, kind=TaskKind.DECIDE)
    assert (task.due_on, task.warned_on) == (case.due_on, None)


def test_deadlines_are_computed_anew_in_pieces(villager: Account) -> None:
    late = NOON.replace(year=2026, month=12, day=28)
    cases = [
        at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager, REPAIR, matter="public-repair", at=late), at=late)
        for _number in range(5)
    ]
    with everywhere():
        Case.objects.update(due_on=date(2027, 1, 4))

    with everywhere() as system:
        rounds, last = 0, -1
        while last:
            last = actions.recompute_deadlines(by=system, at=late, area=0, after=max(last, 0), most=2)
            rounds += 1

    assert rounds == 3
    with everywhere():
        assert set(Case.objects.values_list("due_on", flat=True)) == {cases[0].due_on}


def test_a_linked_account_takes_its_cases_along(other_villager: Account) -> None:
    case = applied(other_villager, matter="public-repair")

    task: Any = blueprint.tasks["liren:cases.rekey_cases"]
    event = AccountLinked(area=PAIFANG, account_id=other_villager.pk, person_id=4711)
    task.func(lo=PAIFANG, hi=PAIFANG, area=event.area, account_id=event.account_id, person_id=event.person_id)

    assert row(case).subject == 4711
    other_villager.person_id, other_villager.person_area = 4711, PAIFANG
    other_villager.save()
    with acting(other_villager) as by:
        assert [line.verb for line in queries.case_sheet(by, case.pk, on=day_of(NOON)).lines] == ["cases.submit_case"]
        assert Case.objects.count() == 1, "the resident's own scope is back"


def test_a_draft_that_nobody_touches_is_thrown_away_after_its_term(villager: Account) -> None:
    with acting(villager) as by:
        one = queries.matter("temporary-assistance", PAIFANG, on=day_of(NOON))
        blank = queries.blank_case(by, one, PAIFANG, at=NOON)
        draft = actions.save_draft(by=by, at=NOON, case=blank, answers={"applicant_name": "王秀英"})
    applied(villager)

    def sweep(days: int) -> Case:
        with everywhere() as system:
            actions.throw_old_drafts_away(by=system, at=NOON + timedelta(days=days), area=0)
        return row(draft)

    assert sweep(29).answers == {"applicant_name": "王秀英"}
    assert sweep(30).state == State.WITHDRAWN
    assert row(draft).answers == {}
    assert row(draft).applicant_name == ""
    with everywhere():
        assert Case.objects.filter(state=State.SUBMITTED).count() == 1


def test_a_case_is_rated_within_the_term_and_not_after_it(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    at_desk(CIVIL_AFFAIRS, actions.decide, case, answers=GRANTED)
    at_desk(CIVIL_AFFAIRS, actions.finish, case)

    def verbs(days: int) -> set[str]:
        with acting(villager) as by:
            moves = queries.next_moves(by, queries.case_for(by, case.pk), on=day_of(MOMENTS[days]))
            return {move.verb for move in moves}

    assert verbs(30) == {Verb.RATE}
    assert verbs(31) == set()
    with pytest.raises(Conflict, match="评价的期限到 10月3日"):
        by_applicant(villager, actions.rate_case, case, at=MOMENTS[31], level=1)
    by_applicant(villager, actions.rate_case, case, at=MOMENTS[30], level=5)


def test_what_somebody_was_granted_before_need_not_be_brought_again(villager: Account) -> None:
    with everywhere():
        person = Person(
            id=villager.person_id or 0, area=PAIFANG, name="王秀英", sort_key="wangxiuying", recorded_at=NOON
        )
        person.save(force_insert=True)
    first = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))

    def paper(case: Case) -> str:
        with everywhere():
            return Material.objects.get(case=case, code="earlier-decision").state

    assert paper(first) == MaterialState.MISSING
    assert paper(applied(villager)) == MaterialState.MISSING, "nothing is decided yet"
    at_desk(CIVIL_AFFAIRS, actions.decide, first, answers=GRANTED)
    at_desk(CIVIL_AFFAIRS, actions.finish, first)
    again = applied(villager)

    assert paper(again) == MaterialState.HELD
