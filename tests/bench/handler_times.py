"""How long a function takes to answer, in this process."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any

Event = dict[str, Any]
# Requests that are made first and not counted: connections are opened, caches filled.
_WARMING_COUNT = 20


def milliseconds(answer: Callable[[Event], Event], events: Iterator[Event], count: int) -> list[float]:
    """Return how long each of so many requests took, after a few to warm up; all must be answered well."""
    taken = []
    for event in itertools.islice(events, count + _WARMING_COUNT):
        started = time.perf_counter()
        said = answer(event)
        taken.append((time.perf_counter() - started) * 1000)
        if said["statusCode"] >= 300:
            raise RuntimeError(f"must be answered well: {event} has {said}")
    return taken[_WARMING_COUNT:]


def percentiles(taken: list[float]) -> dict[str, float]:
    """Return how long half of the requests took at most, and all but one of a hundred."""
    cuts = statistics.quantiles(taken, n=100)
    return {"p50_ms": cuts[49], "p99_ms": cuts[98]}
