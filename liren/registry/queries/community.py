"""One community, one file: its people by age and sex, its households, dwellings and organisations, what changed this week."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from liren.base.rows import fitting
from liren.foundation.access.queries import find
from liren.foundation.access.rules import Viewer
from liren.foundation.places.rules import COMMUNITY, subtree
from liren.registry.permissions import VIEW

YEARS = 5
OLDEST = 90
DAYS = 7


@dataclass(slots=True)
class Band:
    """Five years of age (the last one open): how many men and women."""

    first: int
    men: int = 0
    women: int = 0

    @property
    def words(self) -> str:
        """Return the band in figures: 0–4, 90+."""
        return f"{self.first}+" if self.first >= OLDEST else f"{self.first}–{self.first + YEARS - 1}"


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was written into a file of the community: what, a line of which kind, about whom (0 for a household), when, by whom."""

    at: datetime
    actor: str
    verb: str
    subject: int
    name: str
    kind: str


@dataclass(slots=True)
class CommunityFile:
    """A community's page."""

    area: int
    living: int = 0
    registered: int = 0
    incomers: int = 0
    absent: int = 0
    away: int = 0
    disabled: int = 0
    children: int = 0
    old: int = 0
    households: int = 0
    registers: int = 0
    dwellings: int = 0
    rented: int = 0
    organisations: list[tuple[int, str, str]] = field(default_factory=list)
    bands: list[Band] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


# One statement for the figures, one for the changes. Age on a day by the calendar; whoever has died is not counted.
_FIGURES = """
WITH people AS MATERIALIZED (
  SELECT residence, sex, away_since, is_disabled, extract(year FROM age(%(on)s, birth_on))::int AS age FROM registry_person
   WHERE area BETWEEN %(lo)s AND %(hi)s AND deceased_on IS NULL)
SELECT (SELECT json_build_array(
          count(*) FILTER (WHERE residence IN ('registered', 'incomer', 'overseas')), count(*) FILTER (WHERE residence IN ('registered', 'absent')),
          count(*) FILTER (WHERE residence IN ('incomer', 'overseas')), count(*) FILTER (WHERE residence = 'absent'),
          count(*) FILTER (WHERE away_since IS NOT NULL), count(*) FILTER (WHERE is_disabled),
          count(*) FILTER (WHERE age < 16), count(*) FILTER (WHERE age >= 60)) FROM people WHERE residence NOT IN ('gone', '')),
       (SELECT json_agg(json_build_array(band, sex, n)) FROM (
          SELECT least(age / 5 * 5, 90) AS band, sex, count(*) AS n FROM people
           WHERE age IS NOT NULL AND residence IN ('registered', 'incomer', 'overseas') GROUP BY 1, 2) b),
       (SELECT json_build_array(count(*) FILTER (WHERE kind = 'living'), count(*) FILTER (WHERE kind = 'register'),
          count(*) FILTER (WHERE tenure = 'rented')) FROM registry_household
         WHERE area BETWEEN %(lo)s AND %(hi)s AND closed_on IS NULL AND size > 0),
       (SELECT count(*) FROM registry_dwelling WHERE area BETWEEN %(lo)s AND %(hi)s),
       (SELECT json_agg(json_build_array(id::text, name, kind) ORDER BY kind, name) FROM (
          SELECT id, name, kind FROM registry_organisation
           WHERE area BETWEEN %(lo)s AND %(hi)s AND (valid_until IS NULL OR valid_until > %(on)s) ORDER BY name LIMIT 60) o)
"""
_CHANGES = """
SELECT j.at, j.actor, j.verb, j.subject, p.name, j.changes->>'kind' FROM access_journalline j
  LEFT JOIN registry_person p ON p.id = j.subject AND p.area BETWEEN %(lo)s AND %(hi)s
 WHERE j.area BETWEEN %(lo)s AND %(hi)s AND j.at >= %(since)s AND j.verb = ANY(%(verbs)s)
   AND j.changes->>'kind' IS DISTINCT FROM 'confidential'
 ORDER BY j.id DESC LIMIT 30
"""
TOLD = [
    f"registry.{verb}"
    for verb in (
        "register_person", "record", "record_death", "record_moved_in", "record_moved_out", "record_away", "record_returned",
        "record_residence", "record_disability", "name_guardian", "join_household", "leave_household", "open_household",
        "split_household", "merge_households", "accept_move", "propose_move",
    )
]  # fmt: skip


def community_file(viewer: Viewer, area: int, on: date) -> CommunityFile:
    """Return a community's page in two queries; raise NotFound where no post of the viewer may read its files."""
    here = subtree(COMMUNITY, area)
    values: dict[str, Any] = {"lo": here.lo, "hi": here.hi, "on": on, "since": on - timedelta(days=DAYS), "verbs": TOLD}

    def ask(scoped: Viewer) -> CommunityFile | None:
        if not (scoped.scope.wide_lo <= here.lo and here.hi <= scoped.scope.wide_hi):
            return None
        figures: Any = fitting(_FIGURES, values, narrow=False)[0]
        people, bands, homes, dwellings, organisations = figures
        changes = [
            Change(at, who, verb, pk, name or "", kind or "")
            for at, who, verb, pk, name, kind in fitting(_CHANGES, values, narrow=False)
        ]
        found = CommunityFile(here.lo, *people)
        found.households, found.registers, found.rented = homes
        found.dwellings = dwellings
        found.organisations = [(int(pk), name, kind) for pk, name, kind in organisations or []]
        found.bands = _bands(bands or [])
        found.changes = changes
        return found

    return find(viewer, ask, otherwise="", capability=VIEW)


def _bands(rows: list[list[Any]]) -> list[Band]:
    found = {first: Band(first) for first in range(0, OLDEST + 1, YEARS)}
    for first, sex, number in rows:
        if sex == "1":
            found[first].men = number
        elif sex == "2":
            found[first].women = number
    return list(found.values())
