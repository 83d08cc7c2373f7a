"""Finding people as one types: what was typed is recognised, then answered by one indexed query."""

import re
from dataclasses import dataclass
from typing import Literal, TypeVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from liren.base.codes import normal_number, normal_phone, read_id
from liren.base.names import is_han, plain_name, search_key
from liren.foundation.access.queries import each_range
from liren.foundation.access.rules import Viewer
from liren.foundation.places.models import PlacedModel
from liren.registry.models import Household, NameKey, Person, Phone

Kind = Literal["nothing", "id", "phone", "name", "letters", "unfinished"]
M = TypeVar("M", bound=PlacedModel)

KEYS_PER_PERSON = 3  # one person can stand under several keys with the same beginning
LARGEST_AREA = 10**15


@dataclass(frozen=True, slots=True)
class Answer:
    """What a search found: how the text was understood, the people, whether there are more."""

    kind: Kind
    people: list[Person]
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a long list, with the key at which the next one starts."""

    people: list[Person]
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


def search_people(viewer: Viewer, text: str, limit: int = 20) -> Answer:
    """Find people inside the viewer's scope by name, pinyin, initials, identity number or phone."""
    kind, key = recognise(text)
    if kind in {"nothing", "unfinished"}:
        return Answer(kind, [])
    found = each_range(viewer, lambda here: _ask(here, kind, key, limit))
    return Answer(kind, found[:limit], len(found) > limit)


def _ask(viewer: Viewer, kind: Kind, key: str, limit: int) -> list[Person]:
    if kind == "id":
        rows = in_county(Person.objects.visible_to(viewer), viewer).filter(id_blind=key)
        return list(rows.select_related("household")[: limit + 1])
    if kind == "phone":
        phones = in_county(Phone.objects.visible_to(viewer), viewer).filter(number_blind=key)
        ids = list(dict.fromkeys(phones.values_list("subject", flat=True)[: limit + 1]))
    else:
        # keys alone come from the index; people are only read once it is known which
        keys = in_county(NameKey.objects.visible_to(viewer), viewer).filter(key__starts=key).order_by("key", "subject")
        ids = list(dict.fromkeys(keys.values_list("subject", flat=True)[: limit * KEYS_PER_PERSON + 1]))[: limit + 1]
    if not ids:
        return []
    people = Person.objects.visible_to(viewer).select_related("household").in_bulk(ids)
    return [people[pk] for pk in ids if pk in people]


def in_county(rows: QuerySet[M], viewer: Viewer) -> QuerySet[M]:
    """Say the county too, when the viewer's scope lies in one: the indexes of a search begin with it."""
    scope = viewer.scope
    low, high = scope.wide_lo // 10**9, scope.wide_hi // 10**9
    if low == high:
        return rows.filter(county=low)
    return rows.filter(county__gte=low, county__lte=high) if scope.wide_hi < LARGEST_AREA else rows


def people_page(viewer: Viewer, *, after: tuple[str, int] | None = None, size: int = 50, only: str = "") -> Page:
    """Return a page of the people of the viewer's current seat by pinyin; ``only`` is ``away``, ``disabled`` or ``incomer``."""
    rows = in_county(Person.objects.visible_to(viewer), viewer).select_related("household")
    if only == "away":
        rows = rows.filter(away_since__isnull=False)
    elif only == "disabled":
        rows = rows.filter(is_disabled=True)
    elif only == "incomer":
        rows = rows.filter(residence="incomer")
    if after is not None:
        sort_key, last = after
        rows = rows.filter(sort_key__gte=sort_key).exclude(sort_key=sort_key, id__lte=last)
    people = list(rows.order_by("sort_key", "id")[: size + 1])
    more = (people[size - 1].sort_key, people[size - 1].pk) if len(people) > size else None
    return Page(people[:size], more)


def person_by_number(viewer: Viewer, number: str) -> Person | None:
    """Return the person with an identity number inside the viewer's scope."""
    normal = read_id(number).number
    found = each_range(
        viewer, lambda here: list(in_county(Person.objects.visible_to(here), here).filter(id_blind=normal)[:1])
    )
    return found[0] if found else None


def match_person(viewer: Viewer, *, number: str, name: str) -> Person | None:
    """Return the person whose number *and* name are given: what linking an account asks for (DESIGN §4)."""
    found = person_by_number(viewer, number)
    return found if found is not None and found.name == plain_name(name) else None


def households_like(viewer: Viewer, text: str, limit: int = 20) -> list[Household]:
    """Find households by register number, or by the name of a member."""
    exact = each_range(
        viewer,
        lambda here: list(in_county(Household.objects.visible_to(here), here).filter(number=text.strip())[:limit]),
    )
    if exact or not text.strip():
        return exact
    people = search_people(viewer, text, limit).people
    return list({person.household.pk: person.household for person in people if person.household is not None}.values())


def words_for(kind: Kind) -> str:
    """Say what a search without an answer might have missed."""
    return {
        "unfinished": _("数字请输全：18位身份证号，或11位手机号。"),
        "id": _("您的范围里没有登记这个证件号码。"),
        "phone": _("您的范围里没有登记这个电话。"),
    }.get(kind, _("可以试试姓名、拼音（zhangwei）、首字母（zw）、身份证号或手机号。"))
