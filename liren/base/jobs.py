"""Jobs: work outside requests, kept in the database, run at least once; handlers are written to bear a second run.

A reaction is a job that an announced event defers in the same transaction. A job runs in a transaction of its own under the
scope that was stored with it. One that fails is tried again after growing pauses; one whose worker was killed is taken up again.
"""

import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from importlib import import_module
from typing import Any, TypeVar

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from procrastinate import App, Blueprint, JobContext, RetryStrategy
from procrastinate.exceptions import ConnectorException
from procrastinate.jobs import Status

from liren.base import clock
from liren.base.action import Event
from liren.base.inserts import Part, keep
from liren.base.rows import applied
from liren.base.scopes import Scope

E = TypeVar("E", bound=Event)
Handler = Callable[..., None]

AGAIN = RetryStrategy(max_attempts=8, exponential_wait=4)
"""After 4 and 16 seconds, 1, 4, 17 minutes, 1 and 5 hours; then it counts as failed and ``liren doctor`` tells of it."""
STALLED_SECONDS = 60  # six heartbeats
NAMESPACE = "liren"
KEPT_HOURS = 72
KEPT_FAILED_HOURS = 30 * 24

log = logging.getLogger(__name__)
blueprint = Blueprint()
REACTIONS: dict[type[Event], list[Any]] = {}


def job(name: str, *, cron: str | None = None, scope: bool = True) -> Callable[[Handler], Any]:
    """Make a function a job: it gets ``at`` and the keyword values with which it was deferred.

    ``cron`` runs it on a schedule over the whole installation. ``scope=False`` leaves transactions to the job itself, for
    work that goes on in many small ones. Defer with ``defer(job, lo=…, hi=…, …)``.
    """

    def decorate(function: Handler) -> Any:
        def run(lo: int | None = None, hi: int | None = None, **values: Any) -> None:
            values.pop("timestamp", None)
            if not scope:
                function(at=clock.now(), **values)
                return
            with applied(Scope.everything() if lo is None or hi is None else Scope.staff(lo, hi)):
                function(at=clock.now(), **values)

        run.__name__, run.__qualname__, run.__doc__ = function.__name__, function.__qualname__, function.__doc__
        task: Any = blueprint.task(
            name=name,
            queueing_lock=name if cron else None,
            retry=False if cron else AGAIN,  # a schedule comes round by itself
        )(run)
        if cron:
            blueprint.periodic(cron=cron)(task)
        return task

    return decorate


def reaction(event: type[E]) -> Callable[[Callable[[E, datetime], None]], Any]:
    """Make a function react to an announced event: it gets the event and the moment at which it runs."""

    def decorate(function: Callable[[E, datetime], None]) -> Any:
        def run(lo: int, hi: int, **values: Any) -> None:
            with applied(Scope.staff(lo, hi)):
                function(event(**values), clock.now())

        run.__name__, run.__qualname__, run.__doc__ = function.__name__, function.__qualname__, function.__doc__
        room = function.__module__.split(".reactions")[0].rsplit(".", 1)[-1]
        task: Any = blueprint.task(name=f"{room}.{function.__name__}", retry=AGAIN)(run)
        REACTIONS.setdefault(event, []).append(task)
        return task

    return decorate


@blueprint.periodic(cron="* * * * *")
@blueprint.task(name="jobs.take_up_stalled", queueing_lock="jobs.take_up_stalled", pass_context=True)
async def take_up_stalled(context: JobContext, /, timestamp: int) -> None:  # noqa: ARG001  the schedule names its moment
    """Give back to the queue what a worker had begun when it was killed."""
    manager = context.app.job_manager
    for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_SECONDS):
        try:
            await manager.retry_job(job)
        except ConnectorException as error:  # of a schedule, the next one waits already: this one is done with
            log.warning("job %s cannot be taken up again: %s", job.id, error)
            await manager.finish_job(job, Status.FAILED, delete_job=False)


@blueprint.periodic(cron="20 4 * * *")
@blueprint.task(name="jobs.forget_old", queueing_lock="jobs.forget_old", pass_context=True)
async def forget_old(context: JobContext, /, timestamp: int) -> None:  # noqa: ARG001  the schedule names its moment
    """Remove jobs that are long done; those that failed stay for a month."""
    manager = context.app.job_manager
    await manager.delete_old_jobs(nb_hours=KEPT_HOURS)
    await manager.delete_old_jobs(nb_hours=KEPT_FAILED_HOURS, include_failed=True)


def publish(events: Sequence[Event]) -> None:
    """Defer every reaction to ``events`` in the transaction that is open, each under the scope of its area."""
    for event in events:
        for task in REACTIONS.get(type(event), ()):
            _keep(task, None, {"lo": event.area, "hi": event.area, **asdict(event)})


def defer(task: Any, *, at: datetime | None = None, **values: Any) -> None:
    """Defer one job in the transaction that is open; ``at`` holds it back until then."""
    _keep(task, at, values)


def _keep(task: Any, at: datetime | None, values: dict[str, Any]) -> None:
    name = (
        task.name if ":" in task.name else f"{NAMESPACE}:{task.name}"
    )  # a room below names the job of a shelf above it
    keep(DEFER, [name, json.dumps(values, cls=DjangoJSONEncoder, separators=(",", ":")), at])


DEFER = Part(
    "procrastinate_defer_jobs_v1(ARRAY[ROW('default', {}, 0, NULL, NULL, {}, {})::procrastinate_job_to_defer_v1])",
    3,
    is_call=True,
)
"""Procrastinate's own function for deferring a job; there is one queue."""


def on_app_ready(app: App) -> None:
    """Import the house's jobs and reactions and give them to Procrastinate, in every process: one that serves requests defers them."""
    for path in settings.PROCRASTINATE_IMPORT_PATHS:
        import_module(path)
    app.add_tasks_from(blueprint, namespace=NAMESPACE)
