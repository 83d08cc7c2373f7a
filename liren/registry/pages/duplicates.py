"""Files that may be of one person: the list, two files side by side, what was merged, and taking that back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liren.base.api import cursor, read_cursor
from liren.base.clock import now, today
from liren.base.codes import mask_id, mask_phone
from liren.base.doors import again, attempt, page
from liren.base.errors import Refusal
from liren.base.screen import Tone
from liren.foundation.access.queries import holders_only
from liren.foundation.access.rules import Viewer
from liren.foundation.places.queries.tree import Path, community_paths
from liren.foundation.places.rules import CITY
from liren.registry import actions
from liren.registry.enums import PairState
from liren.registry.forms.merging import ApartForm, MergeForm, UndoForm
from liren.registry.models import DuplicatePair, Person, PersonMerge
from liren.registry.pages import words
from liren.registry.permissions import MERGE, VIEW
from liren.registry.queries.duplicates import (
    CHOSEN,
    Side,
    beyond,
    bound_to_its_place,
    column,
    labels,
    merge_for,
    merges,
    obstacles,
    pair_for,
    pairs,
    sides,
)
from liren.registry.rules.likeness import CERTAIN, LIKELY, needless

PAGE = 30


def reasons_of(codes: list[str]) -> list[tuple[str, Tone]]:
    """Say why two files look alike, or not."""
    said: dict[str, tuple[str, Tone]] = {
        "name": (_("姓名相同"), ""),
        "name_sound": (_("姓名同音"), ""),
        "name_sign": (_("姓名差一个字"), ""),
        "birth": (_("出生日期相同"), ""),
        "birth_near": (_("出生日期相近"), ""),
        "birth_differs": (_("出生日期不同"), "soon"),
        "phone": (_("电话相同"), ""),
        "household": (_("在同一户"), ""),
        "sex_differs": (_("性别不同"), "soon"),
        "number": (_("证件号码相同"), ""),
        "number_slip": (_("证件号码只差一位"), "soon"),
        "number_differs": (_("证件号码不同"), "danger"),
        "number_missing": (_("有一份没有证件号码"), ""),
    }
    return [said[code] for code in codes if code in said]


def chance(score: int) -> tuple[str, Tone]:
    """Say how likely it is that two files are of one person."""
    if score >= CERTAIN:
        return _("几乎可以肯定"), "info"
    return (_("很可能") if score >= LIKELY else _("可能")), ""


@page(MERGE)
@never_cache
@require_GET
def listing(request: HttpRequest) -> HttpResponse:
    """List the pairs that look like one person, the likeliest first, or those that were judged."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    state = request.GET.get("state", "")
    state = state if state in {PairState.DIFFERENT.value} else PairState.OPEN.value
    after = read_cursor(request.GET.get("after"), int, int)
    found = pairs(viewer, state=state, after=after, limit=PAGE + 1)
    shown = found[:PAGE]
    areas = {area for one in shown for area in (one.left.area, one.right.area)}
    paths = community_paths(areas) if len(areas) > 1 else {}
    on = today()
    query = f"state={state}&" if state != PairState.OPEN else ""
    last = shown[-1].pair if len(found) > PAGE else None
    context = {
        "rows": [
            {
                "pair": one.pair,
                "left": one.left,
                "right": one.right,
                "said": [words.who(each.sex, each.age_on(on)) for each in (one.left, one.right)],
                "places": [
                    where(paths.get(each.area), far=one.left.county != one.right.county)
                    for each in (one.left, one.right)
                ],
                "chance": chance(one.pair.score),
                "reasons": reasons_of(one.pair.reasons),
            }
            for one in shown
        ],
        "judged": state != PairState.OPEN,
        "beyond": beyond(viewer) if state == PairState.OPEN and not after else 0,
        "older": f"?{query}after={cursor(last.score, last.pk)}" if last else "",
        "newer": f"?{query.rstrip('&')}" if after else "",
    }
    return render(request, "registry/duplicates.html", context)


