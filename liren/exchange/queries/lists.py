"""What words and places a list may use: national code lists, the ranks of sources, the communities in reach."""

from collections.abc import Collection, Mapping
from datetime import date

from liren.base.errors import NotFound
from liren.exchange.enums import Target
from liren.exchange.models import Home
from liren.exchange.rules.deciding import STANDARD_RANKS
from liren.exchange.rules.placing import Communities, Community, stem_of
from liren.foundation.places.models import Place, Unit
from liren.foundation.places.rules import CITY, COMMUNITY, COUNTY, TOWNSHIP, ancestor, subtree
from liren.foundation.policies.queries.lookup import codelist, term

LISTS = {
    Target.SEX: "sex",
    Target.ETHNICITY: "ethnicity",
    Target.RELATION: "family-relation",
    Target.MARRIAGE: "marriage",
    Target.EDUCATION: "education",
}
SHORT_SCHOOLING = {
    "博士": "11", "硕士": "14", "研究生": "14", "本科": "21", "大学": "21", "大学本科": "21", "大专": "31", "专科": "31", "中专": "41", "职高": "44", "技校": "47",
    "高中": "61", "初中": "71", "小学": "81", "文盲": "90", "不识字": "90",
}  # fmt: skip


def words(*, level: int, area: int, on: date) -> dict[str, dict[str, str]]:
    """Return the words of the code lists that count at a place: target → {word: code}."""
    found: dict[str, dict[str, str]] = {}
    for target, code in LISTS.items():
        try:
            names = codelist(code, level=level, area=area, on=on)
        except NotFound:
            continue
        found[target] = {name: key for key, name in names.items()}
        found[target] |= {name.removesuffix("毕业"): key for key, name in names.items() if name.endswith("毕业")}
    found.setdefault(Target.EDUCATION, {}).update(SHORT_SCHOOLING)
    return found


def choices(target: str, *, level: int, area: int, on: date) -> list[tuple[str, str]]:
    """Return the codes that a word of a target can be given by hand, with their names."""
    from liren.exchange.rules.wordlists import WORDS  # noqa: PLC0415

    if target in LISTS:
        return list(codelist(LISTS[Target(target)], level=level, area=area, on=on).items())
    named: dict[str, str] = {}
    for word, code in WORDS.get(target, {}).items():
        named.setdefault(code, word)
    return sorted(named.items())


def ranks(*, level: int, area: int, on: date) -> Mapping[str, int]:
    """Return how much each kind of source counts at a place: pack data, ``source-rank-paper`` and so on."""
    found = dict(STANDARD_RANKS)
    for source in STANDARD_RANKS:
        try:
            found[source] = int(term(f"source-rank-{source}", level=level, area=area, on=on).value)
        except NotFound:
            continue
    return found


def stems_of(communities: Collection[int]) -> dict[int, str]:
    """Return the names of communities without what kind of place they are, by area."""
    if not communities:
        return {}
    rows = Place.objects.filter(level=COMMUNITY, area__in=communities, valid_until=None)
    return {area: stem_of(name) for area, name in rows.values_list("area", "name")}


def reachable(level: int, area: int) -> Communities:
    """Return the communities of a seat and those of the county around it, which are told apart."""
    own = subtree(level, area)
    around = subtree(COUNTY, ancestor(area, COUNTY)) if level >= COUNTY else subtree(level, area)
    if level in {TOWNSHIP, COMMUNITY} and area // 10**9 % 100 == 0:  # a city without counties
        around = subtree(CITY, ancestor(area, CITY))
    rows = Place.objects.filter(level=COMMUNITY, area__gte=around.lo, area__lte=around.hi, valid_until=None)
    places = [Community(place_area, name) for place_area, name in rows.values_list("area", "name")]
    home, own = ancestor(area, COMMUNITY), subtree(level, area)
    inside = [one for one in places if one.area in own or (level > COMMUNITY and one.area == home)]
    above, abroad = _divisions(level, area)
    towns = Place.objects.filter(level=TOWNSHIP, area__gte=around.lo, area__lte=around.hi, valid_until=None)
    units = Unit.objects.filter(area__gte=own.lo, area__lte=own.hi, valid_until=None)
    return Communities(
        inside, [one for one in places if one not in set(inside)], above=above, abroad=abroad,
        townships=towns.values_list("name", "area"), units=units.values_list("name", "area"),
    )  # fmt: skip


def _divisions(level: int, area: int) -> tuple[list[str], list[str]]:
    """Return the names of the counties, cities and provinces above or below a place, and of all others that no near one shares."""
    near: set[str] = set()
    far: set[str] = set()
    own = subtree(level, area)
    rows = Place.objects.filter(level__lte=COUNTY, valid_until=None).values_list("level", "area", "name")
    for at, where, name in rows:
        is_near = where == ancestor(area, at) or where in own
        (near if is_near else far).add(name)
    return sorted(near), sorted(far - near)


def settled_homes(county: int, batch: int, keys: Collection[str]) -> dict[str, tuple[int, int, bool, bool]]:
    """Return which household each key of a batch stands for, as far as that is settled: its id here, the household, whether it is a new
    one, and whether nobody has found yet where it lives."""
    homes = Home.objects.filter(county=county, batch=batch, key__in=list(keys))
    rows = homes.values_list("key", "id", "household", "is_new", "dwelling", "door")
    return {
        key: (pk, household, is_new, dwelling is None and not door)
        for key, pk, household, is_new, dwelling, door in rows
    }
