"""Jobs that fail or whose worker was killed are done all the same."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import connection
from procrastinate import JobContext
from procrastinate.contrib.django import app

from liren.base.jobs import AGAIN, REACTIONS, blueprint, defer, take_up_stalled
from liren.base.rows import applied
from liren.base.scopes import Scope


def test_a_reaction_that_fails_is_tried_again_after_growing_pauses() -> None:
    assert REACTIONS
    assert all(task.retry_strategy is AGAIN for tasks in REACTIONS.values() for task in tasks)
    assert len(blueprint.tasks) > len(REACTIONS)


@pytest.mark.django_db(transaction=True)
def test_what_a_killed_worker_had_begun_is_taken_up_again() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status) VALUES ('default', 'x', '{}', 'doing')"
            " RETURNING id"
        )
        number = cursor.fetchone()[0]

    with ThreadPoolExecutor(1) as beside:  # tests of browsers leave a loop running in their thread
        beside.submit(lambda: asyncio.run(_take_up())).result(30)

    with connection.cursor() as cursor:
        cursor.execute("SELECT status FROM procrastinate_jobs WHERE id = %s", [number])
        assert cursor.fetchone()[0] == "todo"
        cursor.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [number])


@pytest.mark.django_db(transaction=True)
def test_a_job_that_is_deferred_by_its_name_is_known_to_the_worker() -> None:
    with applied(Scope.everything()):
        defer(SimpleNamespace(name="exchange.stage"), batch="17")

    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs WHERE args ->> 'batch' = '17' RETURNING task_name")
        assert [name in app.tasks for (name,) in cursor.fetchall()] == [True]


@pytest.mark.django_db
def test_an_action_that_defers_a_job_notifies_nobody_at_its_commit() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname FROM pg_trigger t JOIN pg_proc p ON p.oid = t.tgfoid"
            " WHERE t.tgrelid = 'procrastinate_jobs'::regclass AND t.tgenabled <> 'D'"
            " AND t.tgtype & 4 = 4 AND p.prosrc LIKE '%pg_notify%'"  # 4: at INSERT
        )
        assert cursor.fetchall() == []


async def _take_up() -> None:
    connector: Any = app.connector
    worker = app.with_connector(connector.get_worker_connector())
    async with worker.open_async():
        context: Any = JobContext(app=worker, start_timestamp=0, abort_reason=lambda: None, job=None)  # type: ignore[arg-type]
        await take_up_stalled.func(context, timestamp=0)
