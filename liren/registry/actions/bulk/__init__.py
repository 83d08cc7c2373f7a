"""Many people at once: set-based writers that know keys, seals, blind indexes and derived states.

``bulk_register`` takes a whole register over as the owner; ``writing`` is what an import uses part by part, as the serving role.
"""

from liren.registry.actions.bulk.homes import (
    DwellingRow,
    NewDwelling,
    bulk_dwell,
    remove_dwellings,
    settle_households,
    unsettle_households,
    write_dwellings,
)
from liren.registry.actions.bulk.register import NewFact, NewHousehold, NewPerson, Written, bulk_register, take_stock
from liren.registry.actions.bulk.writing import (
    FactRow,
    HouseholdRow,
    PersonRow,
    PhoneRow,
    announce_changes,
    change_people,
    recount_households,
    remove_households,
    remove_people,
    remove_phones,
    write_facts,
    write_households,
    write_people,
    write_phones,
    write_stays,
)

__all__ = [
    "DwellingRow", "FactRow", "HouseholdRow", "NewDwelling", "NewFact", "NewHousehold", "NewPerson", "PersonRow", "PhoneRow",
    "Written", "announce_changes", "bulk_dwell", "bulk_register", "change_people", "recount_households", "remove_dwellings",
    "remove_households", "remove_people", "remove_phones", "settle_households", "take_stock", "unsettle_households", "write_dwellings",
    "write_facts", "write_households", "write_people", "write_phones", "write_stays",
]  # fmt: skip
