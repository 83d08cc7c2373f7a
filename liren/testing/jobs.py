"""Runs the jobs that wait, as the worker would, inside a test."""

import json
from typing import Any

from django.db import connection

from liren.base.jobs import blueprint


def forget_jobs() -> None:
    """Remove the jobs that earlier tests have left."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM procrastinate_jobs")


def run_jobs(room: str) -> list[str]:
    """Run every job of a room that waits, and once more: a second run changes nothing. Forget the others; return which ran."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT task_name, args FROM procrastinate_jobs WHERE status = 'todo' ORDER BY id")
        waiting = cursor.fetchall()
    forget_jobs()
    done = []
    for name, args in waiting:
        task: Any = blueprint.tasks[name]
        if name.startswith(f"liren:{room}."):
            task.func(**json.loads(args))
            task.func(**json.loads(args))
            done.append(name.removeprefix("liren:"))
    return done
