"""The demo's question what if: the district asks it of two lists, and both have been worked out, so that the pages show how they look."""

from collections.abc import Mapping
from datetime import datetime

from liren.base.clock import day_of
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.conf.demo.offices import NAMES, Desk
from liren.foundation.access.queries import account_with_seats
from liren.foundation.access.rules import Seat
from liren.registry.actions.trials import ask_trial, work_out
from liren.registry.queries.categories import rule_at, trial

ASKED: tuple[tuple[str, Mapping[str, int]], ...] = (
    ("left-behind-child", {"age_below": 18}),
    ("elder-80", {"age_from": 75}),
)


def try_out(desks: list[Desk], *, at: datetime) -> int:
    """Let the population officer of the district ask what if, and work it out as the job would; return how many questions."""
    officer = next(desk for desk in desks if desk.username == NAMES["population_officer"])
    on = day_of(at)
    for code, values in ASKED:
        with applied(Scope.everything()):
            found = account_with_seats(officer.account_id, on=on, second_factor=True)
        assert found is not None
        by = found[1]
        seat: Seat = by.seats[0]
        with applied(by.scope):
            rule = rule_at(code, seat.area, on, level=seat.level)
            asked = ask_trial(
                by=by, at=at, area=seat.area, level=seat.level, on=on, rule=rule, other=trial(rule, dict(values)).at_any_time(), version=rule.key,
                values=values,
            )  # fmt: skip
        work_out(asked.pk, asked.turn)
    return len(ASKED)
