"""Files that may be of one person: finding pairs, listing them, two files side by side, merges and what stands against their undoing."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import F, Q
from django.utils.translation import gettext as _

from liren.base.clock import day_of
from liren.base.errors import NotFound
from liren.foundation.access.models import Account
from liren.foundation.access.queries import each_range, find
from liren.foundation.access.rules import Viewer
from liren.registry.enums import FactKind, PairState
from liren.registry.models import CorrectionRequest, DuplicatePair, Fact, Household, Person, PersonMerge, Phone
from liren.registry.permissions import MERGE
from liren.registry.rules import standing
from liren.registry.rules.likeness import WORTH_A_LOOK, Likeness, Someone, likeness

OTHER_COUNTY = F("other_area") / 10**9
PLACE_BOUND = frozenset({FactKind.RESIDENCE, FactKind.MEMBER, FactKind.REGISTER})
"""Lines that say something of the place where a file lies; households lie in one county."""
CHOSEN = ("name", "number", "sex", "birth_on", "ethnicity")
"""What of a person is chosen from one of the two files; the number takes its document along."""

# Pairs by blocks that an index or one hash join finds: the same sound of the name and birth; the same phone and the same sound,
# birth or surname; the same community, birth, sex and surname. Who is really alike is judged by ``rules.likeness``.
_BLOCKS = """
SELECT DISTINCT least(a.id, b.id), greatest(a.id, b.id) FROM registry_person a JOIN registry_person b
    ON b.county = a.county AND b.sort_key = a.sort_key AND b.birth_on = a.birth_on AND b.id > a.id
 WHERE a.county = %(county)s AND a.area BETWEEN %(lo)s AND %(hi)s AND b.area BETWEEN %(lo)s AND %(hi)s
UNION
SELECT least(a.id, b.id), greatest(a.id, b.id)
  FROM registry_phone p JOIN registry_phone q ON q.county = p.county AND q.number_blind = p.number_blind AND q.subject > p.subject
  JOIN registry_person a ON a.id = p.subject JOIN registry_person b ON b.id = q.subject
 WHERE p.county = %(county)s AND p.area BETWEEN %(lo)s AND %(hi)s AND q.area BETWEEN %(lo)s AND %(hi)s
   AND (a.sort_key = b.sort_key OR a.birth_on = b.birth_on OR left(a.name, 1) = left(b.name, 1) AND a.sex = b.sex)
UNION
SELECT least(a.id, b.id), greatest(a.id, b.id) FROM registry_person a JOIN registry_person b
    ON b.area = a.area AND b.birth_on = a.birth_on AND b.sex = a.sex AND left(b.name, 1) = left(a.name, 1) AND b.id > a.id
 WHERE a.county = %(county)s AND a.area BETWEEN %(lo)s AND %(hi)s
UNION
SELECT least(a.id, b.id), greatest(a.id, b.id) FROM registry_person a JOIN registry_person b
    ON b.county = a.county AND b.sort_key = a.sort_key AND b.sex = a.sex AND b.id > a.id AND b.household_id = a.household_id
 WHERE a.county = %(county)s AND a.area BETWEEN %(lo)s AND %(hi)s AND b.area BETWEEN %(lo)s AND %(hi)s
"""
# Across counties only one number in two files counts, which the index of the numbers finds: names and days would be too many.
_ACROSS = """
SELECT least(a.id, b.id), greatest(a.id, b.id) FROM registry_person a JOIN registry_person b
    ON b.id_blind = a.id_blind AND b.county > a.county
 WHERE a.id_blind IS NOT NULL AND a.area BETWEEN %(lo)s AND %(hi)s AND b.area BETWEEN %(lo)s AND %(hi)s
"""
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class FoundPair:
    """Two files that look alike; ``left`` has the smaller id."""

    left: int
    right: int
    area: int
    other_area: int
    like: Likeness


@dataclass(frozen=True, slots=True)
class ListedPair:
    """A pair of the list with the two people."""

    pair: DuplicatePair
    left: Person
    right: Person


@dataclass(slots=True)
class Side:
    """One of two files beside each other."""

    person: Person
    phones: list[Phone]
    lines: list[Fact]
    account: bool
    address: str
    cases: int = 0

    @property
    def standing(self) -> list[Fact]:
        """Return the lines that nothing corrects."""
        return standing(self.lines)


@dataclass(slots=True)
class Obstacles:
    """What stands against the undoing of a merge, and what would stay with the kept file, in sentences."""

    against: list[str] = field(default_factory=list)
    staying: list[str] = field(default_factory=list)


def counties_of(lo: int, hi: int) -> list[int]:
    """Return the counties between two areas that have files, inside the scope that is set."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT county FROM registry_person WHERE area BETWEEN %s AND %s", [lo, hi])
        return [row[0] for row in cursor.fetchall()]


def alike(county: int, lo: int, hi: int) -> Iterator[FoundPair]:
    """Yield the pairs of files of a county, between two areas, that score high enough to be looked at."""
    yield from _judged(_BLOCKS, {"county": county, "lo": lo, "hi": hi})


