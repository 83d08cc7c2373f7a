"""Killed while it reads or takes in, a reading loses nothing and takes nothing in twice."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings as house
from django.db import connection

from liren.base import clock
from liren.exchange.actions import fetching, sources
from liren.exchange.actions.sources import SourceGiven
from liren.exchange.models import Batch, FeedRow, FeedRun
from liren.exchange.tests.world import looking, somebody
from liren.foundation.places.rules import TOWNSHIP
from liren.testing.cast import JIANGNING, acting, staff
from liren.testing.remote import Answers, http_server
from liren.testing.village import CENTRE

pytestmark = [pytest.mark.slow, pytest.mark.django_db(transaction=True)]
NUMBER = 3_000
RUN = "import sys, django; django.setup()\nfrom liren.exchange.actions import fetching\nprint(fetching.run_fetching(int(sys.argv[1])), flush=True)"


@pytest.fixture
def web() -> Iterator[Answers]:
    people = [{"xm": one[0], "sfzh": f"{one[2]}-{n}", "csrq": "1950-01-31"} for n, one in enumerate(map(somebody, range(NUMBER)))]  # fmt: skip
    with http_server() as made:

        def answer(asked: Any) -> Any:
            time.sleep(0.05)
            page = int(asked.query["page"])
            return 200, {}, json.dumps(people[(page - 1) * 300 : page * 300]).encode()

        made.routes["/people"] = answer
        yield made


def worker(run: FeedRun) -> subprocess.Popen[bytes]:
    """Start a worker of its own on the test's database."""
    given = connection.settings_dict
    address = f"postgresql:///{given['NAME']}?user={given['USER']}&password={given['PASSWORD']}&host={given['HOST']}&port={given['PORT']}"
    elsewhere = {
        **os.environ, "DATABASE_URL": address, "LIREN_SOURCES": "127.0.0.1", "LIREN_HOME": str(house.HOME),
    }  # fmt: skip
    return subprocess.Popen([sys.executable, "-c", RUN, str(run.pk)], env=elsewhere, stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def test_killed_at_any_moment_a_reading_takes_everything_in_once(web: Answers) -> None:
    dice = random.Random(11)
    settings = {"address": web.address("/people"), "style": "page", "parameter": "page", "first": 1}
    with acting(staff(CENTRE)) as by:
        feed = sources.open_feed(by=by, at=clock.now(), area=JIANGNING, level=TOWNSHIP, given=SourceGiven("接口", "api", settings))  # fmt: skip
        feed = sources.map_feed(
            by=by, at=clock.now(), feed=feed, heads=["xm", "sfzh", "csrq"], targets=["name", "id_number", "birth_on"], options={}, authority="", source="shared", key="sfzh"
        )  # fmt: skip
        run = fetching.begin_run(by=by, at=clock.now(), feed=feed)

    killed = 0
    for _turn in range(4):
        process = worker(run)
        before = len(web.asked)
        began = time.monotonic()
        while (
            process.poll() is None and time.monotonic() - began < 60 and len(web.asked) < before + dice.randint(1, 11)
        ):
            time.sleep(0.01)
        time.sleep(dice.random() * 0.3)
        if process.poll() is None:
            killed += 1
        process.kill()
        process.communicate()
    out, errors = worker(run).communicate(timeout=120)

    assert out.decode().strip() == "taken", errors.decode()[-2000:]
    assert killed > 0
    with looking():
        run = FeedRun.objects.get(pk=run.pk)
        assert (run.rows, run.fresh) == (NUMBER, NUMBER)
        assert Batch.objects.filter(feed=feed).count() == 1
        assert FeedRow.objects.filter(feed=feed.pk, batch=run.batch_id).count() == NUMBER
