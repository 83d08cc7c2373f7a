"""Every flow of the house is whole: each state is reached, each move has its words, its action, and a post that may do it."""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from liren.base.flow import Flow
from liren.conf.rooms import shelves
from liren.foundation.access.models import Post


def flows() -> Iterator[tuple[ModuleType, Flow]]:
    """Return every state table with the room's actions."""
    for shelf in shelves("flows"):
        for value in vars(import_module(shelf)).values():
            if isinstance(value, Flow):
                yield import_module(shelf.removesuffix("flows") + "actions"), value


FLOWS = [pytest.param(actions, flow, id=actions.__name__) for actions, flow in flows()]
every = pytest.mark.parametrize(("actions", "flow"), FLOWS)


def test_the_house_has_flows() -> None:
    assert FLOWS


@every
def test_every_state_is_reached_and_every_move_can_be_made(actions: Any, flow: Flow) -> None:
    reached, waiting = {flow.start}, [flow.start]
    while waiting:
        for move in flow.out_of(waiting.pop()):
            if move.target not in reached:
                reached.add(move.target)
                waiting.append(move.target)

    assert reached == flow.states
    assert all(set(move.sources) <= reached for move in flow.moves)


@every
def test_every_move_has_words_and_an_action(actions: Any, flow: Flow) -> None:
    assert {move.verb for move in flow.moves} == set(actions.BY_VERB)
    assert all(str(move.label) for move in flow.moves)
    assert all(hasattr(act, "act") for act in actions.BY_VERB.values()), "each goes through the gate"


@pytest.mark.django_db
@every
def test_every_move_may_be_made_by_some_post_of_the_pack(actions: Any, flow: Flow) -> None:
    held = {capability for post in Post.objects.all() for capability in post.capabilities}

    assert [verb for verb, act in actions.BY_VERB.items() if act.act.capability.code not in held] == []
