"""The matrix: every page and every operation of the API, tried by nobody, wrong posts, the neighbours' right post, the right post, another resident.

A new address fails here until it has a line in ``EXAMPLES`` that says what lies behind it.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test import Client
from django.test.client import ClientHandler
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from liren.base.aside import aside
from liren.base.clock import day_of
from liren.base.doors import Door
from liren.base.rows import apply
from liren.base.scopes import Scope
from liren.conf.api import api
from liren.engines.cases.enums import State, Verb
from liren.engines.cases.queries import document_token, rating_token
from liren.foundation.access.models import Appointment, Post
from liren.foundation.places.models import PlacedModel
from liren.foundation.places.rules import CITY, COMMUNITY, COUNTY, TOWNSHIP
from liren.foundation.policies.models import PackItem
from liren.foundation.policies.queries import forget
from liren.testing.cast import DONGSHAN, TIANRAN, Role, sign_in, staff
from liren.testing.village import (
    ASSISTANCE,
    CENTRE,
    GRANTED,
    NAME,
    NUMBER,
    OTHER_NUMBER,
    REPAIR,
    ROLES,
    Village,
    village,
)

PUBLIC = {
    "api:openapi-json": "the description of the API",
    "api:api-root": "the foot of the API's addresses: 404",
    "access:sign_in": "before signing in", "access:code": "before signing in", "access:sign_out": "ends a session, if there is one",
    "access:desk_sign_in": "before signing in", "access:desk_code": "before signing in", "access:tray": "404 outside the demo",
    "look:guide": "404 outside the demo", "look:elder": "size of type", "look:language": "language",
    "portal:home": "the home page", "places-pick": "places are public", "window:here": "where one lives, before signing in",
    "window:here-pick": "places are public",
    "window:catalogue": "what can be done", "window:matter": "what can be done",
    "window:check-ask": "number and phone prove it", "window:check": "number and phone prove it",
    "window:check-document": "its seal proves it", "window:rate-link": "its signature proves it",
    "GET places/search": "places are public", "GET places/{code}": "places are public", "GET places/{code}/children": "places are public",
    "GET cases/matters": "what can be done", "GET cases/matters/{code}": "what can be done",
}  # fmt: skip
"""Everybody may open these, and why. ``/healthz`` and static files are answered before any address is looked up."""

NEIGHBOUR_OF = {
    COMMUNITY: (TIANRAN, "天然社区"),
    TOWNSHIP: (DONGSHAN, "东山街道"),
    COUNTY: (320106_000_000_000, "鼓楼区"),
    CITY: (320500_000_000_000, "苏州市"),
}
VILLAGER, OTHER, NOBODY = "villager", "neighbour", ""
FINE = range(200, 400)


# what there is


@dataclass(frozen=True)
class Address:
    """A page, or one method of an operation."""

    name: str
    door: Door
    methods: tuple[str, ...]
    route: Callable[[Mapping[str, Any]], str]
    is_api: bool = False

    def __str__(self) -> str:
        return self.name


DOORLESS = Door("public")
"""What an address has that does not say who may enter: it must stand on the public list."""


def page_route(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda kwargs: reverse(name, kwargs=dict(kwargs))


def operation_route(path: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda kwargs: path.format(**kwargs)


def pages(patterns: Any, space: str = "") -> Iterator[Address]:
    """Return every page that the URL resolver knows."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from pages(one.url_patterns, f"{space}{one.namespace}:" if one.namespace else space)
        elif isinstance(one, URLPattern) and (not space.startswith("api:") or one.name in {"openapi-json", "api-root"}):
            name = f"{space}{one.name}"
            yield Address(
                name, getattr(one.callback, "door", DOORLESS), ("GET", "POST"), page_route(name)
            )  # fmt: skip


def operations() -> Iterator[Address]:
    """Return every method of every operation of the API."""
    for prefix, router in api._routers:
        for path, view in router.path_operations.items():
            for operation in view.operations:
                for method in operation.methods:
                    route = f"{prefix.strip('/')}{path}".rstrip("/")
                    yield Address(
                        f"{method} {route}",
                        getattr(operation.view_func, "door", DOORLESS),
                        (method,),
                        operation_route(f"/api/v1{prefix}{path}"),
                        is_api=True,
                    )


ADDRESSES = {one.name: one for one in (*pages(get_resolver().url_patterns), *operations())}


# what lies behind it


@dataclass(frozen=True)
class Example:
    """Something behind an address, who may have it, and what they may send."""

    kwargs: Mapping[str, Any] = field(default_factory=dict)
    send: Mapping[str, Any] | None = None  # what the right post sends, and is not refused for its shape
    query: Mapping[str, Any] = field(default_factory=dict)
    right: tuple[Role | str, ...] = ()  # who may; by default the nearest post that holds the door's capability
    shared: bool = False  # everybody with the right post may see it, wherever they sit
    get: range | tuple[int, ...] = FINE  # what looking answers the right post
    sent: range | tuple[int, ...] = FINE  # what sending ``send`` answers the right post


Examples = Callable[[Village], list[Example]]


def none(_there: Village) -> list[Example]:
    return [Example()]


def case(state: str, **more: Any) -> Examples:
    return lambda there: [Example({"pk": there.cases[state].pk}, **more)]


def of(name: str, key: str = "pk", **more: Any) -> Examples:
    return lambda there: [Example({key: getattr(there, name).pk}, **more)]


def said(**send: Any) -> Examples:
    return lambda _there: [Example(send=send)]