def where(path: Path | None, *, far: bool) -> str:
    """Say where a file lies: the community, and of files in two counties the county before it."""
    return "" if path is None else path.below(CITY, " ") if far else path.place.name


@page(MERGE)
@require_POST
def find(request: HttpRequest) -> HttpResponse:
    """Let the files of the seat in use be compared again."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    here = holders_only(viewer, MERGE)
    seat = here.current or here.seats[0]
    actions.ask_for_duplicates(by=viewer, at=now(), area=seat.area, lo=seat.range.lo, hi=seat.range.hi)
    messages.success(request, _("正在重新比对，一般一两分钟，稍后刷新这一页。"))
    return HttpResponseRedirect("/desk/duplicates")


@page(MERGE)
@never_cache
@require_GET
def review(request: HttpRequest, pk: int) -> HttpResponse:
    """Show two files side by side: every field and line with its source and date, and which to keep."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    return render(request, "registry/duplicate.html", shown(viewer, pair_for(viewer, pk)))


def shown(viewer: Viewer, pair: DuplicatePair, form: MergeForm | None = None) -> dict[str, Any]:
    """Return what the page of a pair shows."""
    left, right = sides(pair)
    on = today()
    form = form or form_of(pair, (left, right), None)
    chosen = str(form["kept"].value() or fuller(left, right).person.pk)
    kept, gone = (left, right) if chosen == str(left.person.pk) else (right, left)
    tied = bound_to_its_place(kept.person, gone.person, gone.standing)
    wrong = needless(kept.standing, gone.standing) | tied
    far = kept.person.county != gone.person.county
    paths = community_paths({one.person.area for one in (left, right)}) if far else {}
    ticked = {str(each) for each in form["lines"].value() or ()} if form.is_bound else None
    return {
        "pair": pair,
        "chance": chance(pair.score),
        "reasons": reasons_of(pair.reasons),
        "form": form,
        "sides": [
            {
                "side": one,
                "who": one.person,
                "said": words.who(one.person.sex, one.person.age_on(on)),
                "chosen": str(one.person.pk) == chosen,
                "place": where(paths.get(one.person.area), far=far),
                "lines": [
                    (
                        line,
                        words.told(line, on),
                        words.origin_of(line.source),
                        line.pk not in wrong if ticked is None else str(line.pk) in ticked,
                    )
                    for line in one.standing
                ],
                "phones": [(mask_phone(phone.number), words.origin_of(phone.source)) for phone in one.phones],
            }
            for one in (left, right)
        ],
        "fields": fields_of(left, right, chosen),
        "open": pair.state == PairState.OPEN,
        "two_counties": far,
        "may_open": viewer.may(VIEW),
        "apart": ApartForm(),
    }


def fuller(left: Side, right: Side) -> Side:
    """Return the file that knows more: with a number, an account, more lines; of equals the older one."""

    def known(side: Side) -> tuple[bool, bool, int, int]:
        return bool(side.person.id_number), side.account, len(side.standing), -side.person.pk

    return max(left, right, key=known)


def fields_of(left: Side, right: Side, chosen: str) -> list[dict[str, Any]]:
    """Return what the two files say of who somebody is, and whose word counts unless somebody chooses otherwise."""
    rows = []
    kept = left if str(left.person.pk) == chosen else right
    gone = right if kept is left else left
    for name in CHOSEN:
        values = [_value(one.person, name) for one in (left, right)]
        theirs = column(kept.person, name) in {None, "", "0"} and column(gone.person, name) not in {None, "", "0"}
        differ = column(left.person, name) != column(right.person, name)
        rows.append(
            {
                "name": f"take_{name}",
                "label": labels()[name],
                "options": [
                    (str(one.person.pk), value, one is (gone if theirs else kept))
                    for one, value in zip((left, right), values, strict=True)
                ],
                "differ": differ,
            }
        )
    return rows


def _value(person: Person, name: str) -> str:
    value = column(person, name)
    if name == "number":
        return f"{person.get_document_display()} {mask_id(value)}" if value else _("没有登记")
    if name == "sex":
        return str(person.get_sex_display())
    if name == "ethnicity":
        return words.listed("ethnicity", today()).get(value, "") or _("没有登记")
    return str(value) if value else _("没有登记")


