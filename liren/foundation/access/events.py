"""Facts that the room announces."""

from dataclasses import dataclass

from liren.base.action import Event


@dataclass(frozen=True, slots=True)
class AccountLinked(Event):
    """An account was linked to a person; ``area`` is the person's. Rooms re-key ``subject`` from the account to the person."""

    account_id: int
    person_id: int


@dataclass(frozen=True, slots=True)
class LinkAsked(Event):
    """A resident asked a community (``area``) to link their account."""

    request_id: int


@dataclass(frozen=True, slots=True)
class LinkRefused(Event):
    """A worker could not confirm who a resident is."""

    request_id: int
    account_id: int