ASSIST = {"code": "temporary-assistance"}
AREA = {"area": "320115006205"}
OUT_OF_GRID = {"grid": None, "parts": [{"kind": "building", "building": "3幢"}]}
SUBMITTED, FINISHED = State.SUBMITTED, State.FINISHED
VERBS: dict[Verb, tuple[str, dict[str, Any], dict[str, Any]]] = {
    # verb: the case it is tried on, what the API is sent, what the form at the desk is sent
    Verb.SUBMIT: (State.DRAFT, {"answers": dict(ASSISTANCE)}, {}),
    Verb.ACCEPT: (SUBMITTED, {}, {}),
    Verb.RETURN: (SUBMITTED, {"missing": ["身份证复印件"]}, {"missing": "身份证复印件"}),
    Verb.RESUBMIT: (State.RETURNED, {"answers": dict(ASSISTANCE)}, {}),
    Verb.REFUSE: (SUBMITTED, {"ground": "elsewhere", "reason": "请到居住地申请。"}, {"ground": "elsewhere", "reason": "请到居住地申请。"}),
    Verb.BEGIN: (State.ACCEPTED, {}, {}),
    Verb.ASK: (State.IN_HAND, {"question": "请说明收入。"}, {"question": "请说明收入。"}),
    Verb.SUPPLY: (State.ASKED, {"answer": "每月一千八。"}, {"answer": "每月一千八。"}),
    Verb.HAND_OVER: (
        State.IN_HAND,
        {"to": {"post": "window_clerk", "level": 5, "area": "320115006205"}, "question": "请看一看", "answer_owed": True},
        {"question": "请看一看"},
    ),
    Verb.ANSWER_HAND_OVER: ("owed", {"answer": "情况属实。"}, {"answer": "情况属实。"}),
    Verb.EXTEND: (State.IN_HAND, {"ground": "home-visit", "days": 2}, {"ground": "home-visit", "days": "2"}),
    Verb.FORWARD: (State.ACCEPTED, {"opinion": "同意"}, {"opinion": "同意"}),
    Verb.DECIDE: (State.IN_HAND, {"answers": dict(GRANTED)}, {"granted": "yes", "amount_fen": "5000", "reason": "符合条件。"}),
    Verb.FINISH: (State.DECIDED, {}, {}),
    Verb.RATE: (FINISHED, {"level": 4}, {"level": "4"}),
    Verb.ANSWER_RATING: (State.RATED, {"answer": "已经道歉并改正。"}, {"answer": "已经道歉并改正。"}),
    Verb.REOPEN: (State.RATED, {"reason": "补发漏算的药费。"}, {"reason": "补发漏算的药费。"}),
    Verb.WITHDRAW: (SUBMITTED, {"reason": "不办了"}, {"reason": "不办了"}),
}  # fmt: skip
ON_ITS_DESK = {
    Verb.BEGIN: "minzheng", Verb.ASK: "minzheng", Verb.HAND_OVER: "minzheng", Verb.EXTEND: "minzheng", Verb.FINISH: "minzheng",
    Verb.FORWARD: "minzheng", Verb.DECIDE: "minzheng", Verb.ANSWER_RATING: "minzheng", Verb.ANSWER_HAND_OVER: "paifang",
}  # fmt: skip
BY_NAME = {role.username: role for role in ROLES}
CONFLICT = {Verb.FORWARD: (409,)}  # no matter has two steps of handling yet


def who_may(verb: Verb) -> tuple[Role | str, ...]:
    if verb in {Verb.SUBMIT, Verb.RESUBMIT, Verb.SUPPLY, Verb.RATE, Verb.WITHDRAW}:
        return (VILLAGER, BY_NAME["paifang"]) if verb != Verb.SUBMIT else (VILLAGER,)
    return (BY_NAME[ON_ITS_DESK.get(verb, "paifang" if verb != Verb.REOPEN else "shuji")],)


def verb_operation(verb: Verb) -> Examples:
    state, send, _form = VERBS[verb]
    return lambda there: [
        Example({"case": there.cases[state].pk}, send, right=who_may(verb), sent=CONFLICT.get(verb, FINE))
    ]


def verbs_at_the_desk(there: Village) -> list[Example]:
    found = []
    for verb, (state, _body, form) in VERBS.items():
        if verb is Verb.SUBMIT:
            continue
        one = there.cases[state]
        right = tuple(role for role in who_may(verb) if isinstance(role, Role))
        answer = CONFLICT.get(verb, FINE if verb is not Verb.HAND_OVER else (*FINE, 422))
        if verb is Verb.RESUBMIT:
            answer = (*FINE, 422)
        found.append(
            Example(
                {"pk": one.pk, "verb": verb.value},
                {**form, "version": one.version},
                right=right,
                get=answer,
                sent=answer,
            )
        )
    return found


