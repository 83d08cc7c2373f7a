"""Shape of what a clerk types about households, dwellings, organisations and moves."""

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from liren.registry.enums import HEAD, DwellingKind, HouseholdKind, OrganisationKind, ResidenceKind, Tenure
from liren.registry.forms import Choices, CorrectingForm, choice, day, from_where, text, why

Names = Sequence[tuple[int, str]]
"""(id, name) of the members of a household."""

STAYS = {ResidenceKind.REGISTERED, ResidenceKind.INCOMER, ResidenceKind.ABSENT, ResidenceKind.OVERSEAS}


def offer(form: forms.Form, name: str, choices: Choices) -> None:
    """Fill the choices of a field."""
    found: Any = form.fields[name]
    found.choices = choices if found.required else [("", ""), *choices]


class NewHomeForm(forms.Form):
    """A new household."""

    area = choice(_("登记在"), [])
    kind = choice(
        _("哪一种户"),
        HouseholdKind.choices,
        required=False,
        help_text=_("住在一起的是居住户；户口簿上的一户是户籍户。"),
    )
    address = text(_("住址"), most=200)
    number = text(_("户号"), required=False, most=32)
    tenure = choice(_("住房怎么来的"), [one for one in Tenure.choices if one[0]], required=False)

    def __init__(self, *args: Any, areas: Choices, **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "area", areas)

    def clean_kind(self) -> str:
        """Return the kind; people who live together where none was chosen."""
        return self.cleaned_data["kind"] or HouseholdKind.LIVING


class HomeForm(CorrectingForm):
    """Corrections of a household."""

    address = text(_("住址"), most=200)
    number = text(_("户号"), required=False, most=32)
    tenure = choice(_("住房怎么来的"), [one for one in Tenure.choices if one[0]], required=False)
    reason = why(_("原因"))


class HeadForm(forms.Form):
    """Another member becomes the head."""

    head = choice(_("新户主"), [])
    relation = choice(_("原户主是新户主的"), [])
    since = day(_("从哪一天起"))
    source = from_where()

    def __init__(self, *args: Any, members: Names, relations: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "head", [(str(pk), name) for pk, name in members])
        offer(self, "relation", [one for one in relations.items() if one[0] != HEAD])


class GoForm(forms.Form):
    """A member goes to another household."""

    person = choice(_("谁"), [])
    household = text(_("去哪一户"), help_text=_("户号，或那一户某个人的姓名、身份证号。"))
    relation = choice(_("和那一户户主的关系"), [])
    since = day(_("从哪一天起"))
    source = from_where()

    def __init__(self, *args: Any, members: Names, relations: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "person", [(str(pk), name) for pk, name in members])
        offer(self, "relation", list(relations.items()))


