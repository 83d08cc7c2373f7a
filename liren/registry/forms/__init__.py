"""Shape and cleaning of what a clerk types."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.translation import gettext_lazy as _

from liren.registry.enums import (
    AwayReason,
    Began,
    BenefitKind,
    CertificateKind,
    DesignationKind,
    DisabilityDegree,
    DisabilityKind,
    DocumentKind,
    FactKind,
    GuardianKind,
    RelationKind,
    ResidenceKind,
    Sex,
    Source,
)

Choices = Sequence[tuple[str, Any]]
SHORT_SOURCES: Choices = [choice for choice in Source.choices if choice[0] != Source.IMPORTED]
DATE_ERRORS = {"invalid": _("请填完整的日期，例如 2026-09-03。"), "required": _("请填日期。")}


def text(
    label: Any, *, required: bool = True, most: int = 64, help_text: Any = "", widget: str = ""
) -> forms.CharField:
    """Return a field for a line of text."""
    attrs = {"data-widget": widget} if widget else {}
    return forms.CharField(
        label=label, required=required, max_length=most, help_text=help_text, widget=forms.TextInput(attrs=attrs),
        error_messages={"required": _("请填写这一项。")},
    )  # fmt: skip


def choice(label: Any, choices: Choices, *, required: bool = True, help_text: Any = "") -> forms.ChoiceField:
    """Return a field for one of a list."""
    listed = choices if required else [("", ""), *choices]
    return forms.ChoiceField(
        label=label, choices=listed, required=required, help_text=help_text,
        error_messages={"required": _("请选一项。"), "invalid_choice": _("请从列表里选一项。")},
    )  # fmt: skip


def day(label: Any, *, required: bool = True, help_text: Any = "") -> forms.DateField:
    """Return a field for a day."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"data-widget": "date"}),
        error_messages=DATE_ERRORS,
    )


def from_where() -> forms.ChoiceField:
    """Return the field for where a statement comes from."""
    return choice(_("依据"), SHORT_SOURCES)


def why(label: Any) -> forms.CharField:
    """Return the field for why something is corrected."""
    return text(label, most=200, help_text=_("会留在档案和日志里。"))


