"""The packs that come with the product fit the rooms that are built: every capability is declared, and somebody holds it."""

from collections.abc import Iterator, Mapping
from importlib import import_module
from pathlib import Path
from typing import Any

from liren.base.capabilities import CAPABILITIES
from liren.conf.rooms import shelves
from liren.foundation.policies.rules.drafts import PackDraft, read_pack
from liren.registry.queries.known import PATHS

BASE = Path(__file__).parents[2] / "packs" / "national" / "base"
# Nobody holds these by a post: everybody has the first, the others are the system's own work in jobs and reactions.
WITHOUT_A_POST = {
    "access.keep_own_account",
    "cases.keep_time",
    "commons.follow_links",
    "commons.sweep",
    "exchange.sweep",
    "registry.sweep",
}


def base() -> PackDraft:
    """Return the national base as read."""
    draft, faults = read_pack(BASE)
    assert draft is not None, [fault.sentence() for fault in faults]
    return draft


def held() -> set[str]:
    """Return the capabilities that the posts of the national base hold."""
    return {code for item in base().items if item.kind == "post" for code in item.body["capabilities"]}


def declared() -> set[str]:
    """Return the capabilities that rooms declare."""
    for shelf in shelves("permissions"):
        import_module(shelf)
    return {code for code, capability in CAPABILITIES.items() if capability.title}


def test_every_capability_that_a_post_holds_is_declared_by_a_room() -> None:
    assert held() - declared() == set()


def test_every_capability_that_a_room_declares_is_held_by_a_post() -> None:
    assert declared() - held() - WITHOUT_A_POST == set()


def texts(value: Any) -> Iterator[str]:
    """Return every Chinese text inside a part of a pack."""
    if isinstance(value, str):
        if any("\u4e00" <= sign <= "\u9fff" for sign in value):
            yield value
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from texts(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from texts(part)


UNSAID = frozenset({"name", "kind", "aliases", "english"})
"""Parts of a matter that are said otherwise (``name_en``), or never: what people type when they search."""


def test_everything_a_matter_says_is_held_in_english_and_nothing_else_is() -> None:
    for body in (item.body for item in base().items if item.kind == "matter"):
        said = {text for key, part in body.items() if key not in UNSAID for text in texts(part)}

        assert body["name_en"]
        assert set(body["english"]) == said
        assert not [text for text in body["english"].values() if any(True for _ in texts(text))]


def test_matters_ask_the_registry_only_what_it_can_answer() -> None:
    matters = [item.body for item in base().items if item.kind == "matter"]
    asked = {path for body in matters for path in body["form"].get("prefill", {}).values()}
    asked |= {rule["fact"] for body in matters for rule in body.get("eligibility", ())}
    asked |= {
        material["held_as"]["fact"]
        for body in matters
        for material in body["materials"]
        if "fact" in material.get("held_as", {})
    }

    assert asked - PATHS.keys() == set()
    assert asked
