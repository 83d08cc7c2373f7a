"""Measure the search of places: what people type, in the ways they type it, on the loaded tree."""

import random
import statistics
import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from liren.foundation.places.models import Place
from liren.foundation.places.queries.near import county_around
from liren.foundation.places.queries.search import search
from liren.foundation.places.rules import AreaRange

Asked = list[tuple[str, AreaRange | None, AreaRange | None]]
"""What is typed, in which place (under), by somebody where (near)."""


class Command(BaseCommand):
    """Prints the 50th and the 95th percentile of each way of searching."""

    help = "Measure the search of places and print a table of p50 and p95 in milliseconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Offer the number of searches of each kind."""
        parser.add_argument("--n", type=int, default=400, help="searches of each kind (400)")

    def handle(self, *args: Any, **options: Any) -> None:
        """Search for places drawn with a fixed seed from the whole tree, each kind of typing in turn."""
        draw = random.Random(2026)  # noqa: S311  a repeatable choice, no secret
        everywhere: list[float] = []
        self.stdout.write(f"| {'typed':34} |   n | p50 ms | p95 ms | max ms | found |")
        self.stdout.write(f"|{'-' * 36}|----:|-------:|-------:|-------:|------:|")
        for name, asked in kinds(draw, options["n"]):
            search(*asked[0][:1])
            times, found = [], 0
            for typed, under, near in asked:
                began = time.perf_counter()
                found += bool(search(typed, under=under, near=near))
                times.append((time.perf_counter() - began) * 1000)
            everywhere += times
            self.row(name, times, found)
        self.row("all", everywhere, None)

    def row(self, name: str, times: list[float], found: int | None) -> None:
        """Print one line of the table."""
        cuts = statistics.quantiles(times, n=100)
        share = "" if found is None else f"{found / len(times):.0%}"
        self.stdout.write(
            f"| {name:34} | {len(times):3} | {cuts[49]:6.2f} | {cuts[94]:6.2f} | {max(times):6.2f} | {share:>5} |"
        )


def kinds(draw: random.Random, number: int) -> list[tuple[str, Asked]]:
    """Return each way of typing with what is typed."""
    places = sample(draw, number)
    keys = [(place.key.partition(" "), place.pinyin.partition(" "), place.initials.partition(" ")) for place in places]
    near = [county_around(place.area) for place in places]
    county = {place.area: place for place in Place.objects.filter(level=3)}
    around = [county.get(one.lo) for one in near]
    common = ["新", "大", "东", "xin", "da", "x", "zhong", "新村", "中心", "社区", "xc", "dh", "石桥", "李", "wang"]
    return [
        ("whole name (牌坊)", [(key[0], None, None) for (key, _, _) in keys]),
        ("whole name, own county first", [(key[0], None, one) for (key, _, _), one in zip(keys, near, strict=True)]),
        ("first character", [(key[0][:1], None, one) for (key, _, _), one in zip(keys, near, strict=True)]),
        ("part of a name, 2 characters", [(key[0][-2:], None, None) for (key, _, _) in keys]),
        ("pinyin (paifang)", [(pinyin[0], None, None) for (_, pinyin, _) in keys]),
        ("pinyin, first 3 letters", [(pinyin[0][:3], None, None) for (_, pinyin, _) in keys]),
        ("initials (jnjd)", [("".join(initials).replace(" ", ""), None, None) for (_, _, initials) in keys]),
        ("initials in a province", [(i[0], AreaRange(p.area // 10**13 * 10**13, p.area // 10**13 * 10**13 + 10**13 - 1), None)
                                    for p, (_, _, i) in zip(places, keys, strict=True)]),
        ("county + name (江宁 牌坊)", [(f"{c.short} {key[0]}", None, None) for c, (key, _, _) in zip(around, keys, strict=True) if c]),
        ("county + pinyin (jiangning paifang)", [(f"{c.pinyin.partition(' ')[0]} {p[0]}", None, None)
                                                 for c, (_, p, _) in zip(around, keys, strict=True) if c]),
        ("in one county", [(key[0][:2], one, None) for (key, _, _), one in zip(keys, near, strict=True)]),
        ("the commonest words", [(draw.choice(common), None, draw.choice(near)) for _ in range(number)]),
        ("code", [(place.code, None, None) for place in places]),
        ("nothing fits", [(key[0][:1] + "龘" + key[0][1:], None, None) for (key, _, _) in keys]),
    ]  # fmt: skip


def sample(draw: random.Random, number: int) -> list[Place]:
    """Return places drawn from the tree, with upper levels more often than their share."""
    upper = list(Place.objects.filter(level__in=[2, 3], kind=0).values_list("id", flat=True))
    towns = list(Place.objects.filter(level=4).values_list("id", flat=True))
    communities = list(Place.objects.filter(level=5).values_list("id", flat=True))
    chosen = [draw.choice(draw.choices((upper, towns, communities), (1, 2, 3))[0]) for _ in range(number)]
    known = Place.objects.in_bulk(chosen)
    return [known[one] for one in chosen]
