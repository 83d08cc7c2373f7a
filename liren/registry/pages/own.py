"""What residents see of themselves: their file, who looked at it; and how they ask for something to be put right."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID, uuid5

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods

from liren.base.blobs import sm3
from liren.base.clock import now, today
from liren.base.codes import mask_id, mask_phone
from liren.base.doors import again, attempt, page
from liren.base.errors import NotFound
from liren.base.giving import Purpose
from liren.base.screen import Field, Moment
from liren.base.uploads import ACCEPT, read_uploads
from liren.base.words import day
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import store_file
from liren.registry import actions
from liren.registry.forms.corrections import ITEMS, AskForm
from liren.registry.models import CorrectionRequest, Fact, Person
from liren.registry.pages import words
from liren.registry.pages.why import said
from liren.registry.permissions import OWN_RECORD
from liren.registry.queries.corrections import promised
from liren.registry.queries.files import own_person
from liren.registry.queries.origins import writer
from liren.registry.queries.own import (
    Look,
    OwnRecord,
    linked_person,
    own_correction,
    own_fact,
    own_looks,
    own_record,
)

PAGE = 20
FACT = "fact-"


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that a file says, as its person reads it; ``ask`` is the address for a correction, empty while one waits."""

    code: str
    label: str
    value: str
    ask: str
    waits: CorrectionRequest | None


@page(OWN_RECORD, who="resident")
@never_cache
@require_GET
def record(request: HttpRequest) -> HttpResponse:
    """Show residents what the register knows of them, each thing with where it comes from, and a way to have it put right."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if own_person(viewer) is None:
        return render(request, "registry/own/unlinked.html")
    own, on = own_record(viewer), today()
    standing, _corrected = words.rows(own.file, on)
    relations = words.listed("family-relation", on)
    waiting = own.waiting
    context = {
        "who": own.file.person,
        "basics": basics(own),
        "origin": words.origin_of(own.file.person.source),
        "recorded_at": own.file.person.recorded_at,
        "address": own.address,
        "members": [(member, relations.get(member.relation, "")) for member in own.file.members],
        "relation": relations.get(own.file.person.relation, ""),
        "lines": [
            (row, writer(row.line.recorded_by, by_name=False), waiting.get(f"{FACT}{row.line.pk}")) for row in standing
        ],
        "other": waiting.get("other"),
        "requests": [(one, item_label(one.item, one.before)) for one in own.requests],
    }
    return render(request, "registry/own/record.html", context)


def basics(own: OwnRecord) -> list[Item]:
    """Return what the file says of who somebody is, numbers masked."""
    who, waiting = own.file.person, own.waiting
    shown = shown_values(who, [phone.number for phone in own.file.phones])
    return [
        Item(code, str(label), shown[code], f"/me/record/{code}", waiting.get(code))
        for code, label in ITEMS.items()
        if code in shown
    ]


def shown_values(who: Person, phones: Sequence[str]) -> dict[str, str]:
    """Return what stands in a file under each item, as its person reads it."""
    nothing = _("没有登记")
    return {
        "name": who.name,
        "number": f"{who.get_document_display()} {mask_id(who.id_number)}" if who.id_number else nothing,
        "sex": str(who.get_sex_display()),
        "birth_on": day(who.birth_on, today()) if who.birth_on else nothing,
        "ethnicity": words.listed("ethnicity", today()).get(who.ethnicity, "") or nothing,
        "phone": "，".join(mask_phone(phone) for phone in phones) or nothing,
    }


def item_label(item: str, before: str) -> str:
    """Say what a request is about."""
    return str(ITEMS[item]) if item in ITEMS else before


@page(OWN_RECORD, who="resident")
@never_cache
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest, item: str) -> HttpResponse:
    """Take a request for correction of one item, with photos of the proof."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    person = linked_person(viewer)
    fact = own_fact(person, number_of(item)) if item.startswith(FACT) else None
    if fact is None and item not in ITEMS:
        raise NotFound(_("没有这一项，请回到档案重新选择。"))
    on = today()
    before = before_of(viewer, person, item, fact)
    form = AskForm(
        request.POST if request.method == "POST" else None, item=item, fact=fact,
        relations=words.listed("family-relation", on), ethnicities=words.listed("ethnicity", on),
    )  # fmt: skip
    context = {
        "form": form,
        "label": item_label(item, before),
        "before": before,
        "proof": Field(
            name="proof",
            label=_("证明材料的照片"),
            help=_("例如身份证、户口簿、医院或单位的证明。没有的可以不传，工作人员可能会请您带来看一看。"),
            widget="file",
            required=False,
            multiple=True,
            accept=ACCEPT,
        ),
        "until": promised(person.area, on),
    }
    if request.method != "POST":
        return render(request, "registry/own/ask.html", context)
    refusal = None
    if form.is_valid():
        made, refusal = attempt(form, lambda: _ask(request, person, item, before, form))
        if made is not None:
            messages.success(
                request,
                _("收到了。社区会核实，最晚 %(day)s答复您。") % {"day": day(made.due_on, on)},
            )
            return HttpResponseRedirect("/me/record#requests")
    return again(request, "registry/own/ask.html", context, refusal)


