"""The packs that come with the product fit the rooms that are built: every capability is declared, and somebody holds it."""

from importlib import import_module
from pathlib import Path

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
