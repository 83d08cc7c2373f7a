"""Reads: viewers and their ranges, accounts and appointments, links, the journal."""

from liren.foundation.access.queries.journal import (
    Finding,
    JournalFilter,
    Proof,
    SealState,
    journal,
    phrase,
    prove_journal,
    same_words,
    seal_state,
    timeline,
    verbs,
)
from liren.foundation.access.queries.links import invitations, link_request, links_of, own_link, pending_links, tray
from liren.foundation.access.queries.people import (
    account,
    account_at_desk,
    accounts_of,
    appointment,
    appointments,
    communities_named,
    holders,
    own_account,
    posts_to_give,
    reach,
    second_factor_of,
    served,
    staff_accounts,
    staff_who_may,
)
from liren.foundation.access.queries.tries import locked_until
from liren.foundation.access.queries.viewers import (
    Visit,
    account_with_seats,
    each_range,
    find,
    holders_only,
    next_node,
    sits_everywhere,
    stand_at,
    unchanged,
    visit,
    with_request,
)

__all__ = [
    "Finding", "JournalFilter", "Proof", "SealState", "Visit", "account", "account_at_desk", "account_with_seats", "accounts_of",
    "appointment", "appointments", "communities_named", "each_range", "find", "holders", "holders_only", "invitations", "journal", "link_request",
    "links_of", "locked_until", "next_node", "own_account", "own_link", "pending_links", "phrase", "posts_to_give",
    "prove_journal", "reach", "same_words", "seal_state", "second_factor_of", "served", "sits_everywhere", "staff_accounts",
    "staff_who_may", "stand_at", "timeline", "tray", "unchanged", "verbs",
    "visit", "with_request",
]  # fmt: skip
