"""Who is whose parent, spouse or sibling, told from what each member of a household is to its head (GB/T 4761-2008).

Certain is what the code itself says of the member and the head, and what follows from it whoever else there may be: the parents
of one's parent are one's grandparents, two children of the head have a parent in common. Not certain, and not said:

* that the head's spouse is a parent of the head's children: an earlier marriage may have brought them (27 and 37 stand for the other
  case only). It is said where the head's marriage is a first one (GB/T 2261.2, 21), where a line of guardianship names the spouse as
  a parent (民法典 §27), or where who keeps the list vouches for it (``vouched``);
* which of the head's children a grandchild comes from, unless the child is an only one (21, 31), is named as a parent, or is vouched
  for where there is no other in the household;
* adopted and step relations (27, 37, 57, 58: 民法典 §1072 asks who brought the child up), "other" sons, daughters and relatives,
  parents-in-law where the household has no spouse of the head, and any code that the ages contradict.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import NamedTuple

from liren.registry.enums import RelationKind

HEADS = frozenset({"01", "02"})
SPOUSES = frozenset({"10", "11", "12"})
SONS = frozenset({"20", "21", "22", "23", "24", "25", "26"})
DAUGHTERS = frozenset({"30", "31", "32", "33", "34", "35", "36"})
CHILDREN = SONS | DAUGHTERS
ONLY_CHILDREN = frozenset({"21", "31"})
SON_IN_LAW, DAUGHTER_IN_LAW = "28", "38"
GRANDCHILDREN = {"40": CHILDREN, "41": SONS, "42": SONS, "43": DAUGHTERS, "44": DAUGHTERS}
"""Codes of grandchildren, with those of the head's children from whom they may come."""
PARENTS = frozenset({"50", "51", "52"})
PARENTS_IN_LAW = frozenset({"53", "54", "55", "56"})
GRANDPARENTS = frozenset({"60", "61", "62", "63", "64"})
SIBLINGS = frozenset({"70", "71", "73", "75", "77"})
HEAD, IN_LAW, GRANDCHILD = "head", "in-law", "grandchild"
SORTS: Mapping[str, str] = {
    code: sort
    for codes, sort in (
        (HEADS, HEAD), (SPOUSES, "spouse"), (CHILDREN, "child"), (GRANDCHILDREN, GRANDCHILD), (PARENTS, "parent"), (PARENTS_IN_LAW, IN_LAW),
        (GRANDPARENTS, "grandparent"), (SIBLINGS, "sibling"), ({SON_IN_LAW}, SON_IN_LAW), ({DAUGHTER_IN_LAW}, DAUGHTER_IN_LAW),
    )
    for code in codes
}  # fmt: skip
"""What somebody with a code is to the head, as far as anything is told from it."""
INVERSE: Mapping[str, str] = {
    "parent": "child", "child": "parent", "spouse": "spouse", "sibling": "sibling", "grandparent": "grandchild", "grandchild": "grandparent",
}  # fmt: skip
"""What somebody is to the one who is their parent, child …"""
FIRST_MARRIAGE = "21"  # GB/T 2261.2: 初婚
MARRIED = ("20", "21", "22", "23")
MOST_MEMBERS = 40
"""More people under one number are a dormitory or a mistake of the list: nothing is told from it."""
YOUNGEST_PARENT = 12
"""Years between a parent and a child, below which a code is taken for a slip."""


class Member(NamedTuple):
    """Somebody of a household: what they are to its head, and what else bears on who their parents are.

    ``named`` are members whom a line of guardianship names as a parent.
    """

    person: int
    relation: str
    sex: str = "0"
    birth_on: date | None = None
    is_first_marriage: bool = False
    named: frozenset[int] = frozenset()


class Kin(NamedTuple):
    """``other`` is ``person``'s parent, spouse …: a word of RelationKind. Each pair is said once, by the younger generation."""

    person: int
    code: str
    other: int

    @property
    def turned(self) -> "Kin":
        """Return the same said by the other one."""
        return Kin(self.other, INVERSE[self.code], self.person)


PARENT, CHILD, SPOUSE = (one.value for one in (RelationKind.PARENT, RelationKind.CHILD, RelationKind.SPOUSE))
SIBLING, GRANDPARENT = RelationKind.SIBLING.value, RelationKind.GRANDPARENT.value
_NOBODY: Sequence[Member] = ()


