"""Places by identity, with their paths and children; one query however many are asked for."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from liren.base.errors import NotFound
from liren.foundation.places.enums import Kind, Level
from liren.foundation.places.models import Place
from liren.foundation.places.rules import ancestor, area_of, lineage, place_id
from liren.foundation.places.rules.areas import WIDTHS

NO_SUCH_PLACE = _("没有这个地方，请检查代码。")
NO_CODE = _("区划代码应为 2、4、6、9 或 12 位数字。")
Identity = tuple[int, int]
"""(level, area)."""


@dataclass(frozen=True, slots=True)
class Path:
    """A place with the places above it, the province first."""

    places: tuple[Place, ...]

    @property
    def place(self) -> Place:
        """The place itself."""
        return self.places[-1]

    @property
    def spoken(self) -> tuple[Place, ...]:
        """The path as one says it: without 市辖区 and its like, and without a name said twice (东莞市 东莞市)."""
        said: list[Place] = []
        for place in self.places:
            if place.kind != Kind.PLACEHOLDER and not (said and said[-1].name == place.name):
                said.append(place)
        return tuple(said)

    def text(self, separator: str = "") -> str:
        """Return the spoken path as text, such as 江苏省南京市江宁区江宁街道牌坊村委会."""
        return separator.join(place.name for place in self.spoken)

    def below(self, level: int, separator: str = "") -> str:
        """Return the spoken path without the places down to ``level``: what a county's own staff need to see."""
        return separator.join(place.name for place in self.spoken if place.level > level) or self.place.name


def place_at(level: int, area: int) -> Place:
    """Return the place; raise ``NotFound`` where there is none."""
    try:
        return Place.objects.get(pk=place_id(level, area))
    except Place.DoesNotExist:
        raise NotFound(str(NO_SUCH_PLACE)) from None


def place_by_code(code: str) -> Place:
    """Return the place with a code of 2, 4, 6, 9 or 12 digits.

    Twelve digits that end in zeros name the highest place written so (320115000000 is the district); places that share a code
    (东莞) are told apart by the number of digits.
    """
    try:
        area = area_of(code)
    except ValueError:
        raise NotFound(str(NO_CODE), field="code") from None
    if len(code) > WIDTHS[Level.COMMUNITY]:
        raise NotFound(str(NO_CODE), field="code")
    if len(code) < WIDTHS[Level.COMMUNITY]:
        return place_at(WIDTHS.index(len(code)), area)
    found = Place.objects.filter(area=area, level__in=Level.values).order_by("level").first()
    if found is None:
        raise NotFound(str(NO_SUCH_PLACE))
    return found


def path_of(level: int, area: int) -> Path:
    """Return a place with those above it; raise ``NotFound`` where there is none."""
    found = paths_of([(level, area)]).get((level, area))
    if found is None:
        raise NotFound(str(NO_SUCH_PLACE))
    return found


def paths_of(identities: Iterable[Identity]) -> dict[Identity, Path]:
    """Return the paths of many places in one query; unknown ones are left out."""
    wanted = {identity: [place_id(*above) for above in lineage(*identity)] for identity in identities}
    upper = _upper()
    known = _read({one for ids in wanted.values() for one in ids if one not in upper})
    known.update(upper)
    return {
        identity: Path(tuple(known[one] for one in ids if one in known))
        for identity, ids in wanted.items()
        if ids[-1] in known
    }


def path_above(place: Place, known: Mapping[int, Place]) -> Path:
    """Return the path of a place at hand; ``known`` holds its township, by id, when it is a community."""
    above = _above(min(place.level - 1, Level.COUNTY), ancestor(place.area, min(place.level - 1, Level.COUNTY)))
    if place.level == Level.COMMUNITY and (
        township := known.get(place_id(Level.TOWNSHIP, ancestor(place.area, Level.TOWNSHIP)))
    ):
        return Path((*above, township, place))
    return Path((*above, place))


_COLUMNS = [field.attname for field in Place._meta.concrete_fields]
_SELECT = f"SELECT {', '.join(_COLUMNS)} FROM places_place WHERE "  # noqa: S608  names of our own model
_known: dict[int, Place] = {}
_named: dict[int, str] = {}
MOST_NAMED = 20_000  # communities: more than a city has


def _upper() -> dict[int, Place]:
    """Return provinces, cities and counties by id: some 3,700, read once by each process, since only a loading changes them."""
    if not _known:
        _known.update(_fetch("level <= 3", []))
    return _known


@cache
def _above(level: int, area: int) -> tuple[Place, ...]:
    """Return a province, city or county with those above it."""
    upper = _upper()
    return tuple(found for one in lineage(level, area) if (found := upper.get(place_id(*one))))


def forget() -> None:
    """Throw away what this process remembers of the upper levels and of names: after a loading."""
    _known.clear()
    _named.clear()
    _above.cache_clear()


def _read(ids: set[int]) -> dict[int, Place]:
    return _fetch("id = ANY(%s)", [list(ids)]) if ids else {}


def _fetch(condition: str, values: list[Any]) -> dict[int, Place]:
    with connection.cursor() as cursor:
        cursor.execute(_SELECT + condition, values)
        return {row[0]: Place.from_db(connection.alias, _COLUMNS, row) for row in cursor.fetchall()}


def community_paths(areas: Iterable[int]) -> dict[int, Path]:
    """Return the paths of the communities around the given area keys (of communities or grids), by the key given."""
    around = {area: (int(Level.COMMUNITY), ancestor(area, Level.COMMUNITY)) for area in areas}
    found = paths_of(set(around.values()))
    return {area: found[identity] for area, identity in around.items() if identity in found}


def children(place: Place | None) -> QuerySet[Place]:
    """Return the places one level down, in order of their codes; the provinces for None."""
    if place is None:
        return Place.objects.filter(level=Level.PROVINCE, valid_until=None).order_by("area")
    return Place.objects.filter(
        level=place.level + 1, area__gte=place.area, area__lte=place.hi, valid_until=None
    ).order_by("area")


def communities(place: Place) -> QuerySet[Place]:
    """Return all communities of a place, in order of their codes."""
    return Place.objects.filter(
        level=Level.COMMUNITY, area__gte=place.area, area__lte=place.hi, valid_until=None
    ).order_by("area")


def names(identities: Sequence[Identity]) -> dict[Identity, str]:
    """Return the plain names of many places in one query."""
    found = Place.objects.in_bulk({place_id(*identity) for identity in identities})
    return {identity: found[place_id(*identity)].name for identity in identities if place_id(*identity) in found}


def community_names(areas: Iterable[int]) -> dict[int, str]:
    """Return the names of the communities around area keys, by the key given; lists ask for the same few, so a process remembers them."""
    around = {area: ancestor(area, Level.COMMUNITY) for area in areas}
    if missing := set(around.values()) - _named.keys():
        if len(_named) > MOST_NAMED:
            _named.clear()
            missing = set(around.values())
        found = names([(int(Level.COMMUNITY), community) for community in missing])
        _named.update({community: name for (_level, community), name in found.items()})
    return {area: _named.get(community, "") for area, community in around.items()}
