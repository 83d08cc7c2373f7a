"""Lays the relations that rules read out as temporary tables: of all people of an area, or of thousands who are named.

A few people at a time are one statement (``evaluating.few``); here every relation is a table with statistics, and what many rules
ask for, kin and house mates above all, is worked out once for all of them.
"""
# ruff: noqa: S608 - the texts are our own, the words of rules are checked before they become text

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from django.db import connection

from liren.registry.queries.evaluating import (
    COLUMNS,
    KIN_KINDS,
    REACHED,
    SEVERAL,
    STANDS,
    Needs,
    fresh,
    guards,
    kin,
    listed,
    proof,
)
from liren.registry.rules.categories import Rule

MEMORY = "256MB"
TABLES = (
    "rule_person", "rule_line", "rule_tie", "rule_kin", "rule_fresh", "rule_evidence", "rule_outside", "rule_due", "rule_otherwise",
)  # fmt: skip


@contextmanager
def laid_out(
    rules: Sequence[Rule], lo: int, hi: int, up_to: date, *, ties: Sequence["Tie"] | None = None
) -> Iterator[str]:
    """Lay out what ``rules`` read of the people of an area, for a while inside the transaction; give the condition that finds them.

    ``ties`` is what ``ties_across`` said; without it who lives elsewhere is looked for.
    """
    needs, here = Needs.of(rules), f"f.area BETWEEN {lo:d} AND {hi:d}"
    with connection.cursor() as cursor:
        _begin(cursor)
        _lines(cursor, needs, f"registry_fact f WHERE {here}")
        _table(
            cursor,
            "rule_person",
            f"SELECT subject, area, sex, birth_on, deceased_on FROM registry_person f WHERE {here}",
        )
        if needs.who:
            _outsiders(cursor, needs, lo, hi, ties)
        _finish(cursor, rules, needs, up_to)
        yield f"area BETWEEN {lo:d} AND {hi:d}"
        _drop(cursor)


def lay_asked(subjects: Sequence[int]) -> tuple[list[int], list[int]]:
    """Lay out as ``rule_asked`` whose memberships may change with the facts of ``subjects``; return their areas, and who has no file."""
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS pg_temp.rule_asked")
        _table(
            cursor, "rule_asked",
            f"WITH asked AS (SELECT unnest(%(subjects)s::bigint[]) AS subject) SELECT r.subject, p.area FROM ({REACHED}) r"
            " LEFT JOIN registry_person p ON p.id = r.subject", {"subjects": list(subjects)},
        )  # fmt: skip
        cursor.execute("SELECT DISTINCT area FROM rule_asked WHERE area IS NOT NULL")
        areas = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT subject FROM rule_asked WHERE area IS NULL")
        return areas, [row[0] for row in cursor.fetchall()]


@contextmanager
def laid_out_for(rules: Sequence[Rule], areas: Sequence[int], up_to: date) -> Iterator[str]:
    """Lay out what ``rules`` read of the people of ``rule_asked`` who live in ``areas``; give the condition that finds them."""
    asked = f"(SELECT subject FROM rule_asked WHERE area IN ({', '.join(f'{area:d}' for area in areas)}))"
    needs = Needs.of(rules)
    with connection.cursor() as cursor:
        _begin(cursor)
        _table(cursor, "rule_outside", f"WITH asked AS MATERIALIZED {asked} {REACHED}")
        _lines(cursor, needs, "rule_outside o JOIN registry_fact f ON f.subject = o.subject WHERE TRUE")
        _table(
            cursor, "rule_person",
            "SELECT p.subject, p.area, p.sex, p.birth_on, p.deceased_on FROM rule_outside o JOIN registry_person p ON p.id = o.subject",
        )  # fmt: skip
        _finish(cursor, rules, needs, up_to, of=f"subject IN {asked}")
        yield f"subject IN {asked}"
        _drop(cursor)


def lay_members(rules: Sequence[Rule], *, of: str, horizon: date, told: bool = True) -> int:
    """Work out the memberships of the people whom ``of`` finds into ``rule_fresh`` (and ``rule_evidence``); return how many there are."""
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_nestloop = off")  # how many a guard lets through is guessed far too low
        _table(cursor, "rule_fresh", f"SELECT * FROM ({fresh(rules)}) m WHERE {of}", {"horizon": horizon})
        if told:
            _table(cursor, "rule_evidence", proof(rules))
        cursor.execute("SET LOCAL enable_nestloop = on")
        cursor.execute("SELECT count(*) FROM rule_fresh")
        return int(cursor.fetchone()[0])


def _begin(cursor: Any) -> None:
    cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'; SET LOCAL jit = off")
    _drop(cursor)


