"""A matter from the phone to a five-level rating, and what may go another way at each step."""

from datetime import date
from uuid import uuid4

import pytest
from django.db import connection

from liren.base.clock import day_of
from liren.base.errors import Conflict, Forbidden, NotFound, Refusal
from liren.engines.cases import actions, queries
from liren.engines.cases.enums import Channel, MaterialState, State, TaskKind, TaskState, Verb
from liren.engines.cases.flows import CASE
from liren.engines.cases.models import Case, Delegation, Material, Pause, Rating, Task
from liren.engines.cases.permissions import CAPABILITY_OF
from liren.engines.cases.rules.routing import Desk
from liren.engines.cases.tests.world import (
    ASSISTANCE,
    CENTRE,
    GRANTED,
    HEAD,
    MOMENTS,
    WORKS,
    applied,
    at_desk,
    by_applicant,
    known_person,
    row,
)
from liren.foundation.access.models import Account, JournalLine
from liren.foundation.commons.queries import number_of
from liren.testing.cast import (
    CIVIL_AFFAIRS,
    JIANGNING,
    NOON,
    PAIFANG,
    PAIFANG_CLERK,
    TIANRAN_CLERK,
    acting,
    everywhere,
    staff,
)

pytestmark = pytest.mark.django_db


def accepted(villager: Account, **values: object) -> Case:
    return at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager, **values))  # type: ignore[arg-type]


def decided(villager: Account) -> Case:
    return at_desk(CIVIL_AFFAIRS, actions.decide, accepted(villager), answers=GRANTED)


def finished(villager: Account) -> Case:
    return at_desk(CIVIL_AFFAIRS, actions.finish, decided(villager))


def test_every_verb_of_the_flow_is_an_action_under_its_capability() -> None:
    assert set(actions.BY_VERB) == {move.verb for move in CASE.moves}
    for verb, act in actions.BY_VERB.items():
        assert act.act.capability == CAPABILITY_OF[verb], verb  # type: ignore[attr-defined]


def test_an_application_has_a_number_of_its_community_and_lies_on_the_acceptance_desk(villager: Account) -> None:
    case = applied(villager)

    assert case.state == State.SUBMITTED
    assert number_of(case.number).area == PAIFANG
    with everywhere():
        task = Task.objects.get(case=case)
        materials = {each.code: each for each in Material.objects.filter(case=case)}
    assert (task.kind, task.post, task.seat_area, task.state) == (
        TaskKind.ACCEPT,
        "window_clerk",
        PAIFANG,
        TaskState.OPEN,
    )
    assert task.due_on == date(2026, 9, 10)
    assert materials["medical-proof"].state == MaterialState.MISSING
    assert not materials["schooling-proof"].required


