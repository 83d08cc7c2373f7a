"""The registry's reads."""

from liren.registry.queries.files import (
    HouseholdFile,
    fact_for,
    household_file,
    household_for,
    own_person,
    person_facts,
    person_for,
    state_on,
)
from liren.registry.queries.known import Prefilled, held, prefill
from liren.registry.queries.opening import Beside, Deed, Member, PersonFile, Reached, person_file
from liren.registry.queries.search import (
    Answer,
    Found,
    Page,
    households_like,
    match_people,
    match_person,
    people_page,
    person_by_number,
    recognise,
    search_people,
    words_for,
)

__all__ = [
    "Answer",
    "Beside",
    "Deed",
    "Found",
    "HouseholdFile",
    "Member",
    "Page",
    "PersonFile",
    "Prefilled",
    "Reached",
    "fact_for",
    "held",
    "household_file",
    "household_for",
    "households_like",
    "match_people",
    "match_person",
    "own_person",
    "people_page",
    "person_by_number",
    "person_facts",
    "person_file",
    "person_for",
    "prefill",
    "recognise",
    "search_people",
    "state_on",
    "words_for",
]
