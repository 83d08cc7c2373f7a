"""``liren bench``: fill an installation of its own, serve it with two workers, measure, compare with the limits, write it down."""

import argparse
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path
from typing import Any

from liren.base.postgres import Cluster, furnish, make_database
from liren.base.processes import die_with_parent
from liren.conf.bench.load import Measured, measure
from liren.conf.bench.matching import match_quality
from liren.conf.supervisor import THREADS_BEHIND_A_PROXY

ROOT = Path(__file__).resolve().parents[3]
HOST = "127.0.0.1"
CLIENTS = 8
WORKERS = 2
PATIENCE_SECONDS = 60
GROWN = 1.25  # an installation that measuring has grown by so much is filled anew
USUAL = ("p50_ms", "p95_ms", "per_s", "limit_per_s", "ratio", "n")
Row = dict[str, float | int | None]


@dataclass(frozen=True, slots=True)
class Options:
    """What is asked for."""

    home: Path
    seconds: float
    only: tuple[str, ...]
    persons: int
    cases: int
    threads: int
    rows: int
    form: str
    new: float


def main(arguments: Sequence[str]) -> int:
    """Run the bench; return its exit status."""
    options = read(arguments)
    os.environ["LIREN_HOME"] = str(options.home)
    os.environ["LIREN_SUPERVISED"] = "1"
    os.environ.pop("DATABASE_URL", None)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liren.conf.settings")
    results: dict[str, Row] = {}
    if is_wanted("match_quality", options):
        title()
        results["match_quality"] = row = match_quality(options.persons)
        show("match_quality", row)
    if not options.only or any(not "match_quality".startswith(only) for only in options.only):
        results |= of_installation(options)
    options.home.mkdir(parents=True, exist_ok=True)
    written = options.home / "latest.json"
    written.write_text(json.dumps(results, indent=1) + "\n")
    say(f"\n{written}")
    return 0


def is_wanted(name: str, options: Options) -> bool:
    """Say whether an act was asked for."""
    return not options.only or any(name.startswith(only) for only in options.only)


def of_installation(options: Options) -> dict[str, Row]:
    """Fill the installation and measure what is done with it."""
    results: dict[str, Row] = {}
    cluster = Cluster(options.home)
    cluster.start()
    try:
        wanted = fill(cluster, options)
        for name, row in measured(options, wanted):
            results[name] = row
            show(name, row)
        for name, row in lists_measured(cluster, options):
            results[name] = row
            show(name, row)
        if is_wanted("import_rows", options):
            from liren.conf.bench.importing import Wanted, import_rows  # noqa: PLC0415  needs Django

            listed = Wanted(options.rows or options.persons, options.form, options.new)
            results["import_rows"] = row = import_rows(cluster, wanted, people=options.persons, wanted=listed)
            show("import_rows", row)
        if is_wanted("places_load", options):
            results["places_load"] = row = places_load(cluster)
            show("places_load", row)
    finally:
        cluster.stop()
    return results


def read(arguments: Sequence[str]) -> Options:
    """Return the options of the command line."""
    parser = argparse.ArgumentParser(prog="liren bench", description="量一量主要操作的速度 measure the main acts")
    parser.add_argument("--seconds", type=float, help="of each act, after one second of warm-up (8)")
    parser.add_argument("--only", action="append", default=[], help="an act, or the beginning of several (repeatable)")
    parser.add_argument("--persons", type=int, help="100,000")
    parser.add_argument("--cases", type=int, help="100,000")
    parser.add_argument(
        "--threads",
        type=int,
        default=THREADS_BEHIND_A_PROXY,
        help="of each web worker (1, as in liren up behind a proxy)",
    )
    parser.add_argument("--rows", type=int, default=0, help="of the list that is brought in (as many as people)")
    parser.add_argument("--form", choices=("csv", "xlsx"), default="csv", help="of that list")
    parser.add_argument("--new", type=float, default=0.2, help="share of that list that nobody has registered")
    parser.add_argument("--quick", action="store_true", help="1,000 people and cases, a moment of each: does it run?")
    parser.add_argument("--home", type=Path, help="the data folder (var/bench)")
    known = parser.parse_args(arguments)
    home = known.home or Path(os.environ.get("LIREN_HOME", ROOT / "var")) / ("bench-quick" if known.quick else "bench")
    seconds, rows = (1.0, 1000) if known.quick else (8.0, 100_000)
    return Options(
        home.resolve(),
        known.seconds or seconds,
        tuple(known.only),
        known.persons or rows,
        known.cases or rows,
        known.threads,
        known.rows,
        known.form,
        known.new,
    )


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


