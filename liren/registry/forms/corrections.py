"""What a resident writes to have something put right, and what a worker decides; the values' fields are those of the desk's own forms."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from liren.registry.enums import Sex
from liren.registry.forms import CorrectForm, choice, day, text
from liren.registry.models import Fact

ITEMS: dict[str, Any] = {
    "name": _("姓名"),
    "number": _("证件号码"),
    "sex": _("性别"),
    "birth_on": _("出生日期"),
    "ethnicity": _("民族"),
    "phone": _("电话"),
    "other": _("其他内容"),
}
"""What of a file can be asked to be put right, besides its lines."""


EMPTIED = frozenset({"valid_until", "words"})
"""What of a line can be right when it is empty."""


class ItemForm(forms.Form):
    """The fields in which the right value of an item is written; ``fact`` is the line, for an item that is one."""

    def __init__(
        self,
        *args: Any,
        item: str,
        fact: Fact | None,
        relations: Mapping[str, str],
        ethnicities: Mapping[str, str],
        **options: Any,
    ) -> None:
        super().__init__(*args, **options)
        self.fact = fact
        own = dict(self.fields)
        self.fields.clear()
        self.fields.update(_fields(item, fact, relations, ethnicities))
        self.values = tuple(self.fields)
        if fact is not None:
            for name in self.values:
                now = getattr(fact, name)
                self.initial.setdefault(name, now.isoformat() if isinstance(now, date) else now)
        self.fields.update(own)

    def changed(self) -> dict[str, Any]:
        """Return the values that differ from what stands there; all that were given, where nothing stands."""
        given = {name: self.cleaned_data.get(name) for name in self.values}
        if self.fact is None:
            return {name: value for name, value in given.items() if value not in {None, ""}}
        return {
            name: value
            for name, value in given.items()
            if (value or None) != (getattr(self.fact, name) or None) and (value or name in EMPTIED)
        }


class AskForm(ItemForm):
    """A resident's request: what should stand there, a few words; the proof comes as files beside it."""

    never_so = forms.BooleanField(label=_("从来没有这回事"), required=False)
    said = forms.CharField(
        label=_("想说明的话"),
        max_length=500,
        required=False,
        widget=forms.Textarea,
        help_text=_("哪里不对、应该是什么、什么时候变的。"),
    )

    def __init__(self, *args: Any, fact: Fact | None, **options: Any) -> None:
        super().__init__(*args, fact=fact, **options)
        if fact is None:
            del self.fields["never_so"]
        for name in self.values:
            self.fields[name].required = False


class DecideForm(ItemForm):
    """A worker's consent: the values as they were found right."""

    withdraw = forms.BooleanField(label=_("撤销这一条：从来没有这回事"), required=False)
    note = text(_("给居民的话"), required=False, most=200)

    def __init__(self, *args: Any, fact: Fact | None, **options: Any) -> None:
        super().__init__(*args, fact=fact, **options)
        if fact is None:
            del self.fields["withdraw"]
        elif self.data.get("withdraw"):
            for name in self.values:
                self.fields[name].required = False


class RefuseForm(forms.Form):
    """Why something stays as it is."""

    reason = text(_("为什么不能更正"), most=200, help_text=_("居民会看到，请说清楚，并告诉他（她）接下来可以怎么办。"))


def _fields(
    item: str, fact: Fact | None, relations: Mapping[str, str], ethnicities: Mapping[str, str]
) -> dict[str, forms.Field]:
    if fact is not None:
        shape = CorrectForm(kind=fact.kind, relations=relations)
        return {name: one for name, one in shape.fields.items() if name not in {"source", "reason", "authority"}}
    made: dict[str, forms.Field] = {}
    if item == "sex":
        made["sex"] = choice(_("正确的性别"), [one for one in Sex.choices if one[0] in {Sex.MALE, Sex.FEMALE}])
    elif item == "birth_on":
        made["birth_on"] = day(_("正确的出生日期"))
    elif item == "ethnicity":
        made["ethnicity"] = choice(_("正确的民族"), list(ethnicities.items()))
    elif item in {"name", "number", "phone"}:
        labels = {"name": _("正确的姓名"), "number": _("正确的证件号码"), "phone": _("现在用的电话")}
        widgets = {"number": "id", "phone": "phone"}
        made[item] = text(labels[item], widget=widgets.get(item, ""))
    return made
