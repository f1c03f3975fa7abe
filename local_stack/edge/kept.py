"""Keeps what was read of the emulated AWS for two seconds, so that not every request asks again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

KEEP_SECONDS = 2.0
Value = TypeVar("Value")


class Kept:
    """Answers by key; safe to use from many threads, of which two may read the same at once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._values: dict[str, tuple[float, object]] = {}

    def get(self, key: str, read: Callable[[], Value]) -> Value:
        """Return what `read` returned within the last two seconds, else what it returns now."""
        with self._lock:
            kept = self._values.get(key)
        if kept is not None and kept[0] > time.monotonic():
            return kept[1]  # type: ignore[return-value]  # a key always stands for one sort of value
        value = read()
        with self._lock:
            self._values[key] = (time.monotonic() + KEEP_SECONDS, value)
        return value
