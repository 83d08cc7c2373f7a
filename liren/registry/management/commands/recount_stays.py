"""``liren manage recount_stays``: derive the population ledger anew from the lines of everybody's file."""

from typing import Any

from django.core.management.base import BaseCommand

from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.registry.actions import recount_stays


class Command(BaseCommand):
    """What the night does by itself, now: for a data folder from before there was a ledger. May be stopped and run again."""

    help = "Derive who was counted where anew, a thousand people at a time."

    def handle(self, *args: Any, **options: Any) -> None:
        """Go through everybody in small transactions and tell how many differed."""
        after, people, differed = 0, 0, 0
        while True:
            with applied(Scope.everything()):
                after, more, wrong = recount_stays(after)
            people, differed = people + more, differed + wrong
            if not after:
                break
        self.stdout.write(f"{people} people looked at, the stays of {differed} written anew.")
