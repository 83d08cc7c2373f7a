"""Work on a schedule: sweep what nobody took in."""

from datetime import datetime

from liren.base.jobs import job
from liren.foundation.access.rules import Viewer
from liren.foundation.commons import actions

WHOLE_INSTALLATION = 0


@job("commons.sweep_uploads", cron="7 * * * *")
def sweep_uploads(*, at: datetime) -> None:
    """Remove uploads that nothing took in for a day."""
    actions.sweep_uploads(by=Viewer.system("commons"), at=at, area=WHOLE_INSTALLATION)


@job("commons.sweep_contents", cron="37 3 * * *")
def sweep_contents(*, at: datetime) -> None:
    """Remove contents that no file has named for a day."""
    actions.sweep_contents(by=Viewer.system("commons"), at=at, area=WHOLE_INSTALLATION)
