"""Lists of cases as the API sends them: PostgreSQL writes the lines as JSON, and nobody reads them on the way."""

from typing import Any

from liren.base.rows import fitting
from liren.engines.cases.permissions import VIEW
from liren.engines.cases.queries.cases import GOING_ON, MOST, conditions, forbid_unless_may_view
from liren.foundation.access.queries import each_range
from liren.foundation.access.rules import Viewer
from liren.foundation.places.rules import COMMUNITY

_LINES = """
SELECT line.id::bigint, row_to_json(line)::text
  FROM (SELECT c.id::text AS id, number, matter, matter_name, state, channel, lpad((area / 1000)::text, 12, '0') AS area,
               applicant_name, submitted_at, accepted_on, due_on, due_provisional, answer_due_on, outcome, rating, version
          FROM cases_case c WHERE {asked} ORDER BY c.id DESC LIMIT %(limit)s) AS line
"""


def case_lines(
    viewer: Viewer,
    *,
    state: str = "",
    matter: str = "",
    area: int | None = None,
    level: int = COMMUNITY,
    after: int | None = None,
    limit: int = 50,
) -> list[tuple[Any, ...]]:
    """Return id and line of the cases that ``case_list`` finds, for a resident those of ``my_cases``; the newest first."""
    forbid_unless_may_view(viewer)
    limit = max(1, min(limit, MOST))

    def ask(scoped: Viewer) -> list[tuple[Any, ...]]:
        asked = conditions(scoped, state=state, matter=matter, area=area, level=level, after=after, limit=limit)
        return fitting(_LINES.format(asked=asked.where), asked.values, narrow=asked.narrow, free=GOING_ON)

    return sorted(each_range(viewer, ask, capability=VIEW), reverse=True)[:limit]