def form_of(pair: DuplicatePair, both: tuple[Side, Side], data: Any) -> MergeForm:
    """Return the form of a decision about a pair."""
    lines = [line.pk for one in both for line in one.standing]
    return MergeForm(data, people=(pair.left, pair.right), lines=lines)


@page(MERGE)
@require_POST
def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Put the two files of a pair together."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    pair = pair_for(viewer, pk)
    both = sides(pair)
    form = form_of(pair, both, request.POST)
    refusal = None
    if form.is_valid():
        done, refusal = attempt(form, lambda: _merge(viewer, both, form))
        if done is not None:
            messages.success(request, _("已经合并成一份档案；判断错了可以撤销。"))
            return HttpResponseRedirect(after(viewer, done.kept))
    return again(request, "registry/duplicate.html", shown(viewer, pair, form), refusal)


def _merge(viewer: Viewer, both: tuple[Side, Side], form: MergeForm) -> PersonMerge:
    people = {str(one.person.pk): one.person for one in both}
    kept = people.pop(form.cleaned_data["kept"])
    (gone,) = people.values()
    stay = {int(each) for each in form.cleaned_data["lines"]}
    drop = {line.pk for one in both for line in one.standing} - stay
    return actions.merge_persons(
        by=viewer, at=now(), kept=kept, gone=gone, reason=form.cleaned_data["reason"], take=form.taken(), drop=drop
    )


def after(viewer: Viewer, person: int) -> str:
    """Return where somebody goes on to who has put files together or apart: the file, where their post opens files."""
    return f"/desk/people/{person}" if viewer.may(VIEW) else "/desk/merges"


@page(MERGE)
@require_POST
def apart(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that two files are of two people."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    actions.tell_apart(
        by=viewer, at=now(), pair=pair_for(viewer, pk), reason=request.POST.get("reason", "").strip()[:200]
    )  # fmt: skip
    messages.success(request, _("记下了：不是同一个人，以后不再提示。"))
    return HttpResponseRedirect("/desk/duplicates")


@page(MERGE)
@never_cache
@require_GET
def merged(request: HttpRequest) -> HttpResponse:
    """List what was merged, the newest first."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    after = request.GET.get("after", "")
    before = int(after) if after.isascii() and after.isdecimal() and len(after) < 19 else None
    found = merges(viewer, before=before, limit=PAGE + 1)
    context = {
        "rows": [(one, one.person["name"]) for one in found[:PAGE]],
        "older": f"?after={found[PAGE - 1].pk}" if len(found) > PAGE else "",
        "newer": "/desk/merges" if after else "",
    }
    return render(request, "registry/merges.html", context)


@page(MERGE)
@never_cache
@require_http_methods(["GET", "POST"])
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one merge and what stands against taking it back; take it back."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    one = merge_for(viewer, pk)
    form = UndoForm(request.POST if request.method == "POST" else None)
    refusal: Refusal | None = None
    if form.is_bound and form.is_valid():
        done, refusal = attempt(
            form,
            lambda: actions.undo_merge(by=viewer, at=now(), merge=one, reason=form.cleaned_data["reason"]),
        )
        if done is not None:
            messages.success(request, _("已经撤销，两份档案恢复成合并以前的样子。"))
            return HttpResponseRedirect(after(viewer, done.gone))
    lines = one.moved.get("registry_fact.subject", [])
    context = {
        "one": one,
        "gone_name": one.person["name"],
        "gone_number": mask_id(one.person.get("id_number") or ""),
        "lines": len(lines),
        "others": sum(len(ids) for name, ids in one.moved.items() if "." in name and name != "registry_fact.subject"),
        "obstacles": obstacles(one),
        "may_open": viewer.may(VIEW),
        "form": form,
    }
    if form.is_bound:
        return again(request, "registry/merge.html", context, refusal)
    return render(request, "registry/merge.html", context)
