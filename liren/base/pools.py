"""Work in several processes, the one that asks among them: the others are started anew (not forked) and end with it, and a bounded
number of tasks is under way."""

import gc
import multiprocessing
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from contextlib import contextmanager
from itertools import chain, islice
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

    This process does its share and begins before the others have started; for a single task none is started. An error ends it all.
    """
    with unhurried():
        yield from _spread(work, iter(tasks), processes() if number is None else number)


@contextmanager
def unhurried() -> Iterator[None]:
    """Look objects over for circles less often for a while, as processes of a pool do."""
    before = gc.get_threshold()
    gc.set_threshold(max(before[0], LOOKED_OVER_AFTER) if before[0] else 0, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)


def _spread(work: Callable[[T], R], waiting: Iterator[T], wanted: int) -> Iterator[R]:
    if wanted < 2:
        for task in waiting:
            yield work(task)
        return
    begun = list(islice(waiting, 2))
    if len(begun) < 2:
        for task in begun:
            yield work(task)
        return
    waiting = chain(begun, waiting)
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(wanted - 1, mp_context=context, initializer=begin, initargs=(os.getpid(),)) as pool:
        under_way: set[Future[R]] = set()
        try:
            for mine in waiting:
                under_way |= {pool.submit(work, task) for task in islice(waiting, wanted - len(under_way))}
                yield work(mine)
                under_way = yield from _done(under_way, at_once=True)
            while under_way:
                under_way = yield from _done(under_way)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _done(under_way: set[Future[R]], *, at_once: bool = False) -> Generator[R, None, set[Future[R]]]:
    """Yield what has been done, waiting for something unless ``at_once``; return what is still under way."""
    done, left = wait(under_way, timeout=0 if at_once else None, return_when=FIRST_COMPLETED)
    for one in done:
        yield one.result()
    return left
