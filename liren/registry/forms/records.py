"""Shape of what is recorded of somebody beyond who they are: one form for each statement."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from liren.registry.enums import (
    BenefitKind,
    CertificateKind,
    ConfidentialKind,
    ContactKind,
    DesignationKind,
    RelationKind,
    ResidenceKind,
)
from liren.registry.forms import Choices, choice, day, from_where, text
from liren.registry.forms.homes import offer


class RecordForm(forms.Form):
    """What every statement has: from when, until when, from where it is known; ``listed`` names the field whose list is given."""

    since = day(_("从哪一天起"))
    until = day(_("到哪一天止"), required=False, help_text=_("还在继续的不填。这一天不算在内。"))
    source = from_where()
    authority = text(_("出具单位"), required=False)
    listed = ""

    def __init__(self, *args: Any, choices: Choices = (), **options: Any) -> None:
        super().__init__(*args, **options)
        if self.listed:
            offer(self, self.listed, choices)
        last = ("since", "until", "source", "authority")
        self.order_fields([name for name in self.fields if name not in last])

    def statement(self) -> dict[str, Any]:
        """Return what the statement itself is made of."""
        kept = ("since", "until", "source", "authority")
        return {name: value for name, value in self.cleaned_data.items() if name not in kept}


class OtherForm(RecordForm):
    """A statement about somebody else: with a file, or by name."""

    other_number = text(_("对方的身份证号"), required=False, help_text=_("填了就和对方的档案连起来。"), widget="id")
    name = text(_("对方的姓名"), required=False, help_text=_("对方没有档案时填写。"))


class RelationForm(OtherForm):
    """Kin or carer."""

    is_their = choice(_("对方是他（她）的"), RelationKind.choices)
    words = text(_("说明"), required=False, most=200, help_text=_("例如住在哪里、怎么联系。"))


class MarriageForm(OtherForm):
    """The state of marriage."""

    state = choice(_("婚姻状况"), [])
    listed = "state"


class EducationForm(RecordForm):
    """The highest certificate."""

    level = choice(_("学历"), [])
    words = text(_("学校和专业"), required=False, most=200)
    listed = "level"


class SchoolForm(RecordForm):
    """Where somebody learns."""

    name = text(_("学校"), most=100)


class EmployerForm(RecordForm):
    """Where somebody works."""

    name = text(_("单位"), most=100)


class BelongsForm(RecordForm):
    """Of which organisation somebody is."""

    organisation = choice(_("哪个组织"), [], help_text=_("列表里没有的，请先登记组织。"))
    role = text(_("身份或职务"), required=False, help_text=_("例如 成员、会长、党员。"))
    listed = "organisation"


class CertificateForm(RecordForm):
    """A paper that somebody holds."""

    paper = choice(_("证件"), CertificateKind.choices)
    number = text(_("证件号码"), required=False, help_text=_("加密保存，页面上只显示最后四位。"), widget="id")


class BenefitForm(RecordForm):
    """What somebody draws."""

    benefit = choice(_("待遇"), BenefitKind.choices)
    amount = forms.DecimalField(
        label=_("金额"), required=False, min_value=0, max_digits=12, decimal_places=2, widget=forms.TextInput(attrs={"data-widget": "money"}),
        help_text=_("按月发的填每月多少，一次性的填一共多少。"),
    )  # fmt: skip
    words = text(_("说明"), required=False, most=200)


class DesignationForm(RecordForm):
    """What an authority has found somebody to be."""

    what = choice(_("认定为"), DesignationKind.choices)
    words = text(_("说明"), required=False, most=200)

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self.fields["authority"].required = True
        self.fields["authority"].label = _("作出认定的单位")


class ConfidentialForm(DesignationForm):
    """A designation that only named posts see."""

    what = choice(_("认定为"), ConfidentialKind.choices)


class ContactForm(RecordForm):
    """A further way to reach somebody."""

    way = choice(_("方式"), ContactKind.choices)
    address = text(_("号码或地址"), most=200, help_text=_("加密保存。"))
    name = text(_("联系人姓名"), required=False, help_text=_("不是本人时填写。"))


class MovedInForm(forms.Form):
    """Somebody has come over the border."""

    on = day(_("哪一天迁入的"))
    residence = choice(
        _("现在怎么住"),
        [one for one in ResidenceKind.choices if one[0] not in {ResidenceKind.ABSENT, ResidenceKind.GONE}],
    )
    words = text(_("从哪里迁来"), required=False, most=200)
    source = from_where()


class MovedOutForm(forms.Form):
    """Somebody has left for good."""

    on = day(_("哪一天迁出的"))
    words = text(_("迁到哪里"), most=200)
    source = from_where()


LISTS: dict[type[forms.Form], str] = {MarriageForm: "marriage", EducationForm: "education"}
"""The national code lists from which a form offers."""


def named(rows: Sequence[Any]) -> Choices:
    """Return organisations as choices."""
    return [(str(row.pk), row.name) for row in rows]
