"""``liren manage registry_bench``: how long finding and opening people takes under row security, on the people that are there."""

import random
import time
from collections.abc import Callable
from functools import partial
from statistics import quantiles
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from liren.base.rows import applied
from liren.base.scopes import Scope
from liren.foundation.access.rules import Seat, Viewer
from liren.registry.models import NameKey, Person, Phone
from liren.registry.permissions import VIEW
from liren.registry.queries import people_page, person_file, search_people

SEED = 20151113


class Command(BaseCommand):
    """Asks the query functions as the serving role, in the scope of one place; nothing is written."""

    help = "Measure searches and files in one place's scope, in milliseconds."

    def add_arguments(self, parser: CommandParser) -> None:
        """Declare the options."""
        parser.add_argument("--area", type=int, default=320115006_000_000, help="area key of the place")
        parser.add_argument("--level", type=int, default=4, help="level of the place, 1 province to 5 community")
        parser.add_argument("--draws", type=int, default=200)

    def handle(self, *args: Any, **options: Any) -> None:
        """Draw people, ask, print a table."""
        seat = Seat("bench", "bench", options["level"], options["area"], "", frozenset({VIEW.code}))
        viewer = Viewer(mode="staff", name="bench", seats=(seat,))
        draw = random.Random(SEED)  # noqa: S311 - the same people at every run
        with applied(viewer.scope if viewer.scope != Scope.nothing() else Scope.everything()):
            people = list(Person.objects.visible_to(viewer).order_by("id")[: 20 * options["draws"]])
            drawn = draw.sample(people, min(options["draws"], len(people)))
            phones = [p.number for p in Phone.objects.filter(subject__in=[one.pk for one in drawn])]
            letters = NameKey.objects.filter(subject__in=[one.pk for one in drawn]).values_list("key", flat=True)
            pinyin = [key for key in letters if key.isascii()]
            self.stdout.write(f"{Person.objects.visible_to(viewer).count()} people in scope")
            for title, typed in (
                ("whole name", [one.name for one in drawn]),
                ("first character", [one.name[0] for one in drawn]),
                ("given name", [one.name[1:] for one in drawn]),
                ("pinyin or initials", pinyin),
                ("first two letters", [key[:2] for key in pinyin]),
                ("identity number", [one.id_number for one in drawn if one.id_number]),
                ("phone", phones),
            ):
                self._line(title, [partial(search_people, viewer, text) for text in typed[: options["draws"]]])
            self._line("first page of the list", [partial(people_page, viewer)] * 50)
            self._line("a person's file", [partial(person_file, viewer, one.pk) for one in drawn])

    def _line(self, title: str, questions: list[Callable[[], Any]]) -> None:
        took = []
        for ask in questions:
            began = time.perf_counter()
            ask()
            took.append((time.perf_counter() - began) * 1000)
        if len(took) > 1:
            cuts = quantiles(took, n=100, method="inclusive")
            self.stdout.write(
                f"{title:24} n {len(took):4}   p50 {cuts[49]:6.2f}   p95 {cuts[94]:6.2f}   max {max(took):6.2f}"
            )
