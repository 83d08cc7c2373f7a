"""Finding people as one types: what was typed is recognised, then answered by one indexed query."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any, Literal, NamedTuple, TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from liren.base.codes import age_on, mask_id, normal_number, normal_phone, read_id
from liren.base.names import is_han, plain_name, search_key
from liren.base.rows import fitting
from liren.foundation.access.queries import each_range
from liren.foundation.access.rules import Viewer
from liren.foundation.places.models import PlacedModel
from liren.registry.models import Household, Person, Phone
from liren.registry.permissions import VIEW

Kind = Literal["nothing", "id", "phone", "name", "letters", "unfinished"]
M = TypeVar("M", bound=PlacedModel)

KEYS_PER_PERSON = 3  # one person can stand under several keys with the same beginning
LARGEST_AREA = 10**15
LAST_SIGN = (
    "\U0010ffff"  # in byte order nothing stands behind it: the range of a prefix has a plan that fits every prefix
)


@dataclass(frozen=True, slots=True)
class Found:
    """Somebody found: enough to know who it is, the number masked."""

    pk: int
    area: int
    name: str
    sex: str
    birth_on: date | None
    number: str
    residence: str
    away_since: date | None
    deceased_on: date | None
    address: str

    def age_on(self, on: date) -> int | None:
        """Return the age in full years on a day, or nothing when the birth is not known."""
        return None if self.birth_on is None else age_on(self.birth_on, min(on, self.deceased_on or on))


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found: how the text was understood, the people, whether there are more."""

    kind: Kind
    people: list[Found]
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a long list, with the key at which the next one starts."""

    people: list[Found]
    after: tuple[str, int] | None


def recognise(text: str) -> tuple[Kind, str]:
    """Return what typed text is, and its normal form: a whole number, a phone, characters or letters of a name."""
    plain = normal_number(text)
    if is_han(text):
        return "name", search_key(text)
    digits = plain.lstrip("+")
    if re.fullmatch(r"[0-9]{15}|[0-9]{17}[0-9X]|[A-Z]{1,3}[0-9]{7,12}", plain):
        return "id", read_id(plain).number
    if re.fullmatch(r"(?:86|0086)?1[0-9]{10}|0[0-9]{9,11}|00[0-9]{9,15}", digits) or (
        plain.startswith("+") and len(digits) >= 9
    ):
        try:
            return "phone", normal_phone(text)
        except ValueError:
            return "unfinished", ""
    if re.search(r"[0-9]", plain):
        return "unfinished", ""
    key = search_key(text)
    return ("letters", key) if key else ("nothing", "")


# One statement for each kind of text. Keys come from the index alone, in its order, so that it stops after a few of them; people
# are read once it is known which. A plain statement instead of the ORM: building model instances took longer than finding them.
_FOUND = """
SELECT p.id, p.area, p.name, p.sex, p.birth_on, p.id_number, p.residence, p.away_since, p.deceased_on, h.address
  FROM ({hits}) hit
  JOIN registry_person p ON p.id = hit.subject
  LEFT JOIN registry_household h ON h.id = p.household_id
 ORDER BY hit.place, p.id
"""


class _Rows(NamedTuple):
    """The first rows of a table in an order that an index holds within each county."""

    table: str
    order: str
    limit: str
    text: str


_PEOPLE = _Rows(
    "registry_person",
    "sort_key, id",
    "%(limit)s",
    """SELECT * FROM registry_person p
         WHERE {here} AND (sort_key, id) > (%(sort_key)s, %(last)s) {only} ORDER BY sort_key, id LIMIT %(limit)s""",
)
_KEYS = _Rows(
    "registry_namekey",
    "key, subject",
    "%(keys)s",
    """SELECT subject, key FROM registry_namekey
         WHERE {here} AND key >= %(text)s AND key < %(text_end)s ORDER BY key, subject LIMIT %(keys)s""",
)
_LISTED = """
SELECT p.id, p.area, p.name, p.sex, p.birth_on, p.id_number, p.residence, p.away_since, p.deceased_on, h.address, p.sort_key
  FROM ({first}) p
  LEFT JOIN registry_household h ON h.id = p.household_id
 ORDER BY p.sort_key, p.id
"""
_BY_KEY = """
SELECT near.subject, min(near.key) AS place
  FROM ({near}) near
 GROUP BY near.subject ORDER BY place, subject LIMIT %(limit)s
