"""Work in several processes beside the one that asks: started anew (not forked), ended with it, a bounded number of tasks under way."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


LOOKED_OVER_AFTER = 50_000
"""So many objects are made before those that are left are looked over for circles: work in thousands of rows keeps most until it ends."""


def processes() -> int:
    """Return how many processes may work at once: the cores there are, at most four; ``LIREN_POOL`` says otherwise, 0 for none."""
    given = os.environ.get("LIREN_POOL", "")
    return int(given) if given.isdigit() else min(4, os.cpu_count() or 1)


def begin(parent: int) -> None:
    """Make a new process one of the house: it ends with its parent and knows Django."""
    gc.disable()  # all that is made until the work begins stays: to look through it again and again is a fifth of the start
    import django  # noqa: PLC0415

    from liren.base.processes import die_with_parent  # noqa: PLC0415

    die_with_parent()
    if os.getppid() != parent:
        os._exit(1)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "liren.conf.settings")
    django.setup()
    gc.freeze()
    gc.set_threshold(LOOKED_OVER_AFTER)
    gc.enable()


def spread(work: Callable[[T], R], tasks: Iterable[T], *, number: int | None = None) -> Iterator[R]:
    """Do ``work`` for each task and yield what came of it, in no order; tasks are read only as fast as they are done.

    The first task of all is done in this process: short work needs no second one. An error ends it all.
    """
    wanted = processes() if number is None else number
    waiting = iter(tasks)
    if wanted < 2:
        for task in waiting:
            yield work(task)
        return
    first = next(waiting, None)
    second = None if first is None else next(waiting, None)
    if second is None:
        if first is not None:
            yield work(first)
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted, mp_context=context, initializer=begin, initargs=(os.getpid(),)) as pool:
        under_way: set[Future[R]] = {pool.submit(work, one) for one in (first, second) if one is not None}
        try:
            for task in waiting:
                under_way.add(pool.submit(work, task))
                if len(under_way) > wanted:
                    done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                    for one in done:
                        yield one.result()
            while under_way:
                done, under_way = wait(under_way, return_when=FIRST_COMPLETED)
                for one in done:
                    yield one.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
