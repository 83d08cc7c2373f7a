"""What an operator may do by hand that the night does by itself: recount the lists, derive the population ledger."""

from io import StringIO

import pytest
from django.core.management import call_command

from liren.base import clock
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.registry.actions.memberships import recount_people
from liren.registry.models import CategoryMembership, CategoryRun, Stay
from liren.registry.queries.differences import recounted
from liren.registry.tests.test_recounting import settled

pytestmark = pytest.mark.django_db(transaction=True, databases=["default", "owner"])


def told(command: str) -> str:
    out = StringIO()
    call_command(command, stdout=out)
    return out.getvalue()


def test_lists_are_proved_by_hand_and_what_was_kept_otherwise_is_said_and_put_right() -> None:
    people = settled(8)
    recount_people(people.values(), at=clock.now())
    told("recount_lists")
    with applied(Scope.everything()):
        kept = CategoryMembership.objects.filter(withdrawn_at__isnull=True).count()
        CategoryMembership.objects.filter(pk=CategoryMembership.objects.earliest("pk").pk).update(evidence=[])
    assert kept > 0

    said = told("recount_lists")

    assert said.startswith("320115: ")
    assert "1 differed" in said
    assert "0 differed" in told("recount_lists")
    with applied(Scope.everything()):
        assert CategoryMembership.objects.filter(withdrawn_at__isnull=True).count() == kept
        state = recounted(clock.now())
        assert CategoryRun.objects.filter(is_turn=False).count() >= 3
    assert state.newest is not None
    assert state.differences == 1


def test_a_folder_from_before_gets_its_ledger_and_once_it_is_there_nothing_is_written_anew() -> None:
    people = settled(3)
    with applied(Scope.everything()):
        before = Stay.objects.count()
        Stay.objects.all().delete()
        assert not recounted(clock.now()).has_ledger

    assert told("recount_stays") == f"{len(people)} people looked at, the stays of {before} written anew.\n"

    with applied(Scope.everything()):
        assert Stay.objects.count() == before
        assert recounted(clock.now()).has_ledger
    assert told("recount_stays") == f"{len(people)} people looked at, the stays of 0 written anew.\n"
