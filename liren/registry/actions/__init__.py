"""The registry's only writers: people, their dated facts, households."""

from liren.registry.actions.counting import recount_stays
from liren.registry.actions.dwellings import add_dwelling, correct_dwelling
from liren.registry.actions.facts import (
    correct_fact,
    name_guardian,
    record_away,
    record_disability,
    record_residence,
    record_returned,
    withdraw_fact,
)
from liren.registry.actions.giving import export_list, export_table, give_file, take_own_file
from liren.registry.actions.grids import allot, close_grid, end_grid_worker, name_grid_worker, undo_allotment
from liren.registry.actions.households import (
    change_head,
    close_household,
    correct_household,
    join_household,
    leave_household,
    merge_households,
    open_household,
    settle_household,
    split_household,
)
from liren.registry.actions.lines import turn_states
from liren.registry.actions.looking import look_at_household, look_at_person
from liren.registry.actions.memberships import recount_people
from liren.registry.actions.merging import ask_for_duplicates, find_duplicates, merge_persons, tell_apart, undo_merge
from liren.registry.actions.moving import accept_move, move_person, propose_move, refuse_move, withdraw_move
from liren.registry.actions.organisations import add_organisation, correct_organisation
from liren.registry.actions.people import (
    correct_person,
    register_person,
    set_phone,
    unmask,
)
from liren.registry.actions.records import record, record_confidential, record_death, record_moved_in, record_moved_out
from liren.registry.actions.requests import (
    accept_correction,
    ask_correction,
    asked_values,
    refuse_correction,
    withdraw_correction,
)
from liren.registry.enums import CorrectionVerb

BY_VERB = {
    CorrectionVerb.ACCEPT.value: accept_correction,
    CorrectionVerb.REFUSE.value: refuse_correction,
    CorrectionVerb.WITHDRAW.value: withdraw_correction,
}
"""The actions that move a request for correction on."""

__all__ = [
    "BY_VERB",
    "accept_correction",
    "accept_move",
    "add_dwelling",
    "add_organisation",
    "allot",
    "ask_correction",
    "ask_for_duplicates",
    "asked_values",
    "change_head",
    "close_grid",
    "close_household",
    "correct_dwelling",
    "correct_fact",
    "correct_household",
    "correct_organisation",
    "correct_person",
    "end_grid_worker",
    "export_list",
    "export_table",
    "find_duplicates",
    "give_file",
    "join_household",
    "leave_household",
    "look_at_household",
    "look_at_person",
    "merge_households",
    "merge_persons",
    "move_person",
    "name_grid_worker",
    "name_guardian",
    "open_household",
    "propose_move",
    "record",
    "record_away",
    "record_confidential",
    "record_death",
    "record_disability",
    "record_moved_in",
    "record_moved_out",
    "record_residence",
    "record_returned",
    "recount_people",
    "recount_stays",
    "refuse_correction",
    "refuse_move",
    "register_person",
    "set_phone",
    "settle_household",
    "split_household",
    "take_own_file",
    "tell_apart",
    "turn_states",
    "undo_allotment",
    "undo_merge",
    "unmask",
    "withdraw_correction",
    "withdraw_fact",
    "withdraw_move",
]
