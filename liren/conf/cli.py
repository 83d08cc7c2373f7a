"""The command line: ``liren up``, ``liren db``, ``liren doctor``, ``liren journal``, ``liren manage``."""

import os
from collections.abc import Sequence


def run(arguments: Sequence[str]) -> int:
    """Run one command and return its exit status."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liren.conf.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415

    execute_from_command_line(["liren manage", *arguments[1:]])
    return 0
