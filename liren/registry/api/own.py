"""What residents read of themselves, and how they ask for a correction."""

from typing import Annotated, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _
from ninja import Query

from liren.base.api import Id, Page, cursor, read_cursor
from liren.base.clock import now, today
from liren.base.codes import mask_id, mask_phone
from liren.base.errors import NotFound
from liren.foundation.access.rules import Viewer
from liren.registry import actions
from liren.registry.api.router import checked, lists, router
from liren.registry.forms.corrections import ITEMS, AskForm
from liren.registry.models import Fact, Person
from liren.registry.permissions import OWN_RECORD
from liren.registry.queries.own import linked_person, own_correction, own_fact, own_looks, own_record
from liren.registry.schemas import CorrectionIn, CorrectionOut, LookOut, OwnRecordOut

FACT = "fact-"


@router.get("/me", response=OwnRecordOut, capability=OWN_RECORD, who="resident", summary="The caller's own file")
def me(request: HttpRequest) -> OwnRecordOut:
    """Return what the register knows of the person behind the caller's account; 404 while nobody has confirmed who it is."""
    return OwnRecordOut.of(own_record(request.viewer))  # type: ignore[attr-defined]


@router.get(
    "/me/looks", response=Page[LookOut], capability=OWN_RECORD, who="resident", summary="Who looked at the own file"
)
def looks(request: HttpRequest, after: str | None = None, size: Annotated[int, Query(ge=1, le=100)] = 30) -> Any:
    """List who opened the caller's file or took something out of it, the newest first: office and post, never a worker's name."""
    key = read_cursor(after, int)
    found = own_looks(request.viewer, before=key[0] if key else None, limit=size + 1)  # type: ignore[attr-defined]
    items = [LookOut.of(look) for look in found[:size]]
    return {"items": items, "next": cursor(found[size - 1].pk) if len(found) > size else None}


@router.post(
    "/me/corrections", response=CorrectionOut, capability=OWN_RECORD, who="resident", summary="Ask for a correction"
)
def ask(request: HttpRequest, body: CorrectionIn) -> CorrectionOut:
    """Ask for an item of the own file to be put right; a worker of the community decides within the promise."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    person = linked_person(viewer)
    fact = own_fact(person, _number(body.item)) if body.item.startswith(FACT) else None
    if fact is None and body.item not in ITEMS:
        raise NotFound(_("没有这一项，请回到档案重新选择。"), field="item")
    given = {**body.values, "said": body.words} | ({"never_so": "on"} if body.never_so else {})
    form = AskForm(given, item=body.item, fact=fact, **lists(today()))
    checked(form)
    wanted = {name: value for name, value in form.changed().items() if name in body.values}
    made = actions.ask_correction(
        by=viewer,
        at=now(),
        person=person,
        item=body.item,
        before=_before(person, body.item, fact, viewer),
        words=body.words,
        wanted=wanted,
        never_so=body.never_so,
        files=body.files,
    )
    return CorrectionOut.of(made)


@router.post(
    "/me/corrections/{pk}/withdraw", response=CorrectionOut, capability=OWN_RECORD, who="resident",
    summary="Take a request for correction back",
)  # fmt: skip
def withdraw(request: HttpRequest, pk: Id) -> CorrectionOut:
    """Take one of the caller's requests back, before it is decided."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return CorrectionOut.of(
        actions.withdraw_correction(by=viewer, at=now(), request=own_correction(viewer, pk))
    )  # fmt: skip


def _number(item: str) -> int:
    digits = item.removeprefix(FACT)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 20 else 0


def _before(person: Person, item: str, fact: Fact | None, viewer: Viewer) -> str:
    """Return what stands there, as a machine that asks would have read it."""
    if fact is not None:
        until = fact.valid_until.isoformat() if fact.valid_until else ""
        kind = str(fact.get_kind_display())
        return " ".join(
            part for part in (kind, fact.code, f"{fact.valid_from.isoformat()}–{until}", fact.words) if part
        )
    if item == "phone":
        return "，".join(mask_phone(one.number) for one in own_record(viewer, requests=0).file.phones)
    if item == "number":
        return mask_id(person.id_number or "")
    return str(getattr(person, item, "") or "")