def alike_across(lo: int, hi: int) -> Iterator[FoundPair]:
    """Yield the pairs of files in two counties, both between two areas, that bear one number."""
    yield from _judged(_ACROSS, {"lo": lo, "hi": hi})


def _judged(statement: str, values: dict[str, int]) -> Iterator[FoundPair]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        blocks = cursor.fetchall()
    for start in range(0, len(blocks), _AT_ONCE):
        some = blocks[start : start + _AT_ONCE]
        people = someones({pk for pair in some for pk in pair})
        for left, right in some:
            if left not in people or right not in people:
                continue
            (area, one), (other_area, other) = people[left], people[right]
            like = likeness(one, other)
            if like.score >= WORTH_A_LOOK:
                yield FoundPair(left, right, area, other_area, like)


def someones(ids: Iterable[int]) -> dict[int, tuple[int, Someone]]:
    """Return what is compared of people, with the area of each."""
    wanted = list(ids)
    phones: dict[int, set[str]] = {}
    for subject, blind in Phone.objects.filter(subject__in=wanted).values_list("subject", "number_blind"):
        phones.setdefault(subject, set()).add(bytes(blind).hex())
    rows = Person.objects.filter(pk__in=wanted).only(
        "id", "area", "name", "sex", "birth_on", "id_number", "household"
    )  # fmt: skip
    return {
        row.pk: (
            row.area,
            Someone(
                row.name,
                row.sex,
                row.birth_on,
                row.id_number or "",
                frozenset(phones.get(row.pk, ())),
                row.household_id,
            ),
        )
        for row in rows
    }


def pairs(
    viewer: Viewer, *, state: str = PairState.OPEN, after: tuple[int, int] | None = None, limit: int = 30
) -> list[ListedPair]:
    """Return pairs both of whose files the viewer's posts may merge, the likeliest first; ``after`` is (score, id)."""

    def ask(here: Viewer) -> list[ListedPair]:
        scope = here.scope
        rows = (
            DuplicatePair.objects.visible_to(here)
            .annotate(other_county=OTHER_COUNTY)
            .filter(
                Q(other_county=F("county"))
                | Q(area__lt=F("other_area")),  # of two counties each has a row: one is enough
                state=state,
                other_area__gte=scope.lo,
                other_area__lte=scope.hi,
            )
        )
        if after is not None:
            rows = rows.filter(score__lt=after[0]) | rows.filter(score=after[0], pk__gt=after[1])
        found: list[ListedPair] = []
        for chunk in range(4):  # a pair one of whose files has gone into another is passed over
            some = list(rows.order_by("-score", "id")[chunk * limit : (chunk + 1) * limit])
            people = Person.objects.select_related("household").in_bulk(
                [pk for pair in some for pk in (pair.left, pair.right)]
            )
            found += [
                ListedPair(pair, people[pair.left], people[pair.right])
                for pair in some
                if pair.left in people and pair.right in people
            ]
            if len(found) >= limit or len(some) < limit:
                break
        return found[:limit]

    rows = each_range(viewer, ask, capability=MERGE)
    return sorted(rows, key=lambda one: (-one.pair.score, one.pair.pk))[:limit]


def beyond(viewer: Viewer) -> int:
    """Return how many of the viewer's files have a twin in another county, which somebody above both has to judge: no more is told."""

    def ask(here: Viewer) -> list[int]:
        scope = here.scope
        rows = DuplicatePair.objects.visible_to(here).annotate(other_county=OTHER_COUNTY)
        rows = rows.filter(~Q(other_county=F("county")), state=PairState.OPEN)
        return [rows.exclude(other_area__gte=scope.lo, other_area__lte=scope.hi).count()]

    return sum(each_range(viewer, ask, capability=MERGE))


def pair_for(viewer: Viewer, pk: int) -> DuplicatePair:
    """Return a pair both of whose files one of the viewer's posts may merge; raise ``NotFound`` otherwise."""
    return find(
        viewer,
        lambda here: (
            DuplicatePair.objects.visible_to(here)
            .filter(pk=pk, other_area__gte=here.scope.lo, other_area__lte=here.scope.hi)
            .first()
        ),
        otherwise=_("没有找到这一对，可能不在您的管辖范围，也可能已经处理。"),
        capability=MERGE,
    )


def sides(pair: DuplicatePair) -> tuple[Side, Side]:
    """Return the two files of a pair; raise ``NotFound`` when one has gone into another."""
    return side(pair.left), side(pair.right)


def side(pk: int) -> Side:
    """Return a file as it stands beside another."""
    person = Person.objects.select_related("household").filter(pk=pk).first()
    if person is None:
        raise NotFound(_("其中一份档案已经合并或转走，不用再判断。"))
    return Side(
        person,
        list(Phone.objects.filter(county=person.county, subject=pk).order_by("-is_main", "-recorded_at")),
        list(Fact.objects.filter(county=person.county, subject=pk)),
        Account.objects.filter(person_id=pk).exists(),
        person.household.address if person.household else "",
    )


