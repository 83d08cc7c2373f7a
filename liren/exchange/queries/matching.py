"""Who in the registry a row is: numbers first, then name with birthday and phone, then all that is known, weighed by Splink.

It runs in a DuckDB database in memory, which ends with it. Of the registry's identity numbers and phones only blind indexes go in: what is
compared is whether two are the same, and whether one is among the numbers another may have been meant for.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import duckdb
import pyarrow as pa

from liren.base.likeness import NameLevel, folded, name_level, name_shape
from liren.exchange.queries.findings import Found, Incoming
from liren.exchange.queries.memory import fetched, load, load_parts, memory, single
from liren.exchange.queries.openings import as_it_stands, opened, shape_columns
from liren.exchange.queries.telling import told
from liren.exchange.queries.weighed import weighed
from liren.exchange.rules.weighing import (
    UNSURE_BITS,
    Candidate,
    Outcome,
    Why,
    decide,
    model,
)

Say = Callable[[str, float], None]
MOST_SHARING = 20  # people under one phone

PEOPLE = pa.schema(
    [
        ("person", pa.int64()), ("homes", pa.list_(pa.int64())), ("area", pa.int64()), ("name", pa.string()), ("sound", pa.string()),
        ("sex", pa.string()), ("birth", pa.date32()), ("number", pa.int64()), ("phones", pa.list_(pa.int64())),
    ]
)  # fmt: skip
_ROWS = pa.schema(
    [
        ("ref", pa.int64()), ("name", pa.string()), ("sex", pa.string()), ("birth", pa.date32()), ("given", pa.string()), ("number", pa.int64()),
        ("phones", pa.list_(pa.string())), ("area", pa.int64()), ("block", pa.string()),
    ]
)  # fmt: skip
_SHAPE = [
    ("folded", pa.string()), ("sound", pa.string()), ("signs", pa.string()), ("surname", pa.string()), ("gaps", pa.int64()),
    ("one_other", pa.list_(pa.string())), ("one_less", pa.list_(pa.string())),
]  # fmt: skip
OPEN = pa.schema(
    [
        ("ref", pa.int64()), *_SHAPE, ("sex", pa.string()), ("birth", pa.date32()), ("number", pa.int64()), ("slips", pa.list_(pa.int64())),
        ("phones", pa.list_(pa.int64())), ("area", pa.int64()), ("block", pa.string()),
    ]
)  # fmt: skip
READY = pa.schema(
    [*OPEN, ("name", pa.string()), ("said_sex", pa.string()), ("said_birth", pa.date32()), ("said_number", pa.int64())]
)
"""A row that was opened already, and what it says as it stands."""
_BESIDE = pa.schema([("block", pa.string()), ("person", pa.int64())])
_SHAPES = pa.schema([("name", pa.string()), *_SHAPE])
_LEVELS = pa.schema([("one", pa.string()), ("other", pa.string()), ("level", pa.int64())])


def quiet(_step: str, _share: float) -> None:
    """Say nothing; whoever wants to show progress, or to break off by raising, passes something else."""


def matched(
    rows: Iterable[Incoming],
    people: Iterable[pa.Table],
    *,
    beside: Iterable[tuple[str, int]] = (),
    ready: Iterable[pa.Table] = (),
    threads: int = 2,
    most: str = "1GB",
    say: Say = quiet,
) -> Iterator[Found]:
    """Yield what becomes of each row held against the people of the registry (``PEOPLE``, see ``known_people``), in no set order.

    ``beside`` names people who were found before for other rows of a block; ``ready`` are more rows, opened already (``READY``).
    """
    with memory(threads=threads, most=most) as database:
        say("people", 0.0)
        load_parts(database, "known", PEOPLE, people)
        say("rows", 0.15)
        load(database, "row", _ROWS, map(as_it_stands, rows))
        load_parts(database, "ready", READY, ready)
        database.execute(
            "INSERT INTO row SELECT ref, name, said_sex, said_birth, '', said_number, [], area, block FROM ready"
        )
        load(database, "beside", _BESIDE, beside)
        say("numbers", 0.35)
        _settle_by_number(database)
        say("keys", 0.5)
        _settle_by_key(database)
        say("candidates", 0.65)
        _pair(database)
        say("weighing", 0.8)
        decided = _decide(database)
        say("telling", 0.9)
        yield from told(database, decided)
        say("done", 1.0)


def ready_table(rows: Sequence[Sequence[Any]]) -> pa.Table:
    """Return rows that were opened already (``openings.ready``) as ``matched`` takes them: in a tenth of the memory."""
    columns = zip(*rows, strict=True) if rows else ([] for _name in READY)
    return pa.table([list(column) for column in columns], schema=READY)


# Keys that decide


def _settle_by_number(database: duckdb.DuckDBPyConnection) -> None:
    """Settle rows whose number is somebody's and whose name fits, and open the others."""
    database.execute("CREATE TABLE settled (ref bigint, person bigint, level bigint, by_number boolean)")
    database.execute(
        "CREATE TABLE hit AS SELECT ref, min(person) AS person FROM row JOIN known USING (number) GROUP BY ref"
    )
    _settle_hits(database)
    cursor = database.cursor()
    cursor.execute(
        "SELECT ref, name, sex, birth, given, phones, area, block FROM row ANTI JOIN settled USING (ref) ANTI JOIN ready USING (ref)"
    )
    load(database, "opened", OPEN, opened(fetched(cursor)))
    database.execute(
        "INSERT INTO opened SELECT * EXCLUDE (name, said_sex, said_birth, said_number) FROM ready ANTI JOIN settled USING (ref)"
    )
    database.execute("DROP TABLE ready")
    database.execute(
        "INSERT INTO hit SELECT ref, min(person) FROM opened JOIN known USING (number) ANTI JOIN hit USING (ref) GROUP BY ref"
    )
    _settle_hits(database)