class _EachForm(forms.Form):
    """A form with one question for each member: the relation to a head, none for who stays."""

    needs_all = False

    def __init__(self, *args: Any, members: Names, relations: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        for pk, name in members:
            label = self.question() % {"name": name}
            self.fields[f"of-{pk}"] = choice(label, list(relations.items()), required=self.needs_all)
        self.order_fields([f"of-{pk}" for pk, _name in members])

    def question(self) -> str:
        """Return what is asked of each member."""
        return gettext("%(name)s和户主的关系")

    def chosen(self) -> dict[int, str]:
        """Return person → relation of those who were chosen."""
        named = {name: value for name, value in self.cleaned_data.items() if name.startswith("of-")}
        return {int(name.removeprefix("of-")): value for name, value in named.items() if value}


class SplitForm(_EachForm):
    """Some members begin a household of their own."""

    address = text(_("新户的住址"), most=200)
    number = text(_("新户的户号"), required=False, most=32)
    since = day(_("从哪一天起"))
    source = from_where()

    def question(self) -> str:
        """Return what is asked of each member."""
        return gettext("%(name)s在新的一户里是（留在原户的不选）")


class MergeForm(_EachForm):
    """All members join another household."""

    needs_all = True
    household = text(_("并入哪一户"), help_text=_("户号，或那一户某个人的姓名、身份证号。"))
    since = day(_("从哪一天起"))
    source = from_where()

    def question(self) -> str:
        """Return what is asked of each member."""
        return gettext("%(name)s和那一户户主的关系")


class CloseForm(forms.Form):
    """A household in which nobody is left."""

    on = day(_("哪一天销户的"))


class SettleForm(forms.Form):
    """In which dwelling a household lives."""

    dwelling = choice(_("住房"), [], help_text=_("列表里没有的，请先登记住房。"))
    tenure = choice(_("住房怎么来的"), [one for one in Tenure.choices if one[0]], required=False)

    def __init__(self, *args: Any, dwellings: Names, **options: Any) -> None:
        super().__init__(*args, **options)
        offer(self, "dwelling", [(str(pk), address) for pk, address in dwellings])


class DwellingForm(CorrectingForm):
    """A dwelling."""

    area = choice(_("登记在"), [])
    unit = choice(_("属于哪个小组、楼栋或院落"), [], required=False)
    building = text(_("楼栋"), required=False, most=40, help_text=_("例如 3幢；平房不填。"))
    entrance = text(_("单元"), required=False, most=20)
    room = text(_("房号"), required=False, most=20)
    address = text(_("完整地址"), required=False, most=200, help_text=_("不填就用楼栋、单元和房号。"))
    kind = choice(_("住房类型"), [one for one in DwellingKind.choices if one[0]], required=False)
    reason = why(_("为什么更正"))

    def __init__(self, *args: Any, areas: Choices, units: Names, is_new: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if is_new:
            offer(self, "area", areas)
            del self.fields["reason"]
        else:
            del self.fields["area"]
        offer(self, "unit", [(str(pk), name) for pk, name in units])


class OrganisationForm(CorrectingForm):
    """An organisation."""

    area = choice(_("登记在"), [])
    name = text(_("名称"), most=100)
    kind = choice(_("类型"), OrganisationKind.choices)
    code = text(_("统一社会信用代码"), required=False, most=24, help_text=_("18位。没有的不填。"), widget="id")
    address = text(_("地址"), required=False, most=200)
    contact = text(_("联系人和电话"), required=False)
    valid_from = day(_("成立日期"), required=False)
    valid_until = day(_("撤销日期"), required=False)
    reason = why(_("为什么更正"))

    def __init__(self, *args: Any, areas: Choices, is_new: bool, **options: Any) -> None:
        super().__init__(*args, **options)
        if is_new:
            offer(self, "area", areas)
            del self.fields["reason"], self.fields["valid_until"]
        else:
            del self.fields["area"]


class MoveForm(forms.Form):
    """Files that another community is asked to take."""

    people = forms.MultipleChoiceField(
        label=_("一起转的人"), required=False, choices=[], widget=forms.CheckboxSelectMultiple
    )
    place = text(_("转到哪个村（社区）"), help_text=_("名称、拼音或12位代码，例如 江宁街道 天然社区。"))
    on = day(_("从哪一天起"))
    residence = choice(
        _("在那边怎么算"),
        [one for one in ResidenceKind.choices if one[0] in STAYS],
        help_text=_("户口一起迁走的，选户籍在本地。"),
    )
    address = text(_("那边的住址"), required=False, most=200, help_text=_("填了，对方接收后就在那里立一户。"))
    reason = why(_("为什么转"))

    def __init__(self, *args: Any, members: Names, **options: Any) -> None:
        super().__init__(*args, **options)
        if members:
            others: Any = self.fields["people"]
            others.choices = [(str(pk), name) for pk, name in members]
        else:
            del self.fields["people"]


class AnswerForm(forms.Form):
    """What the other side says."""

    answer = forms.CharField(label=_("说明"), required=False, max_length=200)