def test_the_story_of_one_villager(villager: Account) -> None:
    case = accepted(villager)
    assert (case.state, case.due_on, case.accepted_on) == (State.ACCEPTED, date(2026, 9, 17), date(2026, 9, 3))

    asked = at_desk(
        CIVIL_AFFAIRS, actions.ask_applicant, case, at=MOMENTS[5], question="请补一张出院小结。", materials=["出院小结"]
    )
    assert asked.state == State.ASKED
    with everywhere():
        paper = Material.objects.get(case=case, asked=True)

    supplied = by_applicant(villager, actions.supply, case, at=MOMENTS[8], answer="已经开好了", on_paper=[paper.code])
    assert (supplied.state, supplied.due_on) == (State.IN_HAND, date(2026, 9, 21))  # the 20th, a Sunday, is worked

    given = at_desk(CIVIL_AFFAIRS, actions.decide, case, at=MOMENTS[9], answers=GRANTED)
    assert (given.outcome, given.result) == ("approved", GRANTED)

    at_desk(CIVIL_AFFAIRS, actions.finish, case, at=MOMENTS[9])
    rated = by_applicant(villager, actions.rate_case, case, at=MOMENTS[10], level=2, comment="等得太久")
    assert rated.state == State.RATED
    with everywhere():
        owed = Task.objects.get(case=case, kind=TaskKind.ANSWER_RATING)
    assert (owed.state, owed.post) == (TaskState.OPEN, "civil_affairs_officer")

    again = at_desk(CENTRE, actions.reopen, case, at=MOMENTS[11], reason="补发漏算的药费。")
    assert (again.state, again.reopened, again.due_on) == (State.IN_HAND, 1, date(2026, 9, 28))
    at_desk(CIVIL_AFFAIRS, actions.decide, case, at=MOMENTS[12], answers=GRANTED | {"amount_fen": 600_000})
    at_desk(CIVIL_AFFAIRS, actions.finish, case, at=MOMENTS[12])
    by_applicant(villager, actions.rate_case, case, at=MOMENTS[13], level=4)

    final = row(case)
    assert (final.state, final.rating) == (State.RATED, 4)
    with everywhere():
        rounds = list(Rating.objects.filter(case=case).order_by("round").values_list("level", "answer"))
        assert not Task.objects.filter(case=case, state__in=["open", "waiting"]).exists()
        verbs = list(JournalLine.objects.filter(object_id=case.pk).order_by("id").values_list("verb", flat=True))
    assert rounds == [(2, "补发漏算的药费。"), (4, "")]
    assert verbs[:4] == ["cases.submit_case", "cases.accept_case", "cases.ask_applicant", "cases.supply"]


def test_an_application_is_returned_once_and_with_everything(villager: Account) -> None:
    case = applied(villager)

    with pytest.raises(Refusal, match="一次列全"):
        at_desk(PAIFANG_CLERK, actions.return_case, case, missing=[" "])
    returned = at_desk(PAIFANG_CLERK, actions.return_case, case, missing=["诊断证明", "收款账号不清楚"])
    again = by_applicant(villager, actions.resubmit, case, answers=ASSISTANCE | {"bank_name": "农业银行"})

    assert (returned.state, returned.answer_due_on) == (State.RETURNED, date(2026, 9, 17))
    assert again.state == State.SUBMITTED
    with pytest.raises(Conflict, match="已经一次性告知过"):
        at_desk(PAIFANG_CLERK, actions.return_case, case, missing=["别的"])
    assert at_desk(PAIFANG_CLERK, actions.accept_case, case).state == State.ACCEPTED


def test_a_refusal_names_a_ground_and_a_reason(villager: Account) -> None:
    case = applied(villager)

    with pytest.raises(Refusal, match="理由里选"):
        at_desk(PAIFANG_CLERK, actions.refuse_case, case, ground="weather", reason="不行")
    refused = at_desk(PAIFANG_CLERK, actions.refuse_case, case, ground="elsewhere", reason="请到居住地的社区申请。")

    assert refused.state == State.REFUSED
    assert row(case).reason == "不归本地受理，应向居住地申请：请到居住地的社区申请。"


def test_the_clock_stands_from_the_question_to_the_answer(villager: Account) -> None:
    case = accepted(villager)
    at_desk(CIVIL_AFFAIRS, actions.ask_applicant, case, at=MOMENTS[1], question="请说明收入。")

    with everywhere():
        pause = Pause.objects.get(case=case)
        work = Task.objects.get(case=case, kind=TaskKind.DECIDE)
    assert (pause.starts_on, pause.ends_on, work.state) == (date(2026, 9, 4), None, TaskState.WAITING)
    with pytest.raises(Refusal, match="写几句话"):
        by_applicant(villager, actions.supply, case, at=MOMENTS[5])
    with pytest.raises(Conflict):
        at_desk(CIVIL_AFFAIRS, actions.decide, case, at=MOMENTS[5], answers=GRANTED)
    supplied = by_applicant(villager, actions.supply, case, at=MOMENTS[7], answer="每月一千八。")

    assert supplied.due_on == date(2026, 9, 22)  # 4, 7, 8 and 9 September stood
    with everywhere():
        assert Pause.objects.get(case=case).ends_on == date(2026, 9, 10)


