"""The way of a case as a table; buttons, API entries and drawings are derived from it."""

from liren.base.flow import Flow, Move
from liren.engines.cases.enums import State, Verb


def _move(verb: Verb, *sources: State, to: State) -> Move:
    return Move(verb.value, tuple(state.value for state in sources), to.value, verb.label)


CASE = Flow(
    State.DRAFT.value,
    (
        _move(Verb.SUBMIT, State.DRAFT, to=State.SUBMITTED),
        _move(Verb.ACCEPT, State.SUBMITTED, to=State.ACCEPTED),
        _move(Verb.RETURN, State.SUBMITTED, to=State.RETURNED),
        _move(Verb.RESUBMIT, State.RETURNED, to=State.SUBMITTED),
        _move(Verb.REFUSE, State.SUBMITTED, to=State.REFUSED),
        _move(Verb.BEGIN, State.ACCEPTED, to=State.IN_HAND),
        _move(Verb.ASK, State.ACCEPTED, State.IN_HAND, to=State.ASKED),
        _move(Verb.SUPPLY, State.ASKED, to=State.IN_HAND),
        _move(Verb.HAND_OVER, State.ACCEPTED, State.IN_HAND, to=State.IN_HAND),
        _move(Verb.ANSWER_HAND_OVER, State.IN_HAND, to=State.IN_HAND),
        _move(Verb.ANSWER_HAND_OVER, State.ASKED, to=State.ASKED),
        _move(Verb.EXTEND, State.ACCEPTED, to=State.ACCEPTED),
        _move(Verb.EXTEND, State.IN_HAND, to=State.IN_HAND),
        _move(Verb.FORWARD, State.ACCEPTED, State.IN_HAND, to=State.IN_HAND),
        _move(Verb.DECIDE, State.ACCEPTED, State.IN_HAND, to=State.DECIDED),
        _move(Verb.FINISH, State.DECIDED, to=State.FINISHED),
        _move(Verb.RATE, State.FINISHED, to=State.RATED),
        _move(Verb.ANSWER_RATING, State.RATED, to=State.RATED),
        _move(Verb.REOPEN, State.RATED, to=State.IN_HAND),
        _move(
            Verb.WITHDRAW,
            State.DRAFT,
            State.SUBMITTED,
            State.RETURNED,
            State.ACCEPTED,
            State.IN_HAND,
            State.ASKED,
            to=State.WITHDRAWN,
        ),
    ),
)

APPLICANT_VERBS = frozenset({Verb.SUBMIT, Verb.RESUBMIT, Verb.SUPPLY, Verb.RATE, Verb.WITHDRAW})
CLOSED_STATES = frozenset({State.REFUSED, State.FINISHED, State.RATED, State.WITHDRAWN})
RUNNING_STATES = frozenset({State.ACCEPTED, State.IN_HAND})  # the promise clock runs
