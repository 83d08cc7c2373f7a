"""Finds what nobody has verified: figures and texts that carry ``verified: false``."""

from collections.abc import Iterator, Mapping
from typing import Any


def unverified(body: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of everything in ``body`` that carries ``verified: false``; the empty path is the whole."""
    if isinstance(body, Mapping):
        if body.get("verified") is False:
            yield path
        for key, value in body.items():
            yield from unverified(value, (*path, key))
    elif isinstance(body, list | tuple):
        for number, value in enumerate(body):
            yield from unverified(value, (*path, number))
