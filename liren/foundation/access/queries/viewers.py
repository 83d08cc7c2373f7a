"""Reads: the viewer behind a session, and questions put to each of a viewer's ranges."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import TypeVar
from uuid import UUID

from django.db import connection

from liren.base.capabilities import Capability
from liren.base.errors import NotFound
from liren.base.rows import Assumption, apply, asked, assuming, rescoped
from liren.foundation.access.models import Account
from liren.foundation.access.rules.viewer import Door, Owes, Seat, Viewer

R = TypeVar("R")

COLUMNS = tuple(
    column.attname for column in Account._meta.concrete_fields if column.attname not in {"phone", "phone_blind"}
)
"""What every request needs of its account: nothing that would have to be unsealed."""

_SEATS = """
       (SELECT json_agg(json_build_array(p.code, p.title, m.level, m.area, m.place, p.capabilities, p.totp_required)
                        ORDER BY m.level DESC, m.id)::text
          FROM access_appointment m JOIN access_post p ON p.code = m.post_id
         WHERE m.account_id = a.id AND m.valid_from <= %(on)s AND (m.valid_until IS NULL OR m.valid_until > %(on)s)),
       (SELECT array_to_json(p.capabilities)::text FROM access_post p WHERE p.code = 'resident')"""
_FIELDS = ", ".join([*(f"a.{column}" for column in COLUMNS), _SEATS])
_ACCOUNT = f"SELECT {_FIELDS} FROM access_account a WHERE a.id = %(account)s AND a.is_active"  # noqa: S608  constants
# Which version of each row a visit was made of: any change of one gives it another number.
_VERSIONS = """concat_ws(' ', s.xmin, coalesce(a.xmin::text, '-'), coalesce(
       (SELECT string_agg(concat_ws('.', m.id, m.xmin, (SELECT p.xmin FROM access_post p WHERE p.code = m.post_id)),
                          ',' ORDER BY m.id)
          FROM access_appointment m
         WHERE m.account_id = a.id AND m.valid_from <= %(on)s AND (m.valid_until IS NULL OR m.valid_until > %(on)s)), '-'),
       (SELECT p.xmin::text FROM access_post p WHERE p.code = 'resident'))"""
_LIVING = (
    "FROM access_session s LEFT JOIN access_account a ON a.id = s.account_id AND a.is_active"
    " WHERE s.key = %(key)s AND s.expires_at > %(at)s"
)
# One statement for the session, its account and its seats: a request begins with it, or assumes that it would say the same.
_VISIT = f"SELECT s.data, s.expires_at, {_VERSIONS}, {_FIELDS} {_LIVING}"
_STILL = assuming(f"SELECT {_VERSIONS} {_LIVING}", "%(versions)s")


@dataclass(frozen=True, slots=True)
class Visit:
    """A session as stored, with the account behind it and the row of its seats."""

    data: str
    expires_at: datetime
    versions: str
    account: Account | None
    seats: str | None
    resident: str | None
    viewers: dict[bool, Viewer] = field(default_factory=dict, compare=False)

    def viewer(self, *, second_factor: bool) -> Viewer:
        """Return who visits; seats that ask for a second factor count only when the session has proved one."""
        if self.account is None:
            return Viewer.nobody()
        known = self.viewers.get(second_factor)
        if known is None:
            known = _viewer(self.account, self.seats, self.resident, second_factor=second_factor)
            self.viewers[second_factor] = known
        return known


def visit(key: bytes, *, at: datetime, on: date) -> Visit | None:
    """Return a living session by its digest, with account and seats, in one query."""
    rows = asked(_VISIT, {"key": key, "at": at, "on": on})
    if not rows:
        return None
    row = rows[0]
    account = None if row[3 + COLUMNS.index("id")] is None else Account.from_db("default", COLUMNS, row[3:-2])
    return Visit(row[0], row[1], row[2], account, row[-2], row[-1])


def unchanged(found: Visit, key: bytes, *, at: datetime, on: date) -> Assumption:
    """Return what to assume of a visit found earlier: that it would be found the same."""
    return _STILL, {"key": key, "at": at, "on": on, "versions": found.versions}


def account_with_seats(account_id: int, *, on: date, second_factor: bool) -> tuple[Account, Viewer] | None:
    """Return an active account and its viewer on a day, in one query; nothing when there is no such account."""
    with connection.cursor() as cursor:
        cursor.execute(_ACCOUNT, {"account": account_id, "on": on})
        row = cursor.fetchone()
    if row is None:
        return None
    account = Account.from_db("default", COLUMNS, row[:-2])
    return account, _viewer(account, row[-2], row[-1], second_factor=second_factor)


@lru_cache(maxsize=4096)
def _seats(held: str | None, *, second_factor: bool) -> tuple[tuple[Seat, ...], bool]:
    """Return the seats that count of those that were found, as the database wrote them, and whether these are all."""
    found = json.loads(held or "[]")
    seats = tuple(
        Seat(post, title, level, area, place, frozenset(capabilities))
        for post, title, level, area, place, capabilities, totp in found
        if second_factor or not totp
    )
    return seats, len(seats) == len(found)


@lru_cache(maxsize=16)
def _capabilities(written: str | None) -> frozenset[str]:
    return frozenset(json.loads(written or "[]"))


def _viewer(account: Account, held: str | None, resident: str | None, *, second_factor: bool) -> Viewer:
    if not held and account.username is None:
        return Viewer(
            "resident",
            account.pk,
            account.person_id or 0,
            account.name,
            capabilities=_capabilities(resident),
            subjects=frozenset({account.pk, account.person_id or account.pk}),
            area=account.person_area or 0,
            language=account.language,
            elder=account.elder_mode,
        )
    seats, all_count = _seats(held, second_factor=second_factor)
    owes: Owes = "" if all_count else "second_factor"
    if account.must_change_password:
        seats, owes = (), "password"
    return Viewer(
        "staff",
        account.pk,
        account.person_id or 0,
        account.name,
        seats,
        owes=owes,
        language=account.language,
        elder=account.elder_mode,
    )


def each_range(viewer: Viewer, ask: Callable[[Viewer], list[R]], *, capability: Capability | None = None) -> list[R]:
    """Ask once for each of the viewer's ranges, with the transaction scoped to it, and return all answers.

    With a ``capability``: only where a post holds it; a wider post without it does not widen the answer.
    """
    if not viewer.is_staff:
        return ask(viewer)
    holding = viewer if capability is None else holders_only(viewer, capability)
    if holding is viewer and sits_everywhere(viewer):
        return ask(viewer)
    answers: list[R] = []
    for scoped in _outer_seats(holding) if holding.seats else ():
        with rescoped(scoped.scope):
            answers += ask(scoped)
    return answers


def holders_only(viewer: Viewer, capability: Capability) -> Viewer:
    """Return the viewer with those seats only that hold a capability, the same viewer where all do."""
    seats = tuple(seat for seat in viewer.seats if capability.code in seat.capabilities)
    if len(seats) == len(viewer.seats):
        return viewer
    return replace(viewer, seats=seats, seat=seats.index(viewer.current) if viewer.current in seats else 0)


def find(
    viewer: Viewer, ask: Callable[[Viewer], R | None], *, otherwise: str, capability: Capability | None = None
) -> R:
    """Return the first answer over the viewer's ranges and leave the transaction in that range; raise ``NotFound(otherwise)``.

    With a ``capability``: only where a post holds it.
    """
    holding = viewer if capability is None or not viewer.is_staff else holders_only(viewer, capability)
    if holding is viewer and sits_everywhere(viewer):
        answer = ask(viewer)
        if answer is not None:
            return answer
        raise NotFound(otherwise)
    for scoped in _outer_seats(holding) if holding.seats else ():
        apply(scoped.scope)
        answer = ask(scoped)
        if answer is not None:
            return answer
    apply(viewer.scope)  # the page that says so is drawn in this transaction
    raise NotFound(otherwise)


def sits_everywhere(viewer: Viewer) -> bool:
    """Say whether the current seat covers everything that the viewer's seats cover: then no other range need be asked."""
    return len(viewer.seats) < 2 or viewer.ranges() == (viewer.seats[viewer.seat].range,)


def stand_at(viewer: Viewer, area: int) -> None:
    """Move the transaction to that range of a viewer's that holds ``area``, where the current seat is not all of them; else leave it as it is."""
    if not sits_everywhere(viewer):
        for scoped in _outer_seats(viewer):
            if scoped.current is not None and area in scoped.current.range:
                apply(scoped.scope)
                return


def _outer_seats(viewer: Viewer) -> list[Viewer]:
    """Return the viewer at one seat for each outermost range, the current one first."""
    ranges = viewer.ranges()
    order = sorted(range(len(viewer.seats)), key=lambda index: index != viewer.seat)
    chosen = {viewer.seats[index].range: index for index in reversed(order)}
    return [viewer.at_seat(chosen[one]) for one in sorted(ranges, key=lambda r: r != viewer.seats[viewer.seat].range)]


def with_request(viewer: Viewer, *, address: str, door: Door, once: UUID | None, seat: int) -> Viewer:
    """Return the viewer with what belongs to the request."""
    return replace(viewer, address=address, door=door, once=once, seat=seat if seat < len(viewer.seats) else 0)


def next_node() -> int:
    """Return a node number for this process: the database counts starts, so that processes that live together differ."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT nextval('access_node')")
        return int(cursor.fetchone()[0])
