"""Every column of the house that names a person: a merge of two files moves them all, and a house test knows of none besides.

A room above says what its own columns are when it is ready (``refers``); the rooms below are said here, because they know of no
person.
"""

from dataclasses import dataclass
from typing import Literal

How = Literal["move", "stay", "own"]


@dataclass(frozen=True, slots=True)
class Reference:
    """A column that holds a person's id: ``move`` follows a merge, ``stay`` does not and ``why`` says the reason,
    ``own`` is moved by the merge in a way of its own."""

    table: str
    column: str
    how: How = "move"
    why: str = ""


REFERENCES: dict[tuple[str, str], Reference] = {}


def refers(table: str, *columns: str, how: How = "move", why: str = "") -> None:
    """Say that columns of a table hold ids of persons."""
    for column in columns:
        REFERENCES[table, column] = Reference(table, column, how, why)


def moved_columns() -> list[Reference]:
    """Return the columns that follow a merge as they are, in a fixed order."""
    return sorted((one for one in REFERENCES.values() if one.how == "move"), key=lambda one: (one.table, one.column))


refers(
    "access_account",
    "person_id",
    how="own",
    why="one account for a person: the other is unlinked, and linked again by an undo",
)
refers("access_linkrequest", "person_id")
refers("access_linkrequest", "subject", how="stay", why="it is an account")
refers("access_invitation", "subject")
refers(
    "access_journalline",
    "subject",
    "object_id",
    how="stay",
    why="the journal is never changed; it is read through both ids",
)
refers("commons_storedfile", "subject", "owner_id")
refers("commons_message", "subject", "about_id")
refers("registry_person", "subject", how="own", why="the row itself")
refers("registry_namekey", "subject", how="own", why="keys are made anew from the name that is kept")
refers("registry_phone", "subject", how="own", why="a number stands once with a person")
refers("registry_fact", "subject", how="own", why="lines go together with the area of the file")
refers("registry_fact", "other")
refers("registry_household", "head")
refers(
    "registry_categorymembership",
    "subject",
    how="stay",
    why="of a file that went they are withdrawn, of the other worked out anew",
)
refers("registry_categorydifference", "subject", how="stay", why="it tells what a recount found")
refers("registry_stay", "subject", how="own", why="derived anew from the lines")
refers(
    "registry_move",
    "people",
    how="stay",
    why="it tells which file was handed over; one that waits is refused after a merge",
)
refers("registry_correctionrequest", "subject")
refers("registry_disclosure", "subject")
refers(
    "registry_duplicatepair",
    "left",
    "right",
    how="stay",
    why="what was judged of a file counts again when it comes back",
)
refers("registry_personmerge", "subject")
refers("registry_personmerge", "kept", "gone", how="stay", why="they tell what was done")