"""
# Indexes of names begin with the county: where a scope holds several, each is asked for its first and these are merged. Which
# counties there are is found by stepping from one to the next in the same index, so nobody's county can be missing from a list.
_BY_COUNTY = """
WITH RECURSIVE counties AS (
  (SELECT county FROM {table} WHERE {here} ORDER BY county LIMIT 1)
  UNION ALL
  SELECT (SELECT county FROM {table} WHERE {here} AND county > before.county ORDER BY county LIMIT 1)
    FROM counties before WHERE before.county IS NOT NULL)
SELECT one.* FROM counties CROSS JOIN LATERAL ({first}) one ORDER BY {order} LIMIT {limit}"""
_BY_ID = "SELECT subject, 0 AS place FROM registry_person WHERE {here} AND id_blind = %(blind)s LIMIT %(limit)s"
_BY_PHONE = (
    "SELECT DISTINCT subject, 0 AS place FROM registry_phone WHERE {here} AND number_blind = %(blind)s LIMIT %(limit)s"
)


TYPED = frozenset({"blind", "text", "text_end"})
GOING_ON = frozenset({"sort_key", "last", "on"})


def search_people(viewer: Viewer, text: str, limit: int = 10) -> Answer:
    """Find people inside the viewer's scope by name, pinyin, initials, identity number or phone, in one query a range."""
    kind, key = recognise(text)
    if kind in {"nothing", "unfinished"}:
        return Answer(kind, [])
    found = each_range(viewer, lambda here: _ask(here, kind, key, limit + 1), capability=VIEW)
    return Answer(kind, found[:limit], len(found) > limit)


def _ask(viewer: Viewer, kind: Kind, key: str, limit: int) -> list[Found]:
    here, values = scope_words(viewer)
    values["limit"] = limit
    if kind == "id":
        hits = _BY_ID
        values["blind"] = _blind_of(Person, "id_blind", key)
    elif kind == "phone":
        hits = _BY_PHONE
        values["blind"] = _blind_of(Phone, "number_blind", key)
    else:
        hits = _BY_KEY.format(near=_first(viewer, here, _KEYS))
        values |= {"text": key, "text_end": key + LAST_SIGN, "keys": limit * KEYS_PER_PERSON}
    text = _FOUND.format(hits=hits.format(here=here))
    return [_found(row) for row in fitting(text, values, narrow=_lies_in_one_county(viewer), free=TYPED)]


def scope_words(viewer: Viewer) -> tuple[str, dict[str, Any]]:
    """Return the condition that says the viewer's scope, with the county where the scope lies in one: indexes begin with it."""
    scope = viewer.scope
    first, last = scope.wide_lo // 10**9, scope.wide_hi // 10**9
    values = {"lo": scope.wide_lo, "hi": scope.wide_hi, "county": first, "county_last": last}
    if first == last:
        return "area BETWEEN %(lo)s AND %(hi)s AND county = %(county)s", values
    if scope.wide_hi < LARGEST_AREA:
        return "area BETWEEN %(lo)s AND %(hi)s AND county BETWEEN %(county)s AND %(county_last)s", values
    return "area BETWEEN %(lo)s AND %(hi)s", values


def _first(viewer: Viewer, here: str, rows: _Rows, **words: str) -> str:
    """Return the SQL of the first rows of a scope, asked of each of its counties where it holds several."""
    if _lies_in_one_county(viewer):
        return rows.text.format(here=here, **words)
    one = rows.text.format(here=f"{here} AND county = counties.county", **words)
    return _BY_COUNTY.format(table=rows.table, here=here, first=one, order=rows.order, limit=rows.limit)


def _lies_in_one_county(viewer: Viewer) -> bool:
    return viewer.scope.wide_lo // 10**9 == viewer.scope.wide_hi // 10**9


def _found(row: tuple[Any, ...]) -> Found:
    pk, area, name, sex, birth_on, number, residence, away, deceased, address = row
    shown = _masked(bytes(number)) if number is not None else ""
    return Found(pk, area, name, sex, birth_on, shown, residence, away, deceased, address or "")


@lru_cache(maxsize=8192)
def _masked(sealed: bytes) -> str:
    """Return the number of a line as it is shown.

    Who types meets the same people again with each letter, and to open the numbers of ten costs more than to find them. What is
    remembered is the mask, never the number.
    """
    seal: Any = Person._meta.get_field("id_number")
    return mask_id(seal.opened(sealed) or "")


def _blind_of(model: type[PlacedModel], name: str, value: str) -> bytes:
    index: Any = model._meta.get_field(name)
    blind: bytes = index.blind(value)
    return blind


