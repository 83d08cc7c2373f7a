"""Tables that leave the house: first the purpose, then the file, whatever it is of; the journal says who took what and why."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from liren.base.clock import now, today
from liren.base.doors import again, attempt
from liren.base.sheets import Cell, Column, xlsx
from liren.foundation.access.queries import holders_only
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.enums import Purpose
from liren.registry.forms.giving import PurposeForm
from liren.registry.pages import words
from liren.registry.permissions import EXPORT

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    """Ask what a table is wanted for; give it with the purpose written on its second sheet."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    form = PurposeForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {
        "title": _("导出%(what)s") % {"what": table.title},
        "form": form,
        "button": _("导出表格"),
        "lead": table.lead,
        "back": table.back,
    }
    if not form.is_bound:
        return render(request, "registry/give.html", context)
    if not form.is_valid():
        return again(request, "registry/give.html", context, None)
    said = form.cleaned_data
    area = table.area if table.area is not None else holders_only(viewer, EXPORT).seats[0].area
    office, refusal = attempt(
        form,
        lambda: actions.export_table(
            by=viewer, at=now(), area=area, what=table.what, only=table.only, count=table.count, people=table.people, **said
        ),
    )  # fmt: skip
    if office is None:
        return again(request, "registry/give.html", context, refusal)
    purpose = str(Purpose(said["purpose"]).label)
    notes = [
        *table.notes,
        _("%(day)s %(office)s导出，用途：%(purpose)s")
        % {
            "day": today().isoformat(),
            "office": words.office(office),
            "purpose": f"{purpose}（{said['words']}）" if said["words"] else purpose,
        },
        _("仅限此用途，用后请妥善销毁。"),
    ]
    return workbook(table.title, table.what, table.columns, table.filled(), notes)


def workbook(
    title: str, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], notes: Sequence[str] = ()
) -> HttpResponse:
    """Answer with a workbook."""
    response = HttpResponse(xlsx(title, columns, rows, notes), content_type=SHEET)
    response["Content-Disposition"] = f'attachment; filename="{name}-{today().isoformat()}.xlsx"'
    return response