def test_a_promise_is_extended_once_with_a_ground(villager: Account) -> None:
    case = accepted(villager)

    with pytest.raises(Refusal, match="最多延长 5 个"):
        at_desk(CIVIL_AFFAIRS, actions.extend, case, ground="home-visit", days=6)
    longer = at_desk(CIVIL_AFFAIRS, actions.extend, case, ground="home-visit", days=5)

    assert longer.due_on == date(2026, 9, 23)
    with everywhere():
        assert Task.objects.get(case=case, state=TaskState.OPEN).due_on == date(2026, 9, 23)
    with pytest.raises(Conflict, match="已经延长过"):
        at_desk(CIVIL_AFFAIRS, actions.extend, case, ground="home-visit", days=1)


def test_who_asks_another_desk_keeps_the_case_and_gets_an_answer(villager: Account) -> None:
    case = accepted(villager)
    down = Desk("window_clerk", 5, PAIFANG)

    at_desk(CIVIL_AFFAIRS, actions.hand_over, case, to=down, question="请入户看一看。", answer_owed=True)
    with everywhere():
        owed = Task.objects.get(case=case, kind=TaskKind.ANSWER_HANDOVER)
    assert (owed.due_on, owed.post, owed.question) == (date(2026, 9, 8), "window_clerk", "请入户看一看。")
    with pytest.raises(Forbidden):
        at_desk(HEAD, actions.answer_hand_over, case, answer="看过了")
    at_desk(PAIFANG_CLERK, actions.answer_hand_over, case, answer="情况属实。")

    with everywhere():
        assert Task.objects.get(pk=owed.pk).answer == "情况属实。"
    assert at_desk(CIVIL_AFFAIRS, actions.decide, case, answers=GRANTED).state == State.DECIDED


def test_a_case_handed_over_for_good_lies_on_the_other_desk(villager: Account) -> None:
    case = accepted(villager)
    sideways = Desk("service_center_head", 4, JIANGNING)
    staff(CENTRE)

    with pytest.raises(Refusal, match="不归那个岗位"):
        at_desk(CIVIL_AFFAIRS, actions.hand_over, case, to=Desk("window_clerk", 5, PAIFANG + 1000), question="请办")
    handed = at_desk(CIVIL_AFFAIRS, actions.hand_over, case, to=sideways, question="请你们办理。")

    assert (handed.holder_post, handed.due_on) == ("service_center_head", date(2026, 9, 17))
    with pytest.raises(Forbidden):
        at_desk(CIVIL_AFFAIRS, actions.decide, case, answers=GRANTED)


def test_a_matter_without_a_decision_step_ends_with_its_last_step(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager, matter="public-repair"))

    begun = at_desk(WORKS, actions.begin, case)
    done = at_desk(WORKS, actions.decide, case, answers={"repaired": False, "explanation": "灯杆归供电公司，已转告。"})

    assert begun.state == State.IN_HAND
    assert done.outcome == "rejected"
    assert at_desk(WORKS, actions.finish, case).state == State.FINISHED


def test_a_decision_must_fit_its_form(villager: Account) -> None:
    case = accepted(villager)

    with pytest.raises(Refusal) as refused:
        at_desk(CIVIL_AFFAIRS, actions.decide, case, answers={"granted": True, "reason": "同意"})

    assert refused.value.errors == {"amount_fen": "请填写“救助金额”。"}


