"""Tables that leave the house: first the purpose, then the file, whatever it is of; the journal says who took what and why."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django import forms
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liren.base.clock import today
from liren.base.doors import again, attempt
from liren.base.errors import Refusal
from liren.base.sheets import Cell, Column, xlsx

SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Purpose(models.TextChoices):
    """What something is taken out of the files for."""

    MATTER = "matter", gettext_lazy("办理本人的事项")
    VISIT = "visit", gettext_lazy("入户走访、核实情况")
    REPORT = "report", gettext_lazy("统计、报表")
    ASKED = "asked", gettext_lazy("上级或有关部门依法调取")
    SELF = "self", gettext_lazy("本人要求")
    OTHER = "other", gettext_lazy("其他")


def need_purpose(purpose: str, words: str, among: Collection[str] = tuple(Purpose)) -> None:
    """Refuse what leaves the house without a purpose, or for another one without words."""
    if purpose not in among:
        raise Refusal(_("请选这份材料的用途，会记入日志。"), field="purpose")
    if purpose == Purpose.OTHER and len(words.strip()) < 2:
        raise Refusal(_("请写明用途。"), field="words")


class PurposeForm(forms.Form):
    """The purpose of what leaves the house; ``purposes`` are those that make sense for it."""

    purpose = forms.ChoiceField(
        label=gettext_lazy("用途"),
        choices=Purpose.choices,
        error_messages={"required": gettext_lazy("请选一项。"), "invalid_choice": gettext_lazy("请从列表里选一项。")},
    )
    words = forms.CharField(
        label=gettext_lazy("具体说明"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("例如哪一项工作、给哪个单位。"),
    )

    def __init__(self, *args: Any, purposes: Sequence[Purpose] = tuple(Purpose), seen: bool = True, **kwargs: Any):
        super().__init__(*args, **kwargs)
        field = self.fields["purpose"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.value, one.label) for one in purposes]
        field.help_text = _("会记入日志，本人也能看到。") if seen else _("会记入日志。")


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A table that somebody wants to take out.

    ``name`` names the file; ``lead`` says on the page how much it is and who will see it; ``note`` writes the journal line with
    purpose and words and returns the office that takes it; ``filled`` gives the rows when that is done. ``purposes`` are those
    that make sense, ``seen`` says whether the people in it can read of it, ``kept`` what the form carries along.
    """

    name: str
    title: str
    lead: str
    back: str
    columns: Sequence[Column]
    note: Callable[[str, str], str]
    filled: Callable[[], Sequence[Sequence[Cell]]]
    notes: Sequence[str] = ()
    purposes: Sequence[Purpose] = tuple(Purpose)
    seen: bool = True
    kept: Mapping[str, str] = field(default_factory=dict)


def give(request: HttpRequest, table: Outgoing) -> HttpResponse:
    """Ask what a table is wanted for; give it with the purpose written on its second sheet."""
    form = PurposeForm(request.POST if request.method == "POST" else None, purposes=table.purposes, seen=table.seen)
    context: dict[str, Any] = {
        "title": _("导出%(what)s") % {"what": table.title},
        "form": form,
        "button": _("导出表格"),
        "lead": table.lead,
        "back": table.back,
        "kept": table.kept,
    }
    if not form.is_bound:
        return render(request, "look/give.html", context)
    if not form.is_valid():
        return again(request, "look/give.html", context, None)
    said = form.cleaned_data
    office, refusal = attempt(form, lambda: table.note(said["purpose"], said["words"]))
    if office is None:
        return again(request, "look/give.html", context, refusal)
    purpose = str(Purpose(said["purpose"]).label)
    notes = [
        *table.notes,
        _("%(day)s %(office)s导出，用途：%(purpose)s")
        % {
            "day": today().isoformat(),
            "office": "".join(office.split("·")[:2]),
            "purpose": f"{purpose}（{said['words']}）" if said["words"] else purpose,
        },
        _("仅限此用途，用后请妥善销毁。"),
    ]
    return workbook(table.title, table.name, table.columns, table.filled(), notes)


def workbook(
    title: str, name: str, columns: Sequence[Column], rows: Sequence[Sequence[Cell]], notes: Sequence[str] = ()
) -> HttpResponse:
    """Answer with a workbook."""
    response = HttpResponse(xlsx(title, columns, rows, notes), content_type=SHEET)
    response["Content-Disposition"] = f'attachment; filename="{name}-{today().isoformat()}.xlsx"'
    return response