EXAMPLES: dict[str, Examples] = {
    # the frame
    "api:openapi-json": none,
    "api:api-root": lambda _there: [Example(get=(404,))],
    "portal:home": none,
    "places-pick": lambda _there: [Example(query={"q": "牌坊"})],
    "look:guide": lambda _there: [Example(get=(404,))],
    "look:elder": said(elder="1"),
    "look:language": said(language="en"),
    "workbench:today": none,
    "workbench:find": lambda _there: [Example(query={"q": NAME})],
    "workbench:seat": said(seat="0"),
    # access
    "access:sign_in": lambda _there: [Example(send={"phone": "19900000009"}, sent=(*FINE, 503))],
    "access:code": none,
    "access:sign_out": none,
    "access:tray": lambda _there: [Example(get=(404,))],
    "access:welcome": said(name="王女士", language="zh-hans"),
    "access:me": none,
    "access:settings": lambda _there: [Example(send={"name": "王女士", "language": "zh-hans"}, right=(VILLAGER,))],
    "access:link": none,
    "access:withdraw_link": of("link", right=("newcomer",)),
    "access:desk_sign_in": none,
    "access:desk_code": none,
    "access:desk_account": lambda _there: [Example(right=(ROLES[0],))],
    "access:password": lambda _there: [Example(right=(ROLES[0],))],
    "access:second_factor": lambda _there: [Example(right=(ROLES[0],))],
    "access:accounts": lambda _there: [Example(right=(BY_NAME["xitong"], BY_NAME["anquan"]))],
    "access:new_account": said(username="xinren", name="新人"),
    "access:unlock_phone": said(phone="19900000009"),
    "access:unlock": lambda there: [Example({"pk": there.account("paifang").pk}, {})],
    "access:reset_second_factor": lambda there: [Example({"pk": there.account("paifang").pk}, {})],
    "access:account_act": lambda there: [
        Example({"pk": there.account("paifang").pk, "verb": verb}, {}, sent=(*FINE, 409))
        for verb in ("password", "close", "reopen")
    ],
    "access:appointments": none,
    "access:new_appointment": none,
    "access:end_appointment": of("appointment", send={}),
    "access:tokens": none,
    "access:ask_token": lambda there: [
        Example(
            send={
                "name": "区残联系统", "purpose": "核对", "appointment": Appointment.objects.get(account=there.account("zhongxin")).pk,
                "capabilities": ["registry.view"], "valid_until": str(day_of(there.at) + timedelta(days=30)),
            }
        )
    ],
    "access:token_act": lambda there: [
        Example({"pk": there.token.pk, "verb": verb}, {}, right=(CENTRE,)) for verb in ("draw", "end")
    ],
    "access:token_requests": none,
    "access:token_request": of("token"),
    "access:answer_token": lambda there: [
        Example({"pk": token.pk, "verb": verb}, {"answer": "用途没有说清楚"})
        for token, verb in ((there.asked_token, "allow"), (there.asked_token, "refuse"), (there.token, "revoke"))
    ],
    "access:journal": none,
    "access:export_journal": said(purpose="report"),
    # commons
    "commons:upload": none,
    "commons:file": lambda there: [
        Example({"pk": there.file.pk}, right=(VILLAGER, ROLES[0])),
        Example({"pk": there.waiting_file.pk}, right=(VILLAGER,)),
    ],
    "commons:discard": of("waiting_file", send={}, right=(VILLAGER,)),
    "commons:messages": none,
    "commons:message": of("message"),
    "commons:desk_messages": none,
    "commons:desk_message": of("desk_message"),
    "commons:read_all": lambda there: [
        Example(send={"newest": str(there.message.pk)}, right=(VILLAGER,)),
        Example(send={"newest": str(there.desk_message.pk)}, right=(ROLES[0],)),
    ],
    "commons:read": lambda there: [
        Example({"pk": there.message.pk}, {}, right=(VILLAGER,)),
        Example({"pk": there.desk_message.pk}, {}, right=(ROLES[0],)),
    ],
    # policies: what is in force is no secret; adopting is for one's own place
    "policies:library": none,
    "policies:pack": of("pack", "pack_id", shared=True),
    "policies:item": lambda _there: [Example({"item_id": PackItem.objects.order_by("id")[0].pk}, shared=True)],
    "policies:adopt": of("pack", "pack_id", shared=True),
    "policies:end": of("adoption", "adoption_id", right=(CENTRE,)),
    # registry
    "registry:people": lambda _there: [Example(), Example(query={"q": "王"}), Example(query={"q": NUMBER})],
    "registry:export": lambda _there: [Example(send={"purpose": "report"}), Example(query={"q": "王"})],
    "registry:check-number": lambda _there: [Example(query={"number": NUMBER})],
    "registry:register": none,
    "registry:person": of("person"),
    "registry:correct-person": of("person", send={"name": "王秀莹", "sex": "2", "reason": "写错了字"}),
    "registry:unmask": of("person", send={"what": "id_number", "reason": "办理社保卡"}),
    "registry:invite": of("person", send={}),
    "registry:record": lambda there: [
        Example({"pk": there.person.pk, "verb": verb}, send)
        for verb, send in {
            "phone": {"phone": "19900000007", "source": "declared"},
            "leave": {"on": "2026-01-01"},
            "death": {"on": "2026-08-01", "source": "paper"},
            "moved-out": {"on": "2026-08-01", "words": "苏州", "source": "paper"},
            "benefit": {"benefit": "old-age", "amount": "60", "since": "2026-01-01", "source": "shared"},
        }.items()
    ],
    "registry:correct-fact": of("fact", send={"code": "work", "valid_from": "2026-04-01", "source": "visit", "reason": "听错了"}),
    "registry:open-household": said(area="320115006205000", address="牌坊社区 9 组", number="B1"),
    "registry:household": of("home"),
    "registry:add-member": of("home", send={"number": OTHER_NUMBER, "relation": "10", "since": "2026-01-01", "source": "declared"}),
    "registry:person-lists": of("person"),
    "registry:lists": none,
    "registry:list-differences": none,
    "registry:list": lambda _there: [
        Example({"code": "elder-80"}), Example({"code": "left-behind-child"}, query={"on": "2026-03-01", "from": "3", "below": "12"}),
    ],
    "registry:export-list": lambda _there: [Example({"code": "elder-80"}, send={"purpose": "visit", "words": "重阳节走访"})],
    "registry:what-if": lambda _there: [
        Example({"code": "left-behind-child"}), Example({"code": "left-behind-child"}, query={"age_below": "18"}),
    ],
    "registry:export-what-if": lambda _there: [
        Example({"code": "left-behind-child"}, {"purpose": "report", "age_below": "18"}, query={"age_below": "18"}),
    ],
    "registry:trial": lambda there: [Example({"pk": there.trial.pk}), Example({"pk": there.waiting_trial.pk})],
    "registry:stop-trial": of("waiting_trial", send={}),
    "registry:trial-again": of("trial", send={}),
    "registry:export-trial": of("trial", send={"purpose": "report"}),
    "registry:households": lambda _there: [Example(), Example(query={"q": "3 组"}), Example(query={"kind": "register"})],
    "registry:export-households": lambda _there: [Example(send={"purpose": "report"}), Example(query={"q": "A12"})],
    "registry:household-act": lambda there: [
        Example({"pk": getattr(there, home).pk, "verb": verb}, send)
        for home, verb, send in (
            ("home", "correct", {"address": "牌坊社区 3 组 13 号", "number": "A12", "reason": "门牌换了"}),
            ("home", "dwelling", {"dwelling": there.dwelling.pk, "tenure": "owned"}),
            ("empty_home", "close", {"on": "2026-09-01"}),
        )
    ],
    "registry:propose-move": of(
        "person", send={"place": "320115006201", "on": "2026-09-01", "residence": "registered", "reason": "随子女居住"}
    ),
    "registry:moves": lambda _there: [Example(), Example(query={"done": "1"})],
    "registry:move": lambda there: [Example({"pk": there.incoming.pk}), Example({"pk": there.outgoing.pk})],
    "registry:answer-move": lambda there: [
        Example({"pk": move.pk, "verb": verb}, {"answer": "材料不全"})
        for move, verb in ((there.incoming, "accept"), (there.incoming, "refuse"), (there.outgoing, "withdraw"))
    ],
    "registry:dwellings": lambda _there: [Example(), Example(query={"building": "3幢"}), Example(query={"q": "101"})],
    "registry:add-dwelling": said(area="320115006205000", building="4幢", room="202"),
    "registry:dwelling": of("dwelling"),
    "registry:correct-dwelling": of("dwelling", send={"building": "3幢", "room": "102", "reason": "抄错了"}),
    "registry:organisations": lambda _there: [Example(), Example(query={"q": "老年", "kind": "social"})],
    "registry:export-organisations": said(purpose="report"),
    "registry:add-organisation": said(area="320115006205000", name="牌坊合作社", kind="cooperative"),
    "registry:organisation": of("organisation"),
    "registry:correct-organisation": of("organisation", send={"name": "牌坊社区老年协会", "kind": "social", "reason": "改了名"}),
    "registry:population": lambda _there: [Example(), Example(query={"month": "2026-03"})],
    "registry:export-population": lambda _there: [Example(send={"purpose": "report"}), Example(query={"month": "2026-03"})],
    "registry:export-community": lambda _there: [Example({"code": "320115006205"}, {"purpose": "report"})],
    "registry:own-community": none,
    "registry:own-grids": none,
    "registry:grids": lambda _there: [Example({"code": "320115006205"})],
    "registry:add-grid": lambda _there: [Example({"code": "320115006205"}, {"number": "9", "name": "第九网格", "valid_from": "2026-01-01"})],
    "registry:grid": of("grid"),
    "registry:grid-act": lambda there: [
        Example({"pk": there.grid.pk, "verb": verb}, send)
        for verb, send in (
            ("rename", {"name": "东片网格"}), ("up", {}), ("down", {}), ("close", {"on": day_of(there.at).isoformat()}),
            ("worker", {"account": there.account("shuji").pk, "since": "2026-03-01"}),
        )
    ],
    "registry:end-grid-worker": lambda there: [
        Example({"pk": there.grid.pk, "worker": there.grid_worker.pk}, {"until": day_of(there.at).isoformat()})
    ],
    "registry:grid-homes": lambda _there: [
        Example({"code": "320115006205"}), *(
            Example({"code": "320115006205"}, query={"by": kind, "in": "none", "q": "牌坊"}) for kind in ("unit", "dwelling", "household")
        ),
    ],
    "registry:put-in-grid": lambda there: [
        Example({"code": "320115006205"}, {"by": "building", "part": "3幢", "grid": "none", "on": day_of(there.at).isoformat(), **sure}, get=(405,))
        for sure in ({}, {"sure": "yes"})
    ],
    "registry:undo-grid-change": of("grid_change", send={"why": "undo"}, get=(405,)),
    "registry:place-person": of("person"),
    "registry:community": lambda _there: [Example({"code": "320115006205"})],
    "places-units": none,
    "places-add-unit": said(area="320115006205000", kind="group", name="7 组"),
    "places-end-unit": of("unit", send={"until": "2027-01-01"}),
    "GET registry/population": lambda _there: [Example(query={"month": "2026-03"})],
    "GET registry/households/{household_id}": of("home", "household_id"),
    "GET registry/moves": lambda _there: [Example(), Example(query={"side": "receiving"}), Example(query={"settled": "true"})],
    "GET registry/moves/{pk}": lambda there: [Example({"pk": there.incoming.pk}), Example({"pk": there.outgoing.pk})],
    "POST registry/people/{person_id}/moves": of(
        "person",
        "person_id",
        send={"community": "320115006201", "on": "2026-09-01", "residence": "registered", "reason": "随子女居住"},
    ),
    "POST registry/moves/{pk}/accept": of("incoming", send={"answer": "人已住下"}),
    "POST registry/moves/{pk}/refuse": of("incoming", send={"answer": "人没有住下"}),
    "POST registry/moves/{pk}/withdraw": of("outgoing", send={}),
    "GET registry/residents": lambda _there: [Example(), Example(query={"on": "2026-03-01"})],
    "POST registry/people/{person_id}/facts": of(
        "person", "person_id", send={"kind": "employer", "words": "某某电子厂", "since": "2026-01-01"}
    ),
    "registry:own-record": none,
    "registry:ask-correction": lambda _there: [
        Example({"item": "name"}, {"name": "王秀瑛", "said": "身份证上是这个字"}),
        Example({"item": "other"}, {"said": "少了孙女"}),
    ],
    "registry:withdraw-correction": of("correction", send={}),
    "registry:own-looks": none,
    "registry:corrections": lambda _there: [Example(), Example(query={"state": "decided"})],
    "registry:correction": of("correction"),
    "registry:accept-correction": of("correction", send={"birth_on": "1950-02-01"}),
    "registry:refuse-correction": of("correction", send={"reason": "与身份证一致。"}),
    "registry:duplicates": lambda _there: [Example(), Example(query={"state": "different"})],
    "registry:find-duplicates": said(),
    "registry:duplicate": of("pair"),
    "registry:merge": lambda there: [
        Example({"pk": there.pair.pk}, {"kept": there.pair.left, "reason": "看过身份证"}),
    ],
    "registry:tell-apart": of("pair", send={"reason": "是姐妹"}),
    "registry:merges": none,
    "registry:undo-merge": of("merge", send={"reason": "弄错了"}),
    "registry:own-copy": none,
    "registry:give-file": lambda there: [
        Example({"pk": there.person.pk}, {"purpose": "matter", "words": "", "form": form}) for form in ("paper", "file")
    ],
    "registry:links": none,
    "registry:confirm-link": of("link", send={}, sent=(*FINE, 404, 409, 422)),
    "registry:refuse-link": of("link", send={"reason": "请带身份证到窗口。"}),
    # exchange
    "exchange:imports": none,
    "exchange:new": none,
    "exchange:batch": of("batch"),
    "exchange:mapping": of("batch", send={"column-0": "name", "column-1": "id_number", "column-2": "sex", "source": "imported"}),
    "exchange:do": lambda there: [
        Example({"pk": there.batch.pk, "verb": verb}, {"reason": "导错了"}, sent=(*FINE, 409)) for verb in ("apply", "stop", "set-aside", "undo")
    ],
    "exchange:rows": lambda there: [
        Example({"pk": there.batch.pk}), Example({"pk": there.batch.pk}, query={"verdict": "unsure", "fault": "conflict"})
    ],
    "exchange:decide": of("batch", send={"answer": "take", "row": "1"}, sent=(*FINE, 409, 422)),
    "exchange:refused": of("batch"),
    "exchange:reconciliation": of("batch", send={}, sent=(*FINE, 409)),
    "exchange:sources": none,
    "exchange:source-new": lambda _there: [
        Example(),
        Example(query={"kind": "database"}),
        Example(query={"kind": "api"}),
    ],
    "exchange:source": of("feed"),
    "exchange:source-edit": of("feed", send={"name": "区民政接口", "address": "http://127.0.0.1:9/people", "style": "none"}),
    "exchange:source-columns": of("feed", send={"column-0": "name", "column-1": "id_number", "source": "shared", "key": "sfzh"}),
    "exchange:source-schedule": of("feed", send={"every": "week", "hour": "4", "weekday": "2"}),
    "exchange:source-do": lambda there: [
        Example({"pk": there.feed.pk, "verb": verb}, {})
        for verb in ("read", "pause", "resume", "take-charge", "trust", "distrust", "remove")
    ],
    "exchange:source-gone": of("feed"),
    "GET exchange/sources": none,
    "POST exchange/sources": said(
        name="省接口", api={"address": "https://api.example.cn/people", "headers": {"X-Token": "t"}}, columns={"xm": "name", "sfzh": "id_number"}, key="sfzh"
    ),
    "GET exchange/sources/{pk}": of("feed"),
    "POST exchange/sources/{pk}/runs": of("feed", send={}),
    "GET exchange/sources/{pk}/runs": of("feed"),
    "GET exchange/runs/{pk}": of("run"),
    # window: what residents see
    "window:here": said(place="320115006205"),
    "window:here-pick": lambda _there: [Example(query={"q": "牌坊"})],
    "window:catalogue": none,
    "window:matter": lambda _there: [Example(ASSIST)],
    "window:begin": lambda _there: [Example(ASSIST, {})],
    "window:cases": none,
    "window:case": lambda there: [Example({"pk": one.pk}) for one in there.cases.values()],
    "window:step": lambda there: [Example({"pk": there.cases[State.DRAFT].pk, "code": "you"}, {})],
    "window:review": case(State.DRAFT, send={}, sent=(*FINE, 422)),
    "window:correct": case(State.RETURNED),
    "window:supply": case(State.ASKED, send={"answer": "已经开好了"}),
    "window:withdraw": case(SUBMITTED, send={"reason": "不办了"}),
    "window:rate": case(FINISHED, send={"level": "4"}),
    "window:receipt": case(SUBMITTED),
    "window:result": lambda there: [Example({"pk": there.cases[FINISHED].pk}, right=(VILLAGER, ROLES[0]))],
    "window:check-ask": lambda there: [Example(), Example(query={"number": there.cases[SUBMITTED].number})],
    "window:check": lambda there: [Example({"number": there.cases[SUBMITTED].number}, {"tail": "0001"})],
    "window:check-document": lambda there: [Example({"token": document_token(there.cases[FINISHED])})],
    "window:rate-link": lambda there: [Example({"token": rating_token(there.cases[FINISHED])}, {"level": "4"})],
    # window: the desk
    "window:desk-cases": none,
    "window:desk-cases-of": lambda there: [Example({"pk": there.person.pk})],
    "window:desk-export": said(purpose="report"),
    "window:desk-case": lambda there: [Example({"pk": one.pk}) for state, one in there.cases.items() if state != State.DRAFT],
    "window:desk-receipt": case(SUBMITTED),
    "window:desk-result": case(FINISHED),
    "window:desk-act": verbs_at_the_desk,
    "window:take-in": none,
    "window:fill-in": lambda there: [Example(ASSIST, query={"person": there.person.pk}), Example({"code": "public-repair"})],
    # the API
    "GET places/search": lambda _there: [Example(query={"q": "牌坊"})],
    "GET places/{code}": lambda _there: [Example({"code": "320115006205"})],
    "GET places/{code}/children": lambda _there: [Example({"code": "320115006"})],
    "GET places/{code}/units": lambda _there: [Example({"code": "320115006205"})],
    "POST places/{code}/units": lambda _there: [Example({"code": "320115006205"}, {"kind": "group", "name": "4 组"})],
    "POST commons/files": none,
    "GET commons/files/{pk}": lambda there: [Example({"pk": there.file.pk}, right=(VILLAGER, ROLES[0]))],
    "DELETE commons/files/{pk}": of("waiting_file", right=(VILLAGER,)),
    "GET commons/messages": none,
    "GET commons/messages/unread": none,
    "POST commons/messages/{pk}/read": of("message", send={}, right=(VILLAGER,)),
    "GET policies/packs": none,
    "GET policies/packs/{pack}/clauses": of("pack", "pack", shared=True),
    "GET policies/items/{kind}": lambda _there: [Example({"kind": "matter"}, shared=True)],
    "GET registry/me": none,
    "GET registry/me/looks": none,
    "POST registry/me/corrections": said(item="name", values={"name": "王秀瑛"}, words="身份证上是这个字"),
    "POST registry/me/corrections/{pk}/withdraw": of("correction", send={}),
    "GET registry/corrections": none,
    "POST registry/corrections/{pk}/accept": of("correction", send={"note": "改好了"}),
    "POST registry/corrections/{pk}/refuse": of("correction", send={"reason": "与身份证一致。"}),
    "GET registry/duplicates": none,
    "POST registry/duplicates/{pk}/merge": lambda there: [
        Example({"pk": there.pair.pk}, {"kept": str(there.pair.left), "reason": "看过身份证"})
    ],
    "POST registry/duplicates/{pk}/apart": of("pair", send={"reason": "是姐妹"}),
    "POST registry/merges/{pk}/undo": of("merge", send={"reason": "弄错了"}),
    "POST registry/people/search": lambda _there: [Example(send={"q": "王"}), Example(send={"q": OTHER_NUMBER})],
    "GET registry/people/{person_id}": of("person", "person_id"),
    "GET registry/people/{person_id}/categories": of("person", "person_id"),
    "GET registry/categories": none,
    "GET registry/categories/{code}/comparison": lambda _there: [Example({"code": "elder-80"})],
    "GET registry/categories/{code}/members": lambda _there: [Example({"code": "elder-80"})],
    "GET registry/trials": lambda _there: [Example(), Example(query={"category": "elder-80"})],
    "POST registry/trials": said(category="left-behind-child", parameters={"age_below": 18}),
    "GET registry/trials/{pk}": of("trial"),
    "POST registry/trials/{pk}/stop": of("waiting_trial", send={}),
    "GET registry/communities/{code}/grids": lambda _there: [Example({"code": "320115006205"})],
    "POST registry/communities/{code}/grids": lambda _there: [Example({"code": "320115006205"}, {"number": 9, "name": "第九网格"})],
    "POST registry/grids/{pk}/rename": of("grid", send={"name": "东片网格"}),
    "POST registry/grids/{pk}/order": of("grid", send={"up": True}),
    "POST registry/grids/{pk}/close": of("grid", send={"into": None}),
    "GET registry/grids/{pk}/parts": of("grid"),
    "POST registry/communities/{code}/grids/preview": lambda _there: [Example({"code": "320115006205"}, OUT_OF_GRID)],
    "POST registry/communities/{code}/grids/parts": lambda _there: [Example({"code": "320115006205"}, OUT_OF_GRID)],
    "POST registry/grid-changes/{pk}/undo": of("grid_change", send={}),
    "POST registry/grids/{pk}/workers": lambda there: [Example({"pk": there.grid.pk}, {"account": str(there.account("shuji").pk)})],
    "POST registry/grids/{pk}/workers/{worker}/end": lambda there: [Example({"pk": there.grid.pk, "worker": there.grid_worker.pk}, {"until": None})],
    "GET registry/categories/{code}/grids": lambda _there: [Example({"code": "elder-80"}, query={"community": "320115006205"})],
    "GET cases/matters": lambda _there: [Example(query=AREA)],
    "GET cases/matters/{code}": lambda _there: [Example(ASSIST, query=AREA)],
    "POST cases": lambda _there: [
        Example(send={"matter": "public-repair", "answers": dict(REPAIR), **AREA}, right=(VILLAGER, ROLES[0]))
    ],
    "GET cases": none,
    "GET cases/{case}": lambda there: [Example({"case": there.cases[SUBMITTED].pk}, right=(VILLAGER, ROLES[0]))],
    **{f"POST cases/{{case}}/{verb.value}": verb_operation(verb) for verb in Verb},
}  # fmt: skip