def _settle_hits(database: duckdb.DuckDBPyConnection) -> None:
    """Settle what a number found where the name fits: the nearer the name, the less else has to agree.

    A relative's number, copied by mistake, comes with another name and another birthday.
    """
    of_hits = "FROM hit JOIN row USING (ref) JOIN known USING (person) ANTI JOIN settled USING (ref)"
    names = database.execute(f"SELECT DISTINCT row.name, known.name {of_hits}").fetchall()
    load(database, "level", _LEVELS, ((one, other, int(name_level(one, other))) for one, other in names))
    database.execute(
        f"INSERT INTO settled SELECT ref, person, level, true {of_hits.replace(' ANTI', ' JOIN level ON one = row.name AND other = known.name ANTI')}"
        f" WHERE level <= {NameLevel.TURNED:d}"
        f" OR level = {NameLevel.SIGN:d} AND (row.birth IS NULL OR year(row.birth) = year(known.birth))"
        f" OR level = {NameLevel.SURNAME:d} AND row.birth = known.birth AND row.sex = known.sex"
    )
    database.execute("DROP TABLE level")


def _settle_by_key(database: duckdb.DuckDBPyConnection) -> None:
    """Settle rows that name, birthday and phone together leave one person, unless the numbers differ."""
    database.execute(  # the phone of an office stands with half a village and says nothing
        "CREATE TABLE reached AS SELECT person, phone FROM (SELECT person, unnest(phones) AS phone FROM known)"  # noqa: S608
        f" QUALIFY count(*) OVER (PARTITION BY phone) <= {MOST_SHARING}"
    )
    database.execute(
        "INSERT INTO settled SELECT o.ref, min(k.person), 0, false"
        " FROM (SELECT ref, unnest(phones) AS phone FROM opened ANTI JOIN settled USING (ref)) JOIN reached USING (phone)"
        " JOIN opened o USING (ref) JOIN known k USING (person)"
        " WHERE o.birth = k.birth AND o.folded = k.name AND (o.number IS NULL OR k.number IS NULL OR list_contains(o.slips, k.number))"
        " GROUP BY o.ref HAVING count(DISTINCT k.person) = 1"
    )


# What is left: whom to compare with whom


