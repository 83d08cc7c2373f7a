"""Moves of files between communities: proposing, the two sides' lists, the answer."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from liren.base.api import cursor, read_cursor
from liren.base.clock import now, today
from liren.base.codes import age_on
from liren.base.doors import page
from liren.base.errors import NotFound, Refusal
from liren.base.words import day
from liren.foundation.places.queries.search import search
from liren.foundation.places.queries.tree import place_by_code
from liren.foundation.places.rules import COMMUNITY
from liren.registry import actions
from liren.registry.enums import MoveSide, MoveState, ResidenceKind
from liren.registry.forms.homes import AnswerForm, MoveForm
from liren.registry.models import Move
from liren.registry.pages import words
from liren.registry.pages.forming import done, show_form
from liren.registry.permissions import EDIT, VIEW
from liren.registry.queries import person_for
from liren.registry.queries.moves import family_of, move_for, moves_page

ANSWERS: dict[str, Callable[..., Move]] = {
    "accept": actions.accept_move,
    "refuse": actions.refuse_move,
    "withdraw": actions.withdraw_move,
}


@page(VIEW)
@require_GET
def moves(request: HttpRequest) -> HttpResponse:
    """List the moves to and from the viewer's communities: those that wait, or those that are settled."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    settled = request.GET.get("done") == "1"
    after = read_cursor(request.GET.get("after"), int)
    found, more = moves_page(viewer, waiting=not settled, after=after[0] if after else None)
    same = {"done": "1"} if settled else {}
    context = {
        "moves": [(one, _names(one), one.side == MoveSide.RECEIVING) for one in found],
        "settled": settled,
        "older": "?" + urlencode(same | {"after": cursor(more)}) if more else "",
        "newer": "?" + urlencode(same) if after else "",
    }
    return render(request, "registry/moves.html", context)


@page(VIEW)
@require_GET
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Show one side of a move, with what will happen when it is accepted."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    found, on = move_for(viewer, pk), today()
    waits, receiving = found.state == MoveState.PROPOSED, found.side == MoveSide.RECEIVING
    people = [
        (
            one,
            words.who(one["sex"], _age(one["birth_on"], on)),
            words.listed("family-relation", on).get(one["relation"], ""),
        )
        for one in found.who
    ]
    context = {
        "move": found,
        "people": people,
        "names": _names(found),
        "residence": ResidenceKind(found.residence).label,
        "state": MoveState(found.state).label,
        "receiving": receiving,
        "opens": (receiving and found.state == MoveState.ACCEPTED)
        or (not receiving and found.state != MoveState.ACCEPTED),
        "may_answer": waits and receiving and viewer.may(EDIT, found.area),
        "may_withdraw": waits and not receiving and viewer.may(EDIT, found.area),
        "consequences": _consequences(found),
    }
    part = "#sheet" if request.headers.get("HX-Target") == "sheet-body" else ""
    return render(request, f"registry/move.html{part}", context)


@page(EDIT)
@require_POST
def answer(request: HttpRequest, pk: int, verb: str) -> HttpResponse:
    """Accept, refuse or withdraw a move."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    if verb not in ANSWERS:
        raise NotFound(_("没有这一页，请从转移名单重新打开。"))
    found = move_for(viewer, pk)
    form = AnswerForm(request.POST)
    if not form.is_valid():
        raise Refusal(_("说明太长了，最多200个字。"), field="answer")
    done_to = ANSWERS[verb](by=viewer, at=now(), move=found, answer=form.cleaned_data["answer"])
    said = {
        "accept": _("已经接收，档案转到了%(place)s。") % {"place": done_to.place},
        "refuse": _("已经退回给%(place)s。") % {"place": done_to.other_place},
        "withdraw": _("已经撤回，档案还在原来的地方。"),
    }
    return done(request, f"/desk/moves/{found.pk}", said[verb])


@page(EDIT)
@require_http_methods(["GET", "POST"])
def propose(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask another community to take somebody's file, and those of the family."""
    viewer: Any = request.viewer  # type: ignore[attr-defined]
    person = person_for(viewer, pk)
    family = [(one.pk, one.name) for one in family_of(person) if one.pk != person.pk]
    form = MoveForm(request.POST or None, initial={"residence": person.residence, "on": today()}, members=family)
    back = f"/desk/people/{person.pk}"
    if form.is_valid():
        values = dict(form.cleaned_data)
        made = actions.propose_move(
            by=viewer, at=now(), person=person, people=[int(one) for one in values.pop("people", ())],
            area=_community(values.pop("place")), **values,
        )  # fmt: skip
        return done(request, f"/desk/moves/{made.pk}", _("已经提出，等%(place)s接收。") % {"place": made.other_place})
    return show_form(
        request, form, picks="place",
        title=_("%(name)s · 转到别的村（社区）") % {"name": person.name}, button=_("提出转移"), back=back,
        lead=_("对方接收以后，档案和全部记录一起转过去；到那一天为止的人口数还算在这里。对方退回的，什么也不变。"),
    )  # fmt: skip


def _community(typed: str) -> int:
    """Return the area key of the community that was typed: by code, or by a name that fits one only."""
    if typed.isascii() and typed.isdigit():
        return place_by_code(typed).area
    hits = search(typed, levels=[COMMUNITY], limit=6)
    best = [hit for hit in hits if hit.place.name == typed.rsplit(maxsplit=1)[-1]] or hits
    if not best:
        raise NotFound(_("没有找到这个村（社区）。请写上镇（街道），例如 江宁街道 天然社区。"), field="place")
    if len(best) > 1:
        names = "、".join(hit.path.below(2, "") for hit in best[:4])
        raise Refusal(
            _("有几个地方叫这个名字：%(names)s。请写上镇（街道），或填12位代码。") % {"names": names}, field="place"
        )
    return best[0].place.area


def _names(found: Move) -> str:
    return "、".join(one["name"] for one in found.who)


def _age(birth_on: str, on: Any) -> int | None:
    return age_on(type(on).fromisoformat(birth_on), on) if birth_on else None


def _consequences(found: Move) -> list[str]:
    lines = [
        _("%(n)d 个人的档案和全部记录转到%(place)s，原来的村（社区）不再看得到。")
        % {"n": len(found.people), "place": _to(found)},
        _("从 %(day)s起计入%(place)s的人口；那以前的人口数不变。")
        % {"day": day(found.on, today()), "place": _to(found)},
    ]
    if found.address:
        lines.append(_("在%(address)s立一户，把这些人登记进去。") % {"address": found.address})
    return lines


def _to(found: Move) -> str:
    return found.place if found.side == MoveSide.RECEIVING else found.other_place
