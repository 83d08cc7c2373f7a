"""The way of a resident's request for correction, as a table."""

from liren.base.flow import Flow, Move
from liren.registry.enums import CorrectionState, CorrectionVerb


def _move(verb: CorrectionVerb, *, to: CorrectionState) -> Move:
    return Move(verb.value, (CorrectionState.WAITING.value,), to.value, verb.label)


CORRECTION = Flow(
    CorrectionState.WAITING.value,
    (
        _move(CorrectionVerb.ACCEPT, to=CorrectionState.ACCEPTED),
        _move(CorrectionVerb.REFUSE, to=CorrectionState.REFUSED),
        _move(CorrectionVerb.WITHDRAW, to=CorrectionState.WITHDRAWN),
    ),
)
