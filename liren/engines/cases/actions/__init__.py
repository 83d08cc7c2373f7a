"""Everything that changes a case; each function is one verb of the flow."""

from collections.abc import Callable, Mapping

from liren.engines.cases.actions.accepting import accept_case, refuse_case, return_case
from liren.engines.cases.actions.applying import (
    HelpGiven,
    resubmit,
    save_draft,
    submit_case,
    supply,
    take_in_case,
    withdraw,
)
from liren.engines.cases.actions.deciding import attach_document, decide, finish
from liren.engines.cases.actions.giving import export_cases
from liren.engines.cases.actions.handling import answer_hand_over, ask_applicant, begin, extend, forward, hand_over
from liren.engines.cases.actions.rating import answer_rating, rate_case, reopen
from liren.engines.cases.actions.timing import (
    escalate_tasks,
    follow_link,
    recompute_deadline,
    recompute_deadlines,
    throw_draft_away,
    throw_old_drafts_away,
)
from liren.engines.cases.enums import Verb
from liren.engines.cases.models import Case

BY_VERB: Mapping[str, Callable[..., Case]] = {
    Verb.SUBMIT: submit_case,
    Verb.ACCEPT: accept_case,
    Verb.RETURN: return_case,
    Verb.RESUBMIT: resubmit,
    Verb.REFUSE: refuse_case,
    Verb.BEGIN: begin,
    Verb.ASK: ask_applicant,
    Verb.SUPPLY: supply,
    Verb.HAND_OVER: hand_over,
    Verb.ANSWER_HAND_OVER: answer_hand_over,
    Verb.EXTEND: extend,
    Verb.FORWARD: forward,
    Verb.DECIDE: decide,
    Verb.FINISH: finish,
    Verb.RATE: rate_case,
    Verb.ANSWER_RATING: answer_rating,
    Verb.REOPEN: reopen,
    Verb.WITHDRAW: withdraw,
}
"""The action behind each verb of the flow."""

__all__ = [
    "BY_VERB",
    "HelpGiven",
    "accept_case",
    "answer_hand_over",
    "answer_rating",
    "ask_applicant",
    "attach_document",
    "begin",
    "decide",
    "escalate_tasks",
    "export_cases",
    "extend",
    "finish",
    "follow_link",
    "forward",
    "hand_over",
    "rate_case",
    "recompute_deadline",
    "recompute_deadlines",
    "refuse_case",
    "reopen",
    "resubmit",
    "return_case",
    "save_draft",
    "submit_case",
    "supply",
    "take_in_case",
    "throw_draft_away",
    "throw_old_drafts_away",
    "withdraw",
]
