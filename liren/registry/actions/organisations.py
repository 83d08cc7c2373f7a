"""Organisations of a community."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from liren.base.action import action, remark
from liren.base.codes import is_organisation_code
from liren.base.errors import Conflict, Refusal
from liren.foundation.access.rules import Viewer
from liren.registry.actions.lines import unchanged_since
from liren.registry.enums import OrganisationKind
from liren.registry.models import Organisation
from liren.registry.permissions import EDIT
from liren.registry.rules import is_community

CORRECTED = ("name", "kind", "code", "address", "contact", "valid_from", "valid_until")


@action(EDIT, on="area")
def add_organisation(
    *,
    by: Viewer,
    at: datetime,
    area: int,
    name: str,
    kind: str,
    code: str = "",
    address: str = "",
    contact: str = "",
    valid_from: date | None = None,
) -> Organisation:
    """Add an organisation to a community; a code that GB 32100 does not allow is refused, none at all is not."""
    if not is_community(area):
        raise Refusal(_("组织要登记在村（社区），请先选定是哪个村（社区）。"), field="area")
    organisation = Organisation(area=area, recorded_at=at, valid_from=valid_from)
    _write(organisation, name, kind, code, address, contact)
    _save_once(organisation, force_insert=True)
    return organisation


@action(EDIT, on="organisation")
def correct_organisation(
    *,
    by: Viewer,
    at: datetime,
    organisation: Organisation,
    reason: str,
    changes: Mapping[str, Any],
    shown: Mapping[str, str] | None = None,
) -> Organisation:
    """Correct columns of an organisation, or say from which day it is no more; ``shown`` is what a form showed of what it changes."""
    if len(reason.strip()) < 2:
        raise Refusal(_("请写明原因，这会记入日志。"), field="reason")
    organisation.refresh_from_db(from_queryset=Organisation.objects.select_for_update(no_key=True))
    unchanged_since(organisation, shown or {})
    said = {name: changes.get(name, getattr(organisation, name)) for name in CORRECTED}
    since, until = said.pop("valid_from"), said.pop("valid_until")
    if until is not None and since is not None and until <= since:
        raise Refusal(_("结束的日子要晚于开始的日子，请改一改。"), field="valid_until")
    organisation.valid_from, organisation.valid_until = since, until
    _write(organisation, **said)
    _save_once(organisation)
    remark(reason=reason)
    return organisation


def _write(organisation: Organisation, name: str, kind: str, code: str, address: str, contact: str) -> None:
    code = code.replace(" ", "").upper()
    if not name.strip():
        raise Refusal(_("请填写名称。"), field="name")
    if kind not in OrganisationKind.values:
        raise Refusal(_("请从列表里选一项。"), field="kind")
    if code and not is_organisation_code(code):
        raise Refusal(_("统一社会信用代码应为18位，并且校验码要对。请核对证书。"), field="code")
    organisation.name, organisation.kind, organisation.code = " ".join(name.split()), kind, code
    organisation.address, organisation.contact = address.strip(), contact.strip()


def _save_once(organisation: Organisation, *, force_insert: bool = False) -> None:
    try:
        with transaction.atomic():
            organisation.save(force_insert=force_insert)
    except IntegrityError as error:
        if "code_is_used_once" not in str(error):
            raise
        raise Conflict(_("这个统一社会信用代码已经登记过了。"), field="code") from error