def _lines(cursor: Any, needs: Needs, source: str) -> None:
    """Lay out what facts say of people apart from what makes kin: most rules ask for a few of the former only."""
    for name, which in _which(needs):
        _table(cursor, name, f"SELECT {COLUMNS} FROM {source} AND {which} AND {STANDS}")


def _which(needs: Needs) -> list[tuple[str, str]]:
    return [("rule_line", f"f.kind IN {listed(needs.lines)}"), ("rule_tie", needs.tied())]


Tie = tuple[int, int, int, int]
"""Two people who are kin or of one household and kept in different areas: subject and area of the one, of the other."""

_ACROSS = f"""
SELECT f.subject, f.area, p.subject, p.area FROM registry_fact f JOIN registry_person p ON p.id = f.other
 WHERE f.kind IN {KIN_KINDS} AND f.other IS NOT NULL AND p.area <> f.area
 UNION
SELECT a.subject, a.area, b.subject, b.area
  FROM (SELECT household FROM registry_fact WHERE kind = 'member' GROUP BY household HAVING min(area) <> max(area)) h
  JOIN registry_fact a ON a.household = h.household AND a.kind = 'member'
  JOIN registry_fact b ON b.household = h.household AND b.kind = 'member' AND b.area > a.area
"""


def ties_across() -> list[Tie]:
    """Return everybody of the installation whose kin or house mates are kept in another area: once, for all parts of a recount."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL work_mem = '{MEMORY}'")
        cursor.execute(_ACROSS)
        found: list[Tie] = cursor.fetchall()
        return found


def _tied_to(ties: Sequence[Tie], lo: int, hi: int) -> list[int]:
    """Return who is kept outside of an area and tied to somebody inside."""
    found = set[int]()
    for one, of_one, other, of_other in ties:
        if (lo <= of_one <= hi) != (lo <= of_other <= hi):
            found.add(other if lo <= of_one <= hi else one)
    return sorted(found)


def _outsiders(cursor: Any, needs: Needs, lo: int, hi: int, ties: Sequence[Tie] | None) -> None:
    """Add kin and house mates who are kept elsewhere, with their lines; ``ties`` says who they are when it is known already."""
    elsewhere = f"f.area NOT BETWEEN {lo:d} AND {hi:d}"
    if ties is not None:
        _table(
            cursor, "rule_outside", "SELECT unnest(%(people)s::bigint[]) AS subject", {"people": _tied_to(ties, lo, hi)}
        )
    else:
        _table(
            cursor,
            "rule_outside",
            f"""
            SELECT other AS subject FROM rule_tie f WHERE kind IN {KIN_KINDS} AND other IS NOT NULL
               AND NOT EXISTS (SELECT FROM rule_person p WHERE p.subject = f.other)
             UNION
            SELECT f.subject FROM registry_fact f JOIN rule_person p ON p.subject = f.other WHERE f.kind IN {KIN_KINDS} AND {elsewhere}
             UNION
            SELECT f.subject FROM registry_fact f WHERE f.kind = 'member' AND {elsewhere}
               AND f.household IN (SELECT household FROM rule_tie WHERE kind = 'member')
            """,
        )
    for name, which in _which(needs):
        cursor.execute(
            f"INSERT INTO {name} SELECT {COLUMNS} FROM rule_outside o JOIN registry_fact f ON f.subject = o.subject"
            f" WHERE {which} AND {elsewhere} AND {STANDS}"
        )
    cursor.execute(
        "INSERT INTO rule_person SELECT f.subject, f.area, f.sex, f.birth_on, f.deceased_on FROM rule_outside o"
        f" JOIN registry_person f ON f.id = o.subject WHERE {elsewhere}"
    )


def _finish(cursor: Any, rules: Sequence[Rule], needs: Needs, up_to: date, *, of: str = "TRUE") -> None:
    """Say which of several lines speaks when, find lines by kind, and lay out kin."""
    for name in ("rule_line", "rule_tie"):
        cursor.execute(SEVERAL.replace("{table}", name))
    cursor.execute(
        "CREATE INDEX ON rule_line (kind, code) WHERE kind <> 'residence'; ANALYZE rule_line; ANALYZE rule_tie"
    )
    cursor.execute("ANALYZE rule_person")
    _table(cursor, "rule_kin", kin(needs.who, of=of, guards=guards(rules)), {"horizon": up_to})


def _table(cursor: Any, name: str, query: str, values: dict[str, Any] | None = None) -> None:
    cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}", values or {})
    cursor.execute(f"ANALYZE {name}")


def _drop(cursor: Any) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in TABLES)}")
