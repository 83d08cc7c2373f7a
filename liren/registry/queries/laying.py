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

from liren.base.rows import whole
from liren.registry.queries.evaluating import (
    ALL_THAT_STAND,
    HOMES,
    KIN_KINDS,
    LINE,
    MERGED,
    REACHED,
    SORT,
    STANDS,
    TIE,
    WORD,
    Needs,
    fresh,
    guards,
    kin,
    listed,
    proof,
    spoken,
)
from liren.registry.rules.categories import Rule
from liren.registry.rules.compiling import number

MEMORY = "256MB"
SAMPLE = 20
"""A fifth of the usual sample tells enough of tables that are read a few times."""
TABLES = (
    "rule_person", "rule_line", "rule_tie", "rule_home", "rule_kin", "rule_several", "rule_spoken", "rule_fresh", "rule_evidence",
    "rule_outside", "rule_otherwise",
)  # fmt: skip


@contextmanager
def laid_out(rules: Sequence[Rule], lo: int, hi: int, up_to: date) -> Iterator[str]:
    """Lay out what ``rules`` read of the people of an area, for a while inside the transaction; give the condition that finds them."""
    needs, here = Needs.of(rules), f"f.area BETWEEN {lo:d} AND {hi:d}"
    with connection.cursor() as cursor:
        _begin(cursor)
        with whole():
            _lines(cursor, needs, f"registry_fact f WHERE {here}", ALL_THAT_STAND)
        _table(
            cursor,
            "rule_person",
            f"SELECT subject, area, sex, birth_on, deceased_on FROM registry_person f WHERE {here}",
        )
        if needs.who:
            _outsiders(cursor, needs, lo, hi)
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
        _lines(cursor, needs, "rule_outside o JOIN registry_fact f ON f.subject = o.subject WHERE TRUE", STANDS)
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
        with whole():  # how many a guard lets through is guessed far too low
            _table(cursor, "rule_fresh", f"SELECT * FROM ({fresh(rules)}) m WHERE {of}", {"horizon": horizon})
            if told:
                cursor.execute("CREATE TEMP TABLE rule_evidence ON COMMIT DROP AS " + proof(rules))
        cursor.execute("SELECT count(*) FROM rule_fresh")
        return int(cursor.fetchone()[0])


def _begin(cursor: Any) -> None:
    cursor.execute(
        f"SET LOCAL work_mem = '{MEMORY}'; SET LOCAL jit = off; SET LOCAL default_statistics_target = {SAMPLE}"
    )
    _drop(cursor)


def _lines(cursor: Any, needs: Needs, source: str, standing: str) -> None:
    """Lay out what facts say of people, what makes them kin, and where they live: a rule asks for one of these at a time."""
    for name, columns, which in _which(needs):
        cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {columns} FROM {source} AND {which} AND {standing}")


_LINE = f"""
SELECT f.subject, {SORT} AS sort, {WORD} AS word, f.valid_from AS since, coalesce(f.valid_until, 'infinity') AS until, TRUE AS alone,
       f.kind, f.code, f.other, f.valid_from, f.valid_until, f.id"""
_HOME = "SELECT f.id, f.subject, f.household, f.valid_from AS since, coalesce(f.valid_until, 'infinity') AS until"


def _which(needs: Needs) -> list[tuple[str, str, str]]:
    return [
        ("rule_line", _LINE, f"f.kind IN {listed(needs.lines)}"),
        ("rule_tie", TIE, needs.tied() if KIN_KINDS[0] in needs.ties else "FALSE"),
        ("rule_home", _HOME, "f.kind = 'member'" if "member" in needs.ties else "FALSE"),
    ]


MANY_LINES = 500_000
"""From so many lines on, as the server has counted them, those that point into an area from elsewhere are looked up."""
_JOINED = (
    "SELECT f.subject FROM registry_fact f JOIN rule_person p ON p.subject = f.other WHERE f.kind IN {kinds} AND {elsewhere}",
    "SELECT f.subject FROM registry_fact f WHERE f.kind = 'member' AND {elsewhere} AND f.household IN (SELECT household FROM rule_home)",
)
_LOOKED_UP = (
    "SELECT said.subject FROM rule_person p CROSS JOIN LATERAL (SELECT f.subject FROM registry_fact f"
    " WHERE f.other = p.subject AND f.kind IN {kinds} AND {elsewhere} OFFSET 0) said",
    "SELECT lives.subject FROM (SELECT DISTINCT household FROM rule_home) h CROSS JOIN LATERAL (SELECT f.subject FROM registry_fact f"
    " WHERE f.household = h.household AND f.kind = 'member' AND {elsewhere} OFFSET 0) lives",
)
"""OFFSET keeps each look into an index a look: a merge would read the index of the country for one community. Of a table without statistics
the server would read all lines for each look: that one is joined."""


