"""Keeps the lists of people: ``refresh`` after a fact, ``recount_people`` after many, ``recount`` for an area, at night as a proof.

All run the same compiled rules. ``refresh`` is part of the action that wrote the fact: when the fact is there, the lists are right.
"""

from liren.registry.actions.memberships.keeping import Refreshed, Turned, events_of, refresh, refresh_here
from liren.registry.actions.memberships.recounting import announce_turns, recount, recount_everywhere, recount_people

__all__ = [
    "Refreshed", "Turned", "announce_turns", "events_of", "recount", "recount_everywhere", "recount_people", "refresh",
    "refresh_here",
]  # fmt: skip
