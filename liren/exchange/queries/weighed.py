"""Weigh pairs with Splink: the tables ``side`` (people of both lists), ``pair`` and ``frequency`` of a database in memory."""

import logging
from collections.abc import Iterator, Sequence
from typing import Any

import duckdb
from splink import DuckDBAPI, Linker, SettingsCreator

from liren.exchange.queries.memory import fetched, single
from liren.exchange.rules.weighing import EXPECTED, MOST_CANDIDATES, UNSURE_BITS, Candidate, Comparison

PAIRS_AT_ONCE = 200_000
NEARLY = 8.0  # bits below what may be somebody: the next person matters there too

logging.getLogger("splink").setLevel(logging.ERROR)  # it tells every step at the level of warnings


def weighed(
    database: duckdb.DuckDBPyConnection, comparisons: Sequence[Comparison], *, people: int
) -> Iterator[tuple[int, list[Candidate]]]:
    """Yield each row of ``pair`` with its likeliest candidates among so many people, the likest first.

    ``side.id`` is the person, or -1 - the row.
    """
    api = DuckDBAPI(connection=database)
    settings = SettingsCreator(
        link_type="dedupe_only",  # one table of both sides, and we say ourselves which pairs are looked at
        unique_id_column_name="id",
        comparisons=[_setting(comparison) for comparison in comparisons],
        probability_two_random_records_match=min(0.1, EXPECTED / max(people, 1)),
        retain_matching_columns=False,
        retain_intermediate_calculation_columns=True,  # the weight of each comparison tells the level that was reached
    )
    linker = Linker(api.register("side"), settings, log_level=None)
    linker.table_management.register_term_frequency_lookup(api.register("frequency"), "folded")
    parts = 1 + single(database, "SELECT count(*) FROM pair") // PAIRS_AT_ONCE
    for part in range(parts):
        database.execute(
            f"CREATE TABLE blocked_{part} AS SELECT '0' AS match_key, person AS join_key_l, -1 - ref AS join_key_r"  # noqa: S608
            f" FROM pair WHERE ref % {parts} = {part}"
        )
        linker.table_management.register_blocked_pairs_for_predict(api.register(f"blocked_{part}"))
        scored = linker.inference.predict(warning_mode="never")
        yield from _candidates(database, scored.physical_name, comparisons)
        scored.drop_table_from_database_and_remove_from_cache()
        database.execute(f"DROP TABLE blocked_{part}")


def _candidates(
    database: duckdb.DuckDBPyConnection, scored: str, comparisons: Sequence[Comparison]
) -> Iterator[tuple[int, list[Candidate]]]:
    cursor = database.cursor()
    cursor.execute(
        f"SELECT -1 - id_r AS ref, id_l, match_weight, {', '.join(f'mw_{one.name}' for one in comparisons)}"  # noqa: S608  our own names
        f" FROM {scored} WHERE match_weight > {UNSURE_BITS - NEARLY}"
        f" QUALIFY row_number() OVER (PARTITION BY ref ORDER BY match_weight DESC, id_l) <= {MOST_CANDIDATES}"
        " ORDER BY ref, match_weight DESC, id_l"
    )
    row, found = None, list[Candidate]()
    for ref, person, bits, *weights in fetched(cursor):
        if ref != row:
            if row is not None:
                yield row, found
            row, found = ref, []
        whys = (comparison.why(weight) for comparison, weight in zip(comparisons, weights, strict=True))
        found.append(Candidate(person, bits, tuple(why for why in whys if why is not None)))
    if row is not None:
        yield row, found


def _setting(comparison: Comparison) -> dict[str, Any]:
    unknown = {"sql_condition": comparison.unknown, "label_for_charts": "unknown", "is_null_level": True}
    return {
        "output_column_name": comparison.name,
        "comparison_levels": [
            unknown,
            *(
                {
                    "sql_condition": level.sql,
                    "label_for_charts": str(level.why or "-"),
                    "m_probability": level.one,
                    "u_probability": level.two,
                    **({"tf_adjustment_column": "folded"} if level.by_frequency else {}),
                }
                for level in comparison.levels
            ),
        ],
    }
