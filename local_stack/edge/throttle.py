"""The token bucket of a stage and its routes: a rate per second, and a burst."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from typing import Any


class Throttle:
    """Buckets by route key; without limits nothing is held back (AWS: 10,000 a second per account)."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._buckets: dict[str, tuple[float, float]] = {}

    def is_over(self, key: str, settings: Mapping[str, Any]) -> bool:
        """Take one token of the route's bucket; say whether there was none."""
        rate, burst = settings.get("ThrottlingRateLimit"), settings.get("ThrottlingBurstLimit")
        if rate is None or burst is None:
            return False
        with self._lock:
            now = self._clock()
            tokens, then = self._buckets.get(key, (float(burst), now))
            tokens = min(float(burst), tokens + (now - then) * float(rate))
            has_token = tokens >= 1
            self._buckets[key] = (tokens - 1 if has_token else tokens, now)
            return not has_token


def limits_of(stage: Mapping[str, Any], route_key: str) -> dict[str, Any]:
    """Return the stage's default route settings, overridden by those of the route."""
    return {
        **(stage.get("DefaultRouteSettings") or {}),
        **(stage.get("RouteSettings") or {}).get(route_key, {}),
    }
