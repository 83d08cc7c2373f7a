"""The database itself is killed while a list is read and written: started again, it has lost nothing, and nothing is written twice."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import psutil
import pytest

from liren.base.postgres import Cluster

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("kill")]
PATIENCE_SECONDS = 240
NUMBER, SIZE, KILLS = 180, 12, 2
BEGIN = """
import django
django.setup()
"""
PREPARE = """
from django.core.management import call_command
call_command("migrate", database="owner", verbosity=0, interactive=False)
call_command("load_packs", verbosity=0)
from datetime import date
from django.utils import timezone
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.exchange.actions import batches
from liren.exchange.tests.world import HEADS, somebody, taken_in
from liren.foundation.places.models import Edition, Place
from liren.foundation.places.rules import names
from liren.testing.cast import JIANGNING, PAIFANG, PAIFANG_CLERK, acting, staff
from liren.base import clock

with applied(Scope.everything(), "owner"):
    edition = Edition.objects.using("owner").create(
        id=1, sha256="0", package="-", version="0", licence="-", source="-", year=2023, as_of=date(2023, 1, 1), published_on=date(2023, 1, 1),
        counts={}, loaded_at=timezone.now(),
    )
    for level, area, hi, name in ((4, JIANGNING, JIANGNING + 999_999, "江宁街道"), (5, PAIFANG, PAIFANG + 999, "牌坊村委会")):
        Place.objects.using("owner").create(
            id=area * 10 + level, level=level, area=area, hi=hi, kind=0, name=name, key=names.key_of(name, level), pinyin="-", initials="-", edition=edition
        )
clerk = staff(PAIFANG_CLERK)
batch = taken_in(clerk, [HEADS, *(somebody(n) for n in range(NUMBER))])
with acting(clerk) as by:
    batches.begin_staging(by=by, at=clock.now(), batch=batch)
print(batch.pk)
"""
RUN = """
from liren.exchange.actions import running
print(running.run_staging(PK, size=SIZE) if STEP == "stage" else running.run_applying(PK))
"""
APPLY = """
from liren.base import clock
from liren.exchange.actions import batches
from liren.exchange.tests.world import looking
from liren.exchange.models import Batch
from liren.testing.cast import PAIFANG_CLERK, acting, staff
clerk = staff(PAIFANG_CLERK)
with looking():
    batch = Batch.objects.get(pk=PK)
with acting(clerk) as by:
    batches.begin_applying(by=by, at=clock.now(), batch=batch)
print("begun")
"""
TELL = """
import json
from liren.exchange.models import Batch, Row
from liren.exchange.queries.batches import figures
from liren.exchange.tests.world import looking
from liren.foundation.access.models import JournalLine
from liren.registry.models import Dwelling, Fact, Household, Person, Phone
with looking():
    batch = Batch.objects.get(pk=PK)
    lines = JournalLine.objects.filter(verb="exchange.apply_part", object_id__in=batch.parts.values("pk"))
    print(json.dumps({
        **figures(batch).signed, "people": Person.objects.count(), "phones": Phone.objects.count(), "state": batch.state,
        "members": Fact.objects.filter(kind__in=["residence", "member"]).count(), "households": Household.objects.count(),
        "dwellings": Dwelling.objects.count(), "doors": Dwelling.objects.values("area", "door").distinct().count(),
        "new": sum(line.changes["new"] for line in lines), "written": Row.objects.filter(batch=batch.pk, applied_at__isnull=False).count(),
        "sizes": sum(Household.objects.values_list("size", flat=True)),
    }))
"""


@dataclass
class Island:
    """A server of its own, that may be killed."""

    home: Path
    cluster: Cluster
    environment: dict[str, str]

    def script(self, text: str, **given: Any) -> subprocess.Popen[str]:
        """Start a script in a process of its own."""
        values = "".join(f"{name} = {value!r}\n" for name, value in given.items())
        return subprocess.Popen(
            [sys.executable, "-c", BEGIN + values + text], env=self.environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )  # fmt: skip

    def told(self, text: str, **given: Any) -> str:
        """Run a script to its end and return the last line it prints."""
        out, errors = self.script(text, **given).communicate(timeout=PATIENCE_SECONDS)
        assert out.strip(), errors[-3000:]
        return out.strip().splitlines()[-1]

    def kill(self) -> None:
        """Kill the server with all its processes, as a power cut does."""
        pid = self.cluster.running()
        assert pid is not None
        server = psutil.Process(pid)
        everybody = [server, *server.children(recursive=True)]
        for one in everybody:
            try:
                one.send_signal(signal.SIGKILL)
            except psutil.NoSuchProcess:
                continue
        psutil.wait_procs(everybody, timeout=20)

    def parts(self, column: str) -> int:
        """Return how many parts have come so far."""
        with self.cluster.admin("liren") as connection:
            row = connection.execute(f"SELECT count({column}) FROM exchange_part").fetchone()
        return int(row[0]) if row else 0


@pytest.fixture
def island() -> Iterator[Island]:
    with TemporaryDirectory(prefix="liren-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o755)
        cluster = Cluster(home)
        cluster.start()
        urls = cluster.prepare()
        environment = os.environ | {
            "LIREN_HOME": folder, "DATABASE_URL": urls["app"], "LIREN_OWNER_URL": urls["owner"], "LIREN_POOL": "0",
            "DJANGO_SETTINGS_MODULE": "liren.conf.settings",
        }  # fmt: skip
        yield Island(home, cluster, environment)
        cluster.stop()


def until_done(island: Island, step: str, pk: int, column: str, dice: random.Random) -> int:
    """Kill the server again and again while a worker is at it, then let one come to the end; return how often it was killed."""
    killed = 0
    while killed < KILLS:
        before = island.parts(column)
        worker = island.script(RUN, PK=pk, STEP=step, SIZE=SIZE)
        try:
            begun = time.monotonic()
            while worker.poll() is None and island.parts(column) <= before and time.monotonic() - begun < 60:
                time.sleep(0.02)
            time.sleep(dice.random() * 0.2)
            if worker.poll() is not None:
                break
            island.kill()
            killed += 1
            worker.wait(60)
        finally:
            worker.kill()
            worker.communicate()
        island.cluster.start()
    assert island.told(RUN, PK=pk, STEP=step, SIZE=SIZE) == {"stage": "staged", "apply": "applied"}[step]
    return killed


def test_the_database_is_killed_again_and_again_and_every_row_is_there_once(island: Island) -> None:
    dice = random.Random(11)
    pk = int(island.told(PREPARE, NUMBER=NUMBER))

    assert until_done(island, "stage", pk, "id", dice) > 0
    assert island.told(APPLY, PK=pk) == "begun"
    assert until_done(island, "apply", pk, "applied_at", dice) > 0

    found = json.loads(island.told(TELL, PK=pk))
    assert found["dwellings"] == found["doors"]
    del found["dwellings"], found["doors"]
    assert found == {
        "rows": NUMBER, "applied": NUMBER, "unchanged": 0, "queued": 0, "refused": 0, "asides": 0, "people": NUMBER, "phones": NUMBER,
        "members": 2 * NUMBER, "households": NUMBER // 3, "new": NUMBER, "written": NUMBER, "sizes": NUMBER, "state": "applied",
    }  # fmt: skip
