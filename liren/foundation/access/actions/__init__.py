"""The only writers: the gate of the house, posts and appointments, accounts, signing in, links, the journal's seals."""

from liren.foundation.access.actions.accounts import (
    change_password,
    close_account,
    keep_settings,
    open_account,
    reopen_account,
    reset_password,
    reset_second_factor,
)
from liren.foundation.access.actions.gate import AccessGate, actor, area_of, note
from liren.foundation.access.actions.posts import appoint, end_appointment, store_posts

__all__ = [
    "AccessGate", "actor", "appoint", "area_of", "change_password", "close_account", "end_appointment", "keep_settings",
    "note", "open_account", "reopen_account", "reset_password", "reset_second_factor", "store_posts",
]  # fmt: skip
