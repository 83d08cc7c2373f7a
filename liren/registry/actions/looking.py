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

from liren.base.action import ACTS, Act
from liren.base.ids import new_id
from liren.base.rows import asked
from liren.foundation.access.actions import actor
from liren.foundation.access.models.journal import this_cluster
from liren.foundation.access.rules import Viewer
from liren.registry.models import Household, Person
from liren.registry.permissions import VIEW
from liren.registry.queries import Beside, HouseholdFile, PersonFile, household_file, person_file

OPENED, OPENED_HOME = "registry.look_at_person", "registry.look_at_household"
ACTS[OPENED] = Act(OPENED, VIEW, on="person")
ACTS[OPENED_HOME] = Act(OPENED_HOME, VIEW, on="household")
# They go past the gate: there is nothing to permit beyond what the query permits, and nothing that changes.

_HOUR = 3600
# Few values, each plain: what a page sends with every opening costs its time in the process, not in the server.
_NOTED = """
look AS MATERIALIZED (SELECT id, area, county, ('{{' || lpad(to_hex(id), 16, '0') || %(look_hour)s || '}}')::uuid AS once FROM who),
noted AS (
    INSERT INTO access_journalline (id, area, county, at, subject, account_id, actor, verb, kind, object_id, changes, address, once, cluster)
    SELECT %(look)s, area, county, %(look_at)s, {subject}, %(look_account)s, %(look_actor)s, '{verb}', '{kind}', id, %(look_changes)s::jsonb,
           %(look_address)s, once, {cluster}
      FROM look, (SELECT set_config('synchronous_commit', 'off', true)) patience
     WHERE NOT EXISTS (SELECT 1 FROM access_journalline WHERE county = (SELECT county FROM look) AND once = (SELECT once FROM look)
                          AND verb = '{verb}' AND account_id = %(look_account)s)
    ON CONFLICT (county, once, verb, account_id) WHERE once IS NOT NULL DO NOTHING)"""


@cache
def _noting(verb: str) -> str:
    """Return the statement that notes one kind of look at ``who``; all that stays the same in a process is written into it."""
    return _NOTED.format(subject="id" if verb == OPENED else "0", verb=verb, kind=_KINDS[verb], cluster=this_cluster())


def look_at_person(
    *,
    by: Viewer,
    at: datetime,
    pk: int,
    why: Mapping[str, str] | None = None,
    journal: int = 20,
    counts_unread: bool = False,
) -> PersonFile:
    """Return a person's file, and note that ``by`` has opened it; ``why`` says from where: a case, a search, a list."""
    beside = Beside(_noting(OPENED), _look(by, at, why))
    return person_file(by, pk, journal=journal, beside=beside, counts_unread=counts_unread)


def look_at_household(*, by: Viewer, at: datetime, pk: int, why: Mapping[str, str] | None = None) -> HouseholdFile:
    """Return a household's file, and note that ``by`` has opened it."""
    file = household_file(by, pk)
    home = file.household
    asked(
        f"WITH who (id, area, county) AS (VALUES (%(id)s::bigint, %(area)s::bigint, %(county)s::bigint)), {_noting(OPENED_HOME)} SELECT",
        {"id": home.pk, "area": home.area, "county": home.county, **_look(by, at, why)},
    )
    return file


def _look(by: Viewer, at: datetime, why: Mapping[str, str] | None) -> dict[str, Any]:
    return {
        "look": new_id(),
        "look_at": at,
        "look_account": by.account_id,
        "look_actor": actor(by),
        "look_changes": dumps(why) if why else "{}",
        "look_address": by.address,
        "look_hour": f"{int(at.timestamp()) // _HOUR:016x}",
    }


_KINDS = {OPENED: Person._meta.label, OPENED_HOME: Household._meta.label}