def bound_to_its_place(kept: Person, gone: Person, lines: Iterable[Fact]) -> set[int]:
    """Return which standing lines of a file cannot go with it into one of another county: under which residence it counts there, its homes."""
    return set() if kept.county == gone.county else {line.pk for line in lines if line.kind in PLACE_BOUND}


def merges(viewer: Viewer, *, before: int | None = None, limit: int = 30) -> list[PersonMerge]:
    """Return the merges where the viewer's posts merge, the newest first; ``before`` is the last id seen."""

    def ask(here: Viewer) -> list[PersonMerge]:
        rows = PersonMerge.objects.visible_to(here)
        return list((rows if before is None else rows.filter(pk__lt=before)).order_by("-id")[:limit])

    return sorted(each_range(viewer, ask, capability=MERGE), key=lambda one: -one.pk)[:limit]


def merge_for(viewer: Viewer, pk: int) -> PersonMerge:
    """Return a merge where one of the viewer's posts merges; raise ``NotFound`` otherwise."""
    return find(
        viewer,
        lambda here: PersonMerge.objects.visible_to(here).filter(pk=pk).first(),
        otherwise=_("没有找到这次合并，可能不在您的管辖范围。"),
        capability=MERGE,
    )


def merge_by_gone(pk: int) -> PersonMerge | None:
    """Return the merge by which a file went into another, while it is not undone, inside the scope that is set."""
    return PersonMerge.objects.filter(gone=pk, undone_at=None).first()


def merged_into(person: Person) -> list[PersonMerge]:
    """Return the merges by which other files went into one, the oldest first."""
    return list(PersonMerge.objects.filter(subject=person.pk, undone_at=None).order_by("id"))


def waiting_requests(ids: Sequence[int]) -> bool:
    """Say whether a request for correction of one of some files waits."""
    return CorrectionRequest.objects.filter(subject__in=ids, state="waiting").exists()


def obstacles(merge: PersonMerge) -> Obstacles:
    """Say what was built on a merge: what stands against undoing it, and what would stay with the kept file."""
    found = Obstacles()
    if merge.undone_at is not None:
        found.against.append(_("这次合并已经撤销过了。"))
        return found
    kept = Person.objects.filter(pk=merge.kept).first()
    if kept is None:
        found.against.append(_("合并后的档案又并进了别的档案，请先撤销后来的那一次。"))
        return found
    if kept.county != merge.before["area"] // 10**9:
        found.against.append(_("合并后的档案转到了别的县（市、区），请先转回来。"))
    later = PersonMerge.objects.filter(subject=merge.kept, undone_at=None, pk__gt=merge.pk)
    if later.exists():
        found.against.append(_("以后又有别的档案并进了这一份，请先撤销后来的那一次。"))
    moved = set(merge.moved["registry_fact.subject"])
    made = {*merge.withdrawn}
    new = Fact.objects.filter(county=kept.county, subject=kept.pk, pk__gt=merge.pk).exclude(pk__in=made)
    for line in new.order_by("id"):
        day = day_of(line.recorded_at).isoformat()
        what = line.get_kind_display()
        if line.replaces in moved or line.replaces in made:
            found.against.append(
                _("%(day)s更正过并进来的“%(what)s”记录，撤销会弄乱它。请先把那次更正改回来。")
                % {"day": day, "what": what}
            )
        else:
            found.staying.append(_("%(day)s新记的“%(what)s”会留在保留的档案里。") % {"day": day, "what": what})
    for name, value in merge.moved["after"].items():
        if str(column(kept, name)) != str(value):
            found.against.append(_("合并以后更正过“%(what)s”，撤销会丢掉这次更正。") % {"what": labels()[name]})
    number = merge.person.get("id_number")
    if number and number not in {kept.id_number, merge.before.get("id_number")}:
        twin = Person.objects.filter(county=kept.county, id_blind=number).exclude(pk=kept.pk).first()
        if twin is not None:
            found.against.append(_("这个证件号码后来又登记给了%(name)s，请先核对那一份。") % {"name": twin.name})
    return found


def labels() -> dict[str, Any]:
    """Return the words for what is chosen from one of two files."""
    return {
        "name": _("姓名"),
        "number": _("证件号码"),
        "sex": _("性别"),
        "birth_on": _("出生日期"),
        "ethnicity": _("民族"),
    }


def column(person: Person, name: str) -> Any:
    """Return what a file says under one of ``CHOSEN``."""
    return (person.id_number or "") if name == "number" else getattr(person, name)


def head_of(household: int | None) -> Household | None:
    """Return a household by id, inside the scope that is set."""
    return Household.objects.filter(pk=household).first() if household else None


def day_or_none(text: str | None) -> date | None:
    """Return a day of its ISO text."""
    return date.fromisoformat(text) if text else None
