"""What a worker decides about two files."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from liren.registry.forms import text
from liren.registry.queries.duplicates import CHOSEN


class MergeForm(forms.Form):
    """Which file stays, whose values count, which lines stay, and why it is one person."""

    kept = forms.ChoiceField(
        error_messages={"required": _("请选一份要留下的档案。"), "invalid_choice": _("请选一份要留下的档案。")}
    )
    lines = forms.MultipleChoiceField(required=False)
    reason = text(_("为什么是同一个人"), most=200, help_text=_("例如看过身份证、问过本人。会留在档案和日志里。"))

    def __init__(self, *args: Any, people: tuple[int, int], lines: list[int], **options: Any) -> None:
        super().__init__(*args, **options)
        both = [(str(pk), str(pk)) for pk in people]
        self.fields["kept"].choices = both  # type: ignore[attr-defined]
        self.fields["lines"].choices = [(str(pk), str(pk)) for pk in lines]  # type: ignore[attr-defined]
        for name in CHOSEN:
            self.fields[f"take_{name}"] = forms.ChoiceField(choices=both, required=False)

    def taken(self) -> list[str]:
        """Return what is taken from the file that goes."""
        gone = {one for one, _label in self.fields["kept"].choices} - {self.cleaned_data["kept"]}  # type: ignore[attr-defined]
        return [name for name in CHOSEN if self.cleaned_data.get(f"take_{name}") in gone]


class ApartForm(forms.Form):
    """Why two files are of two people."""

    reason = text(_("为什么不是同一个人"), required=False, most=200)


class UndoForm(forms.Form):
    """Why a merge is taken back."""

    reason = text(_("为什么要撤销"), most=200, help_text=_("会留在档案和日志里。"))
