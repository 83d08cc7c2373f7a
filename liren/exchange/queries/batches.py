"""Batches as pages show them: lists, rows, figures, the table as it was given."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Count, Q
from django.utils.translation import gettext as _

from liren.base.blobs import Blobs
from liren.base.errors import Conflict
from liren.base.tables import Table, open_table
from liren.exchange.enums import Answer, Aside, Fault, Verdict
from liren.exchange.models import Batch, Home, Part, Row, Signature
from liren.exchange.permissions import IMPORT, SIGN
from liren.foundation.access.queries import each_range, find
from liren.foundation.access.rules import Viewer
from liren.registry.models import Household

PAGE = 50
MOST_BACK = 100_000
"""Rows in one file of those that go back; more come in several."""


def store() -> Blobs:
    """Return where tables lie: apart from other files, because only the room opens them."""
    return Blobs(Path(settings.HOME) / "imports")


def content_path(digest: str) -> Path:
    """Return where a table lies."""
    return store().path(digest)


def table_of(digest: str) -> Table:
    """Open the table of a batch; refuse one that was removed 90 days after it came in."""
    try:
        return open_table(content_path(digest))
    except FileNotFoundError:
        raise Conflict(_("这份原表已满 90 天，按规定删除了。要再核对，请重新上传。")) from None


@dataclass(frozen=True, slots=True)
class Figures:
    """The reconciliation of a batch: every row stands in exactly one of the groups."""

    rows: int
    new: int
    changed: int
    same: int
    kept: int
    queued: int
    ready: int
    refused: int
    asides: int

    @property
    def applied(self) -> int:
        """Return how many rows were written."""
        return self.new + self.changed

    @property
    def unchanged(self) -> int:
        """Return how many rows changed nothing."""
        return self.same + self.kept

    @property
    def is_even(self) -> bool:
        """Say whether the groups come to the rows."""
        return self.rows == self.applied + self.unchanged + self.queued + self.ready + self.refused

    @property
    def signed(self) -> dict[str, int]:
        """Return what people sign."""
        return {
            "rows": self.rows, "applied": self.applied, "unchanged": self.unchanged, "queued": self.queued, "refused": self.refused, "asides": self.asides
        }  # fmt: skip


def figures(batch: Batch) -> Figures:
    """Return the figures of a batch, counted from its rows."""
    done, is_new, open_ = Q(applied_at__isnull=False), Q(made__has_key="new"), Q(applied_at=None)
    counted = Row.objects.filter(batch=batch.pk).aggregate(
        rows=Count("id"),
        new=Count("id", filter=done & is_new),
        changed=Count("id", filter=done & ~is_new & ~Q(verdict=Verdict.SAME)),
        same=Count("id", filter=Q(verdict=Verdict.SAME)),
        queued=Count("id", filter=open_ & Q(verdict=Verdict.UNSURE, answer=Answer.OPEN)),
        ready=Count(
            "id",
            filter=open_
            & (Q(verdict__in=[Verdict.NEW, Verdict.CHANGED]) | (Q(verdict=Verdict.UNSURE) & ~Q(answer=Answer.OPEN))),
        ),
        refused=Count("id", filter=Q(verdict=Verdict.REFUSED)),
    )
    asides = sum(len(part.asides) for part in Part.objects.filter(batch=batch).only("asides"))
    return Figures(**counted, kept=0, asides=asides)


def batch_for(viewer: Viewer, pk: int) -> Batch:
    """Return a batch in the viewer's reach; raise ``NotFound``."""
    return find(
        viewer, lambda who: Batch.objects.visible_to(who).filter(pk=pk).first(), otherwise=_("没有找到这一批导入。"), capability=IMPORT if viewer.may(IMPORT) else SIGN
    )  # fmt: skip


def batches(viewer: Viewer, *, before: int | None = None, size: int = PAGE) -> list[Batch]:
    """Return the batches in reach, the youngest first; ``before`` is the id of the last one shown."""

    def ask(who: Viewer) -> list[Batch]:
        rows = Batch.objects.visible_to(who).order_by("-id")
        return list((rows.filter(id__lt=before) if before else rows)[: size + 1])

    return sorted(each_range(viewer, ask, capability=IMPORT if viewer.may(IMPORT) else SIGN), key=lambda one: -one.pk)[
        : size + 1
    ]


