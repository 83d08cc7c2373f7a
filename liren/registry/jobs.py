"""What the registry does by itself: states that turn with the calendar."""

from datetime import datetime

from django.utils import timezone

from liren.base.jobs import job
from liren.registry.actions import turn_states


@job("registry.turn_states", cron="5 0 * * *")
def turn(at: datetime) -> None:
    """Bring the present state of people up to the day: somebody due back, a certificate that ends."""
    while turn_states(timezone.localtime(at).date()):
        pass