def relations(members: Sequence[Member], *, vouched: bool = False) -> list[Kin]:
    """Return what is certain between the members of one household; ``vouched`` adds what is so in families without an earlier marriage."""
    if len(members) > MOST_MEMBERS or len({one.person for one in members}) < len(members):
        return []
    sorts: dict[str, list[Member]] = {}
    for one in members:
        sort = SORTS.get(one.relation)
        if sort is not None:
            sorts.setdefault(sort, []).append(one)
    heads = sorts.get(HEAD, _NOBODY)
    if len(heads) != 1:
        return []
    return sorted(set(_House(heads[0], sorts, vouched=vouched).told()))


class _House:
    """One household, its members sorted by what they are to the head."""

    def __init__(self, head: Member, sorts: Mapping[str, Sequence[Member]], *, vouched: bool) -> None:
        self.head, self.sorts, self.vouched = head, sorts, vouched
        spouses = sorts.get(SPOUSE, _NOBODY)
        self.spouse = spouses[0] if len(spouses) == 1 else None
        self.children = [one for one in sorts.get(CHILD, _NOBODY) if may_descend(one, head)]
        self.parents = self.elders(PARENT, head) if PARENT in sorts else []
        self.in_laws = self.elders(IN_LAW, self.spouse) if IN_LAW in sorts and self.spouse is not None else []

    def told(self) -> Iterator[Kin]:
        yield from self.upwards()
        if self.children:
            yield from self.downwards()
        for one in self.sorts.get(GRANDCHILD, _NOBODY):
            yield from self.grandchild(one)

    def upwards(self) -> Iterator[Kin]:
        """Tell of the head's spouse, parents, grandparents and siblings."""
        head, spouse = self.head, self.spouse
        if spouse is not None:
            yield Kin(spouse.person, SPOUSE, head.person)
            for one in self.in_laws:
                yield Kin(spouse.person, PARENT, one.person)
        for one in self.parents:
            yield Kin(head.person, PARENT, one.person)
        if GRANDPARENT in self.sorts:
            for one in self.elders(GRANDPARENT, head, generations=2):
                yield Kin(head.person, GRANDPARENT, one.person)
        for one in self.sorts.get(SIBLING, _NOBODY):
            yield _siblings(head, one)

    def elders(self, sort: str, of: Member, *, generations: int = 1) -> list[Member]:
        """Return the parents (or their parents) of somebody: none where there are more of them than anybody has."""
        found = self.sorts[sort]
        alone = [one.relation for one in found if not one.relation.endswith("0")]
        if len(found) > 2**generations or len(set(alone)) < len(alone):
            return []
        return [one for one in found if may_descend(of, one, generations)]

    def downwards(self) -> Iterator[Kin]:
        """Tell of the head's children, what they are to the spouse, to each other and to the grandparents in the household."""
        for child in self.children:
            yield Kin(child.person, PARENT, self.head.person)
            for one in self.parents:
                if may_descend(child, one, 2):
                    yield Kin(child.person, GRANDPARENT, one.person)
            if self.spouse is not None and self.is_of_both(child):
                yield Kin(child.person, PARENT, self.spouse.person)
                for one in self.in_laws:
                    if may_descend(child, one, 2):
                        yield Kin(child.person, GRANDPARENT, one.person)
        for one, other in combinations(self.children, 2):
            yield _siblings(one, other)

    def is_of_both(self, child: Member) -> bool:
        """Say whether the spouse is certainly a parent of a child of the head."""
        spouse = self.spouse
        if spouse is None or not may_descend(child, spouse):
            return False
        return self.vouched or self.head.is_first_marriage or spouse.person in child.named

    def grandchild(self, one: Member) -> Iterator[Kin]:
        """Tell whose child a grandchild of the head is, as far as that is certain."""
        if may_descend(one, self.head, 2):
            yield Kin(one.person, GRANDPARENT, self.head.person)
        parent = self.parent_of(one)
        if parent is None:
            return
        yield Kin(one.person, PARENT, parent.person)
        if self.spouse is not None and self.is_of_both(parent) and may_descend(one, self.spouse, 2):
            yield Kin(one.person, GRANDPARENT, self.spouse.person)
        partner = self.partner_of(parent)
        if partner is not None:
            yield Kin(partner.person, SPOUSE, parent.person)
            is_theirs = self.vouched or parent.is_first_marriage or partner.person in one.named
            if is_theirs and may_descend(one, partner):
                yield Kin(one.person, PARENT, partner.person)
        for other in self.sorts[GRANDCHILD]:
            if other.person > one.person and self.parent_of(other) is parent:
                yield _siblings(one, other)

    def parent_of(self, grandchild: Member) -> Member | None:
        """Return which child of the head a grandchild certainly comes from."""
        codes = GRANDCHILDREN[grandchild.relation]
        alone = [one for one in self.children if one.relation in codes]
        found = [one for one in alone if may_descend(grandchild, one)]
        named = [one for one in found if one.person in grandchild.named]
        if len(named) == 1:
            return named[0]
        if len(found) != 1 or len(alone) != 1:
            return None
        return found[0] if self.vouched or found[0].relation in ONLY_CHILDREN else None

    def partner_of(self, child: Member) -> Member | None:
        """Return the son- or daughter-in-law who is certainly married to a child of the head."""
        is_son = child.relation in SONS
        found = self.sorts.get(DAUGHTER_IN_LAW if is_son else SON_IN_LAW, _NOBODY)
        same = [one for one in self.children if (one.relation in SONS) is is_son]
        if len(found) != 1 or len(same) != 1:
            return None
        return found[0] if self.vouched or child.relation in ONLY_CHILDREN else None


