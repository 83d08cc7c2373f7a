"""What has to be true before the first page is served: tables, base data, front-end files. Run by the supervisor; quick when done."""

import os
import sys
import time
from collections.abc import Callable
from functools import partial

BASE_DATA = ("load_places", "load_packs")


def prepare() -> None:
    """Migrate as ``owner``, load base data, collect front-end files; tell each step that had something to do."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liren.conf.settings")
    os.environ["LIREN_COLLECTING"] = "1"
    import django  # noqa: PLC0415  the supervisor imports this module's neighbours without Django

    django.setup()
    from django.core.management import call_command, get_commands  # noqa: PLC0415

    from liren.conf.assets import collect_when_needed  # noqa: PLC0415

    _step("数据库结构 tables", _migrate_when_needed)
    known = get_commands()
    for command in BASE_DATA:
        if command in known:
            _step(f"基础数据 {command}", partial(call_command, command, verbosity=1))
    _step("页面文件 front-end files", collect_when_needed)


def _migrate_when_needed() -> bool:
    from django.core.management import call_command  # noqa: PLC0415
    from django.db import connections  # noqa: PLC0415
    from django.db.migrations.executor import MigrationExecutor  # noqa: PLC0415

    executor = MigrationExecutor(connections["owner"])
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    if plan:
        call_command("migrate", database="owner", verbosity=0, interactive=False)
    return bool(plan)


def _step(name: str, do: Callable[[], object]) -> None:
    began = time.monotonic()
    do()
    seconds = time.monotonic() - began
    if seconds > 0.5:
        sys.stdout.write(f"  {name}: {seconds:.1f} s\n")
        sys.stdout.flush()


if __name__ == "__main__":
    prepare()