# the world


@dataclass
class World:
    """The village, the neighbours' desks, and a session for everybody."""

    there: Village
    holdings: dict[str, frozenset[str]]  # post: capabilities
    sessions: dict[str, str]
    secrets: tuple[str, ...]
    outside: psycopg.Connection[tuple[Any, ...]]  # what it writes stays written
    at_first: dict[str, str]
    handler: ClientHandler = field(
        default_factory=lambda: ClientHandler(enforce_csrf_checks=False)
    )  # loads the middleware once

    def client(self, who: Role | str) -> Client:
        """Return somebody's browser; an exception in a view is answered, not raised."""
        client = Client(raise_request_exception=False)
        client.handler = self.handler
        if who:
            client.cookies["sessionid"] = self.sessions[who if isinstance(who, str) else who.username]
        return client

    def holds(self, who: Role | str, capability: str) -> bool:
        return capability in self.holdings["resident" if isinstance(who, str) else who.post]

    def right(self, door: Door, example: Example) -> tuple[Role | str, ...]:
        """Return who may come in."""
        if example.right:
            return example.right
        if door.who == "public":
            return (NOBODY,)
        capability = door.capability.code if door.capability else ""
        nearest = next((role for role in ROLES if not capability or self.holds(role, capability)), None)
        if door.who == "staff":
            assert nearest is not None, f"no post of the pack holds {capability}"
            return (nearest,)
        if door.who == "resident":
            return (VILLAGER,)
        resident = (VILLAGER,) if not capability or self.holds(VILLAGER, capability) else ()
        return (*resident, *((nearest,) if nearest else ()))

    def wrong(self, door: Door) -> list[Role | str]:
        """Return everybody who is refused at the door: the other face, and the posts that do not hold the capability."""
        people: list[Role | str] = [VILLAGER, *ROLES]
        capability = door.capability.code if door.capability else ""
        return [
            who
            for who in people
            if (door.who == "staff" and isinstance(who, str))
            or (door.who == "resident" and not isinstance(who, str))
            or (capability and not self.holds(who, capability))
        ]