def test_a_bad_rating_must_be_answered_and_a_good_one_not(villager: Account) -> None:
    case = finished(villager)
    by_applicant(villager, actions.rate_case, case, level=1, comment="没有说清楚")

    with pytest.raises(Refusal, match="查到了什么"):
        at_desk(CIVIL_AFFAIRS, actions.answer_rating, case, answer=" ")
    at_desk(CIVIL_AFFAIRS, actions.answer_rating, case, answer="我们当面道了歉，并说明了算法。")

    with everywhere():
        assert Rating.objects.get(case=case).answered_by.startswith("江宁街道 民政办")
        assert Task.objects.get(case=case, kind=TaskKind.ANSWER_RATING).state == TaskState.DONE
    good = finished(villager)
    by_applicant(villager, actions.rate_case, good, level=5)
    with everywhere():
        assert not Task.objects.filter(case=good, kind=TaskKind.ANSWER_RATING).exists()
    with pytest.raises(Conflict, match="只有差评"):
        at_desk(HEAD, actions.reopen, good, reason="再办")


def test_a_case_is_reopened_once(villager: Account) -> None:
    case = finished(villager)
    by_applicant(villager, actions.rate_case, case, level=2)
    at_desk(HEAD, actions.reopen, case, reason="重新核算")
    at_desk(CIVIL_AFFAIRS, actions.decide, case, answers=GRANTED)
    at_desk(CIVIL_AFFAIRS, actions.finish, case)
    by_applicant(villager, actions.rate_case, case, level=1)

    with pytest.raises(Conflict, match="只有一次"):
        at_desk(HEAD, actions.reopen, case, reason="再来")


def test_a_draft_is_kept_step_by_step_and_checked_at_the_end(villager: Account) -> None:
    with acting(villager) as by:
        one = queries.matter("temporary-assistance", PAIFANG, on=day_of(NOON))
        draft = actions.save_draft(
            by=by,
            at=NOON,
            case=queries.blank_case(by, one, PAIFANG, at=NOON),
            answers={"applicant_name": "王秀英"},
            step="you",
        )
    by_applicant(villager, actions.save_draft, draft, answers={**ASSISTANCE, "promise": None}, step="papers")

    with pytest.raises(Refusal) as refused:
        by_applicant(villager, actions.submit_case, draft)
    submitted = by_applicant(villager, actions.submit_case, draft, answers=ASSISTANCE)

    assert "promise" in refused.value.errors
    assert submitted.state == State.SUBMITTED
    with pytest.raises(Conflict):
        by_applicant(villager, actions.save_draft, draft, answers={}, step="you")


def test_what_needs_an_identity_is_not_taken_from_somebody_unknown(other_villager: Account) -> None:
    with pytest.raises(Refusal, match="核实身份"):
        applied(other_villager)
    assert applied(other_villager, matter="public-repair").state == State.SUBMITTED


def test_a_window_takes_in_for_somebody_else_with_a_proof(paifang_clerk: Account) -> None:
    person = known_person()

    def take(**values: object) -> Case:
        with acting(paifang_clerk) as by:
            one = queries.matter("temporary-assistance", PAIFANG, on=day_of(NOON))
            case = queries.blank_case(by, one, PAIFANG, at=NOON, person_id=person)
            return actions.take_in_case(by=by, at=NOON, case=case, answers=ASSISTANCE, **values)  # type: ignore[arg-type]

    with pytest.raises(Refusal, match="凭据"):
        take(help_given=actions.HelpGiven("王秀英", " "))
    case = take(
        help_given=actions.HelpGiven("王秀英", "本人签字的委托书", "邻居"), on_paper=["medical-proof"], accept=True
    )

    assert (case.state, case.channel, case.subject) == (State.ACCEPTED, Channel.ON_BEHALF, person)
    with everywhere():
        given = Delegation.objects.get(case=case)
        assert Material.objects.get(case=case, code="medical-proof").state == MaterialState.ON_PAPER
    assert (given.helper_name, given.for_name, given.what) == ("牌坊社区 综合窗口工作人员 陶晓燕", "王秀英", "临时救助")


