"""Who sees which cases: the database keeps neighbours, other residents and people who have signed in nowhere apart."""

import pytest
from django.db import connection

from liren.base.clock import day_of
from liren.base.errors import Forbidden, NotFound, Refusal
from liren.base.rows import applied as scoped
from liren.base.scopes import Scope
from liren.base.uploads import Upload
from liren.engines.cases import actions, queries
from liren.engines.cases.enums import State
from liren.engines.cases.models import Case, Task
from liren.engines.cases.queries import check, check_document, document_token, rated_by_link, rating_token
from liren.engines.cases.tests.world import GRANTED, REPAIR, applied, at_desk, row
from liren.foundation.access.models import Account
from liren.foundation.access.rules import Viewer
from liren.testing.cast import (
    CIVIL_AFFAIRS,
    NEIGHBOUR_CIVIL_AFFAIRS,
    NOON,
    PAIFANG,
    PAIFANG_CLERK,
    SYSTEM_ADMINISTRATOR,
    TIANRAN,
    TIANRAN_CLERK,
    acting,
    everywhere,
    staff,
)

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = Viewer.nobody()


def counted(scope: Scope) -> tuple[int, int]:
    with scoped(scope), connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM cases_case), (SELECT count(*) FROM cases_task)")
        cases, tasks = cursor.fetchone()
        return cases, tasks


def test_the_database_shows_each_only_their_own(villager: Account, other_villager: Account) -> None:
    applied(villager)
    applied(other_villager, matter="public-repair", area=TIANRAN)

    def seen(account: Account) -> tuple[int, int]:
        with acting(account) as by:
            return counted(by.scope)

    assert seen(villager) == seen(other_villager) == (1, 1)
    assert seen(staff(PAIFANG_CLERK)) == seen(staff(TIANRAN_CLERK)) == (1, 1)
    assert seen(staff(CIVIL_AFFAIRS)) == (2, 2)
    assert seen(staff(NEIGHBOUR_CIVIL_AFFAIRS)) == (0, 0)
    assert counted(Scope.nothing()) == (0, 0)


def test_a_resident_writes_for_nobody_else(villager: Account, other_villager: Account) -> None:
    case = applied(villager)

    with acting(other_villager) as by:
        with pytest.raises(NotFound):
            queries.case_for(by, case.pk)
        assert Case.objects.filter(pk=case.pk).update(state=State.WITHDRAWN) == 0
        assert queries.my_cases(by) == []
    with acting(villager) as by:
        assert [mine.pk for mine in queries.my_cases(by)] == [case.pk]


def test_an_officer_without_the_capability_sees_no_case(villager: Account) -> None:
    case = applied(villager)

    with acting(staff(SYSTEM_ADMINISTRATOR)) as by:
        with pytest.raises(Forbidden):
            queries.case_for(by, case.pk)
        with pytest.raises(Forbidden):
            queries.case_list(by)


def test_a_draft_is_nobody_elses_business(villager: Account) -> None:
    with acting(villager) as by:
        one = queries.matter("public-repair", PAIFANG, on=day_of(NOON))
        draft = actions.save_draft(by=by, at=NOON, case=queries.blank_case(by, one, PAIFANG, at=NOON), answers=REPAIR)

    with acting(staff(PAIFANG_CLERK)) as by:
        assert queries.case_list(by) == []
        with pytest.raises(NotFound):
            queries.case_for(by, draft.pk)


def test_lists_go_on_after_the_last_one_seen(villager: Account) -> None:
    made = [applied(villager, matter="public-repair").pk for _ in range(5)]

    with acting(staff(CIVIL_AFFAIRS)) as by:
        first = queries.case_list(by, state=State.SUBMITTED, matter="public-repair", limit=3)
        rest = queries.case_list(by, state=State.SUBMITTED, matter="public-repair", limit=3, after=first[-1].pk)
        here = queries.case_list(by, area=PAIFANG)
        there = queries.case_list(by, area=TIANRAN)

    assert [case.pk for case in (*first, *rest)] == made[::-1]
    assert (len(here), len(there)) == (5, 0)


def test_an_inbox_is_what_lies_on_ones_own_desks_by_deadline(villager: Account) -> None:
    first = applied(villager)
    at_desk(PAIFANG_CLERK, actions.accept_case, first)
    second = applied(villager, matter="public-repair")
    with acting(staff(PAIFANG_CLERK)) as by:
        box = queries.inbox(by, on=day_of(NOON), calendar=queries.calendar_of(PAIFANG, on=day_of(NOON)))
        numbers = queries.numbers(by, on=day_of(NOON))

    assert [waiting.case_id for waiting in box.later] == [second.pk]
    assert box.later[0].days_left == 5
    assert numbers == {"waiting": 1, "overdue": 0}
    with acting(staff(CIVIL_AFFAIRS)) as by:
        assert len(queries.inbox(by, on=day_of(NOON), calendar=queries.calendar_of(PAIFANG, on=day_of(NOON)))) == 1


def test_a_receipt_number_and_four_digits_show_how_far_a_case_is_and_nothing_personal(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))

    with scoped(Scope.nothing()):
        found = check(case.number.replace("-", " "), "0001")
        for number, tail in ((case.number, "0002"), ("320115006205-260903-0009-0", "0001")):
            with pytest.raises((NotFound, Refusal)):
                check(number, tail)
        assert Task.objects.count() == 0, "the public scope is left again"

    assert (found.state, found.due_on) == (State.ACCEPTED, case.due_on)
    assert "王秀英" not in repr(found)


def test_a_genuine_document_is_known_by_its_seal(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    case = at_desk(CIVIL_AFFAIRS, actions.decide, case, answers=GRANTED)
    with everywhere() as system:
        stored = row(case)
        actions.attach_document(
            by=system, at=NOON, case=stored, upload=Upload("决定.pdf", "application/pdf", b"%PDF-1.7 %%EOF")
        )
    token = document_token(stored)

    with scoped(Scope.nothing()):
        genuine = check_document(token)
        with pytest.raises(NotFound, match="没有核对到"):
            check_document(token[:-1] + ("0" if token[-1] != "0" else "1"))

    assert (genuine.applicant, genuine.outcome, genuine.title) == ("王**", "同意", "临时救助审批结果通知书")


def test_a_link_rates_one_case_once_and_does_nothing_else(villager: Account) -> None:
    case = at_desk(PAIFANG_CLERK, actions.accept_case, applied(villager))
    case = at_desk(CIVIL_AFFAIRS, actions.decide, case, answers=GRANTED)
    case = at_desk(CIVIL_AFFAIRS, actions.finish, case)
    token = rating_token(case)

    with scoped(Scope.nothing()), rated_by_link(NOBODY, token) as (found, rater):
        actions.rate_case(by=rater, at=NOON, case=found, level=2, comment="太慢", channel="link")
        with pytest.raises(Forbidden):
            actions.withdraw(by=rater, at=NOON, case=found)

    assert row(case).rating == 2
    with scoped(Scope.nothing()), pytest.raises(NotFound), rated_by_link(NOBODY, token + "x"):
        pass


def test_what_an_account_applied_for_follows_it_to_the_person(other_villager: Account) -> None:
    case = applied(other_villager, matter="public-repair")
    assert case.subject == other_villager.pk

    with everywhere() as system:
        actions.follow_link(by=system, at=NOON, area=PAIFANG, account_id=other_villager.pk, person_id=4711)

    with everywhere():
        assert (row(case).subject, row(case).person_id) == (4711, 4711)
        assert Task.objects.get(case=case).subject == 4711
