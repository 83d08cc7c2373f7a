"""What is measured: the sessions of a clerk, an officer and residents, and the requests that each act sends."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import count
from random import Random
from typing import Any
from urllib.parse import quote
from uuid import UUID

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.urls import Resolver404, resolve

from liren.base import clock
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.conf.bench.fill import SEED, Cast
from liren.conf.bench.load import Answer, Connection, Request
from liren.conf.sessions import SessionStore
from liren.engines.cases.models import Case
from liren.foundation.access.models import Account
from liren.foundation.access.rules.tries import HOLDER, SECOND_FACTOR
from liren.foundation.places.rules import code_of
from liren.registry.models import Person

PAIFANG = 320115006205_000  # 牌坊社区
TOKEN = "b" * 32
REPAIR = {"facility": "lighting", "description": "路灯不亮两天了", "whereabouts": "3 组祠堂门口", "dangerous": False}
REPAIRED = {"repaired": True, "explanation": "已经派人修好，现场验收过。"}
PLACES = (
    "牌坊",
    "江宁",
    "jnjd",
    "paifang",
    "江宁街道",
    "天然",
    "nanjing",
    "东山",
    "pf",
    "秣陵街道",
    "双龙",
    "320115006",
)
STATES = ("submitted", "accepted", "in_hand", "decided", "finished", "rated", "returned", "withdrawn")
MATTERS = ("public-repair", "temporary-assistance", "old-age-allowance")
SAMPLE = 400

Act = Callable[[Connection, int], Awaitable[object]]


def signed_in(account_id: int) -> dict[str, str]:
    """Return the headers of a browser with a new session of an account."""
    account = Account.objects.get(pk=account_id)
    session = SessionStore()
    session[SESSION_KEY] = str(account.pk)
    session[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    session[HASH_SESSION_KEY] = account.get_session_auth_hash()
    session[HOLDER] = "staff" if account.is_staff_account else "resident"
    if account.is_staff_account:
        session[SECOND_FACTOR] = int(clock.now().timestamp())
    with applied(Scope.nothing()):
        session.save()
    return {"Cookie": f"sessionid={session.session_key}; csrftoken={TOKEN}", "X-CSRFToken": TOKEN}


@dataclass(frozen=True, slots=True)
class Resident:
    """A browser of somebody who applies, and the area of the community."""

    area: int
    headers: Mapping[str, str]


class Acts:
    """The acts over one filled installation."""

    def __init__(self, cast: Cast) -> None:
        """Sign everybody in and choose what is asked for."""
        self.dice = Random(SEED + 2)  # noqa: S311
        self.keys = count(1)
        self.run = self.dice.getrandbits(64) ^ int(clock.now().timestamp() * 1000)
        self.clerk = signed_in(cast.clerks[PAIFANG])
        self.clerks = {area: signed_in(account) for area, account in cast.clerks.items()}
        self.works = signed_in(cast.officers["works_officer"])
        turns = [
            [
                (area, account)
                for area, accounts in sorted(cast.residents.items())
                for account in accounts[turn : turn + 1]
            ]
            for turn in range(3)
        ]  # one of each community after the other, as applications come in over a township
        self.residents = [
            Resident(area, signed_in(account)) for turn in turns for area, account in turn if area in self.clerks
        ]
        with applied(Scope.everything()):
            people = list(
                Person.objects.filter(area=PAIFANG, id_number__isnull=False)
                .prefetch_related("phones")
                .order_by("id_blind")[:SAMPLE]
            )
            self.cases = list(
                Case.objects.filter(area=PAIFANG, state__in=["accepted", "in_hand", "finished"])
                .order_by("-id").values_list("id", flat=True)[:SAMPLE]
            )  # fmt: skip
        self.people = people
        self.later: dict[str, str] = {}
        self.phones = [phone.number.removeprefix("+86") for person in people for phone in person.phones.all()]

    def all(self) -> dict[str, tuple[Act, str]]:
        """Return every act with the limit it is held against (``read`` or ``insert``)."""
        acts: dict[str, tuple[Act, str]] = {
            "case_submit": (self.submit, "insert"),
            "case_cycle": (self.cycle, "insert"),
            "case_list": (self.listed, "read"),
            "case_list_page": (self.list_page, "read"),
            "person_open": (self.person, "read"),
            "person_search_name": (self.search(self.names()), "read"),
            "person_search_pinyin": (self.search(self.sounds()), "read"),
            "person_search_id": (self.search([person.id_number or "" for person in self.people]), "read"),
            "person_search_phone": (self.search(self.phones), "read"),
            "places_search": (self.places, "read"),
        }
        try:
            resolve("/desk/cases")
        except Resolver404:
            del acts["case_list_page"]
        return acts

    async def submit(self, connection: Connection, number: int) -> Answer:
        """Submit a repair by a resident, with an idempotency key."""
        resident = self.residents[number % len(self.residents)]
        key = str(UUID(int=(self.run << 32 | next(self.keys)) & (2**128 - 1)))
        headers = {**resident.headers, "Content-Type": "application/json", "Idempotency-Key": key}
        return await connection.send(Request("POST", "/api/v1/cases/", headers, application(resident.area), 201))

    async def cycle(self, connection: Connection, number: int) -> None:
        """Submit, accept by the clerk of the community, decide and finish by the officer: four requests."""
        made = json.loads((await self.submit(connection, number)).body)
        clerk = self.clerks[self.residents[number % len(self.residents)].area]
        for verb, headers, body in (
            ("accept", clerk, {}),
            ("decide", self.works, {"answers": REPAIRED}),
            ("finish", self.works, {}),
        ):
            await connection.send(posted(f"/api/v1/cases/{made['id']}/{verb}", body, headers))

    async def listed(self, connection: Connection, number: int) -> Answer:
        """List cases by state, matter and area: the first page of 50, every other time a later one."""
        query = f"state={STATES[number % 8]}&matter={MATTERS[number % 3]}&area={code_of(5, PAIFANG)}&limit=50"
        path = f"/api/v1/cases/?{query}"
        if number % 2 and (after := self.later.get(path)):
            path += f"&after={after}"
            return await connection.send(Request("GET", path, self.clerk))
        answer = await connection.send(Request("GET", path, self.clerk))
        self.later[path] = json.loads(answer.body)["next"] or ""
        return answer

    async def list_page(self, connection: Connection, number: int) -> Answer:
        """Open the list of cases as a page, with the same filters."""
        return await connection.send(
            Request("GET", f"/desk/cases?state={STATES[number % 8]}&matter={MATTERS[number % 3]}", self.clerk)
        )

    async def person(self, connection: Connection, number: int) -> Answer:
        """Open the page of a person."""
        person = self.people[number * 7 % len(self.people)]
        return await connection.send(Request("GET", f"/desk/people/{person.pk}", self.clerk))

    def names(self) -> list[str]:
        """Return what a clerk types of names: all of it, or its first two characters."""
        return [person.name if index % 2 else person.name[:2] for index, person in enumerate(self.people)]

    def sounds(self) -> list[str]:
        """Return what a clerk types in letters: the whole pinyin, or its beginning."""
        sounds = ["".join(sign for sign in person.sort_key if sign.isalpha()) for person in self.people]
        return [sound if index % 2 else sound[:5] for index, sound in enumerate(sounds)]

    def search(self, typed: Sequence[str]) -> Act:
        """Return the act of searching for people by what is typed."""
        requests = [posted("/api/v1/registry/people/search", {"q": text}, self.clerk) for text in typed]

        async def act(connection: Connection, number: int) -> Answer:
            return await connection.send(requests[number % len(requests)])

        return act

    async def places(self, connection: Connection, number: int) -> Answer:
        """Search for places by name, pinyin, initials or code."""
        return await connection.send(
            Request("GET", f"/api/v1/places/search?q={quoted(PLACES[number % len(PLACES)])}", self.clerk)
        )


def quoted(text: str) -> str:
    """Return text as it stands in an address."""
    return quote(text)


@cache
def application(area: int) -> bytes:
    """Return what an applicant of a community sends, written once: the clients share the cores with what they measure."""
    body = {"matter": "public-repair", "area": code_of(5, area), "answers": REPAIR}
    return json.dumps(body, ensure_ascii=False).encode()


def posted(path: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> Request:
    """Return a POST of JSON."""
    return Request(
        "POST", path, {**headers, "Content-Type": "application/json"}, json.dumps(body, ensure_ascii=False).encode()
    )


async def health(connection: Connection, _number: int) -> Answer:
    """Ask whether the server serves."""
    return await connection.send(Request("GET", "/healthz"))


async def bare_read(connection: Connection, number: int) -> Answer:
    """Ask the bare view for one row."""
    return await connection.send(Request("GET", f"/read/{1 + number * 7919 % 100_000}"))


async def bare_insert(connection: Connection, _number: int) -> Answer:
    """Let the bare view write one row."""
    return await connection.send(Request("POST", "/insert", body=b"a line of some words"))