def _pair(database: duckdb.DuckDBPyConnection) -> None:
    """Make ``side``, ``pair`` and ``frequency``: the open rows, the people who come into question, how frequent names are."""
    database.execute(
        "CREATE TABLE home AS SELECT block, list_distinct(flatten(list(homes))) AS homes"
        " FROM (SELECT block, person FROM settled JOIN row USING (ref) UNION FROM beside) JOIN known USING (person)"
        " WHERE block <> '' GROUP BY block"
    )
    database.execute(  # a number that belongs to another says nothing about the row
        "CREATE TABLE open AS SELECT o.* REPLACE (CASE WHEN h.ref IS NULL THEN o.number END AS number), coalesce(homes, []) AS homes"
        " FROM opened o ANTI JOIN settled USING (ref) LEFT JOIN hit h ON h.ref = o.ref LEFT JOIN home USING (block)"
    )
    database.execute(
        "CREATE TABLE pair AS"
        " SELECT ref, person FROM (SELECT ref, unnest(phones) AS phone FROM open) JOIN reached USING (phone)"
        " UNION SELECT ref, person FROM (SELECT ref, unnest(slips) AS number FROM open) JOIN known USING (number)"
        " UNION SELECT ref, person FROM open o JOIN known k ON o.birth = k.birth AND (o.area // 1000 = k.area // 1000 OR o.sound = k.sound"
        " OR left(o.folded, 1) = left(k.name, 1) OR right(o.folded, 1) = right(k.name, 1))"
        " UNION SELECT ref, person FROM open o JOIN known k ON o.sound = k.sound AND o.sound <> ''"
        " AND (o.area // 1000 = k.area // 1000 OR abs(year(o.birth) - year(k.birth)) <= 1)"
        " UNION SELECT ref, person FROM (SELECT ref, unnest(homes) AS home FROM open)"
        " JOIN (SELECT person, unnest(homes) AS home FROM known) USING (home)"
        " UNION SELECT ref, person FROM hit SEMI JOIN open USING (ref)"
    )
    names = database.cursor().execute("SELECT DISTINCT name FROM known SEMI JOIN pair USING (person)")
    load(database, "shape", _SHAPES, ((name, *shape_columns(name_shape(name))) for (name,) in fetched(names)))
    database.execute(
        "CREATE TABLE frequency AS SELECT folded, count(*) / (SELECT count(*) FROM known) AS tf_folded FROM known JOIN shape USING (name) GROUP BY folded"
    )
    columns = "folded, sound, signs, surname, gaps, one_other, one_less, sex, birth, number, slips, phones, area, homes"
    database.execute(
        f"CREATE TABLE side AS SELECT -1 - ref AS id, {columns} FROM open UNION ALL"  # noqa: S608  our own names
        f" SELECT person, {columns.replace('sound', 's.sound').replace('slips', '[]::bigint[]')} FROM known SEMI JOIN pair USING (person) JOIN shape s USING (name)"
    )
    for done in ("reached", "opened", "home", "shape"):
        database.execute(f"DROP TABLE {done}")


def _decide(database: duckdb.DuckDBPyConnection) -> dict[int, Found]:
    """Return what becomes of each open row."""
    near, wide = _lie(database)
    people = single(database, "SELECT count(*) FROM known")
    decided: dict[int, Found] = {}
    hits = dict(database.execute("SELECT ref, person FROM hit SEMI JOIN open USING (ref)").fetchall())
    comparisons = model(same_community=near, same_township=wide)
    for ref, candidates in weighed(database, comparisons, people=people):
        outcome, why = decide(candidates)
        kept = tuple(one for one in candidates if one.bits >= UNSURE_BITS)
        if kept and why:
            kept = (replace(kept[0], why=(*kept[0].why, why)), *kept[1:])
        decided[ref] = Found(ref, outcome, kept[:1] if outcome is Outcome.MATCH else kept)
    for ref, person in hits.items():
        if ref not in decided or decided[ref].outcome is Outcome.NEW:
            decided[ref] = Found(ref, Outcome.UNSURE, (Candidate(person, 0.0, (Why.NUMBER_OF_ANOTHER,)),))
    return _one_row_a_person(database, decided)


def _lie(database: duckdb.DuckDBPyConnection) -> tuple[float, float]:
    """Return how often a random row and a random person share the community, and how often the township only."""
    shares = []
    for size in (1000, 1_000_000):
        share = single(
            database,
            "SELECT sum(a.n * b.n) / ((SELECT count(area) FROM open) * (SELECT count(*)::double FROM known))"  # noqa: S608
            f" FROM (SELECT area // {size} AS place, count(*)::double AS n FROM open WHERE area IS NOT NULL GROUP BY 1) a"
            f" JOIN (SELECT area // {size} AS place, count(*)::double AS n FROM known GROUP BY 1) b USING (place)",
        )
        shares.append(float(share or 0))
    return shares[0], max(0.0, shares[1] - shares[0])


def _one_row_a_person(database: duckdb.DuckDBPyConnection, decided: dict[int, Found]) -> dict[int, Found]:
    """Return the decisions without those that give a person a second row under another name: that is for somebody to look at."""
    matches = [found for found in decided.values() if found.outcome is Outcome.MATCH]
    names: dict[int, set[str]] = {}
    taken = "SELECT person, row.name FROM settled JOIN row USING (ref) SEMI JOIN pair USING (person)"
    for person, name in database.execute(taken).fetchall():
        names.setdefault(person, set()).add(folded(name))
    own = dict(database.execute("SELECT ref, folded FROM open").fetchall())
    for found in sorted(matches, key=lambda found: (-found.candidates[0].bits, found.ref)):
        best = found.candidates[0]
        others = names.setdefault(best.person, set())
        if others and own[found.ref] not in others and Why.NAME not in best.why:
            doubted = replace(best, why=(*best.why, Why.TAKEN))
            decided[found.ref] = Found(found.ref, Outcome.UNSURE, (doubted,))
        else:
            others.add(own[found.ref])
    return decided