def neighbour(role: Role) -> Role:
    """Return the same post next door."""
    area, place = NEIGHBOUR_OF[role.level]
    return replace(role, username=f"linju-{role.username}", name="邻居", area=area, place=place)


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock():
        whole = transaction.atomic()
        whole._from_testcase = True  # type: ignore[attr-defined]  # what a view opens inside may be durable, as in Django's own test case
        with whole:
            there = village()
            accounts = dict(there.accounts)
            for role in ROLES:
                next_door = neighbour(role)
                accounts[next_door.username] = staff(next_door)
            sessions = {}
            for name, account in accounts.items():
                client = Client()
                sign_in(client, account)
                sessions[name] = client.cookies["sessionid"].value
            posts = {post.code: frozenset(post.capabilities) for post in Post.objects.all()}
            numbers = tuple(one.number for one in there.cases.values() if one.number)
            secrets = (NAME, NUMBER, "990***********1230", *numbers)
            with transaction.atomic():
                at_first = state_of_everything()
                transaction.set_rollback(True)  # the scope that sees everything ends here
            with aside() as outside:
                yield World(there, posts, sessions, secrets, outside, at_first)
            transaction.set_rollback(True)
        forget()
        connection.close()


@pytest.fixture(autouse=True)
def undone(world: World) -> Iterator[None]:
    """Undo what a test did."""
    one = transaction.atomic()
    one._from_testcase = True  # type: ignore[attr-defined]
    with one:
        yield
        transaction.set_rollback(True)
    forget()


