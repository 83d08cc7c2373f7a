"""Reads: which item counts at a place on a day. Each process remembers the packs; see ``shelf``."""

from liren.foundation.policies.queries.lookup import (
    Figure,
    calendar,
    codelist,
    figure,
    find_item,
    item,
    item_by_id,
    items,
    term,
)
from liren.foundation.policies.queries.shelf import Item, forget
from liren.foundation.policies.queries.surveys import (
    Library,
    ListedPack,
    ShownItem,
    ShownPack,
    adoption_by_id,
    item_shown,
    library,
    pack_shown,
    unverified_items,
    unverified_paths,
)

__all__ = [
    "Figure",
    "Item",
    "Library",
    "ListedPack",
    "ShownItem",
    "ShownPack",
    "adoption_by_id",
    "calendar",
    "codelist",
    "figure",
    "find_item",
    "forget",
    "item",
    "item_by_id",
    "item_shown",
    "items",
    "library",
    "pack_shown",
    "term",
    "unverified_items",
    "unverified_paths",
]
