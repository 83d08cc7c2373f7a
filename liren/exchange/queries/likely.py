"""Whom the rows of a batch may be that no sure key found: what the matcher says of them, with what is known of their households."""

from collections.abc import Iterable, Iterator, Sequence

from liren.exchange.models import Row as Line
from liren.exchange.queries.findings import Row
from liren.exchange.queries.matching import matched
from liren.exchange.queries.people import known_people
from liren.exchange.rules.hook import Likely, Unmatched
from liren.exchange.rules.weighing import Outcome
from liren.foundation.places.rules import COUNTY, subtree

COUNTY_DIGITS = 10**9


def likely(rows: Sequence[Unmatched], county: int) -> Iterator[Likely]:
    """Yield for rows of one batch the person of the county each may be, how probably and why, in words.

    Rows that look new stay new: nothing is said of them. Runs under a scope that sees the county.
    """
    if not rows:
        return
    batch = Line.objects.filter(pk=rows[0].row).values_list("batch", flat=True)[0]
    placed = Line.objects.filter(batch=batch, person__isnull=False).exclude(home="").values_list("home", "person")
    beside = ((home, person) for home, person in placed.iterator() if person is not None)
    people = known_people(subtree(COUNTY, county * COUNTY_DIGITS))
    for found in matched(_incoming(rows), people, beside=beside):
        if found.outcome is not Outcome.NEW and found.candidates:
            best = found.candidates[0]
            yield Likely(found.ref, best.person, round(best.probability, 4), tuple(found.words))


def _incoming(rows: Iterable[Unmatched]) -> Iterator[Row]:
    for row in rows:
        area = row.area if row.area % COUNTY_DIGITS else None
        yield Row(row.row, row.name, row.sex or "0", row.birth_on, row.number, row.phones, area, row.home)
