"""``import_rows``: a list of as many rows as the registry has people, from the file to the journal, beside plain COPY of as many people."""

import csv
import io
import resource
import time
from collections.abc import Iterator
from datetime import date, timedelta
from random import Random
from typing import Any

from liren.base import clock
from liren.base.codes import citizen_check
from liren.base.postgres import Cluster
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.conf.bench.fill import SEED, Cast
from liren.exchange.actions import batches, running
from liren.exchange.models import Batch
from liren.exchange.queries.batches import figures
from liren.foundation.access.queries import account_with_seats
from liren.foundation.places.models import Place
from liren.foundation.places.rules import COMMUNITY
from liren.registry.models import Person

NEW, OTHER_PHONE, WRONG = 0.2, 0.1, 0.01
"""Shares of a list: not known yet, known with another phone, without a number that could be read."""
HEADS = ("村（社区）", "姓名", "性别", "身份证号", "民族", "联系电话", "家庭住址")
COPIED = (
    "registry_household",
    "registry_person",
    "registry_namekey",
    "registry_phone",
    "registry_fact",
    "registry_stay",
)
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "明红志丽伟芳强敏军静国华平安康宁福寿喜乐建文玉春海"


def import_rows(cluster: Cluster, cast: Cast, *, number: int) -> dict[str, float | int | None]:
    """Bring a list of ``number`` rows in and return rows per second, the ratio to COPY, the peak memory of a process in megabytes."""
    at = clock.now()
    found = account_with_seats(cast.officers["service_center_head"], on=at.date(), second_factor=True)
    assert found is not None
    viewer = found[1]
    seat = viewer.seats[0]
    digest = batches.keep_table(_list(number, seat.range.lo, seat.range.hi).encode())
    began = time.perf_counter()
    with applied(viewer.scope):
        batch = batches.open_batch(
            by=viewer,
            at=at,
            area=seat.area,
            level=seat.level,
            title="量速",
            digest=digest,
            as_of=at.date(),
            authority="量速",
        )
        batches.begin_staging(by=viewer, at=at, batch=batch)
    assert running.run_staging(batch.pk) == "staged"
    staged = time.perf_counter() - began
    with applied(viewer.scope):
        batch = Batch.objects.get(pk=batch.pk)
        batches.begin_applying(by=viewer, at=clock.now(), batch=batch)
    assert running.run_applying(batch.pk) == "applied"
    seconds = time.perf_counter() - began
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)) / 1024
    with applied(Scope.everything()):
        now = figures(batch)
    limit = _copied(cluster)
    return {
        "p50_ms": round(seconds * 1000, 1), "p95_ms": round(seconds * 1000, 1), "per_s": round(number / seconds, 1), "limit_per_s": round(limit, 1),
        "ratio": round(number / seconds / limit, 3), "n": number, "seconds": round(seconds, 1), "staging_seconds": round(staged, 1),
        "peak_mb": round(peak), "new": now.new, "changed": now.changed, "same": now.same, "queued": now.queued, "refused": now.refused,
    }  # fmt: skip


def _list(number: int, lo: int, hi: int) -> str:
    dice = Random(SEED + 9)  # noqa: S311
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(HEADS)
    with applied(Scope.everything()):
        places = dict(
            Place.objects.filter(level=COMMUNITY, area__gte=lo, area__lte=hi, valid_until=None).values_list(
                "area", "name"
            )
        )
        known = _known(lo, hi)
        areas = sorted(places)
        for row in range(number):
            person = next(known, None) if dice.random() > NEW else None
            if person is None:
                name = dice.choice(SURNAMES) + dice.choice(GIVEN) + dice.choice(GIVEN)
                day = date(1940, 1, 1) + timedelta(days=dice.randrange(29_000))
                body = f"980{dice.randrange(1000):03d}{day:%Y%m%d}{row % 1000:03d}"
                sex, area, identity, phone = (
                    (row % 1000 % 2 and "男") or "女",
                    dice.choice(areas),
                    body + citizen_check(body),
                    f"1540{dice.randrange(10**7):07d}",
                )
            else:
                name, sex, area, identity = (
                    person.name,
                    "男" if person.sex == "1" else "女",
                    person.area // 1000 * 1000,
                    person.id_number or "",
                )
                phone = f"1541{dice.randrange(10**7):07d}" if dice.random() < OTHER_PHONE else ""
            if dice.random() < WRONG:
                identity = f"{int(identity[:17]):.5E}"
            writer.writerow(
                (
                    places.get(area, ""),
                    name,
                    sex,
                    identity,
                    "汉族",
                    phone,
                    f"{dice.randrange(20)}组{dice.randrange(300)}号",
                )
            )
    return made.getvalue()


def _known(lo: int, hi: int) -> Iterator[Person]:
    rows = Person.objects.filter(area__gte=lo, area__lte=hi, id_number__isnull=False, deceased_on=None)
    yield from rows.only("name", "sex", "area", "id_number").order_by("id").iterator(chunk_size=5000)


def _copied(cluster: Cluster) -> float:
    """Return how many people a second plain COPY brings into tables like those of the registry, with all their indexes."""
    with cluster.admin("liren") as connection, connection.cursor() as cursor:
        contents: dict[str, bytes] = {}
        for table in COPIED:
            with cursor.copy(f"COPY {table} TO STDOUT") as out:
                contents[table] = b"".join(bytes(part) for part in out)
        cursor.execute("SELECT count(*) FROM registry_person")
        row: Any = cursor.fetchone()
        for table in COPIED:
            cursor.execute(f"CREATE TABLE bench_{table} (LIKE {table} INCLUDING ALL)")
        began = time.perf_counter()
        for table, content in contents.items():
            with cursor.copy(f"COPY bench_{table} FROM STDIN") as copy:
                copy.write(content)
        seconds = time.perf_counter() - began
        for table in COPIED:
            cursor.execute(f"DROP TABLE bench_{table}")
    return float(row[0]) / seconds
