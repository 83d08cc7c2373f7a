"""Killed at any moment, an import loses nothing and writes nothing twice."""

import os
import random
import signal
import subprocess
import sys
import time

import pytest
from django.db import connection

from liren.base import clock
from liren.exchange.actions import batches
from liren.exchange.enums import BatchState
from liren.exchange.models import Batch
from liren.exchange.tests.world import HEADS, counted, fresh, looking, somebody, taken_in
from liren.foundation.access.models import Account, JournalLine
from liren.registry.models import Fact, Person, Phone
from liren.testing.cast import PAIFANG_CLERK, acting, staff

pytestmark = pytest.mark.django_db(transaction=True)
NUMBER = 240
PART = 15
RUN = """
import sys, django
django.setup()
from liren.exchange.actions import running
name, pk = sys.argv[1], int(sys.argv[2])
print(running.run_staging(pk, size=15) if name == "stage" else running.run_applying(pk), flush=True)
"""


def worker(name: str, batch: Batch) -> subprocess.Popen[bytes]:
    """Start a worker of its own on the test's database."""
    given = connection.settings_dict
    address = f"postgresql:///{given['NAME']}?user={given['USER']}&password={given['PASSWORD']}&host={given['HOST']}&port={given['PORT']}"
    elsewhere = {
        **os.environ,
        "DATABASE_URL": address,
        "LIREN_POOL": "0",
    }
    return subprocess.Popen([sys.executable, "-c", RUN, name, str(batch.pk)], env=elsewhere, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def until_done(name: str, batch: Batch, wanted: str, dice: random.Random, kills: int) -> int:
    """Kill worker after worker at random moments, sometimes their database sessions too, until one comes to the end."""
    killed = 0
    while killed < kills:
        process = worker(name, batch)
        began = time.monotonic()
        while process.poll() is None and time.monotonic() - began < 20 and not parts_moved(name, batch, killed + 1):
            time.sleep(0.02)
        time.sleep(dice.random() * 0.15)
        if process.poll() is not None:
            break
        if dice.random() < 0.5:
            process.send_signal(signal.SIGKILL)
        else:
            end_sessions()
        process.wait(20)
        process.communicate()
        killed += 1
    out, errors = worker(name, batch).communicate(timeout=120)
    assert out.decode().strip() == wanted, errors.decode()[-2000:]
    return killed


def parts_moved(name: str, batch: Batch, least: int) -> bool:
    with looking():
        done = batch.parts.count() if name == "stage" else batch.parts.filter(applied_at__isnull=False).count()
    return bool(done >= least)


def end_sessions() -> None:
    """Let the database end the sessions of the worker, as it does when it is restarted."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND usename = current_user"
        )


@pytest.mark.slow
def test_killed_at_any_moment_nothing_is_lost_and_nothing_is_written_twice() -> None:
    clerk: Account = staff(PAIFANG_CLERK)
    dice = random.Random(7)
    batch = taken_in(clerk, [HEADS, *(somebody(n) for n in range(NUMBER))])
    with acting(clerk) as by:
        batches.begin_staging(by=by, at=clock.now(), batch=batch)

    assert until_done("stage", batch, BatchState.STAGED, dice, 3) > 0
    with acting(clerk) as by:
        batches.begin_applying(by=by, at=clock.now(), batch=fresh(batch))
    assert until_done("apply", batch, BatchState.APPLIED, dice, 3) > 0

    assert counted(batch).signed == {
        "rows": NUMBER, "applied": NUMBER, "unchanged": 0, "queued": 0, "refused": 0, "asides": 0
    }  # fmt: skip
    with looking():
        assert Person.objects.count() == NUMBER
        assert Phone.objects.count() == NUMBER
        assert Fact.objects.count() == 2 * NUMBER
        lines = JournalLine.objects.filter(verb="exchange.apply_part", object_id__in=batch.parts.values("pk"))
        assert sum(line.changes["new"] for line in lines) == NUMBER