def may_descend(younger: Member, elder: Member, generations: int = 1) -> bool:
    """Say whether the ages allow somebody to be so many generations below another; unknown days allow everything."""
    if younger.person == elder.person:
        return False
    if younger.birth_on is None or elder.birth_on is None:
        return True
    return younger.birth_on.year - elder.birth_on.year >= YOUNGEST_PARENT * generations


def _siblings(one: Member, other: Member) -> Kin:
    """Return that two are siblings, said by the younger one."""
    if (one.birth_on or date.max, one.person) > (other.birth_on or date.max, other.person):
        one, other = other, one
    return Kin(other.person, SIBLING, one.person)


TOLD = 0
"""Stands for the id of a line that is only being told; what contradicts one of those is left out: neither is certain then."""


@dataclass(frozen=True, slots=True)
class Clash:
    """Something told that contradicts a line that is held: the line's id and what it says."""

    told: Kin
    line: int
    held: Kin


def settled(
    told: Iterable[Kin], held: Iterable[tuple[int, Kin]], sexes: Mapping[int, str]
) -> tuple[list[Kin], list[Clash]]:
    """Return what is not held yet, and what contradicts what is; ``held`` are standing lines with their ids.

    Two people are one thing to each other; somebody has one spouse at a time, and at most two parents, one of each sex.
    """
    pairs: dict[tuple[int, int], tuple[int, Kin]] = {}
    parents: dict[int, dict[int, tuple[int, Kin]]] = {}
    spouses: dict[int, tuple[int, Kin]] = {}

    def keep(line: int, kin: Kin) -> None:
        for one in (kin, kin.turned):
            pairs[one.person, one.other] = line, one
            if one.code == PARENT:
                parents.setdefault(one.person, {})[one.other] = line, one
            elif one.code == SPOUSE:
                spouses[one.person] = line, one

    told, held = list(told), [(line, kin) for line, kin in held if kin.code in INVERSE]
    if _are_held(told, held):
        return [], []
    for line, kin in held:
        keep(line, kin)
    fresh: list[Kin] = []
    clashes: list[Clash] = []
    for one in told:
        against = _against(one, pairs, parents, spouses, sexes)
        if against is not None and against[0] != TOLD:
            clashes.append(Clash(one, *against))
        elif against is None and (one.person, one.other) not in pairs:
            fresh.append(one)
            keep(TOLD, one)
    return fresh, clashes


def _are_held(told: Iterable[Kin], held: Iterable[tuple[int, Kin]]) -> bool:
    """Say whether all that is told is held just so, by lines that agree about each pair: most families of a list that comes again."""
    pairs: dict[tuple[int, int], str] = {}
    for _line, (person, code, other) in held:
        if (
            pairs.setdefault((person, other), code) != code
            or pairs.setdefault((other, person), INVERSE[code]) != INVERSE[code]
        ):
            return False
    return all(pairs.get((person, other)) == code for person, code, other in told)


def _against(
    one: Kin,
    pairs: Mapping[tuple[int, int], tuple[int, Kin]],
    parents: Mapping[int, Mapping[int, tuple[int, Kin]]],
    spouses: Mapping[int, tuple[int, Kin]],
    sexes: Mapping[int, str],
) -> tuple[int, Kin] | None:
    """Return the held line that speaks against something told."""
    same = pairs.get((one.person, one.other))
    if same is not None:
        return None if same[1].code == one.code else same
    if one.code == SPOUSE:
        return spouses.get(one.person) or spouses.get(one.other)
    if one.code != PARENT:
        return None
    theirs = parents.get(one.person, {})
    sex = sexes.get(one.other, "0")
    alike = next((line for other, line in theirs.items() if sex in {"1", "2"} and sexes.get(other) == sex), None)
    return alike or (next(iter(theirs.values())) if len(theirs) > 1 else None)
