"""The registry's reads."""

from liren.registry.queries.files import (
    HouseholdFile,
    PersonFile,
    fact_for,
    household_file,
    household_for,
    own_person,
    person_facts,
    person_file,
    person_for,
    state_on,
)
from liren.registry.queries.known import Prefilled, held, prefill
from liren.registry.queries.search import (
    Answer,
    Found,
    Page,
    households_like,
    match_person,
    people_page,
    person_by_number,
    recognise,
    search_people,
    words_for,
)

__all__ = [
    "Answer",
    "Found",
    "HouseholdFile",
    "Page",
    "PersonFile",
    "Prefilled",
    "fact_for",
    "held",
    "household_file",
    "household_for",
    "households_like",
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