# Filling


def fill(cluster: Cluster, options: Options) -> Any:
    """Bring the installation to the state that is measured, reusing what an earlier run left; return the cast."""
    note = options.home / "filled.json"
    made = {"form": form(), "persons": options.persons, "cases": options.cases}
    known = json.loads(note.read_text()) if note.exists() else {}
    reuse = {name: known.get(name) for name in made} == made
    if not reuse:
        note.unlink(missing_ok=True)
        with cluster.admin() as connection:
            connection.execute("DROP DATABASE IF EXISTS liren WITH (FORCE)")
    cluster.prepare()
    began = time.perf_counter()
    subprocess.run([sys.executable, "-m", "liren.conf.prepare"], check=True)
    import django  # noqa: PLC0415  settings read the database's address, which is there only now

    django.setup()
    from liren.base import clock  # noqa: PLC0415
    from liren.base.rows import applied  # noqa: PLC0415
    from liren.base.scopes import Scope  # noqa: PLC0415
    from liren.conf.bench import fill as filling  # noqa: PLC0415
    from liren.engines.cases.models import Case  # noqa: PLC0415

    if reuse:
        with applied(Scope.everything()):
            if Case.objects.count() > GROWN * options.cases:
                note.unlink()
                return fill(cluster, options)
    else:
        at = clock.now()
        step("tables and base data", began)
        began = time.perf_counter()
        step(f"{filling.people(number=options.persons, at=at):,} people", began)
        began = time.perf_counter()
        filling.staff_and_sample(cases=options.cases, at=at)
        step("posts and a sample of cases, through the actions", began)
        began = time.perf_counter()
        step(f"{filling.multiply(cases=options.cases, at=at):,} cases", began)
        bare_table(cluster)
        note.write_text(json.dumps(made))
    began = time.perf_counter()
    with cluster.admin("liren") as connection:
        connection.execute("VACUUM ANALYZE")
        connection.execute("CHECKPOINT")
    step("vacuum", began)
    return filling.cast()


def step(name: str, began: float) -> None:
    """Tell how long a part of the filling took."""
    say(f"  {name}: {time.perf_counter() - began:.1f} s")


def form() -> str:
    """Return a digest of what shapes the filled database: tables, base data, the fillers themselves."""
    here = Path(__file__).parent
    files = [*ROOT.glob("liren/**/migrations/*.py"), *ROOT.glob("packs/**/*.yaml"), here / "fill.py"]
    files += [here.parent / "demo" / name for name in ("people.py", "settle.py", "cases.py", "offices.py")]
    digest = sha256()
    for path in sorted(files):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def bare_table(cluster: Cluster) -> None:
    """Make the table of the bare views: 100,000 rows with a key."""
    with cluster.admin("liren") as connection:
        connection.execute("SET ROLE owner")
        connection.execute("DROP TABLE IF EXISTS bench_bare")
        connection.execute(
            "CREATE TABLE bench_bare (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, words text NOT NULL)"
        )
        connection.execute("INSERT INTO bench_bare (words) SELECT 'row ' || n FROM generate_series(1, 100000) n")


# Measuring


def measured(options: Options, cast: Any) -> Iterator[tuple[str, Row]]:
    """Yield every act's figures, each beside its limit, which is measured just before it on the same server."""
    from liren.conf.bench.acts import Acts, bare_insert, bare_read, health  # noqa: PLC0415  needs Django

    limits = {"read": bare_read, "insert": bare_insert}
    acts = {name: act for name, act in Acts(cast).all().items() if is_wanted(name, options)}
    title()
    with (
        served("liren.conf.wsgi:application", options) as port,
        served("liren.conf.bench.bare:application", options) as bare,
    ):
        measure(
            HOST, bare, bare_read, clients=4 * CLIENTS, seconds=0.1, warm_up=0
        )  # a port is open before its workers serve
        measure(HOST, port, health, clients=4 * CLIENTS, seconds=0.1, warm_up=0)
        for name, (act, limit) in acts.items():
            seconds, warm = options.seconds, min(1.0, options.seconds)
            measure(
                HOST, port, act, clients=2 * CLIENTS, seconds=0.2, warm_up=0
            )  # what the first requests load and plan
            at_most = measure(HOST, bare, limits[limit], clients=CLIENTS, seconds=seconds / 2, warm_up=warm)
            yield name, figures(measure(HOST, port, act, clients=CLIENTS, seconds=seconds, warm_up=warm), at_most)


