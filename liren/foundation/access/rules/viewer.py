"""Viewers and their seats."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Literal
from uuid import UUID

from liren.base.capabilities import Capability
from liren.base.scopes import Scope
from liren.foundation.places.rules import AreaRange, subtree

OWN = frozenset({"access.keep_own_account"})
"""What everybody may who has signed in: their own name, password, second factor."""

Mode = Literal["nobody", "resident", "staff", "system"]
Door = Literal["page", "api", "job", "command"]
Owes = Literal["", "password", "second_factor"]


@dataclass(frozen=True, slots=True)
class Seat:
    """An appointment in force: a post at a place, with what the post may do there and below."""

    post: str
    title: str
    level: int
    area: int
    place: str
    capabilities: frozenset[str]

    @property
    def range(self) -> AreaRange:
        """Return the place with everything below it."""
        return subtree(self.level, self.area)


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks or acts: an account with its seats, a resident with what is their own, the system, or nobody.

    ``seat`` is the index of the seat whose range the transaction is scoped to; ``once`` is the request's idempotency key;
    ``subjects`` are the ids a resident may act for: the own person, the own account, and those who gave them a delegation.
    ``owes`` is what somebody at a desk must do before their seats count: choose a password, set up the second factor.
    ``token`` is that with which another system acts in their stead.
    """

    mode: Mode = "nobody"
    account_id: int = 0
    person_id: int = 0
    name: str = ""
    seats: tuple[Seat, ...] = ()
    seat: int = 0
    capabilities: frozenset[str] = frozenset()
    subjects: frozenset[int] = frozenset()
    area: int = 0
    address: str = ""
    door: Door = "page"
    once: UUID | None = None
    owes: Owes = ""
    language: str = ""
    elder: bool = False
    token: int = 0

    @classmethod
    def nobody(cls, *, address: str = "", door: Door = "page") -> "Viewer":
        """Return somebody unknown."""
        return cls(address=address, door=door)

    @classmethod
    def system(cls, room: str) -> "Viewer":
        """Return the system acting in a job of ``room``; it may do everything inside the job's scope."""
        return cls(mode="system", name=room, door="job")

    @property
    def is_known(self) -> bool:
        """Say whether somebody has signed in."""
        return self.mode != "nobody"

    @property
    def is_staff(self) -> bool:
        """Say whether the viewer sits at a desk."""
        return self.mode == "staff"

    @property
    def subject(self) -> int:
        """Return the id to which a resident's rows belong: the person when linked, else the account."""
        return self.person_id or self.account_id

    @property
    def scope(self) -> Scope:
        """Return the rows that the viewer may see: those of the current seat, or a resident's own."""
        if self.mode == "system":
            return Scope.everything()
        if self.mode == "staff" and self.seats:
            here = self.seats[self.seat].range
            return Scope.staff(here.lo, here.hi)
        if self.mode == "resident":
            return Scope.resident(self.subject)
        return Scope.nothing()

    @property
    def current(self) -> Seat | None:
        """Return the seat in use."""
        return self.seats[self.seat] if self.seats else None

    @property
    def savepoints(self) -> bool:
        """Say whether a page must go on after a refusal; an API call or a job ends with it."""
        return self.door == "page"

    def may(self, capability: Capability | str, area: int | None = None) -> bool:
        """Say whether some seat holds the capability at ``area``; without an area, anywhere."""
        code = capability if isinstance(capability, str) else capability.code
        if self.mode == "system" or (code in OWN and self.is_known):
            return True
        if self.mode == "resident":
            return code in self.capabilities
        return any(code in seat.capabilities and (area is None or area in seat.range) for seat in self.seats)

    def owns(self, subject: int) -> bool:
        """Say whether a row with this subject is the resident's own."""
        return self.mode == "resident" and subject in self.subjects

    def at_seat(self, index: int) -> "Viewer":
        """Return the same viewer in another of their seats."""
        return replace(self, seat=index)

    def with_once(self, once: UUID | None) -> "Viewer":
        """Return the same viewer with another idempotency key."""
        return replace(self, once=once)

    def ranges(self) -> tuple[AreaRange, ...]:
        """Return the ranges of the seats, each once, without those inside another."""
        return outermost(seat.range for seat in self.seats)


def outermost(ranges: Iterable[AreaRange]) -> tuple[AreaRange, ...]:
    """Return the ranges that lie in no other, in order."""
    kept: list[AreaRange] = []
    for one in sorted(set(ranges), key=lambda r: (r.lo, -r.hi)):
        if not kept or one.hi > kept[-1].hi:
            kept.append(one)
    return tuple(kept)
