"""What the registry does by itself: states that turn with the calendar."""

import logging
from datetime import datetime

from django.utils.translation import gettext as _

from liren.base.clock import day_of
from liren.base.jobs import job
from liren.base.scopes import LARGEST
from liren.base.words import day
from liren.foundation.access.rules import Viewer
from liren.foundation.commons.actions import NewMessage, send_messages
from liren.foundation.commons.rules import once_key
from liren.registry.actions import find_duplicates, recount_stays, turn_states
from liren.registry.actions.memberships import announce_turns, recount_everywhere
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
