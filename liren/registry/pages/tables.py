"""Tables of the registry that leave the house, noted for each person who stands in them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from django.http import HttpRequest, HttpResponse

from liren.base import giving
from liren.base.clock import now
from liren.base.sheets import Cell, Column
from liren.foundation.access.queries import holders_only
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.permissions import EXPORT


@dataclass(frozen=True, slots=True)
class Table:
    """What somebody wants to take out.

    ``what`` names it in the journal, with ``only`` if it is a part; ``lead`` says on the page how much it is and who will see it;
    ``people`` (id, area) are those whose own page tells of it; ``filled`` gives the rows when the purpose has been said.
    """

    what: str
    title: str
    lead: str
    back: str
    columns: Sequence[Column]
    count: int
    filled: Callable[[], Sequence[Sequence[Cell]]]
    people: Sequence[tuple[int, int]] = ()
    only: str = ""
    area: int | None = None
    notes: Sequence[str] = field(default=())


def give(request: HttpRequest, table: Table) -> HttpResponse:
    """Ask what a table is wanted for; give it, and let those who stand in it read of it."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    area = table.area if table.area is not None else holders_only(viewer, EXPORT).seats[0].area

    def note(purpose: str, words: str) -> str:
        return actions.export_table(
            by=viewer, at=now(), area=area, what=table.what, only=table.only, count=table.count, people=table.people,
            purpose=purpose, words=words,
        )  # fmt: skip

    return giving.give(
        request,
        giving.Outgoing(
            table.what, table.title, table.lead, table.back, table.columns, note, table.filled, table.notes
        ),
    )
