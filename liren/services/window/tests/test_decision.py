"""A decision is printed when it is made, and kept with the case."""

import pytest
from django.test import override_settings

from liren.base.clock import day_of
from liren.engines.cases import actions, queries
from liren.engines.cases.events import CaseDecided
from liren.engines.cases.models import Case
from liren.foundation.access.models import Account
from liren.foundation.commons.queries import content, file_for
from liren.services.window.queries.papers import decision_of, receipt_of
from liren.services.window.reactions import print_decision
from liren.testing.cast import CIVIL_AFFAIRS, NOON, PAIFANG, PAIFANG_CLERK, Role, acting, everywhere, staff

pytestmark = pytest.mark.django_db
ANSWERS = {
    "applicant_name": "王秀英", "id_number": "990115195001011230", "phone": "15490000001", "address": "牌坊社区 3 组",
    "household_size": 2, "reason": "illness", "happened_on": "2026-08-20", "description": "老伴住院，钱不够。",
    "burden_fen": 3_200_000, "monthly_income_fen": 180_000, "other_help": False, "account_number": "6222000000000000",
    "bank_name": "农商银行", "promise": True,
}  # fmt: skip


def decided(villager: Account) -> Case:
    with acting(villager) as by:
        one = queries.matter("temporary-assistance", PAIFANG, on=day_of(NOON))
        blank = queries.blank_case(by, one, PAIFANG, at=NOON)
        case = actions.submit_case(by=by, at=NOON, case=blank, answers=ANSWERS)
    at_desk(PAIFANG_CLERK, case, "accept")
    return at_desk(
        CIVIL_AFFAIRS, case, "decide", answers={"granted": True, "amount_fen": 500_000, "reason": "符合条件。"}
    )


def at_desk(role: Role, case: Case, verb: str, **values: object) -> Case:
    with acting(staff(role)) as by:
        return actions.BY_VERB[verb](by=by, at=NOON, case=queries.case_for(by, case.pk), **values)


def printed(case: Case) -> None:
    event = CaseDecided(area=case.area, case=case.pk, subject=case.subject, matter=case.matter, version=case.version)
    print_decision.func(
        lo=case.area, hi=case.area, **{n: getattr(event, n) for n in ("area", "case", "subject", "matter", "version")}
    )


def test_a_decision_is_printed_once_and_opened_by_whose_it_is(villager: Account, other_villager: Account) -> None:
    case = decided(villager)

    printed(case)
    with acting(villager) as by:
        first = queries.case_for(by, case.pk)
        stored = file_for(by, first.document or 0)
        assert content(stored).startswith(b"%PDF-")
        assert stored.name == f"临时救助审批结果通知书 {case.number}.pdf"
    printed(case)
    with acting(villager) as by:
        assert queries.case_for(by, case.pk).document == first.document
    with acting(other_villager) as by, pytest.raises(Exception, match="没有找到"):
        file_for(by, first.document or 0)


def test_a_decision_says_what_was_decided_in_the_name_of_the_office(villager: Account) -> None:
    case = decided(villager)

    with everywhere(), override_settings(SITE="https://example.org"):
        says = decision_of(case)

    assert (says.place, says.signed_by, says.amount_fen) == ("江宁街道", "江宁街道办事处", 500_000)
    assert "给予救助：是。" in says.paragraphs
    assert says.check_url == f"https://example.org/check/document/{queries.document_token(case)}"


def test_a_receipt_masks_who_it_is_for(villager: Account) -> None:
    case = decided(villager)

    with everywhere():
        says = receipt_of(case, clerk="陶晓燕", at=NOON)

    assert (says.applicant, says.id_number) == ("王**", "990***********1230")
    assert says.promised_on == case.due_on