def household_names(batch: Batch, households: Collection[int]) -> dict[int, str]:
    """Return by which number and at which address households are known: those of the registry, and those the list would make."""
    told = Household.objects.filter(county=batch.county, pk__in=households).values_list("pk", "number", "address")
    made = Home.objects.filter(batch=batch.pk, household__in=households).values_list("household", "number", "address")
    return {pk: "，".join(part for part in (number, address) if part) for pk, number, address in (*made, *told)}


def rows_of(
    batch: Batch, *, verdict: str = "", fault: str = "", after: int = 0, size: int = PAGE, only_open: bool = False
) -> list[Row]:
    """Return rows of a batch in the order of the sheet, from behind line ``after``; one more than ``size`` when there are more."""
    rows = Row.objects.filter(batch=batch.pk, number__gt=after)
    if verdict:
        rows = rows.filter(verdict=verdict)
    if fault:
        rows = rows.filter(faults__contains=[[fault]])
    if only_open:
        rows = rows.filter(answer=Answer.OPEN, applied_at=None)
    return list(rows.order_by("number")[: size + 1])


def refused_files(batch: Batch) -> list[int]:
    """Return with which line of the sheet each file of refused rows begins."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM (SELECT number, row_number() OVER (ORDER BY number) AS place FROM exchange_row"
            " WHERE batch = %s AND verdict = 'refused') r WHERE (place - 1) %% %s = 0 ORDER BY number",
            [batch.pk, MOST_BACK],
        )
        return [row[0] for row in cursor.fetchall()]


def refused_rows(batch: Batch, *, first: int) -> Iterator[Row]:
    """Yield the refused rows of the file that begins with a line of the sheet, read a few at a time."""
    rows = Row.objects.filter(batch=batch.pk, verdict=Verdict.REFUSED, number__gte=first).order_by("number")
    yield from rows.only("batch", "number", "faults", "content")[:MOST_BACK].iterator(chunk_size=1000)


def row_for(batch: Batch, pk: int) -> Row | None:
    """Return a row of a batch."""
    return Row.objects.filter(batch=batch.pk, pk=pk).first()


def faults_of(batch: Batch, verdict: str) -> Counter[str]:
    """Return how many rows of a verdict have each fault."""
    from django.db import connection  # noqa: PLC0415

    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT fault->>1, count(DISTINCT r.id) FROM exchange_row r, jsonb_array_elements(r.faults) AS fault"
            " WHERE r.batch = %s AND r.verdict = %s AND (r.verdict <> 'unsure' OR (r.answer = '' AND r.applied_at IS NULL)) GROUP BY 1",
            [batch.pk, verdict],
        )
        return Counter(dict(cursor.fetchall()))


def queued_ids(batch: Batch, fault: str) -> list[int]:
    """Return the rows of the queue with a fault."""
    rows = Row.objects.filter(
        batch=batch.pk, verdict=Verdict.UNSURE, answer=Answer.OPEN, applied_at=None, faults__contains=[[fault]]
    )
    return list(rows.values_list("pk", flat=True))


def unknown_words(batch: Batch) -> Counter[tuple[str, str]]:
    """Return the words of a staged batch that have no code yet: (target, word) with how many rows say it."""
    found: Counter[tuple[str, str]] = Counter()
    faults = Row.objects.filter(batch=batch.pk, faults__contains=[[Fault.UNKNOWN_WORD.value]]).values_list(
        "faults", flat=True
    )
    for one in faults[:20_000]:
        for column, fault, shown in one:
            if fault == Fault.UNKNOWN_WORD and 0 <= column < len(batch.targets) and batch.targets[column]:
                found[batch.targets[column], shown] += 1
    return found


def asides(batch: Batch) -> list[tuple[int, str, str]]:
    """Return the lines of a sheet that were no rows: line, why, first words."""
    return [(line, str(Aside(kind).label), words) for part in parts(batch) for line, kind, words in part.asides]


def parts(batch: Batch) -> list[Part]:
    """Return the parts of a batch in order."""
    return list(Part.objects.filter(batch=batch).order_by("number"))


def signatures(batch: Batch) -> list[Signature]:
    """Return who has signed, the first one first."""
    return list(Signature.objects.filter(batch=batch).order_by("signed_at"))


def progress(batch: Batch) -> dict[str, Any]:
    """Return how far a batch is: rows staged, parts written, and how many there are."""
    done: Sequence[Part] = parts(batch)
    staged = sum(sum(part.counts.values()) for part in done)
    return {
        "staged": staged, "parts": len(done), "applied": sum(part.applied_at is not None for part in done),
        "undone": sum(part.undone_at is not None for part in done), "whole": batch.whole,
    }  # fmt: skip