def in_county(rows: QuerySet[M], viewer: Viewer) -> QuerySet[M]:
    """Say the county too, when the viewer's scope lies in one: the indexes of a search begin with it."""
    scope = viewer.scope
    low, high = scope.wide_lo // 10**9, scope.wide_hi // 10**9
    if low == high:
        return rows.filter(county=low)
    return rows.filter(county__gte=low, county__lte=high) if scope.wide_hi < LARGEST_AREA else rows


ONLY = {
    "": "",
    "away": "AND p.away_since IS NOT NULL",
    "disabled": "AND p.is_disabled",
    "incomer": "AND p.residence = 'incomer'",
}


def may_list(viewer: Viewer) -> bool:
    """Say whether the seat in use may read files: another seat may be why the page opened."""
    return viewer.current is None or VIEW.code in viewer.current.capabilities


COUNTED_ON = """AND EXISTS (SELECT FROM registry_stay s WHERE s.subject = p.id AND {here}
        AND s.valid_from <= %(on)s AND (s.valid_until IS NULL OR s.valid_until > %(on)s))"""


def people_page(
    viewer: Viewer, *, after: tuple[str, int] | None = None, size: int = 50, only: str = "", on: date | None = None
) -> Page:
    """Return a page of the people of the viewer's current seat by pinyin; ``only`` is ``away``, ``disabled`` or ``incomer``.

    With ``on``: those who were counted in the seat's places on that day; whose file has gone elsewhere since is in ``gone_since``.
    """
    if not may_list(viewer):
        return Page([], None)
    here, values = scope_words(viewer)
    values |= {"sort_key": after[0] if after else "", "last": after[1] if after else 0, "limit": size + 1}
    narrowed = ONLY.get(only, "")
    if on is not None:
        narrowed += COUNTED_ON.format(here=here)
        values["on"] = on
    first = _first(viewer, here, _PEOPLE, only=narrowed)
    rows = fitting(_LISTED.format(first=first), values, narrow=_lies_in_one_county(viewer), free=GOING_ON)
    more = (rows[size - 1][-1], rows[size - 1][0]) if len(rows) > size else None
    return Page([_found(row[:-1]) for row in rows[:size]], more)


def person_by_number(viewer: Viewer, number: str) -> Person | None:
    """Return the person with an identity number inside the viewer's scope."""
    normal = read_id(number).number
    found = each_range(
        viewer,
        lambda here: list(in_county(Person.objects.visible_to(here), here).filter(id_blind=normal)[:1]),
        capability=VIEW,
    )
    return found[0] if found else None


def match_people(viewer: Viewer, asked: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Person]:
    """Return, in one query for each range, who has the number *and* the name of each pair that somebody gave."""
    numbers = [read_id(number).number for number, _name in asked]
    found = each_range(
        viewer,
        lambda here: list(in_county(Person.objects.visible_to(here), here).filter(id_blind__in=numbers)),
        capability=VIEW,
    )
    by_number = {person.id_number: person for person in found}
    return {
        (number, name): person
        for number, name in asked
        if (person := by_number.get(read_id(number).number)) is not None and person.name == plain_name(name)
    }


def match_person(viewer: Viewer, *, number: str, name: str) -> Person | None:
    """Return the person whose number *and* name are given: what linking an account asks for (DESIGN §4)."""
    found = person_by_number(viewer, number)
    return found if found is not None and found.name == plain_name(name) else None


def households_like(viewer: Viewer, text: str, limit: int = 20) -> list[Household]:
    """Find households by register number, or by the name of a member."""
    exact = each_range(
        viewer,
        lambda here: list(in_county(Household.objects.visible_to(here), here).filter(number=text.strip())[:limit]),
        capability=VIEW,
    )
    if exact or not text.strip():
        return exact
    ids = [person.pk for person in search_people(viewer, text, limit).people]
    members = each_range(
        viewer,
        lambda here: list(Person.objects.visible_to(here).select_related("household").filter(pk__in=ids)),
        capability=VIEW,
    )
    return list({person.household.pk: person.household for person in members if person.household is not None}.values())


def words_for(kind: Kind) -> str:
    """Say what a search without an answer might have missed."""
    return {
        "unfinished": _("数字请输全：18位身份证号，或11位手机号。"),
        "id": _("您的范围里没有登记这个证件号码。"),
        "phone": _("您的范围里没有登记这个电话。"),
    }.get(kind, _("可以试试姓名、拼音（zhangwei）、首字母（zw）、身份证号或手机号。"))
