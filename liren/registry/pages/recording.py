"""The verbs of a person's page that record one statement each."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from liren.base.capabilities import Capability
from liren.base.clock import now, today
from liren.base.errors import Refusal
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.forms import records as forms
from liren.registry.models import Person
from liren.registry.pages.words import listed
from liren.registry.permissions import CONFIDENTIAL, EDIT
from liren.registry.queries import person_by_number
from liren.registry.queries.homes import organisations_like
from liren.registry.rules import statements


@dataclass(frozen=True, slots=True)
class Statement:
    """A form whose values become one statement: address, words, shape, what it says."""

    code: str
    title: Any
    form: type[forms.RecordForm]
    says: Callable[[dict[str, Any]], Any]
    capability: Capability = EDIT


def _amount(given: dict[str, Any]) -> dict[str, Any]:
    amount = given["amount"]
    return given | {"amount": None if amount is None else int(amount * 100)}


def _organisation(given: dict[str, Any]) -> statements.Belongs:
    return statements.Belongs(int(given["organisation"]), given["role"])


STATEMENTS: dict[str, Statement] = {
    one.code: one
    for one in (
        Statement("relation", gettext_lazy("登记亲属"), forms.RelationForm, lambda x: statements.Relation(**x)),
        Statement("marriage", gettext_lazy("登记婚姻状况"), forms.MarriageForm, lambda x: statements.Marriage(spouse=x.pop("other"), **x)),
        Statement("education", gettext_lazy("登记学历"), forms.EducationForm, lambda x: statements.Education(**x)),
        Statement("school", gettext_lazy("登记就读学校"), forms.SchoolForm, lambda x: statements.School(**x)),
        Statement("employer", gettext_lazy("登记工作单位"), forms.EmployerForm, lambda x: statements.Employer(**x)),
        Statement("belongs", gettext_lazy("登记所属组织"), forms.BelongsForm, _organisation),
        Statement("certificate", gettext_lazy("登记证件证书"), forms.CertificateForm, lambda x: statements.Certificate(**x)),
        Statement("benefit", gettext_lazy("登记待遇"), forms.BenefitForm, lambda x: statements.Benefit(**_amount(x))),
        Statement("designation", gettext_lazy("登记认定"), forms.DesignationForm, lambda x: statements.Designation(**x)),
        Statement("contact", gettext_lazy("登记其他联系方式"), forms.ContactForm, lambda x: statements.Contact(**x)),
        Statement("confidential", gettext_lazy("登记保密认定"), forms.ConfidentialForm, lambda x: statements.Confidential(**x), CONFIDENTIAL),
    )
}  # fmt: skip


def offered(viewer: Viewer, shape: type[Any], person: Person) -> dict[str, Any]:
    """Return what a form has to be given to offer its lists."""
    if shape is forms.BelongsForm:
        return {"choices": forms.named(organisations_like(viewer, person.area))}
    if shape in forms.LISTS:
        return {"choices": list(listed(forms.LISTS[shape], today()).items())}
    return {}


def record_statement(by: Viewer, person: Person, one: Statement, form: Any) -> object:
    """Write down what a form says."""
    given, told = form.statement(), form.cleaned_data
    if "other_number" in given:
        number = given.pop("other_number")
        found = person_by_number(by, number) if number else None
        if number and found is None and not given["name"]:
            raise Refusal(_("您的范围里没有这个证件号码的档案。请填写对方的姓名。"), field="name")
        given["other"] = found.pk if found else None
    common: dict[str, Any] = {name: told[name] for name in ("since", "until", "source", "authority")}
    act: Any = actions.record_confidential if one.capability is CONFIDENTIAL else actions.record
    return act(by=by, at=now(), person=person, statement=one.says(given), **common)
