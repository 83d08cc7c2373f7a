"""The registry's only writers: people, their dated facts, households."""

from liren.registry.actions.facts import (
    correct_fact,
    name_guardian,
    record_away,
    record_disability,
    record_residence,
    record_returned,
    withdraw_fact,
)
from liren.registry.actions.households import change_head, join_household, leave_household, open_household
from liren.registry.actions.lines import turn_states
from liren.registry.actions.people import (
    correct_person,
    export_people,
    move_person,
    register_person,
    set_phone,
    unmask,
)
from liren.registry.actions.records import record, record_confidential, record_death

__all__ = [
    "change_head",
    "correct_fact",
    "correct_person",
    "export_people",
    "join_household",
    "leave_household",
    "move_person",
    "name_guardian",
    "open_household",
    "record",
    "record_away",
    "record_confidential",
    "record_death",
    "record_disability",
    "record_residence",
    "record_returned",
    "register_person",
    "set_phone",
    "turn_states",
    "unmask",
    "withdraw_fact",
]
