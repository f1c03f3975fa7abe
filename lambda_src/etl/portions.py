"""Shares things out in their order, by a size that they have together. Pure."""

from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

_Thing = TypeVar("_Thing")


def portions(things: Iterable[_Thing], size_of: Callable[[_Thing], int], most: int) -> Iterator[list[_Thing]]:
    """Yield as many at once as have at most the size `most` together; a larger one stands alone."""
    portion: list[_Thing] = []
    portion_size = 0
    for thing in things:
        size = size_of(thing)
        if portion and portion_size + size > most:
            yield portion
            portion, portion_size = [], 0
        portion.append(thing)
        portion_size += size
    if portion:
        yield portion
