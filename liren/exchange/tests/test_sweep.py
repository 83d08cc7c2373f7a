"""What nobody needs any more leaves the disk."""

import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from liren.base import clock
from liren.exchange.actions import batches
from liren.exchange.jobs import sweep
from liren.exchange.models import Row
from liren.exchange.queries.batches import content_path
from liren.exchange.tests.world import HEADS, brought_in, counted, looking, rows, somebody, staged, taken_in
from liren.foundation.access.models import JournalLine
from liren.testing.cast import PAIFANG_CLERK, sign_in, staff

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def own_folder(settings: Any, tmp_path: Path) -> None:
    """Keep tables apart from those of tests that run beside."""
    settings.HOME = tmp_path


def aged(digest: str, days: int) -> None:
    """Let a table have lain for some days."""
    then = (clock.now() - timedelta(days=days)).timestamp()
    os.utime(content_path(digest), (then, then))


def test_a_table_goes_with_its_rows_after_ninety_days(client: Client) -> None:
    clerk = staff(PAIFANG_CLERK)
    old = brought_in(staged(taken_in(clerk, [HEADS, somebody(1)]), clerk), clerk)
    young = staged(taken_in(clerk, [HEADS, somebody(2)]), clerk)
    busy = taken_in(clerk, [HEADS, somebody(3)])
    with looking():
        for batch, days in ((old, 91), (busy, 91), (young, 89)):
            batch.created_at -= timedelta(days=days)
            batch.state = "staging" if batch is busy else batch.state
            batch.save(update_fields=["created_at", "state"])
    unnamed = batches.keep_table(b"no batch names this")
    just_put = batches.keep_table(b"somebody is about to name this")
    for digest, days in ((old.digest, 91), (young.digest, 89), (busy.digest, 91), (unnamed, 2)):
        aged(digest, days)

    sweep.func()

    assert [content_path(one).exists() for one in (old.digest, young.digest, busy.digest, unnamed, just_put)] == [
        False, True, True, False, True,
    ]  # fmt: skip
    assert (rows(old), len(rows(young))) == ([], 1)
    with looking():
        line = JournalLine.objects.filter(verb="exchange.sweep_batches").latest("at")
        assert (line.changes["rows"], line.changes["tables"]) == (1, 2)
        assert Row.objects.exists()
    sign_in(client, clerk)
    answer = client.get(f"/desk/imports/{old.pk}/mapping")
    assert answer.status_code == 409
    assert "已满 90 天" in answer.content.decode()


def test_a_table_that_a_younger_batch_names_too_stays() -> None:
    clerk = staff(PAIFANG_CLERK)
    table = [HEADS, somebody(1)]
    old = staged(taken_in(clerk, table), clerk)
    with looking():
        again = taken_in(clerk, content_path(old.digest).read_bytes())
        assert again.digest == old.digest
        old.created_at -= timedelta(days=91)
        old.save(update_fields=["created_at"])
    aged(old.digest, 2)

    sweep.func()

    assert content_path(again.digest).exists()
    staged(again, clerk)
    assert counted(again).rows == 1
