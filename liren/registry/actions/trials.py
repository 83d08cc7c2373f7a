"""Trials that are worked out in the background: asked once however often, part by part, given up, kept for some days.

Every part is counted in a transaction of its own and written down in another: a job that was killed goes on where it was, and one
whose trial was given up or begun again meanwhile writes nothing any more.
"""

from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import partial
from types import SimpleNamespace

from django.utils.translation import gettext as _

from liren.base import clock
from liren.base.action import action, remark
from liren.base.errors import Conflict, NotFound, Refusal
from liren.base.jobs import defer
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access.actions import actor
from liren.foundation.access.rules import Seat, Viewer
from liren.foundation.places.rules import subtree
from liren.registry.enums import TrialState
from liren.registry.models import CategoryTrial
from liren.registry.permissions import LISTS, SWEEP
from liren.registry.queries.lists import Sight
from liren.registry.queries.trials import KEPT, STUCK, TrialPart, counted, cut, parts_of, rules_of_trial
from liren.registry.rules.categories import Rule

JOB = "registry.work_out_trial"
MOST_RUNNING = 3
"""So many trials of one account may be at work at once."""


@action(LISTS, on="area")
def ask_trial(
    *,
    by: Viewer,
    at: datetime,
    area: int,
    level: int,
    on: date,
    rule: Rule,
    other: Rule,
    version: int,
    values: Mapping[str, int],
    afresh: bool = False,
) -> CategoryTrial:
    """Have two rules worked out side by side over everybody of a seat; the same question asked again is the trial that is there.

    ``other`` is the version with the key ``version`` and the numbers ``values`` in it. ``afresh`` has one that is done worked out anew.
    """
    if rule.is_confidential or other.is_confidential:
        raise NotFound(_("这个类别没有可以换的口径。"))
    if rule.key == other.key:
        raise Refusal(_("这就是那一天用的规则。请换一个版本，或改一个数字。"))
    there, is_new = CategoryTrial.objects.get_or_create(
        county=area // 10**9, area=area, level=level, category=rule.code, on=on, rule=rule.key, other=other.key,
        defaults={"version": version, "values": dict(values), "account_id": by.account_id, "actor": actor(by), "asked_at": at, "moved_at": at},
    )  # fmt: skip
    trial = CategoryTrial.objects.select_for_update().get(pk=there.pk)
    is_at_work = trial.state == TrialState.RUNNING and not is_new and trial.moved_at > at - STUCK
    is_kept = trial.state == TrialState.DONE and trial.asked_at > at - KEPT and not afresh
    remark(
        category=rule.code,
        on=on.isoformat(),
        tried=said(other),
        found="kept" if is_kept else "running" if is_at_work else "",
    )
    if is_kept:
        return trial
    if is_at_work:
        trial.askers = sorted({*trial.askers, by.account_id})
        trial.save(update_fields=["askers"])
        return trial
    mine = CategoryTrial.objects.filter(account_id=by.account_id, state=TrialState.RUNNING, moved_at__gt=at - STUCK)
    if mine.exclude(pk=trial.pk).count() >= MOST_RUNNING:
        raise Conflict(_("您已经有 %(count)s 个试算在算，等其中一个算好，或取消一个再来。") % {"count": MOST_RUNNING})
    trial.state, trial.turn, trial.parts, trial.figures, trial.ended_at = (
        TrialState.RUNNING,
        trial.turn + 1,
        [],
        [],
        None,
    )
    trial.version, trial.values = version, dict(values)
    trial.account_id, trial.actor, trial.askers, trial.asked_at, trial.moved_at = (
        by.account_id,
        actor(by),
        [by.account_id],
        at,
        at,
    )
    trial.save()
    defer(SimpleNamespace(name=JOB), trial=str(trial.pk), turn=trial.turn)  # by its name: jobs stand on a shelf above
    return trial


def said(rule: Rule) -> str:
    """Return how the journal names a rule that is tried: its version and its numbers."""
    return " ".join([rule.version, *(f"{code}={value}" for code, value in rule.bound)])


