"""Tell what became of each row: the person and the reasons, earlier rows about the same person, the household of its block."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date

import duckdb
import pyarrow as pa

from liren.base.likeness import NameLevel, day_level
from liren.exchange.queries.findings import Found
from liren.exchange.queries.memory import fetched, load
from liren.exchange.rules.weighing import OF_DAYS, OF_NAMES, PROVED_BITS, Candidate, Outcome, Why

_VERDICTS = pa.schema([("ref", pa.int64()), ("person", pa.int64()), ("is_new", pa.bool_())])


def told(database: duckdb.DuckDBPyConnection, decided: dict[int, Found]) -> Iterator[Found]:
    """Yield what became of each row: those that a key settled, then those that were weighed."""
    ours = ((found.ref, found.person, found.outcome is Outcome.NEW) for found in decided.values())
    load(database, "verdict", _VERDICTS, ours)
    database.execute(
        "CREATE TABLE found AS SELECT ref, person FROM settled UNION ALL SELECT ref, person FROM verdict WHERE person IS NOT NULL"
    )
    repeats = _repeats(database)
    _houses(database)
    cursor = database.cursor()
    cursor.execute(
        "SELECT ref, person, level, by_number, row.birth, known.birth, house.home"
        " FROM settled JOIN row USING (ref) JOIN known USING (person) LEFT JOIN house USING (block)"
    )
    for ref, person, level, by_number, one, other, house in fetched(cursor):
        why = _proof(level, by_number, one, other)
        yield Found(ref, Outcome.MATCH, (Candidate(person, PROVED_BITS, why),), repeats.get(ref), house)
    cursor.execute("SELECT ref, house.home FROM open LEFT JOIN house USING (block)")
    for ref, house in fetched(cursor):
        yield replace(decided.get(ref) or Found(ref, Outcome.NEW), repeats=repeats.get(ref), household=house)


def _houses(database: duckdb.DuckDBPyConnection) -> None:
    """Make ``house``: for each block of the file the household in which at least half of those were found who were found at all."""
    database.execute(
        "CREATE TABLE house AS WITH seen AS (SELECT block, person, homes"
        " FROM (SELECT block, person FROM found JOIN row USING (ref) UNION FROM beside) JOIN known USING (person) WHERE block <> ''),"
        " counted AS (SELECT block, count(DISTINCT person) AS many FROM seen GROUP BY block),"
        " voted AS (SELECT block, unnest(homes) AS home, person FROM seen)"
        " SELECT block, home FROM voted JOIN counted USING (block) GROUP BY block, home, many HAVING count(DISTINCT person) * 2 >= many"
        " QUALIFY row_number() OVER (PARTITION BY block ORDER BY count(DISTINCT person) DESC, home) = 1"
    )


def _proof(level: int, by_number: bool, one: date | None, other: date | None) -> tuple[Why, ...]:
    name = OF_NAMES[NameLevel(level)]
    if not by_number:
        return (name, Why.BIRTH, Why.PHONE)
    day = OF_DAYS[day_level(one, other)] if one != other else Why.BIRTH
    return (Why.NUMBER, name, day) if day else (Why.NUMBER, name)


def _repeats(database: duckdb.DuckDBPyConnection) -> dict[int, int]:
    """Return rows that are about the person of an earlier row: matched with the same person, or new and alike in what they say."""
    first = "SELECT ref, min(ref) OVER (PARTITION BY {same}) AS first FROM {rows} QUALIFY first < ref"
    new = "(SELECT * FROM open ANTI JOIN (FROM verdict WHERE NOT is_new) USING (ref))"
    alike = (
        ("person", "found"),
        ("number", f"{new} WHERE number IS NOT NULL AND len(slips) = 0"),
        ("folded, birth, sex, area", f"{new} WHERE birth IS NOT NULL AND (number IS NULL OR len(slips) > 0)"),
    )
    parts = (first.format(same=same, rows=rows) for same, rows in alike)
    return dict(database.execute(" UNION ALL ".join(parts)).fetchall())
