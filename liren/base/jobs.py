"""Jobs: work outside requests, kept in the database, run at least once; handlers are written to bear a second run.

A reaction is a job that an announced event defers in the same transaction. A job runs in a transaction of its own under the
scope that was stored with it.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import datetime
from importlib import import_module
from typing import Any, TypeVar

from django.conf import settings
from procrastinate import App, Blueprint
from procrastinate.jobs import Job

from liren.base import clock
from liren.base.action import Event
from liren.base.rows import applied
from liren.base.scopes import Scope

E = TypeVar("E", bound=Event)
Handler = Callable[..., None]

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
        task: Any = blueprint.task(name=name, queueing_lock=name if cron else None)(run)
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
        task: Any = blueprint.task(name=f"{room}.{function.__name__}")(run)
        REACTIONS.setdefault(event, []).append(task)
        return task

    return decorate


def publish(events: Sequence[Event]) -> None:
    """Defer every reaction to ``events`` in the transaction that is open, each under the scope of its area, in one statement."""
    deferred = [
        prepared(task.name, lo=event.area, hi=event.area, **asdict(event))
        for event in events
        for task in REACTIONS.get(type(event), ())
    ]
    if deferred:
        manager().batch_defer_jobs(deferred)


def defer(task: Any, *, at: datetime | None = None, **values: Any) -> None:
    """Defer one job in the transaction that is open; ``at`` holds it back until then."""
    manager().batch_defer_jobs([prepared(task.name, at=at, **values)])


def prepared(name: str, *, at: datetime | None = None, **values: Any) -> Job:
    """Return a job that is not yet deferred."""
    return Job(
        id=None,
        queue="default",
        lock=None,
        queueing_lock=None,
        task_name=name,
        task_kwargs=values,
        scheduled_at=at,
        priority=0,
    )


def manager() -> Any:
    """Return Procrastinate's job manager over Django's connection."""
    from procrastinate.contrib.django import app  # noqa: PLC0415  exists once Django's apps are ready

    return app.job_manager


def on_app_ready(app: App) -> None:
    """Import the house's jobs and reactions and give them to Procrastinate, in every process: one that serves requests defers them."""
    for path in settings.PROCRASTINATE_IMPORT_PATHS:
        import_module(path)
    app.add_tasks_from(blueprint, namespace="liren")
