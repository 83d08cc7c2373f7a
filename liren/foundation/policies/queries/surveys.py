"""What the policy library shows: packs with their clauses, the items tied to each, and every figure nobody verified."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from liren.base.errors import NotFound
from liren.foundation.policies.models import Adoption, Pack
from liren.foundation.policies.queries.shelf import Item, shelf
from liren.foundation.policies.rules.chain import holds
from liren.foundation.policies.rules.verified import unverified


@dataclass(frozen=True, slots=True)
class Tied:
    """A clause with the items that answer it: those it names and those that name it."""

    clause: Item
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ShownPack:
    """One version of a pack with its clauses and its items by kind."""

    pack: Pack
    clauses: tuple[Tied, ...]
    items: Mapping[str, tuple[Item, ...]]
    adoptions: tuple[Adoption, ...]


@dataclass(frozen=True, slots=True)
class Library:
    """The packs in force on a day, and the versions that came before or come later."""

    in_force: tuple[Pack, ...]
    others: tuple[Pack, ...]


def library(*, on: date) -> Library:
    """Return all loaded packs, those in force on a day first."""
    every = list(Pack.objects.order_by("-issued_on", "code", "-revision"))
    newest: dict[str, Pack] = {}
    for pack in every:
        if pack.code not in newest and holds(pack.valid_from, pack.valid_until, on):
            newest[pack.code] = pack
    current = tuple(newest.values())
    return Library(current, tuple(pack for pack in every if pack not in current))


def pack_shown(pack_id: int) -> ShownPack:
    """Return one version of a pack for showing; raise ``NotFound``."""
    pack = Pack.objects.filter(pk=pack_id).first()
    if pack is None:
        raise NotFound(_("没有找到这个政策包。"))
    books = shelf()
    by_kind = books.of(pack.pk)
    reachable = {
        (each.kind, each.code): each
        for edition in books.editions_at(0, 0, pack.valid_from)
        for every in books.of(edition.id).values()
        for each in every
    } | {(each.kind, each.code): each for every in by_kind.values() for each in every}
    tied = []
    for clause in by_kind.get("clause", ()):
        named = [reachable.get((tie["kind"], tie["code"])) for tie in clause.body.get("ties", ())]
        naming = [
            each for kind, every in by_kind.items() if kind != "clause" for each in every if each.clause == clause.code
        ]
        tied.append(Tied(clause, tuple(dict.fromkeys([each for each in named if each is not None] + naming))))
    adoptions = tuple(Adoption.objects.filter(pack=pack.code).order_by("level", "area", "valid_from"))
    return ShownPack(pack, tuple(tied), {kind: every for kind, every in by_kind.items() if kind != "clause"}, adoptions)


def unverified_items(*, level: int = 0, area: int = 0, on: date, kind: str = "") -> tuple[Item, ...]:
    """Return the items at a place in which something carries ``verified: false``."""
    books = shelf()
    editions = books.editions_at(level, area, on)
    kinds = [kind] if kind else sorted({name for edition in editions for name in books.of(edition.id)})
    return tuple(each for name in kinds for each in books.items(name, editions, on).values() if not each.verified)


def unverified_paths(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where in an item's body something carries ``verified: false``, such as ``promised_days``."""
    return tuple(".".join(str(step) for step in path) for path in unverified(body))