@action(LISTS, on="trial")
def give_up_trial(*, by: Viewer, at: datetime, trial: CategoryTrial) -> CategoryTrial:
    """Give a trial up that one has asked for: it stops after the part it is at, unless somebody else waits for it, too."""
    trial.refresh_from_db(from_queryset=CategoryTrial.objects.select_for_update())
    if trial.state != TrialState.RUNNING:
        raise Conflict(_("这次试算已经不在算了。"))
    if by.account_id not in trial.askers:
        raise Conflict(_("这次试算不是您要的，只有等着它的人可以取消。"))
    trial.askers = [one for one in trial.askers if one != by.account_id]
    if not trial.askers:
        trial.state, trial.ended_at = TrialState.CANCELLED, at
    trial.save(update_fields=["askers", "state", "ended_at"])
    return trial


@action(LISTS, on="trial")
def end_trial(*, by: Viewer, at: datetime, trial: CategoryTrial, state: str) -> CategoryTrial:
    """Write down that a trial is done, or why it cannot be."""
    trial.state, trial.ended_at, trial.moved_at = state, at, at
    trial.save(update_fields=["state", "ended_at", "moved_at"])
    remark(category=trial.category, communities=len(trial.figures))
    return trial


def work_out(pk: int, turn: int) -> CategoryTrial | None:
    """Work a trial out from where it stopped; return it once it has ended, nothing for one that was given up or begun again.

    Opens its own transactions.
    """
    trial = _at_work(pk, turn)
    if trial is not None:
        _go_on(trial)
    with applied(Scope.everything()):
        return CategoryTrial.objects.filter(pk=pk, turn=turn, state__in=(TrialState.DONE, TrialState.FAILED)).first()


def _go_on(trial: CategoryTrial) -> None:
    here = subtree(trial.level, trial.area)
    sight = Sight(Seat("", "", trial.level, trial.area, "", frozenset()), True, False)
    try:
        with applied(Scope.everything()):
            rule, other = rules_of_trial(sight, trial)
    except NotFound:
        _end(trial, TrialState.FAILED)
        return
    if not trial.parts:
        with applied(Scope.everything()):
            parts = cut(sight.child_level, here.lo, here.hi)
        _note(trial, partial(_plan, parts))
    with applied(Scope.everything()):
        left = [part for part in parts_of(CategoryTrial.objects.get(pk=trial.pk)) if not part.is_done]
    for part in left:
        with applied(Scope.everything()):
            figures = counted(rule, other, part.lo, part.hi, on=trial.on)
        if not _note(trial, partial(_add, part.lo, figures)):
            return
    _end(trial, TrialState.DONE)


def _plan(parts: list[TrialPart], trial: CategoryTrial) -> None:
    """Write down how a trial is cut, once: where its job runs twice the first to come has cut it."""
    trial.parts = trial.parts or [list(part) for part in parts]


def _add(lo: int, figures: list[tuple[int, int, int, int, int]], trial: CategoryTrial) -> None:
    """Add a part's figures, once however often it was worked out."""
    for part in trial.parts:
        if part[1] == lo and not part[4]:
            part[4] = True
            trial.figures = sorted([*trial.figures, *map(list, figures)])


def _at_work(pk: int, turn: int, *, is_held: bool = False) -> CategoryTrial | None:
    """Return a trial that is still at work, nothing for one that was given up, begun again or swept."""
    with applied(Scope.everything()):
        rows = CategoryTrial.objects.select_for_update() if is_held else CategoryTrial.objects.all()
        return rows.filter(pk=pk, turn=turn, state=TrialState.RUNNING).first()


def _note(trial: CategoryTrial, change: Callable[[CategoryTrial], None]) -> bool:
    """Write down how far a trial is; say whether it is still wanted."""
    with applied(Scope.everything()):
        held = _at_work(trial.pk, trial.turn, is_held=True)
        if held is not None:
            change(held)
            held.moved_at = clock.now()
            held.save(update_fields=["parts", "figures", "moved_at"])
        return held is not None


def _end(trial: CategoryTrial, state: str) -> None:
    with applied(Scope.everything()):
        held = _at_work(trial.pk, trial.turn, is_held=True)
        if held is not None:
            end_trial(by=Viewer.system("registry"), at=clock.now(), trial=held, state=state)


@action(SWEEP, on="area")
def sweep_trials(*, by: Viewer, at: datetime, area: int) -> None:
    """Remove trials that were asked more than seven days ago; the journal keeps that they were."""
    remark(trials=CategoryTrial.objects.filter(asked_at__lte=at - KEPT).delete()[0])
