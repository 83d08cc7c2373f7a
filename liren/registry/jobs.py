"""What the registry does by itself: states that turn with the calendar."""

import logging
from datetime import datetime

from django.utils.translation import gettext as _

from liren.base.clock import day_of
from liren.base.jobs import job
from liren.base.rows import applied
from liren.base.scopes import LARGEST, Scope
from liren.base.words import day
from liren.foundation.access.queries import account_with_seats
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import NewMessage, send_messages
from liren.foundation.commons.rules import once_key
from liren.registry.actions import find_duplicates, recount_stays, turn_states
from liren.registry.actions.memberships import announce_turns, recount_everywhere
from liren.registry.actions.trials import JOB, sweep_trials, work_out
from liren.registry.enums import TrialState
from liren.registry.models import CategoryTrial
from liren.registry.permissions import LISTS
from liren.registry.queries.categories import rule_by_key, title_of
from liren.registry.queries.corrections import deciders, overdue_corrections

log = logging.getLogger(__name__)


@job("registry.turn_states", cron="5 0 * * *")
def turn(at: datetime) -> None:
    """Bring the present state of people up to the day: somebody due back, a certificate that ends."""
    while turn_states(day_of(at)):
        pass


@job("registry.find_duplicates", cron="40 2 * * *")
def find(at: datetime) -> None:
    """Compare all files of each county with each other, every night."""
    find_duplicates(by=Viewer.system("registry"), at=at, area=0, lo=0, hi=LARGEST)


@job("registry.remind_of_corrections", cron="15 8 * * *")
def remind(at: datetime) -> None:
    """Tell those who decide which requests of residents are late, once for each request."""
    on = day_of(at)
    for request in overdue_corrections(on):
        body = _("居民申请更正档案，答应%(day)s以前答复，已经超期，请尽快处理。") % {"day": day(request.due_on, on)}
        send_messages(
            by=Viewer.system("registry"),
            at=at,
            area=request.area,
            messages=[
                NewMessage(
                    account,
                    _("更正申请超期"),
                    body,
                    once_key("registry", "correction-late", request.pk, account),
                    link=f"/desk/corrections/{request.pk}",
                    about=request,
                )
                for account in deciders(request.area, on)
            ],
        )


@job("registry.recount_stays", cron="35 1 * * *")
def recount(at: datetime) -> None:
    """Prove the population ledger: derive every stay anew from the lines and put right, and on record, what differs."""
    after, people, differed = recount_stays()
    while after:
        after, more, wrong = recount_stays(after)
        people, differed = people + more, differed + wrong
    log.log(logging.WARNING if differed else logging.INFO, "%s: recounted %d people, %d differed", at, people, differed)


@job("registry.announce_turns", cron="3 0 * * *")
def turns(at: datetime) -> None:
    """Announce who enters and leaves a category by the calendar: birthdays, months away; the lists show it at midnight by themselves."""
    announce_turns(at)


@job("registry.recount_lists", cron="10 2 * * *", scope=False)
def recount_lists(at: datetime) -> None:
    """Prove the lists: work every county's out anew, and put right, and on record, what differs."""
    for run in recount_everywhere(at):
        level = logging.WARNING if run.differences else logging.INFO
        log.log(level, "%s: lists of %s recounted in %s s, %d differed", at, run.county, run.seconds, run.differences)


@job(JOB, scope=False)
def work_out_trial(*, at: datetime, trial: str, turn: int) -> None:
    """Work a trial out, and tell those who have asked for it."""
    ended = work_out(int(trial), turn)
    if ended is not None:
        _tell_of_trial(ended, at)


def _tell_of_trial(trial: CategoryTrial, at: datetime) -> None:
    """Put into the inbox of whoever waits for a trial that it has ended; its figures stand on its page alone."""
    rule = rule_by_key(trial.rule)
    words = {"title": title_of(rule) if rule else trial.category, "day": day(trial.on, day_of(at))}
    if trial.state == TrialState.DONE:
        title, body = _("“%(title)s”换个口径：算好了"), _("%(day)s的名单，各地的数字都算好了，点开就能看。")
    else:
        title, body = _("“%(title)s”换个口径：没有算成"), _("试算用的规则已经不在了，请重新试算。")
    with applied(Scope.everything()):
        messages = [
            NewMessage(
                account,
                title % words,
                body % words,
                once_key("registry", "trial", trial.pk, trial.turn, account),
                link=f"/desk/trials/{trial.pk}",
                about=trial,
            )
            for account in trial.askers
            if _may_open(account, trial, at)
        ]
        send_messages(by=Viewer.system("registry"), at=at, area=trial.area, messages=messages)


def _may_open(account: int, trial: CategoryTrial, at: datetime) -> bool:
    found = account_with_seats(account, on=day_of(at), second_factor=True)
    return found is not None and found[1].may(LISTS, trial.area)


@job("registry.sweep_trials", cron="50 3 * * *")
def sweep(at: datetime) -> None:
    """Remove trials that are no longer kept."""
    sweep_trials(by=Viewer.system("registry"), at=at, area=0)
