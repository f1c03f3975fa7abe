"""What a run of the ETL says over the wire, step by step: where it is, and where it is to die."""

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

# What a run does, in its order.
PHASES = (
    "connect", "plan", "list", "read", "parse", "write", "facts", "sessions", "orders", "ledger", "marts",
    "commit", "committed", "health",
)  # fmt: skip
# By the first that fits.
_STATEMENTS = (
    ("commit", r"^commit"),
    ("health", r"pg_database_size"),
    ("marts", r"\bmart\b"),
    ("orders", r"fact_orders|order_events"),
    ("sessions", r"fact_sessions|new_islands|moved_events|identit|people"),
    ("facts", r"^begin|candidate_keys|fact_event|partition"),
    ("ledger", r"^(insert|copy|delete|update)\b.*\betl\b"),
)


def phase_of_statement(text: str) -> str:
    """Return the phase that a statement belongs to, by the tables in it."""
    lowered = " ".join(text.lower().split()).replace('"', "")
    return next((phase for phase, pattern in _STATEMENTS if re.search(pattern, lowered)), "plan")


def phase_of_request(method: str, path: str) -> str:
    """Return the phase that a request to S3 belongs to; `path` is /bucket/key?query."""
    place, _, query = path.partition("?")
    bucket, _, key = place.lstrip("/").partition("/")
    if bucket == "artifacts":
        return "connect"
    if bucket == "processed":
        return "write"
    return "read" if method == "GET" and key and "list-type" not in query else "list"


@dataclass(frozen=True)
class Step:
    """Something that a run asked for, or the answer to it, which the run has not seen yet."""

    phase: str
    what: str
    is_answer: bool

    @property
    def next_phase(self) -> str:
        """What a run does when it has passed this step."""
        if self.is_answer and self.phase == "read":
            return "parse"
        return "committed" if self.is_answer and self.phase == "commit" else self.phase


class CutError(Exception):
    """The run died at this step: what it was about to say is said to nobody."""


@dataclass
class Journey:
    """The steps of one run so far; the first of which `is_fatal`, given its number from 1, is its end.

    `end` is called then, once, while the run waits for what it asked for. If it returns true, nobody hears
    any more what the step says; else all goes on.
    """

    is_fatal: Callable[[int, Step], bool] = lambda _number, _step: False
    end: Callable[[], bool] = lambda: True
    steps: list[Step] = field(default_factory=list)
    has_ended: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, step: Step) -> None:
        """Note the step; raises `CutError` if nobody is to hear of it."""
        with self._lock:
            self.steps.append(step)
            is_end = not self.has_ended and self.is_fatal(len(self.steps), step)
            self.has_ended |= is_end
        if is_end and self.end():
            raise CutError(step.what)

    @property
    def phase(self) -> str:
        """Where the run is."""
        return self.steps[-1].next_phase if self.steps else "connect"