WATCHED = sorted(
    model._meta.db_table
    for model in apps.get_models()
    if issubclass(model, PlacedModel)
    or model._meta.db_table in {"access_account", "access_appointment", "access_token", "policies_adoption"}
)


def state_of_everything() -> dict[str, str]:
    """Return a digest of each table that holds what somebody might change, the journal included."""
    apply(Scope.everything())
    with connection.cursor() as cursor:
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT '{table}', coalesce(md5(string_agg(t::text, '|' ORDER BY t.id)), '') FROM {table} t"
                for table in WATCHED
            )
        )
        return dict(cursor.fetchall())


@dataclass(frozen=True)
class Answer:
    """How an address answered somebody."""

    label: str
    status: int
    location: str
    text: str


def tries(world: World, address: Address, example: Example, who: Role | str) -> Iterator[Answer]:
    """Try an address: look, send nothing, send what fits; each time in a world that is undone afterwards."""
    # every door is open at first, however many tests tried it before
    world.outside.execute("DELETE FROM access_throttle")
    path = address.route(example.kwargs)
    attempts: list[tuple[str, Mapping[str, Any] | None]] = []
    for method in address.methods:
        if method == "GET":
            attempts.append((method, None))
        elif method == "POST":
            attempts += [(method, {}), (method, example.send)] if example.send is not None else [(method, {})]
        else:
            attempts.append((method, example.send or {}))
    for method, send in attempts:
        with transaction.atomic():
            client = world.client(who)
            if method == "GET":
                answer = client.get(path, dict(example.query))
            elif address.is_api:
                answer = client.generic(method, path, json_of(send), content_type="application/json")
            else:
                answer = client.post(path, dict(send or {}))
            text = b"".join(answer).decode(errors="replace")
            kind = method if method == "GET" else f"{method} with what fits" if send else f"{method} with nothing"
            name = who if isinstance(who, str) else who.username
            yield Answer(
                f"{kind} {path} as {name or 'nobody'}", answer.status_code, answer.headers.get("Location", ""), text
            )
            transaction.set_rollback(True)


