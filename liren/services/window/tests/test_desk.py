"""The sheet and the list of cases at the desk: who sees what, every verb through its form, what is refused beside its field."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from liren.base.clock import today
from liren.engines.cases.enums import State
from liren.engines.cases.models import Case, Rating, Task
from liren.foundation.access.models import Account
from liren.services.window.reactions import print_decision
from liren.services.window.tests.world import GRANTED, NUMBER, PHONE, applied, at_desk, by_applicant, linked, row, wang
from liren.testing.cast import (
    CIVIL_AFFAIRS,
    JIANGNING,
    NEIGHBOUR_CIVIL_AFFAIRS,
    PAIFANG_CLERK,
    SUPERVISOR,
    SYSTEM_ADMINISTRATOR,
    TIANRAN_CLERK,
    Role,
    everywhere,
    sign_in,
    staff,
)

pytestmark = pytest.mark.django_db
CENTRE = Role("zhongxin", "吴主任", "service_center_head", 4, JIANGNING, "江宁街道")
HX = {"HX-Request": "true", "HX-Current-URL": "http://testserver/desk/cases"}
Desk = Callable[[Role], Client]


@pytest.fixture
def villager(db: None) -> Account:
    return linked(wang())


@pytest.fixture
def desk() -> Desk:
    """Return a browser in which a member of the cast has signed in."""

    def opened(role: Role) -> Client:
        client = Client()
        sign_in(client, staff(role))
        return client

    return opened


def act(client: Client, case: Case, verb: str, **typed: Any) -> Any:
    """Post the form of a verb as the page would."""
    return client.post(
        f"/desk/cases/{case.pk}/{verb}", {"version": row(case).version, "once": str(uuid4()), **typed}, follow=True
    )


def test_the_sheet_says_what_to_do_and_masks_who_it_is_about(desk: Desk, villager: Account) -> None:
    case = applied(villager)

    page = desk(PAIFANG_CLERK).get(f"/desk/cases/{case.pk}")

    assert page.status_code == 200
    for words in ("临时救助", "等待受理", "现在要做的", "受理", "一次性告知补正", "不予受理", "王秀英", case.number):
        assert words in page.text
    assert NUMBER not in page.text
    assert PHONE not in page.text
    assert "990***********1230" in page.text
    assert "6222********0000" in page.text
    assert f"/desk/people/{case.person_id}" in page.text
    assert "还缺" in page.text


def test_a_sheet_opens_beside_the_list_without_the_frame(desk: Desk, villager: Account) -> None:
    case = applied(villager)

    part = desk(PAIFANG_CLERK).get(f"/desk/cases/{case.pk}", headers=HX | {"HX-Target": "sheet-body"})

    assert "<html" not in part.text
    assert "现在要做的" in part.text


@pytest.mark.parametrize(
    ("role", "status"),
    [(PAIFANG_CLERK, 200), (CIVIL_AFFAIRS, 200), (TIANRAN_CLERK, 404), (NEIGHBOUR_CIVIL_AFFAIRS, 404), (SYSTEM_ADMINISTRATOR, 403)],
    ids=lambda value: value.username if isinstance(value, Role) else str(value),
)  # fmt: skip
@pytest.mark.parametrize("path", ["", "/receipt", "/accept", "/resubmit"])
def test_a_case_is_open_to_its_own_desks_only(
    desk: Desk, villager: Account, role: Role, status: int, path: str
) -> None:
    case = applied(villager)
    if role is CIVIL_AFFAIRS and path == "/accept":
        status = 409  # on the community's desk
    if path == "/resubmit" and status == 200:
        status = 302  # not returned

    assert desk(role).get(f"/desk/cases/{case.pk}{path}").status_code == status


def test_nobody_and_residents_do_not_come_to_the_desk(client: Client, villager: Account) -> None:
    case = applied(villager)

    assert client.get(f"/desk/cases/{case.pk}").headers["Location"].startswith("/desk/sign-in")
    sign_in(client, villager)
    assert client.get(f"/desk/cases/{case.pk}").status_code == 403


def test_accepting_says_first_what_follows_and_then_what_happened(desk: Desk, villager: Account) -> None:
    case, client = applied(villager), desk(PAIFANG_CLERK)

    asked = client.get(f"/desk/cases/{case.pk}/accept")
    page = act(client, case, "accept")

    assert "起算，最晚" in asked.text
    assert "10 个工作日" in asked.text
    assert "江宁街道 民政办工作人员" in asked.text
    assert "不能再退回补正" in asked.text
    assert "已受理，最晚" in page.text
    assert "现在由江宁街道 民政办工作人员办理" in page.text
    assert row(case).state == State.ACCEPTED


def test_the_same_form_sent_twice_accepts_once(desk: Desk, villager: Account) -> None:
    case, client = applied(villager), desk(PAIFANG_CLERK)
    form = {"version": case.version, "once": str(uuid4())}

    first = client.post(f"/desk/cases/{case.pk}/accept", form)
    second = client.post(f"/desk/cases/{case.pk}/accept", form)

    assert (first.status_code, second.status_code) == (302, 302)
    with everywhere():
        assert Task.objects.filter(case=case).count() == 2


def test_who_comes_second_is_told_and_loses_nothing_typed(desk: Desk, villager: Account) -> None:
    case, client = applied(villager), desk(PAIFANG_CLERK)
    seen = case.version
    at_desk(PAIFANG_CLERK, "accept", case)
    officer = desk(CIVIL_AFFAIRS)
    begun = act(officer, case, "begin")

    late = client.post(f"/desk/cases/{case.pk}/accept", {"version": seen, "once": str(uuid4())})
    typed = officer.post(
        f"/desk/cases/{case.pk}/ask", {"version": seen, "once": str(uuid4()), "question": "请补出院小结。"}
    )

    assert begun.status_code == 200
    assert late.status_code == 409
    assert "这件事刚刚有了变化" in late.text
    assert typed.status_code == 409
    assert "请补出院小结。" in typed.text
    assert "刚刚：" in typed.text
    assert row(case).state == State.IN_HAND


def test_an_application_is_returned_with_what_is_missing_already_listed(desk: Desk, villager: Account) -> None:
    case, client = applied(villager), desk(PAIFANG_CLERK)

    asked = client.get(f"/desk/cases/{case.pk}/return")
    empty = act(client, case, "return", missing=" ", note="快一点")
    page = act(client, case, "return", missing="诊断证明和医疗费单据\n收款卡的照片", note="")

    assert "诊断证明和医疗费单据</textarea>" in asked.text
    assert empty.status_code == 422
    assert 'id="error-missing"' in empty.text
    assert "快一点" in empty.text
    assert "等申请人补正" in page.text
    assert row(case).missing == ["诊断证明和医疗费单据", "收款卡的照片"]


def test_a_returned_application_is_put_right_at_the_window(desk: Desk, villager: Account) -> None:
    case, client = applied(villager), desk(PAIFANG_CLERK)
    act(client, case, "return", missing="开户银行写错了")
    known = {
        "address": "牌坊社区 3 组 12 号", "household_size": "2", "reason": "illness", "happened_on": "2026-08-20", "description": "老伴住院做手术。",
        "burden_fen": "32000", "monthly_income_fen": "1800", "other_help": "no", "promise": "yes",
    }  # fmt: skip

    page = client.get(f"/desk/cases/{case.pk}/resubmit")
    wrong = act(client, case, "resubmit", **known, bank_name="")
    right = act(client, case, "resubmit", **known, bank_name="农业银行", **{"paper-medical-proof": "yes"})

    assert "开户银行写错了" in page.text
    assert NUMBER not in page.text
    assert PHONE not in page.text
    assert wrong.status_code == 422
    assert "补正收下了" in right.text
    kept = row(case)
    assert (kept.state, kept.answers["bank_name"], kept.answers["phone"]) == (State.SUBMITTED, "农业银行", PHONE)
    assert kept.answers["account_number"] == "6222000000000000"


def test_a_refusal_needs_a_ground_and_words(desk: Desk, villager: Account) -> None:
    case, client = applied(villager), desk(PAIFANG_CLERK)

    without = act(client, case, "refuse", reason="请到居住地申请。")
    page = act(client, case, "refuse", ground="elsewhere", reason="请到居住地的社区申请。")

    assert without.status_code == 422
    assert 'id="error-ground"' in without.text
    assert "请到居住地申请。" in without.text
    assert "不予受理" in page.text
    assert row(case).state == State.REFUSED


def test_the_officer_asks_the_clerk_takes_the_paper_and_the_officer_decides(desk: Desk, villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, "accept", applied(villager))
    officer, clerk = desk(CIVIL_AFFAIRS), desk(PAIFANG_CLERK)

    asked = act(officer, case, "ask", question="请补一张出院小结。", materials="出院小结")
    window = clerk.get(f"/desk/cases/{case.pk}/supply")
    code = next(part for part in window.text.split('value="') if part.startswith("asked-")).split('"')[0]
    supplied = act(clerk, case, "supply", on_paper=code, answer="已经带来")
    unsure = act(officer, case, "decide", granted="yes", reason="符合条件。")
    decided = act(officer, case, "decide", granted="yes", amount_fen="5000", reason="符合条件。")
    finished = act(officer, case, "finish")

    assert "停表" in asked.text
    assert "接着算" in supplied.text
    assert unsure.status_code == 422
    assert 'id="error-amount_fen"' in unsure.text
    assert "符合条件。" in unsure.text
    assert "决定作出了" in decided.text
    assert "5,000 元" in decided.text or "5,000.00" in decided.text or "5000" in decided.text
    assert "办结了" in finished.text
    kept = row(case)
    assert (kept.state, kept.result) == (
        State.FINISHED,
        {"granted": True, "amount_fen": 500_000, "reason": "符合条件。"},
    )


def test_a_case_is_handed_over_with_an_answer_owed_or_for_good(desk: Desk, villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, "accept", applied(villager))
    officer, clerk = desk(CIVIL_AFFAIRS), desk(PAIFANG_CLERK)
    to = f"window_clerk@5:{PAIFANG_CLERK.area}"

    nowhere = act(officer, case, "hand_over", to="mayor@1:1", question="请看看", answer_owed="yes")
    act(officer, case, "hand_over", to=to, question="他家房子塌了吗？", answer_owed="yes")
    asked = clerk.get(f"/desk/cases/{case.pk}")
    answered = act(clerk, case, "answer_hand_over", answer="塌了一间。")
    seen = officer.get(f"/desk/cases/{case.pk}")
    given = act(officer, case, "hand_over", to=to, question="请你们办到底。", answer_owed="no")

    assert nowhere.status_code == 422
    assert 'id="error-to"' in nowhere.text
    assert "他家房子塌了吗？" in asked.text
    assert "答复转交" in asked.text
    assert "答复已经送回" in answered.text
    assert "塌了一间。" in seen.text
    assert "已经转给对方" in given.text
    assert row(case).holder_area == PAIFANG_CLERK.area


def test_an_extension_is_limited_and_has_a_ground(desk: Desk, villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, "accept", applied(villager))
    officer = desk(CIVIL_AFFAIRS)

    wordy = act(officer, case, "extend", ground="home-visit", days="三天")
    long = act(officer, case, "extend", ground="home-visit", days="9", reason="路远")
    page = act(officer, case, "extend", ground="home-visit", days="3", reason="路远")

    assert wordy.status_code == 422
    assert "例如 3" in wordy.text
    assert long.status_code == 422
    assert "最多延长 5 个工作日" in long.text
    assert "期限延长了" in page.text
    assert row(case).extended_days == 3


def finished(villager: Account) -> Case:
    case = at_desk(PAIFANG_CLERK, "accept", applied(villager))
    at_desk(CIVIL_AFFAIRS, "decide", case, answers=GRANTED)
    return at_desk(CIVIL_AFFAIRS, "finish", case)


def test_a_rating_at_the_window_is_answered_and_the_case_reopened_once(desk: Desk, villager: Account) -> None:
    case = finished(villager)
    clerk, officer, head = desk(PAIFANG_CLERK), desk(CIVIL_AFFAIRS), desk(CENTRE)

    silent = act(clerk, case, "rate", comment="等太久")
    act(clerk, case, "rate", level="2", comment="等太久")
    owed = officer.get(f"/desk/cases/{case.pk}")
    answered = act(officer, case, "answer_rating", answer="查过了，是我们慢了。")
    reopened = act(head, case, "reopen", reason="补发漏算的药费。")

    assert silent.status_code == 422
    assert "五个等级" in silent.text
    assert "等太久" in owed.text
    assert "答复评价" in owed.text
    assert "答复已经发给申请人" in answered.text
    assert "重新办理了" in reopened.text
    kept = row(case)
    assert (kept.state, kept.reopened) == (State.IN_HAND, 1)


def test_the_window_withdraws_for_the_applicant(desk: Desk, villager: Account) -> None:
    case = applied(villager)

    page = act(desk(PAIFANG_CLERK), case, "withdraw", reason="不想办了")

    assert "已经撤回" in page.text
    assert row(case).state == State.WITHDRAWN


def test_a_supervisor_who_only_looks_may_not_accept(desk: Desk, villager: Account) -> None:
    case = applied(villager)
    client = desk(SUPERVISOR)

    assert client.get(f"/desk/cases/{case.pk}").status_code == 200
    assert client.get(f"/desk/cases/{case.pk}/accept").status_code == 403
    assert act(client, case, "accept").status_code == 403


def test_a_worker_goes_on_to_the_next_task(desk: Desk, villager: Account) -> None:
    first, second = applied(villager), applied(villager, "public-repair")
    client = desk(PAIFANG_CLERK)

    onward = client.post(
        f"/desk/cases/{first.pk}/accept", {"version": first.version, "once": str(uuid4()), "then": "next"}
    )
    last = client.post(
        f"/desk/cases/{second.pk}/accept", {"version": second.version, "once": str(uuid4()), "then": "next"}
    )

    assert onward.headers["Location"] == f"/desk/cases/{second.pk}"
    assert last.headers["Location"] == "/desk/"


def test_in_the_side_sheet_a_verb_answers_with_the_sheet_and_wakes_the_list(desk: Desk, villager: Account) -> None:
    case, client = applied(villager), desk(PAIFANG_CLERK)

    form = client.get(f"/desk/cases/{case.pk}/accept", headers=HX | {"HX-Target": "act"})
    answer = client.post(f"/desk/cases/{case.pk}/accept", {"version": case.version, "once": str(uuid4())}, headers=HX)

    assert "<html" not in form.text
    assert 'hx-post="' in form.text
    assert answer.headers["HX-Trigger"] == "case-changed"
    assert answer.headers["HX-Retarget"] == "#sheet-body"
    assert "已受理" in answer.text


def test_a_bad_rating_that_nobody_answered_in_time_is_said_to_be_late(desk: Desk, villager: Account) -> None:
    case = applied(villager)
    at_desk(PAIFANG_CLERK, "accept", case)
    at_desk(CIVIL_AFFAIRS, "decide", case, answers=GRANTED)
    at_desk(CIVIL_AFFAIRS, "finish", case)
    by_applicant(villager, "rate", row(case), level=1, comment="太慢")
    client = desk(CIVIL_AFFAIRS)

    before = client.get(f"/desk/cases/{case.pk}").text
    with everywhere():
        Rating.objects.update(answer_due_on=today() - timedelta(days=1))
    after = client.get(f"/desk/cases/{case.pk}").text

    assert "已经超期" not in before
    assert "以前答复，已经超期" in after


def test_the_receipt_and_the_result_open_as_pdf(desk: Desk, villager: Account) -> None:
    case, client = applied(villager), desk(PAIFANG_CLERK)

    receipt = client.get(f"/desk/cases/{case.pk}/receipt")
    result = client.get(f"/desk/cases/{case.pk}/result")

    assert receipt.content.startswith(b"%PDF-")
    assert result.status_code == 302


def test_a_printed_result_opens_at_the_desk_and_on_the_phone_and_proves_itself(desk: Desk, villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, "accept", applied(villager))
    at_desk(CIVIL_AFFAIRS, "decide", case, answers=GRANTED)
    print_decision_of(row(case))
    officer, phone = desk(CIVIL_AFFAIRS), Client()
    sign_in(phone, villager)

    sheet = officer.get(f"/desk/cases/{case.pk}")
    proof = sheet.text.split('href="/check/document/')[1].split('"')[0]

    assert officer.get(f"/desk/cases/{case.pk}/result").content.startswith(b"%PDF-")
    assert phone.get(f"/cases/{case.pk}/result").content.startswith(b"%PDF-")
    assert "这份文书是真的" in Client().get(f"/check/document/{proof}").text


def print_decision_of(case: Case) -> None:
    """Let the reaction to a decision run, as its job would."""
    event = {name: getattr(case, name) for name in ("area", "subject", "matter", "version")}
    print_decision.func(lo=case.area, hi=case.area, case=case.pk, **event)


@pytest.mark.parametrize("path", ["", "/accept", "/return", "/refuse", "/withdraw"])
def test_the_desk_speaks_english_too(desk: Desk, villager: Account, path: str) -> None:
    case = applied(villager, "public-repair")
    clerk = desk(PAIFANG_CLERK)
    clerk.cookies["language"] = clerk.cookies["django_language"] = "en"

    page = clerk.get(f"/desk/cases/{case.pk}{path}", headers={"Accept-Language": "en"})

    assert page.status_code == 200
    assert "现在要做的" not in page.text
    assert "Accept" in page.text or "applicant" in page.text


def test_the_sheet_and_the_list_ask_the_database_little(
    desk: Desk, villager: Account, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    case = at_desk(PAIFANG_CLERK, "accept", applied(villager))
    by_applicant(villager, "withdraw", applied(villager, "public-repair"))
    client = desk(CIVIL_AFFAIRS)
    client.get(f"/desk/cases/{case.pk}")
    client.get("/desk/cases")

    with django_assert_max_num_queries(15):
        client.get(f"/desk/cases/{case.pk}")
    with django_assert_max_num_queries(10):
        client.get("/desk/cases")
