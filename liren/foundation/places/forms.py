"""Shape of what is typed about units below a community."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from liren.foundation.places.enums import UnitKind

REQUIRED = {"required": _("请填写这一项。"), "invalid_choice": _("请从列表里选一项。")}


class UnitForm(forms.Form):
    """A unit to add."""

    area = forms.ChoiceField(label=_("属于哪个村（社区）"), choices=[], error_messages=REQUIRED)
    kind = forms.ChoiceField(label=_("类别"), choices=UnitKind.choices, error_messages=REQUIRED)
    name = forms.CharField(label=_("名称"), max_length=64, help_text=_("例如 3 组、12 幢。"), error_messages=REQUIRED)

    def __init__(self, *args: Any, areas: list[tuple[str, str]], **options: Any) -> None:
        super().__init__(*args, **options)
        found: Any = self.fields["area"]
        found.choices = areas


class EndForm(forms.Form):
    """The first day on which a unit is no more."""

    until = forms.DateField(label=_("从哪一天起停用"), widget=forms.DateInput(attrs={"data-widget": "date"}))