def json_of(send: Mapping[str, Any] | None) -> str:
    import json  # noqa: PLC0415

    return json.dumps(send or {})


def examples(world: World, address: Address) -> list[Example]:
    return EXAMPLES[address.name](world.there)


every = pytest.mark.parametrize("address", ADDRESSES.values(), ids=str)


def guarded(of_whom: Callable[[Door], bool]) -> pytest.MarkDecorator:
    found = [one for one in ADDRESSES.values() if one.door.who != "public" and of_whom(one.door)]
    return pytest.mark.parametrize("address", found, ids=str)


# the rules


def test_every_address_is_a_door_or_public_for_a_reason() -> None:
    open_ones = {name for name, one in ADDRESSES.items() if one.door.who == "public"}

    assert open_ones == set(PUBLIC)


def test_every_address_has_an_example() -> None:
    assert set(ADDRESSES) == set(EXAMPLES)


def test_every_operation_says_who_may_call_it() -> None:
    described = api.get_openapi_schema()["paths"]
    silent = [
        f"{method} {path}"
        for path, methods in described.items()
        for method, operation in methods.items()
        if not (operation.get("x-who") and (operation["x-who"] == "public" or operation.get("security")))
    ]

    assert silent == []


def test_every_capability_of_a_door_is_held_by_some_post(world: World) -> None:
    named = {one.door.capability.code for one in ADDRESSES.values() if one.door.capability}

    assert named <= frozenset().union(*world.holdings.values())


