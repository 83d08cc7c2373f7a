"""``liren manage recount_lists``: work the lists of every county out anew, and report what had been kept otherwise."""

from typing import Any

from django.core.management.base import BaseCommand

from liren.base import clock
from liren.registry.actions.memberships import recount_everywhere


class Command(BaseCommand):
    """What the night does by itself, now; beside the work of the day."""

    help = "Prove the lists of people: recount them, put right and on record what differs."

    def handle(self, *args: Any, **options: Any) -> None:
        """Recount county by county and tell what each took."""
        for run in recount_everywhere(clock.now()):
            self.stdout.write(
                f"{run.county}: {run.members} memberships of {run.people} people in {run.seconds:.1f} s, {run.differences} differed."
            )
