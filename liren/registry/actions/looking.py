"""Who opens a file leaves a line in the journal: for the person, who may read it, and for the auditor.

At most one line for each viewer, file and hour. It travels in the statement that reads the file, so that opening a page takes
no further round trip; a transaction that writes nothing else does not wait for the disk (a server that loses power in that
instant may lose the line of a page that was not drawn yet).
"""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from json import dumps
from typing import Any

from django.db import connection

from liren.base.action import ACTS, Act
from liren.base.ids import new_id
from liren.foundation.access.actions import actor
from liren.foundation.access.models.journal import this_cluster
from liren.foundation.access.rules import Viewer
from liren.foundation.places.models import PlacedModel
from liren.registry.models import Household, Person
from liren.registry.permissions import VIEW
from liren.registry.queries import HouseholdFile, PersonFile, household_file, person_file

OPENED, OPENED_HOME = "registry.look_at_person", "registry.look_at_household"
ACTS[OPENED] = Act(OPENED, VIEW, on="person")
ACTS[OPENED_HOME] = Act(OPENED_HOME, VIEW, on="household")
# They go past the gate: there is nothing to permit beyond what the query permits, and nothing that changes.

_HOUR = 3600
# Few values, each plain: what a page sends with every opening costs its time in the process, not in the server.
_NOTED = """
noted AS (
    INSERT INTO access_journalline (id, area, county, at, subject, account_id, actor, verb, kind, object_id, changes, address, once, cluster)
    SELECT %(look)s, %(look_area)s, %(look_area)s / 1000000000, %(look_at)s, {subject}, %(look_account)s, %(look_actor)s, '{verb}', '{kind}',
           %(look_object)s, %(look_changes)s::jsonb, %(look_address)s, %(look_once)s::uuid, {cluster}
      FROM (SELECT set_config('synchronous_commit', 'off', true)) patience
     WHERE NOT EXISTS (SELECT 1 FROM access_journalline WHERE county = %(look_area)s / 1000000000 AND once = %(look_once)s::uuid
                          AND verb = '{verb}' AND account_id = %(look_account)s)
    ON CONFLICT (county, once, verb, account_id) WHERE once IS NOT NULL DO NOTHING)"""


@cache
def _noting(verb: str) -> str:
    """Return the statement that notes one kind of look; all that stays the same in a process is written into it."""
    return _NOTED.format(
        subject="%(look_object)s" if verb == OPENED else "0", verb=verb, kind=_KINDS[verb], cluster=this_cluster()
    )


def look_at_person(
    *, by: Viewer, at: datetime, pk: int, why: Mapping[str, str] | None = None, journal: int = 20
) -> PersonFile:
    """Return a person's file, and note that ``by`` has opened it; ``why`` says from where: a case, a search, a list."""
    return person_file(by, pk, journal=journal, beside=lambda person: (_noting(OPENED), _look(by, at, person, why)))


def look_at_household(*, by: Viewer, at: datetime, pk: int, why: Mapping[str, str] | None = None) -> HouseholdFile:
    """Return a household's file, and note that ``by`` has opened it."""
    file = household_file(by, pk)
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {_noting(OPENED_HOME)} SELECT", _look(by, at, file.household, why))
    return file


def _look(by: Viewer, at: datetime, row: PlacedModel, why: Mapping[str, str] | None) -> dict[str, Any]:
    return {
        "look": new_id(),
        "look_area": row.area,
        "look_at": at,
        "look_account": by.account_id,
        "look_actor": actor(by),
        "look_object": row.pk,
        "look_changes": dumps(why) if why else "{}",
        "look_address": by.address,
        "look_once": f"{row.pk << 64 | int(at.timestamp()) // _HOUR:032x}",
    }


_KINDS = {OPENED: Person._meta.label, OPENED_HOME: Household._meta.label}