def test_the_same_request_twice_makes_one_case(villager: Account) -> None:
    key = uuid4()

    first = applied(villager, once=key)
    second = applied(villager, once=key)

    assert first.pk == second.pk
    with everywhere():
        assert Case.objects.filter(subject=villager.person_id or 0).count() == 1


def test_an_applicant_may_take_a_case_back_until_it_is_decided(villager: Account) -> None:
    open_case, closed = accepted(villager), decided(villager)

    assert by_applicant(villager, actions.withdraw, open_case).state == State.WITHDRAWN
    with everywhere():
        assert not Task.objects.filter(case=open_case, state="open").exists()
    with pytest.raises(Conflict, match="已有决定"):
        by_applicant(villager, actions.withdraw, closed)


def test_an_older_page_does_not_overwrite_a_newer_one(villager: Account) -> None:
    case = applied(villager)
    with acting(villager) as by:
        stale = queries.case_for(by, case.pk)
    at_desk(PAIFANG_CLERK, actions.accept_case, case)

    with acting(villager) as by, pytest.raises(Conflict, match="刚刚被别人改动"):
        actions.withdraw(by=by, at=NOON, case=stale)


def test_the_wrong_post_and_the_neighbouring_community_are_kept_out(villager: Account) -> None:
    case = applied(villager)

    with pytest.raises(Forbidden):
        at_desk(CIVIL_AFFAIRS, actions.accept_case, case)
    with pytest.raises(Forbidden):
        at_desk(WORKS, actions.accept_case, case)
    with pytest.raises(NotFound):
        at_desk(TIANRAN_CLERK, actions.accept_case, case)


def test_every_state_is_reached_by_actions(villager: Account) -> None:
    seen = {applied(villager).state, decided(villager).state, finished(villager).state, accepted(villager).state}
    with acting(villager) as by:
        one = queries.matter("public-repair", PAIFANG, on=day_of(NOON))
        draft = actions.save_draft(by=by, at=NOON, case=queries.blank_case(by, one, PAIFANG, at=NOON), answers={})
    seen |= {draft.state, by_applicant(villager, actions.withdraw, draft).state}
    seen.add(at_desk(PAIFANG_CLERK, actions.return_case, applied(villager), missing=["证明"]).state)
    seen.add(
        at_desk(PAIFANG_CLERK, actions.refuse_case, applied(villager), ground="elsewhere", reason="请到居住地").state
    )
    seen.add(at_desk(CIVIL_AFFAIRS, actions.begin, accepted(villager)).state)
    seen.add(at_desk(CIVIL_AFFAIRS, actions.ask_applicant, accepted(villager), question="请说明").state)
    seen.add(by_applicant(villager, actions.rate_case, finished(villager), level=3).state)

    assert seen == set(State.values)


def test_what_may_be_done_next_follows_flow_post_and_desk(villager: Account) -> None:
    case = accepted(villager)

    def verbs(role: object) -> set[str]:
        with acting(role) as by:  # type: ignore[arg-type]
            return {move.verb for move in queries.next_moves(by, queries.case_for(by, case.pk), on=day_of(NOON))}

    assert verbs(staff(CIVIL_AFFAIRS)) >= {Verb.BEGIN, Verb.ASK, Verb.HAND_OVER, Verb.EXTEND, Verb.DECIDE}
    assert Verb.DECIDE not in verbs(staff(PAIFANG_CLERK))
    assert verbs(villager) == {Verb.WITHDRAW}


def test_answers_are_sealed_in_the_database(villager: Account) -> None:
    case = applied(villager)

    with everywhere(), connection.cursor() as cursor:
        cursor.execute("SELECT answers, phone FROM cases_case WHERE id = %s", [case.pk])
        answers, phone = cursor.fetchone()
        line = JournalLine.objects.get(object_id=case.pk)
    assert "老伴".encode() not in bytes(answers)
    assert b"15490000001" not in bytes(phone)
    assert "老伴" not in str(line.changes)
    assert "15490000001" not in str(line.changes)
