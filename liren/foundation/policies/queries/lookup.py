"""The questions that other rooms ask: an item, all items of a kind, the working days, a term, a code list."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from django.utils.translation import gettext as _

from liren.base.calendar import Calendar
from liren.base.errors import NotFound
from liren.base.words import in_english
from liren.foundation.policies.models import PackItem
from liren.foundation.policies.queries.shelf import Item, Shelf, as_item, shelf


def items(kind: str, *, level: int = 0, area: int = 0, on: date) -> tuple[Item, ...]:
    """Return the items of a kind that count at the place (level, area) on a day, one for each code.

    The nearest adoption up the tree wins, then the national base. Without a place: the national base alone.
    """
    books = shelf()
    return tuple(books.items(kind, books.editions_at(level, area, on), on).values())


def find_item(kind: str, code: str, *, level: int = 0, area: int = 0, on: date) -> Item | None:
    """Return the item that counts at a place on a day, or nothing."""
    books = shelf()
    return books.items(kind, books.editions_at(level, area, on), on).get(code)


def item(kind: str, code: str, *, level: int = 0, area: int = 0, on: date) -> Item:
    """Return the item that counts at a place on a day; raise ``NotFound`` where there is none."""
    found = find_item(kind, code, level=level, area=area, on=on)
    if found is None:
        raise NotFound(_("这里没有“%(code)s”。它可能已经停用，请回到目录重新选择。") % {"code": code})
    return found


def called(name: str, kind: str = "matter") -> str:
    """Return the name of an item in the language of the page: the English that its pack holds, else the name as it is."""
    if not in_english():
        return name
    books = shelf()
    found: Mapping[str, str] = books.remembered(("called", kind), lambda: _english_names(books, kind))
    return found.get(name, name)


def _english_names(books: Shelf, kind: str) -> dict[str, str]:
    """Return the English of every name that an item of a kind ever had; of several the newest."""
    every = sorted((edition for those in books.editions.values() for edition in those), key=lambda one: one.id)
    return {
        item.name: item.body["name_en"]
        for edition in every
        for item in books.of(edition.id).get(kind, ())
        if item.body.get("name_en")
    }


def said(text: str) -> str:
    """Return what an item says, a question or a hint, in the language of the page: the English that its pack holds, else the text."""
    if not in_english():
        return text
    books = shelf()
    found: Mapping[str, str] = books.remembered(("said",), lambda: _english_words(books))
    return found.get(text, text)


def _english_words(books: Shelf) -> dict[str, str]:
    """Return the English of every text that an item ever said; of several the newest."""
    every = sorted((edition for those in books.editions.values() for edition in those), key=lambda one: one.id)
    return {
        text: words
        for edition in every
        for items in books.of(edition.id).values()
        for item in items
        for text, words in item.body.get("english", {}).items()
    }


@dataclass(frozen=True, slots=True)
class Held:
    """An item that counts at a place in the period ``[valid_from, valid_until)``; nothing is an open end."""

    item: Item
    valid_from: date | None
    valid_until: date | None


def history(kind: str, *, level: int = 0, area: int = 0) -> Mapping[str, tuple[Held, ...]]:
    """Return which items of a kind counted at a place when, by code: versions inside packs, of packs, and what was adopted when.

    What counted first counts for all days before, too, unless the item itself says from when it does.
    """
    books = shelf()
    found: Mapping[str, tuple[Held, ...]] = books.remembered(
        ("history", kind, level, area), lambda: _read_history(kind, level, area)
    )
    return found


def _read_history(kind: str, level: int, area: int) -> dict[str, tuple[Held, ...]]:
    books = shelf()
    days = books.turning_days(kind)
    held: dict[str, list[Held]] = {}
    for start, end in zip([None, *days], [*days, None], strict=True):
        on = start or (days[0] - timedelta(days=1) if days else date.min)
        for code, found in books.items(kind, books.editions_at(level, area, on), on).items():
            runs = held.setdefault(code, [])
            if runs and runs[-1].item.id == found.id and runs[-1].valid_until == start:
                runs[-1] = replace(runs[-1], valid_until=end)
            else:
                runs.append(Held(found, start, end))
    return {code: (replace(runs[0], valid_from=runs[0].item.valid_from), *runs[1:]) for code, runs in held.items()}


def every_version(kind: str, code: str) -> tuple[Item, ...]:
    """Return all items with a code in the packs' versions that were loaded last, whether anybody goes by them or not."""
    books = shelf()
    newest = [every[-1] for every in books.editions.values()]
    return tuple(one for edition in newest for one in books.of(edition.id).get(kind, ()) if one.code == code)


def item_by_id(number: int) -> Item:
    """Return the very text that an id names, in force or not: what a case was opened by; raise ``NotFound``."""
    books = shelf()
    found: Item | None = books.remembered(("item", number), lambda: _read_item(number))
    if found is None:
        raise NotFound(_("没有找到这一条政策数据。"))
    return found


def _read_item(number: int) -> Item | None:
    row = PackItem.objects.select_related("pack").filter(pk=number).first()
    return None if row is None else as_item(row)


@dataclass(frozen=True, slots=True)
class Figure:
    """A number that a policy sets: the screen says 示例 while ``verified`` is false."""

    value: int | float
    unit: str
    verified: bool
    source: str = ""
    clause: str = ""


def figure(body: Mapping[str, Any]) -> Figure:
    """Return the figure written in a pack as ``{value, unit, verified, source?, clause?}``."""
    return Figure(body["value"], body["unit"], body["verified"], body.get("source", ""), body.get("clause", ""))


def term(code: str, *, level: int = 0, area: int = 0, on: date) -> Figure:
    """Return the figure of a term (days, times …) at a place on a day; raise ``NotFound`` where there is none."""
    return figure(item("term", code, level=level, area=area, on=on).body["figure"])


def codelist(code: str, *, level: int = 0, area: int = 0, on: date) -> Mapping[str, str]:
    """Return the names of a code list by code, in the list's order; raise ``NotFound`` where there is none."""
    found = item("codelist", code, level=level, area=area, on=on)
    names: Mapping[str, str] = shelf().remembered(
        ("codelist", found.id), lambda: {entry["code"]: entry["name"] for entry in found.body["entries"]}
    )
    return names


def calendar(*, level: int = 0, area: int = 0, on: date) -> Calendar:
    """Return the working days at a place as they are known on a day; years without an arrangement are not covered."""
    books = shelf()
    editions = books.editions_at(level, area, on)
    key = ("calendar", tuple(edition.id for edition in editions), on)
    found: Calendar = books.remembered(key, lambda: _read_calendar(books.items("calendar", editions, on)))
    return found


def _read_calendar(years: Mapping[str, Item]) -> Calendar:
    bodies = [each.body for each in years.values()]
    return Calendar(
        off=frozenset(date.fromisoformat(day) for body in bodies for day in body.get("off", ())),
        worked=frozenset(date.fromisoformat(day) for body in bodies for day in body.get("worked", ())),
        covered=frozenset(body["year"] for body in bodies if "year" in body),
        fixed=frozenset((int(text[:2]), int(text[3:])) for body in bodies for text in body.get("fixed", ())),
    )
