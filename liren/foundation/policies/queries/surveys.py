"""What the policy library shows: packs with their clauses, the items tied to each, and every figure nobody verified."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from liren.base.errors import NotFound
from liren.foundation.places.queries.tree import names
from liren.foundation.policies.enums import Kind
from liren.foundation.policies.models import Adoption, Pack
from liren.foundation.policies.queries.lookup import item_by_id
from liren.foundation.policies.queries.shelf import Item, shelf
from liren.foundation.policies.rules.chain import NATIONAL_BASE, holds
from liren.foundation.policies.rules.verified import unverified


@dataclass(frozen=True, slots=True)
class ListedPack:
    """One version of a pack with how many items it has, and in how many something is not verified."""

    pack: Pack
    items: int
    unverified: int


@dataclass(frozen=True, slots=True)
class Library:
    """The packs in force on a day, and the versions that came before or come later."""

    in_force: tuple[ListedPack, ...]
    others: tuple[ListedPack, ...]


@dataclass(frozen=True, slots=True)
class Tied:
    """A clause with the items that answer it: those it names and those that name it."""

    clause: Item
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """The items of one kind, with the kind's Chinese name."""

    kind: str
    title: str
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class ShownAdoption:
    """An adoption with the name of its place."""

    adoption: Adoption
    place: str


@dataclass(frozen=True, slots=True)
class ShownPack:
    """One version of a pack with its clauses, its other items by kind, and the places that go by it."""

    pack: Pack
    clauses: tuple[Tied, ...]
    groups: tuple[Group, ...]
    adoptions: tuple[ShownAdoption, ...]

    @property
    def is_everywhere(self) -> bool:
        """Say whether the pack counts everywhere without being adopted."""
        return self.pack.code == NATIONAL_BASE


def library(*, on: date) -> Library:
    """Return all loaded packs, those in force on a day first: of each code the version loaded last."""
    rows = Pack.objects.annotate(n=Count("items"), doubtful=Count("items", filter=Q(items__verified=False)))
    every = [ListedPack(pack, pack.n, pack.doubtful) for pack in rows.order_by("-issued_on", "code", "-revision")]
    newest: dict[str, ListedPack] = {}
    for one in every:
        if one.pack.code not in newest and holds(one.pack.valid_from, one.pack.valid_until, on):
            newest[one.pack.code] = one
    current = tuple(sorted(newest.values(), key=lambda one: (one.pack.code != NATIONAL_BASE, one.pack.code)))
    return Library(current, tuple(one for one in every if one not in current))


def pack_shown(pack_id: int) -> ShownPack:
    """Return one version of a pack for showing; raise ``NotFound``."""
    pack = Pack.objects.filter(pk=pack_id).first()
    if pack is None:
        raise NotFound(_("没有找到这个政策包。"))
    by_kind = shelf().of(pack.pk)
    reachable = _reachable(pack)
    tied = []
    for clause in by_kind.get("clause", ()):
        named = [reachable.get((tie["kind"], tie["code"])) for tie in clause.body.get("ties", ())]
        naming = [
            one for kind, each in by_kind.items() if kind != "clause" for one in each if one.clause == clause.code
        ]
        tied.append(Tied(clause, tuple(dict.fromkeys([one for one in named if one is not None] + naming))))
    groups = tuple(
        Group(kind.value, str(kind.label), by_kind[kind.value])
        for kind in Kind
        if kind != Kind.CLAUSE and kind.value in by_kind
    )
    return ShownPack(pack, tuple(tied), groups, _adoptions(pack.code))


def _reachable(pack: Pack) -> Mapping[tuple[str, str], Item]:
    """Return the items that clauses of a pack may be tied to: the pack's own and those of the packs it depends on."""
    books = shelf()
    found: dict[tuple[str, str], Item] = {}
    todo = [pack.pk]
    seen: set[str] = {pack.code}
    depends_on = [*pack.depends_on]
    while depends_on:
        code = depends_on.pop(0)
        if code in seen or code not in books.editions:
            continue
        seen.add(code)
        edition = books.editions[code][-1]
        todo.append(edition.id)
        depends_on += edition.depends_on
    for pack_id in todo:
        for each in books.of(pack_id).values():
            for one in each:
                found.setdefault((one.kind, one.code), one)
    return found


def _adoptions(code: str) -> tuple[ShownAdoption, ...]:
    rows = list(Adoption.objects.filter(pack=code).order_by("level", "area", "valid_from"))
    called = names([(row.level, row.area) for row in rows])
    return tuple(ShownAdoption(row, called.get((row.level, row.area), str(row.area))) for row in rows)


def adoption_by_id(number: int) -> Adoption:
    """Return an adoption; raise ``NotFound``."""
    found = Adoption.objects.filter(pk=number).first()
    if found is None:
        raise NotFound(_("没有找到这条采用记录。"))
    return found


@dataclass(frozen=True, slots=True)
class ShownItem:
    """An item with its pack and the clauses it is tied to."""

    item: Item
    kind: str
    pack: Pack
    clauses: tuple[Item, ...]
    unverified: tuple[str, ...]


def item_shown(number: int) -> ShownItem:
    """Return an item for showing, with every clause of any newest pack that is tied to it; raise ``NotFound``."""
    found = item_by_id(number)
    books = shelf()
    clauses = [
        clause
        for editions in books.editions.values()
        for clause in books.of(editions[-1].id).get("clause", ())
        if any((tie["kind"], tie["code"]) == (found.kind, found.code) for tie in clause.body.get("ties", ()))
        or (found.clause == clause.code and found.pack == clause.pack and found.kind != "clause")
    ]
    return ShownItem(
        found,
        str(Kind(found.kind).label),
        Pack.objects.get(pk=found.pack_id),
        tuple(clauses),
        unverified_paths(found.body),
    )


def unverified_items(*, level: int = 0, area: int = 0, on: date, kind: str = "") -> tuple[Item, ...]:
    """Return the items at a place in which something carries ``verified: false``."""
    books = shelf()
    editions = books.editions_at(level, area, on)
    kinds = [kind] if kind else sorted({name for edition in editions for name in books.of(edition.id)})
    return tuple(one for name in kinds for one in books.items(name, editions, on).values() if not one.verified)


def unverified_paths(body: Mapping[str, Any]) -> tuple[str, ...]:
    """Return where in an item's body something carries ``verified: false``, such as ``promised_days``."""
    return tuple(".".join(str(step) for step in path) for path in unverified(body))