@guarded(lambda _door: True)
def test_nobody_is_led_to_the_right_sign_in(world: World, address: Address) -> None:
    for example in examples(world, address):
        for answer in tries(world, address, example, NOBODY):
            if address.is_api:
                assert answer.status == 401, answer.label
            else:
                path = address.route(example.kwargs)
                desk = address.door.who == "staff" or path.startswith("/desk/")
                assert answer.status == 302, answer.label
                assert answer.location.startswith("/desk/sign-in?" if desk else "/sign-in?"), answer.label
            assert not leaks(world, example, answer), answer.label

    assert state_of_everything() == world.at_first


@guarded(lambda door: door.capability is not None or door.who in {"staff", "resident"})
def test_the_wrong_post_is_refused(world: World, address: Address) -> None:
    for number, example in enumerate(examples(world, address)):
        for who in world.wrong(address.door)[: 1 if number else None]:  # the door comes before what lies behind it
            for answer in tries(world, address, example, who):
                assert answer.status == 403, answer.label
                assert not leaks(world, example, answer), answer.label

    assert state_of_everything() == world.at_first


@guarded(lambda door: door.who in {"staff", "known"})
def test_the_right_post_next_door_finds_nothing_here(world: World, address: Address) -> None:
    for example in examples(world, address):
        for role in world.right(address.door, example):
            if not isinstance(role, Role):
                continue
            for answer in tries(world, address, example, neighbour(role)):
                assert_nothing_given(address, example, answer, world)

    assert state_of_everything() == world.at_first


@guarded(lambda door: door.who in {"resident", "known"})
def test_another_resident_finds_nothing_of_the_villagers(world: World, address: Address) -> None:
    for example in examples(world, address):
        if not example.right or any(isinstance(who, str) for who in example.right):
            for answer in tries(world, address, example, OTHER):
                assert_nothing_given(address, example, answer, world)

    assert state_of_everything() == world.at_first


def assert_nothing_given(address: Address, example: Example, answer: Answer, world: World) -> None:
    """Hold what somebody gets who has the right post, or a right of their own, but not here."""
    has_object = bool({"pk", "case", "person_id", "household_id", "adoption_id"} & set(example.kwargs))
    assert not broke(answer), answer.label
    if has_object and not example.shared:
        refused = {404} if answer.label.startswith("GET") or "fits" in answer.label else {404, 405, 422}
        refused |= {405} if not address.is_api else set()
        assert answer.status in refused, f"{answer.label}: {answer.status}"
    assert not [secret for secret in world.secrets if secret in answer.text and secret not in str(example.query)], (
        answer.label
    )


@every
def test_the_right_post_comes_in(world: World, address: Address) -> None:
    for example in examples(world, address):
        for who in world.right(address.door, example):
            answers = list(tries(world, address, example, who))
            only_sends = any(answer.status != 405 for answer in answers if answer.label.startswith("POST"))
            for answer in answers:
                assert not broke(answer), f"{answer.label}: {answer.text[:2000]}"
                assert answer.status not in {401, 403}, answer.label
                if answer.label.startswith("GET"):
                    assert answer.status in example.get or (answer.status == 405 and only_sends), (
                        f"{answer.label}: {answer.status}"
                    )
                elif "fits" in answer.label:
                    assert answer.status in example.sent, f"{answer.label}: {answer.status} {words_of(answer.text)}"


def broke(answer: Answer) -> bool:
    """Say whether an answer is a bug: 503 is a refusal in words, the installation of the tests sends no text messages."""
    return answer.status >= 500 and answer.status != 503


def leaks(world: World, example: Example, answer: Answer) -> list[str]:
    """Return what an answer tells of the villager that the question did not say itself."""
    return [secret for secret in world.secrets if secret in answer.text and secret not in str(example.query)]


def words_of(html: str) -> str:
    """Return the words of a page, to say what went wrong."""
    return " ".join(re.sub(r"(?s)<(script|style).*?</\1>|<[^>]+>", " ", html).split())[:600]


HOSTILE = (
    {"q": "\0", "after": "\0", "number": "\0", "person": "\0", "state": "\0", "next": "//evil.example"},
    {"q": "²", "after": "²", "only": "²", "person": "²", "limit": "²", "page": "²", "matter": "²", "state": "²"},
    {"q": "9" * 400, "after": "9" * 40, "person": "9" * 40, "limit": "9" * 40, "area": "9" * 40, "under": "9" * 40},
    {"q": "'; --", "after": "-1", "person": "-1", "area": "abc", "since": "2026-02-31", "until": "x", "on": "0000-00-00"},
)  # fmt: skip


@every
def test_odd_questions_are_answered_in_words(world: World, address: Address) -> None:
    for example in examples(world, address):
        for who in world.right(address.door, example)[:1]:
            for query in HOSTILE:
                for answer in tries(
                    world, replace_methods(address, "GET"), replace(example, query={**example.query, **query}), who
                ):
                    assert not broke(answer), f"{answer.label} {query}: {answer.text[:300]}"
                    assert "evil.example" not in answer.location, answer.label
            for send in HOSTILE_SENT:
                for answer in tries(
                    world,
                    replace_methods(address, "POST"),
                    replace(example, send={**(example.send or {}), **send}),
                    who,
                ):
                    assert not broke(answer), f"{answer.label} {send}: {answer.text[:300]}"
                    assert "evil.example" not in answer.location, answer.label


HOSTILE_SENT = (
    {"level": "²", "version": "²", "seat": "²", "area": "²", "reason": "\0", "comment": "\0", "name": "\0", "number": "\0", "phone": "\0", "next": "//evil.example"},
    {"level": "99", "version": "9" * 40, "seat": "9" * 40, "area": "9" * 40, "tail": "９９９９", "next": "https://evil.example/"},
)  # fmt: skip


def replace_methods(address: Address, method: str) -> Address:
    return replace(address, methods=tuple(one for one in address.methods if one == method))
