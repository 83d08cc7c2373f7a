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
from liren.foundation.access.actions.links import (
    ask_for_link,
    confirm_link,
    invite,
    new_invitation_code,
    refuse_link,
    unlink_account,
    use_invitation,
    withdraw_link,
)
from liren.foundation.access.actions.posts import appoint, end_appointment, store_posts
from liren.foundation.access.actions.reading import export_journal
from liren.foundation.access.actions.seals import clear_out, seal_journal
from liren.foundation.access.actions.signing import (
    Tray,
    account_of_phone,
    check_code,
    check_password,
    new_recovery_codes,
    new_secret,
    prove_second_factor,
    send_code,
    set_up_second_factor,
    signed_in,
    signed_out,
    unlock_account,
    unlock_phone,
)
from liren.foundation.access.actions.tries import count_tries, forget_tries

__all__ = [
    "AccessGate", "Tray", "account_of_phone", "actor", "appoint", "area_of", "ask_for_link", "change_password",
    "check_code", "check_password", "clear_out", "close_account", "confirm_link", "count_tries", "end_appointment", "export_journal",
    "forget_tries", "invite",
    "keep_settings", "new_invitation_code", "new_recovery_codes", "new_secret", "note", "open_account",
    "prove_second_factor", "refuse_link", "reopen_account", "reset_password", "reset_second_factor", "seal_journal",
    "send_code", "set_up_second_factor", "signed_in", "signed_out", "store_posts", "unlink_account", "unlock_account",
    "unlock_phone", "use_invitation", "withdraw_link",
]  # fmt: skip
