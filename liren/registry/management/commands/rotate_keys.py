"""``liren manage rotate_keys``: a new sealing key, and everything that may change sealed with it."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from liren.base.crypto import ring, rotate
from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.registry.actions.keys import reseal


class Command(BaseCommand):
    """Adds a key and reseals; may be stopped and run again with ``--only-reseal``. Running processes find the new key when they meet it."""

    help = "Add a sealing key, then seal stored numbers with it."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--only-reseal", action="store_true", help="make no new key, go on with the current one")

    def handle(self, *args: Any, **options: Any) -> None:
        """Rotate, then reseal in small transactions."""
        if not options["only_reseal"]:
            rotate(settings.HOME)
        total = 0
        while True:
            with applied(Scope.everything()):
                done = reseal()
            if not done:
                break
            total += done
        self.stdout.write(f"Key {ring().current} seals from now on; {total} values sealed anew.")
