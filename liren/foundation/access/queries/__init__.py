"""Reads: viewers and their ranges, accounts and appointments, links, the journal."""

from liren.foundation.access.queries.viewers import (
    Visit,
    account_with_seats,
    each_range,
    find,
    next_node,
    visit,
    with_request,
)

__all__ = ["Visit", "account_with_seats", "each_range", "find", "next_node", "visit", "with_request"]