class CorrectingForm(forms.Form):
    """Something corrected: what was not touched is left alone, and what was touched is told with what the form showed of it."""

    added: ClassVar[frozenset[str]] = frozenset({"reason"})
    """Fields that show nothing of what stands there."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        for name, field in self.fields.items():
            field.show_hidden_initial = name not in self.added

    def changes(self) -> dict[str, Any]:
        """Return what was changed since the form was shown, with what was added."""
        return {
            name: value for name, value in self.cleaned_data.items() if name in self.added or name in self.changed_data
        }

    def shown(self) -> dict[str, str]:
        """Return what the form showed of each thing that was changed, as text."""
        sent = {
            name: self.data.get(self[name].html_initial_name) for name in self.changed_data if name not in self.added
        }
        return {name: said for name, said in sent.items() if said is not None}

    def kept(self) -> list[str]:
        """Return the hidden fields that carry what the form shows until it comes back."""
        return [
            self[name].as_hidden(only_initial=True) for name, field in self.fields.items() if field.show_hidden_initial
        ]


class RegisterForm(forms.Form):
    """A new file."""

    name = text(_("姓名"))
    number = text(
        _("证件号码"), required=False, help_text=_("填了就不用再填出生日期和性别。没有证件也可以先登记。"), widget="id"
    )
    document = choice(_("证件类型"), DocumentKind.choices, required=False, help_text=_("不选就按号码判断。"))
    sex = choice(_("性别"), Sex.choices, required=False)
    birth_on = day(_("出生日期"), required=False)
    ethnicity = choice(_("民族"), [], required=False)
    phone = text(_("手机号"), required=False, widget="phone")
    area = choice(_("登记在"), [])
    residence = choice(_("居住情况"), ResidenceKind.choices)
    how = choice(
        _("这次是"), [(Began.LISTED, _("补登：本来就住在这里")), (Began.MOVED_IN, _("新迁入")), (Began.BORN, _("出生登记"))],
        required=False, help_text=_("迁入和出生会计入这个月的人口变动。"),
    )  # fmt: skip
    came_from = text(_("从哪里迁来，或出生的说明"), required=False, most=200)
    since = day(_("从哪一天起"), required=False, help_text=_("不填就从今天算；出生登记从出生那天算。"))
    source = from_where()

    def clean_how(self) -> str:
        """Return how somebody came; listed where nothing was chosen."""
        return self.cleaned_data["how"] or Began.LISTED

    def __init__(self, *args: Any, areas: Choices, ethnicities: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "area", areas)
        _offer(self, "ethnicity", [("", ""), *ethnicities.items()])


class PersonForm(CorrectingForm):
    """Who somebody is, corrected; an empty number keeps the one that is sealed."""

    added = frozenset({"reason", "number"})

    name = text(_("姓名"))
    number = text(_("新的证件号码"), required=False, help_text=_("不改就不填。"), widget="id")
    sex = choice(_("性别"), Sex.choices)
    birth_on = day(_("出生日期"), required=False)
    ethnicity = choice(_("民族"), [], required=False)
    reason = why(_("原因"))

    def __init__(self, *args: Any, ethnicities: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "ethnicity", [("", ""), *ethnicities.items()])


class ResidenceForm(forms.Form):
    """How somebody lives from a day on."""

    kind = choice(_("居住情况"), ResidenceKind.choices)
    since = day(_("从哪一天起"))
    words = text(
        _("户籍地或外地住址"), required=False, most=200, help_text=_("户籍在外地的写户籍地；住在外地的写现住址。")
    )
    source = from_where()
    authority = text(_("出具单位"), required=False)


class AwayForm(forms.Form):
    """Somebody has gone away."""

    reason = choice(_("为什么外出"), AwayReason.choices)
    since = day(_("哪一天走的"), help_text=_("记不清的，填大概的日子。"))
    words = text(_("去了哪里"), required=False, most=200)
    source = from_where()


class ReturnedForm(forms.Form):
    """Somebody has come back."""

    on = day(_("哪一天回来的"))
    source = from_where()


class DisabilityForm(forms.Form):
    """A disability after its certificate."""

    kind = choice(_("残疾类别"), DisabilityKind.choices)
    degree = choice(_("残疾等级"), DisabilityDegree.choices)
    certificate = text(_("残疾人证号"), required=False)
    since = day(_("发证日期"))
    until = day(_("有效期到"), required=False, help_text=_("长期有效的不填。"))
    source = from_where()
    authority = text(_("发证单位"), required=False)


class GuardianForm(forms.Form):
    """Who cares for somebody."""

    relation = choice(_("监护人是他（她）的"), GuardianKind.choices)
    guardian_number = text(
        _("监护人的身份证号"), required=False, help_text=_("填了就和监护人的档案连起来。"), widget="id"
    )
    guardian_name = text(_("监护人姓名"), required=False, help_text=_("监护人没有档案时填写。"))
    words = text(_("说明"), required=False, most=200, help_text=_("例如联系方式、住在哪里。"))
    since = day(_("从哪一天起"))
    until = day(_("到哪一天止"), required=False)
    source = from_where()


class PhoneForm(forms.Form):
    """A phone number."""

    phone = text(_("电话"), widget="phone")
    source = from_where()


class MemberForm(forms.Form):
    """Somebody joins a household."""

    household = text(_("户号，或这一户某个人的姓名、身份证号"))
    relation = choice(_("和户主的关系"), [])
    since = day(_("从哪一天起"))
    source = from_where()

    def __init__(self, *args: Any, relations: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "relation", list(relations.items()))


class MemberOfForm(forms.Form):
    """Somebody with a file joins the household whose page is open."""

    number = text(_("身份证号"), widget="id")
    relation = choice(_("和户主的关系"), [])
    since = day(_("从哪一天起"))
    source = from_where()

    def __init__(self, *args: Any, relations: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        _offer(self, "relation", list(relations.items()))


class LeaveForm(forms.Form):
    """Somebody leaves a household."""

    on = day(_("哪一天迁出的"))
    reason = text(_("原因"), required=False, most=200)


class DeathForm(forms.Form):
    """Somebody has died."""

    on = day(_("去世的日子"))
    source = from_where()


class UnmaskForm(forms.Form):
    """A look at a full number."""

    what = forms.ChoiceField(choices=[("id_number", "id_number"), ("phone", "phone")])
    reason = text(_("为什么要看"), most=200, help_text=_("会记入日志，本人和审计员都能查到。"))


CODES: dict[str, Choices] = {
    FactKind.RESIDENCE: ResidenceKind.choices,
    FactKind.AWAY: AwayReason.choices,
    FactKind.GUARDIAN: GuardianKind.choices,
    FactKind.RELATION: RelationKind.choices,
    FactKind.CERTIFICATE: CertificateKind.choices,
    FactKind.BENEFIT: BenefitKind.choices,
    FactKind.DESIGNATION: DesignationKind.choices,
}
MEMBERSHIPS = frozenset({FactKind.MEMBER, FactKind.REGISTER})


class CorrectForm(forms.Form):
    """A line, corrected."""

    valid_from = day(_("从哪一天起"))
    valid_until = day(_("到哪一天止"), required=False, help_text=_("还在继续的不填。这一天不算在内。"))
    words = text(_("说明"), required=False, most=200)
    source = from_where()
    reason = why(_("为什么更正"))

    def __init__(self, *args: Any, kind: str, relations: Mapping[str, str], **options: Any) -> None:
        super().__init__(*args, **options)
        choices = list(relations.items()) if kind in MEMBERSHIPS else CODES.get(kind)
        if choices:
            self.fields["code"] = choice(_("内容"), choices)
            self.order_fields(["code"])

    def changes(self, before: Mapping[str, Any]) -> dict[str, Any]:
        """Return what differs from the line."""
        given = {name: value for name, value in self.cleaned_data.items() if name != "reason"}
        return {name: value for name, value in given.items() if (value or None) != (before[name] or None)}


def _offer(form: forms.Form, name: str, choices: Choices) -> None:
    field = form.fields[name]
    assert isinstance(field, forms.ChoiceField)
    field.choices = choices
