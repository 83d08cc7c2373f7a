"""Actions: the one gate for writing. This module owns the protocol; the room that knows who may plugs itself in.

An action checks the capability at the object's area, runs in one transaction, writes one journal line and publishes the
events it announced as jobs of the same transaction. A repeated request (same ``once``) gives back what the first one made.
"""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache, wraps
from typing import Any, ParamSpec, Protocol, TypeVar
from uuid import UUID, uuid5

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction

from liren.base.capabilities import Capability
from liren.base.codes import mask_name

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Event:
    """A fact that a room announces, in the past tense, with ids only; ``area`` is where it happened."""

    area: int


class Actor(Protocol):
    """Who acts: what the decorator needs to know of a viewer."""

    @property
    def once(self) -> UUID | None: ...

    @property
    def savepoints(self) -> bool: ...


@dataclass(slots=True)
class Deed:
    """What an action did, while it runs."""

    verb: str
    capability: Capability
    at: datetime
    once: UUID | None = None
    events: list[Event] = field(default_factory=list)
    remarks: dict[str, Any] = field(default_factory=dict)


class Gate(Protocol):
    """What the access room provides."""

    def earlier(self, by: Any, verb: str, once: UUID, target: Any) -> tuple[models.Model | None] | None:
        """Return what the same request made before, nothing for a new one; hold back its twin until this one is done."""

    def permit(self, by: Any, capability: Capability, target: Any) -> None:
        """Raise ``Forbidden`` where ``by`` may not."""

    def record(self, by: Any, deed: Deed, target: Any, before: Mapping[str, Any], result: Any) -> None:
        """Write the journal line and publish the events."""


@dataclass(frozen=True, slots=True)
class Act:
    """An action as the house lists it: the role matrix, the API and the drawings read these."""

    name: str
    capability: Capability
    on: str


ACTS: dict[str, Act] = {}
AtOnce = Callable[[list[Any], datetime], None]
AT_ONCE: dict[type[Event], list[AtOnce]] = {}
_gate: list[Gate] = []
_deed: ContextVar[Deed | None] = ContextVar("deed", default=None)
_heard: ContextVar[list[Event] | None] = ContextVar("heard", default=None)


def plug(gate: Gate) -> None:
    """Put the gate in place, once, when the access room is ready."""
    _gate[:] = [gate]


def announce(event: Event) -> None:
    """Announce a fact from inside an action."""
    running().events.append(event)


def at_once(*kinds: type[Event]) -> Callable[[AtOnce], AtOnce]:
    """Make a function follow what actions announce inside their transaction: it gets all events of the whole deed when that ends.

    For what has to be right together with the facts it is derived from; everything else is a reaction, which can wait.
    """

    def decorate(function: AtOnce) -> AtOnce:
        for kind in kinds:
            AT_ONCE.setdefault(kind, []).append(function)
        return function

    return decorate


def _follow(events: list[Event], at: datetime) -> None:
    wanted: dict[AtOnce, list[Event]] = {}
    for event in events:
        for function in AT_ONCE.get(type(event), ()):
            wanted.setdefault(function, []).append(event)
    for function, theirs in wanted.items():
        function(theirs, at)


def remark(**details: Any) -> None:
    """Add details to the journal line of the running action: reasons, figures; never personal data in the clear."""
    running().remarks.update(details)


def running() -> Deed:
    """Return the deed of the action that is running."""
    deed = _deed.get()
    if deed is None:
        raise RuntimeError("only an action announces and remarks")
    return deed


def snapshot(value: Any) -> dict[str, Any]:
    """Return the loaded columns of a row as they are now."""
    return dict(value.__dict__) if isinstance(value, models.Model) else {}


def differences(before: Mapping[str, Any], row: models.Model) -> dict[str, list[Any]]:
    """Return the columns of a row that differ from a snapshot, as the journal keeps them.

    Those that are secret, or ``personal`` in the model, it tells apart but does not tell: of a name it keeps the first
    character, of anything else whether there is something.
    """
    after = row.__dict__
    return {
        name: [before[name], after[name]] if shown is None else [shown(before[name]), shown(after[name])]
        for name, shown in _told(type(row))
        if name in before and name in after and before[name] != after[name]
    }


@cache
def _told(model: type[models.Model]) -> tuple[tuple[str, Callable[[Any], Any] | None], ...]:
    """Return the columns of a model, each with how its values are shown where they are not shown as they are."""
    personal: frozenset[str] = getattr(model, "personal", frozenset())
    return tuple(
        (each.attname, _masked if each.attname in personal else bool if getattr(each, "secret", False) else None)
        for each in model._meta.concrete_fields
    )


def _masked(value: Any) -> Any:
    return mask_name(value) if isinstance(value, str) else bool(value)


class _Part:
    """A part of the transaction that is open, without a savepoint: what fails in it takes the whole transaction back."""

    __slots__ = ("connection",)

    def __init__(self, connection: Any) -> None:
        self.connection = connection

    def __enter__(self) -> None:
        pass

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None:
            self.connection.needs_rollback = True


def transaction_of(*, savepoint: bool) -> AbstractContextManager[None]:
    """Return the transaction that an action runs in: a part of the one that is open, with a savepoint where that is asked for, else its own."""
    connection = connections[DEFAULT_DB_ALIAS]
    if savepoint or not connection.in_atomic_block:
        return transaction.atomic(savepoint=savepoint)
    return _Part(connection)


def request_key(once: UUID | None, target: Any) -> UUID | None:
    """Return under which key a request is done once: a page that was gone back to may ask the same of another row."""
    if once is not None and isinstance(target, models.Model) and not target._state.adding:
        return uuid5(once, f"{target._meta.label}:{target.pk}")
    return once


def action(capability: Capability, *, on: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function an action: keyword-only, with ``by`` and ``at``; ``on`` names the argument whose area is checked.

    That argument is a placed row, a place or an area key. Return what was made or changed. An action called by an action
    is part of it: its capability is checked and its own journal line written.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        verb = f"{function.__module__.split('.actions')[0].rsplit('.', 1)[-1]}.{function.__name__}"
        ACTS[verb] = Act(verb, capability, on)

        @wraps(function)
        def gate(*args: P.args, **kwargs: P.kwargs) -> R:
            by: Any = kwargs["by"]
            target = kwargs[on]
            outer = _deed.get()
            with transaction_of(savepoint=by.savepoints and outer is None):
                once = request_key(by.once, target) if outer is None else None
                if once is not None:
                    made = _gate[0].earlier(by, verb, once, target)
                    if made is not None:
                        return made[0]  # type: ignore[return-value]
                _gate[0].permit(by, capability, target)
                before = snapshot(target)
                deed = Deed(verb, capability, kwargs["at"], once)  # type: ignore[arg-type]
                token = _deed.set(deed)
                ears = _heard.set([]) if outer is None else None
                try:
                    result = function(*args, **kwargs)
                    heard = _heard.get()
                    if heard is not None:
                        heard += deed.events
                finally:
                    _deed.reset(token)
                    if ears is not None:
                        _heard.reset(ears)
                _gate[0].record(by, deed, target, before, result)
                if outer is None and heard:
                    _follow(heard, deed.at)
                return result

        gate.act = ACTS[verb]  # type: ignore[attr-defined]
        return gate

    return decorate