def lists_measured(cluster: Cluster, options: Options) -> Iterator[tuple[str, Row]]:
    """Yield the figures of the lists of people, which are measured inside one process, with what the server took for them."""
    from liren.conf.bench.importing import spent_by  # noqa: PLC0415  needs Django
    from liren.conf.bench.lists import MEASURED  # noqa: PLC0415

    for name, ask in MEASURED.items():
        if is_wanted(name, options):
            yield name, ask(partial(spent_by, cluster))


@contextmanager
def served(application: str, options: Options) -> Iterator[int]:
    """Serve a WSGI application with the workers and threads of ``liren up`` and give its port."""
    with socket.create_server((HOST, 0)) as found:
        port = int(found.getsockname()[1])
    log = options.home / "log" / "bench.log"
    with log.open("ab") as out, subprocess.Popen(
        [
            sys.executable, "-m", "granian", "--interface", "wsgi", application, "--host", HOST, "--port", str(port), "--no-ws",
            "--workers", str(WORKERS), "--blocking-threads", str(options.threads), "--log-level", "warning",
        ],
        stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True, preexec_fn=die_with_parent,  # noqa: PLW1509
    ) as process:  # fmt: skip
        try:
            until = time.monotonic() + PATIENCE_SECONDS
            while True:
                try:
                    socket.create_connection((HOST, port), timeout=1).close()
                    break
                except OSError:
                    if process.poll() is not None or time.monotonic() > until:
                        raise RuntimeError(f"{application} does not answer; see {log}") from None
                    time.sleep(0.1)
            yield port
        finally:
            process.terminate()
            process.wait()


def figures(act: Measured, limit: Measured) -> Row:
    """Return what is written down of an act."""
    return {
        "p50_ms": round(act.percentile_ms(50), 2),
        "p95_ms": round(act.percentile_ms(95), 2),
        "per_s": round(act.per_second, 1),
        "limit_per_s": round(limit.per_second, 1),
        "ratio": round(act.per_second / limit.per_second, 3),
        "n": len(act.latencies),
    }


def places_load(cluster: Cluster) -> Row:
    """Load all divisions into an empty database; the limit is COPY of the same rows into a table without indexes."""
    name = "bench_places"
    with cluster.admin() as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        make_database(connection, name)
    with cluster.admin(name) as connection:
        furnish(connection)
    urls = {role: url.replace("/liren?", f"/{name}?") for role, url in cluster.urls().items()}
    elsewhere = {**os.environ, "DATABASE_URL": urls["app"], "LIREN_OWNER_URL": urls["owner"]}
    manage = [sys.executable, "-m", "liren", "manage"]
    subprocess.run([*manage, "migrate", "places", "--database", "owner", "--verbosity", "0"], check=True, env=elsewhere)
    began = time.perf_counter()
    subprocess.run([*manage, "load_places", "--verbosity", "0"], check=True, env=elsewhere)
    seconds = time.perf_counter() - began
    with cluster.admin(name) as connection, connection.cursor() as cursor:
        with cursor.copy("COPY places_place TO STDOUT") as out:
            data = b"".join(bytes(part) for part in out)
        cursor.execute("CREATE TABLE copied (LIKE places_place)")
        began = time.perf_counter()
        with cursor.copy("COPY copied FROM STDIN") as copy:
            copy.write(data)
        limit = cursor.rowcount / (time.perf_counter() - began)
        rows = cursor.rowcount
    with cluster.admin() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    took = round(seconds * 1000, 1)
    return {
        "p50_ms": took, "p95_ms": took, "per_s": round(rows / seconds, 1), "limit_per_s": round(limit, 1),
        "ratio": round(rows / seconds / limit, 3), "n": rows,
    }  # fmt: skip


# Telling


def title() -> None:
    """Print the head of the table."""
    say(f"\n{'':24}{'p50 ms':>10}{'p95 ms':>10}{'per s':>12}{'limit/s':>12}{'ratio':>8}{'n':>10}")


def show(name: str, row: Row) -> None:
    """Print a line of the table."""
    say(
        f"{name:24}{row['p50_ms']:>10,.1f}{row['p95_ms']:>10,.1f}{row['per_s']:>12,.1f}{row['limit_per_s']:>12,.1f}"
        f"{row['ratio']:>8.2f}{row['n']:>10,}"
    )
    further = [f"{name} {value:,}" for name, value in row.items() if name not in USUAL]
    if further:
        say(f"{'':24}{', '.join(further)}")
