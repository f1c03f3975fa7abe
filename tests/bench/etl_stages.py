"""The ETL's stages, by the names that its functions have: the one place that follows when these change."""

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass, field
from functools import wraps
from importlib import import_module
from typing import Any

# Each stage's functions, where they are called from. What is called within another stage counts as itself.
STAGES = {
    "list": ("etl.raw_store:listed_objects", "etl.run:hours_to_load"),
    "read and parse": ("etl.run:read_batch",),
    "clean": ("etl.run:cleaned",),
    "processed": ("etl.raw_store:write_objects",),
    "duplicates": ("etl.load_events:settle_duplicates",),
    "sessions": ("etl.load_sessions:settle_sessions",),
    "facts": ("etl.load:copy_frame",),
    "items": ("etl.load_events:write_items",),
    "orders": ("etl.load_orders:settle_orders",),
    "ledger": ("etl.ledger:write_objects",),
    "marts": ("etl.marts:refresh",),
    "other loading": ("etl.run:Loader.load",),
}
# What is in none of them: imports, connecting, the commit of the run, what is published about it.
REST = "start and rest"


@dataclass
class Meter:
    """Seconds of processor time by stage, of this process and of the server's process that works for it."""

    server_seconds: Callable[[], float] = lambda: 0.0
    ours: dict[str, float] = field(default_factory=lambda: dict.fromkeys([REST, *STAGES], 0.0))
    servers: dict[str, float] = field(default_factory=lambda: dict.fromkeys([REST, *STAGES], 0.0))
    _stack: list[str] = field(default_factory=lambda: [REST])
    _ours_before: float = 0.0
    _servers_before: float = 0.0

    def settle(self) -> None:
        """Count what was used since the last time for the stage that is at work."""
        ours, servers = time.process_time(), self.server_seconds()
        self.ours[self._stack[-1]] += ours - self._ours_before
        self.servers[self._stack[-1]] += servers - self._servers_before
        self._ours_before, self._servers_before = ours, servers

    def lose_server(self) -> None:
        """Count no more of the server: its process is gone."""
        self.server_seconds, self._servers_before = lambda: 0.0, 0.0

    def counted(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return the function; what it uses counts for the stage."""

        @wraps(function)
        def counting(*arguments: object, **named: object) -> object:
            self.settle()
            self._stack.append(stage)
            try:
                found = function(*arguments, **named)
                # else it would do its work in the stage that asks for it
                return iter(list(found)) if isinstance(found, Generator) else found
            finally:
                self.settle()
                self._stack.pop()

        return counting


def replace(name: str, replaced: Callable[[Callable[..., Any]], Callable[..., Any]]) -> None:
    """Put something else in the place of a function, named `<module>:<name>`, where it is called from."""
    module, _, path = name.partition(":")
    *owners, last = path.split(".")
    owner: Any = import_module(module)
    for part in owners:
        owner = getattr(owner, part)
    if not hasattr(owner, last):
        raise LookupError(f"{name} must be there to be measured; tests/bench/etl_stages.py names it")
    setattr(owner, last, replaced(getattr(owner, last)))


def count_stages(meter: Meter) -> None:
    """Let every function of `STAGES` be counted from now on."""
    for stage, names in STAGES.items():
        for name in names:
            replace(name, lambda function, stage=stage: meter.counted(stage, function))  # type: ignore[misc]
