"""``liren manage rows_bench``: what row security costs on a million rows, beside the same questions with an explicit WHERE."""

# ruff: noqa: S608  every statement is made of constants of this file

import io
import random
import statistics
import sys
from collections.abc import Callable
from contextlib import contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import connections, transaction

from liren.base.rows import RowSecurity, apply, fitting
from liren.base.scopes import Scope
from liren.foundation.places.rules import COMMUNITY, COUNTY, TOWNSHIP, AreaRange, ancestor, subtree

FIRST_COUNTY, COUNTIES = 320102, 25
TOWNSHIPS, COMMUNITIES = 12, 20
TABLES = ("rows_bench_open", "rows_bench_placed", "rows_bench_owned")
VACUUMS = 5
TURNS = 6  # the quickest of so many, in changing order: what else the machine does is not part of the answer
NAMES = {"rows_bench_placed": "by place", "rows_bench_owned": "by place and owner"}


class Command(BaseCommand):
    """Fills three equal tables by COPY (no policy, policy over places, policy over places and owners) and asks each the same."""

    help = "Measure what row security costs."

    def add_arguments(self, parser: CommandParser) -> None:
        """Take the sizes."""
        parser.add_argument("--rows", type=int, default=1_000_000)
        parser.add_argument("--rounds", type=int, default=200)
        parser.add_argument(
            "--counties",
            type=int,
            default=COUNTIES,
            help="over which the rows are spread: 25 give a community of a million rows 167, 2 give it 2,083 as a real one has",
        )
        parser.add_argument("--keep", action="store_true", help="leave the tables, for a look with psql or --again")
        parser.add_argument("--again", action="store_true", help="ask the tables that --keep left")

    def handle(self, *args: Any, **options: Any) -> None:
        """Fill, measure in turns, print p50, p95 and the ratios, tidy up."""
        rows, rounds = options["rows"], options["rounds"]
        dice = random.Random(20260903)  # noqa: S311  the same rows every time
        try:
            areas = [
                county * 10**9 + township * 10**6 + community * 10**3
                for county in range(FIRST_COUNTY, FIRST_COUNTY + options["counties"])
                for township in range(1, TOWNSHIPS + 1)
                for community in range(1, COMMUNITIES + 1)
            ]
            if not options["again"]:
                self.fill(rows, areas, dice)
            if not rounds:
                return
            self.stdout.write(f"{rows:,} rows a table\n")
            self.stdout.write(
                f"{'question':34}{'planned':12}{'policy':22}{'p50 ms':>9}{'p95 ms':>9}{'WHERE p50':>11}{'ratio':>8}"
            )
            for question in questions(rows, areas, dice):
                some = rounds if "count" not in question.words else max(rounds // 10, 20)
                self.compare(question, some)
        finally:
            if not options["keep"]:
                with connections["owner"].cursor() as cursor:
                    cursor.execute(f"DROP TABLE IF EXISTS {', '.join(TABLES)}")

    def fill(self, rows: int, areas: list[int], dice: random.Random) -> None:
        """Make the tables of people in these communities."""
        role = settings.DATABASES["default"]["USER"]
        owner = connections["owner"]
        with transaction.atomic(using="owner"), owner.cursor() as cursor:
            cursor.execute(f"DROP TABLE IF EXISTS {', '.join(TABLES)}")
            for table in TABLES:
                cursor.execute(
                    f"CREATE TABLE {table} (id bigint PRIMARY KEY, area bigint NOT NULL, county integer NOT NULL,"
                    ' subject bigint NOT NULL, name text COLLATE "C" NOT NULL, note text NOT NULL)'
                )
            lines = io.StringIO()
            for number in range(1, rows + 1):
                area = dice.choice(areas)
                lines.write(
                    f"{number}\t{area}\t{area // 10**9}\t{number % (rows // 3) + 1}\tn{dice.randrange(10**6):06d}\t{'x' * 40}\n"
                )
            for table in TABLES:
                with cursor.copy(f"COPY {table} FROM STDIN") as copy:
                    copy.write(lines.getvalue())
                cursor.execute(f"CREATE INDEX ON {table} (area, id)")
                cursor.execute(f"CREATE INDEX ON {table} (area, subject)")
                cursor.execute(f"CREATE INDEX ON {table} (subject, id)")
                cursor.execute(f"CREATE INDEX ON {table} (name, area)")
                cursor.execute(f'GRANT SELECT ON {table} TO "{role}"')
            for table, subject in (("rows_bench_placed", False), ("rows_bench_owned", True)):
                condition = RowSecurity(table, subject=subject).condition()
                cursor.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY")
                cursor.execute(f"CREATE POLICY scope ON {table} USING ({condition})")
        with owner.cursor() as cursor:
            for table in TABLES:
                for _try in range(VACUUMS):  # somebody's snapshot may keep pages from counting as visible to all
                    cursor.execute(f"VACUUM (ANALYZE, FREEZE) {table}")
                    cursor.execute("SELECT relallvisible >= relpages FROM pg_class WHERE relname = %s", [table])
                    if cursor.fetchone()[0]:
                        break

    def compare(self, question: "Question", rounds: int) -> None:
        """Ask all three tables in turns, so that what else the machine does falls on all alike."""
        taken: dict[str, list[float]] = {table: [] for table in TABLES}
        for number in range(rounds):
            scope, values = question.draw()
            tables = TABLES if scope.own_lo != scope.own_hi else (TABLES[0], TABLES[2])  # residents need owners
            tries: dict[str, list[float]] = {table: [] for table in tables}
            answers = set()
            for turn in range(TURNS):
                for shift in range(len(tables)):
                    table = tables[(number + turn + shift) % len(tables)]
                    seconds, answer = asked(question.sql.format(table=table), scope, values, ahead=question.narrow)
                    tries[table].append(seconds * 1000)
                    answers.add(answer)
            if len(answers) != 1:
                self.stderr.write(f"{question.words}: the tables disagree: {answers}")
                sys.exit(1)
            for table in tables:
                taken[table].append(min(tries[table]))
        base = statistics.median(taken[TABLES[0]])
        for table in TABLES[1:]:
            if taken[table]:
                half, most = statistics.median(taken[table]), statistics.quantiles(taken[table], n=20)[-1]
                self.stdout.write(
                    f"{question.words:34}{'ahead' if question.narrow else 'kept':12}{NAMES[table]:22}"
                    f"{half:9.3f}{most:9.3f}{base:11.3f}{half / base:8.2f}"
                )


@contextmanager
def scoped(scope: Scope) -> Any:
    """Open a transaction of the serving role under a scope."""
    with transaction.atomic():
        apply(scope)
        yield


def asked(sql: str, scope: Scope, values: dict[str, Any], *, ahead: bool) -> tuple[float, str]:
    """Return how long the answer took, in seconds, and the answer; the transaction and its scope are not part of the time."""
    with scoped(scope), connections["default"].cursor():  # a cursor sends what begins the transaction
        began = perf_counter()
        answer = fitting(sql, values, narrow=ahead)
        return perf_counter() - began, str(answer)


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of each table; the plan of ``narrow`` ones is one for all values, that of others is kept for each place (``base.rows.fitting``)."""

    words: str
    sql: str
    draw: Callable[[], tuple[Scope, dict[str, Any]]]
    narrow: bool = True


def questions(rows: int, areas: list[int], dice: random.Random) -> list[Question]:
    """Return the questions with their SQL; every one says its range itself, so that only the policy differs."""

    def at(level: int) -> Callable[[], tuple[Scope, dict[str, Any]]]:
        def draw() -> tuple[Scope, dict[str, Any]]:
            here: AreaRange = subtree(level, ancestor(dice.choice(areas), level))
            name = f"n{dice.randrange(10**4):04d}"
            return Scope.staff(here.lo, here.hi), {
                "lo": here.lo,
                "hi": here.hi,
                "id": dice.randrange(rows) + 1,
                "name": name,
                "name_end": name + "\U0010ffff",
            }

        return draw

    def own() -> tuple[Scope, dict[str, Any]]:
        subject = dice.randrange(rows // 3) + 1
        return Scope.resident(subject), {"subject": subject, "id": subject}

    within = "area BETWEEN %(lo)s AND %(hi)s"
    return [
        Question("count of a community", f"SELECT count(*) FROM {{table}} WHERE {within}", at(COMMUNITY)),
        Question("count of a township", f"SELECT count(*) FROM {{table}} WHERE {within}", at(TOWNSHIP), narrow=False),
        Question("count of a county", f"SELECT count(*) FROM {{table}} WHERE {within}", at(COUNTY), narrow=False),
        Question(
            "one row by id, seat of a county",
            f"SELECT name FROM {{table}} WHERE id = %(id)s AND {within}",
            at(COUNTY),
        ),
        Question(
            "first 50 of a township",
            f"SELECT id, name FROM {{table}} WHERE {within} ORDER BY area, id LIMIT 50",
            at(TOWNSHIP),
            narrow=False,
        ),
        Question(
            "20 names by prefix in a county",
            f"SELECT id FROM {{table}} WHERE name >= %(name)s AND name < %(name_end)s AND {within} ORDER BY name, id LIMIT 20",
            at(COUNTY),
        ),
        Question("a resident's own rows", "SELECT id FROM {table} WHERE subject = %(subject)s ORDER BY id", own),
        Question(
            "a resident's one row by id", "SELECT name FROM {table} WHERE id = %(id)s AND subject = %(subject)s", own
        ),
    ]
