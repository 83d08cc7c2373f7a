"""The way of a case is whole: every state is reached, every verb is known, closed states stay closed."""

import pytest

from liren.base.errors import Conflict
from liren.engines.cases.enums import State, Verb
from liren.engines.cases.flows import APPLICANT_VERBS, CASE, CLOSED_STATES


def test_every_state_is_reached_from_the_start() -> None:
    reached, waiting = {CASE.start}, [CASE.start]
    while waiting:
        for move in CASE.out_of(waiting.pop()):
            if move.target not in reached:
                reached.add(move.target)
                waiting.append(move.target)

    assert reached == set(State.values) == CASE.states


def test_every_verb_has_a_move_and_every_move_a_verb() -> None:
    assert {move.verb for move in CASE.moves} == set(Verb.values)
    assert set(APPLICANT_VERBS) <= set(Verb)


def test_no_state_and_verb_lead_two_ways() -> None:
    pairs = [(source, move.verb) for move in CASE.moves for source in move.sources]

    assert len(pairs) == len(set(pairs))


def test_refused_and_withdrawn_are_the_end() -> None:
    assert {state for state in CASE.states if not list(CASE.out_of(state))} == {State.REFUSED, State.WITHDRAWN}
    assert {State.REFUSED, State.WITHDRAWN} <= CLOSED_STATES


def test_a_verb_out_of_place_is_a_conflict() -> None:
    with pytest.raises(Conflict, match="已经"):
        CASE.target(State.DRAFT, Verb.DECIDE, message=lambda: "这件事已经不在这一步了。")