def _outsiders(cursor: Any, needs: Needs, lo: int, hi: int) -> None:
    """Add kin and house mates who are kept elsewhere, with their lines."""
    elsewhere = f"f.area NOT BETWEEN {lo:d} AND {hi:d}"
    cursor.execute("SELECT reltuples FROM pg_class WHERE oid = 'registry_fact'::regclass")
    said, lives = _LOOKED_UP if cursor.fetchone()[0] >= MANY_LINES else _JOINED
    _table(
        cursor,
        "rule_outside",
        f"""
        SELECT other AS subject FROM rule_tie f WHERE other IS NOT NULL
           AND NOT EXISTS (SELECT FROM rule_person p WHERE p.subject = f.other)
         UNION {said.format(kinds=KIN_KINDS, elsewhere=elsewhere)} UNION {lives.format(elsewhere=elsewhere)}
        """,
    )
    for name, columns, which in _which(needs):
        cursor.execute(
            f"INSERT INTO {name} {columns} FROM rule_outside o JOIN registry_fact f ON f.subject = o.subject"
            f" WHERE {which} AND {elsewhere} AND {STANDS}"
        )
    cursor.execute(
        "INSERT INTO rule_person SELECT f.subject, f.area, f.sex, f.birth_on, f.deceased_on FROM rule_outside o"
        f" JOIN registry_person f ON f.id = o.subject WHERE {elsewhere}"
    )


_SEVERAL_LINES = """
CREATE TEMP TABLE rule_several ON COMMIT DROP AS
SELECT id, subject, kind, code, NULL::bigint AS household, valid_from, valid_until FROM rule_line WHERE (subject, sort) IN (
  SELECT subject, sort FROM rule_line GROUP BY subject, sort HAVING count(*) > 1)
"""
_SEVERAL_HOMES = """
CREATE TEMP TABLE rule_several ON COMMIT DROP AS
SELECT id, subject, 'member' AS kind, '' AS code, household, since AS valid_from, until AS valid_until FROM rule_home WHERE subject IN (
  SELECT subject FROM rule_home GROUP BY subject HAVING count(*) > 1)
"""


def _finish(cursor: Any, rules: Sequence[Rule], needs: Needs, up_to: date, *, of: str = "TRUE") -> None:
    """Say which of several lines counts when, find lines by kind, and lay out kin."""
    if _several(cursor, _SEVERAL_LINES):
        cursor.execute(
            "UPDATE rule_line l SET alone = FALSE, since = 'infinity', until = '-infinity' FROM rule_several s WHERE s.id = l.id;"
            f" INSERT INTO rule_line ({LINE}) {MERGED}"
        )
    if _several(cursor, _SEVERAL_HOMES):
        cursor.execute(
            "DELETE FROM rule_home l USING rule_several s WHERE s.id = l.id;"
            " INSERT INTO rule_home (subject, household, since, until)" + HOMES
        )
    often = number("'residence'")
    cursor.execute(
        f"CREATE INDEX ON rule_line (sort, word) WHERE sort <> {often}; CREATE INDEX ON rule_line (sort) WHERE NOT alone"
    )
    cursor.execute("ANALYZE rule_line (subject, sort, word, alone, kind); ANALYZE rule_tie (subject, word, other)")
    cursor.execute("ANALYZE rule_home (subject, household); ANALYZE rule_person")
    _table(cursor, "rule_kin", kin(needs.who, of=of, guards=guards(rules)), {"horizon": up_to})


def _several(cursor: Any, text: str) -> bool:
    """Lay out as ``rule_spoken`` when lines count of people who have several of a kind; say whether there are any."""
    cursor.execute("DROP TABLE IF EXISTS pg_temp.rule_several, pg_temp.rule_spoken")
    cursor.execute(text)
    found = bool(cursor.rowcount)
    if found:
        _table(cursor, "rule_spoken", spoken("rule_several"))
    return found


def _table(cursor: Any, name: str, query: str, values: dict[str, Any] | None = None) -> None:
    cursor.execute(f"CREATE TEMP TABLE {name} ON COMMIT DROP AS {query}", values or {})
    cursor.execute(f"ANALYZE {name}")


def _drop(cursor: Any) -> None:
    cursor.execute(f"DROP TABLE IF EXISTS {', '.join(f'pg_temp.{name}' for name in TABLES)}")
