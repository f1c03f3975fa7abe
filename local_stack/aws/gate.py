"""Lets a snapshot be taken between requests: no request is half done while the state is read."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager


class Gate:
    """Many requests at a time, or one snapshot. A request that waits for a function steps out meanwhile."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._inside = 0
        self._is_closed = False
        self._thread = threading.local()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Hold the gate open for one request; wait while a snapshot is being taken."""
        self._enter()
        self._thread.is_inside = True
        try:
            yield
        finally:
            self._thread.is_inside = False
            self._leave()

    @contextmanager
    def stepped_out(self) -> Iterator[None]:
        """Let a snapshot pass while this request waits for something that makes requests of its own."""
        if not getattr(self._thread, "is_inside", False):
            yield
            return
        self._leave()
        try:
            yield
        finally:
            self._enter()

    @contextmanager
    def closed(self, timeout_seconds: float) -> Iterator[bool]:
        """Wait for the requests inside and keep others out; yield whether that was done in time."""
        deadline = time.monotonic() + timeout_seconds
        with self._changed:
            self._is_closed = True
            self._changed.wait_for(lambda: self._inside == 0, timeout=max(0.0, deadline - time.monotonic()))
            is_empty = self._inside == 0
        try:
            yield is_empty
        finally:
            with self._changed:
                self._is_closed = False
                self._changed.notify_all()

    def _enter(self) -> None:
        with self._changed:
            self._changed.wait_for(lambda: not self._is_closed)
            self._inside += 1

    def _leave(self) -> None:
        with self._changed:
            self._inside -= 1
            self._changed.notify_all()