def _ask(request: HttpRequest, person: Person, item: str, before: str, form: AskForm) -> CorrectionRequest:
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    at = now()
    return actions.ask_correction(
        by=viewer,
        at=at,
        person=person,
        item=item,
        before=before,
        words=form.cleaned_data["said"],
        wanted=form.changed(),
        never_so=form.cleaned_data.get("never_so", False),
        files=kept_files(request, "proof", by=viewer, area=person.area),
    )


def kept_files(request: HttpRequest, name: str, *, by: Viewer, area: int) -> list[int]:
    """Keep the files that came in under a name; the same file in the same request is kept once."""
    kept = []
    for number, upload in enumerate(read_uploads(request.FILES.getlist(name), office=by.is_staff)):
        key: UUID | None = uuid5(by.once, f"{name}-{number}-{sm3(upload.content)}") if by.once else None
        kept.append(store_file(by=by.with_once(key), at=now(), area=area, upload=upload).pk)
    return kept


def before_of(viewer: Viewer, person: Person, item: str, fact: Fact | None) -> str:
    """Return what stands there, in words."""
    if fact is not None:
        return words.told(fact, today())
    if item == "other":
        return ""
    own = own_record(viewer, requests=0)
    return shown_values(person, [phone.number for phone in own.file.phones])[item]


def number_of(item: str) -> int:
    """Return the id of the line that an item names."""
    digits = item.removeprefix(FACT)
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 20 else 0


@page(OWN_RECORD, who="resident")
@require_http_methods(["GET", "POST"])
def withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a request back, after saying what that means."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    one = own_correction(viewer, pk)
    if request.method == "POST":
        actions.withdraw_correction(by=viewer, at=now(), request=one)
        messages.success(request, _("申请已经撤回，档案没有改动。"))
        return HttpResponseRedirect("/me/record#requests")
    context = {
        "extends": "portal/frame.html",
        "title": _("撤回更正申请？"),
        "lines": [_("社区不再核实这一项，档案保持原样。"), _("以后需要时可以重新申请。")],
        "action": _("撤回申请"),
        "style": "danger",
        "back": "/me/record",
    }
    return render(request, "look/confirm.html", context)


@page(OWN_RECORD, who="resident")
@never_cache
@require_GET
def looks(request: HttpRequest) -> HttpResponse:
    """Tell residents who looked at their file: when, which office and post, what, and why."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if own_person(viewer) is None:
        return render(request, "registry/own/unlinked.html")
    before = request.GET.get("after", "")
    found = own_looks(viewer, before=int(before) if before.isdecimal() and len(before) < 20 else None, limit=PAGE + 1)
    context = {
        "moments": [moment_of(look) for look in found[:PAGE]],
        "older": f"?after={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "newer": "/me/looks" if before else "",
    }
    return render(request, "registry/own/looks.html", context)


def moment_of(look: Look) -> Moment:
    """Say one look in a sentence; the worker is named by office and post."""
    who = words.office(look.actor)
    sentence = {
        "registry.look_at_person": _("%(who)s打开了您的档案。"),
        "registry.look_at_household": _("%(who)s打开了您家的家庭档案。"),
        "registry.unmask": _("%(who)s查看了您的完整证件号码。")
        if look.details.get("what") == "id_number"
        else _("%(who)s查看了您的完整电话号码。"),
        "registry.gave_list": _("%(who)s导出了一份名单，里面有您。"),
        "registry.gave_file": _("%(who)s导出了您的档案。"),
        "registry.gave_paper": _("%(who)s打印了您的档案。"),
        "registry.gave_self": _("您自己下载了档案。"),
    }.get(look.verb, _("%(who)s查看了您的档案。")) % {"who": who}
    return Moment(look.at, sentence, note=reason_of(look))


def reason_of(look: Look) -> str:
    """Say why somebody looked."""
    reason = str(look.details.get("reason", "")).strip()
    purpose = look.details.get("purpose")
    if purpose in Purpose.values:
        label = str(Purpose(purpose).label)
        return _("用途：%(what)s") % {"what": f"{label}（{reason}）" if reason else label}
    if look.verb == "registry.unmask":
        return _("原因：%(what)s") % {"what": reason}
    return said(str(look.details.get("why", "")))
