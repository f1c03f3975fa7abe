"""Runs of the ETL in processes that may be killed, born of one that has loaded it already."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[2]
# How a run ended: all went well; a `TransientError`; anything else.
LOADED, WAITS, FAILED = 0, 3, 4
# Killed from outside; given up by its own alarm, which no run should need.
KILLED, HUNG = -int(signal.SIGKILL), -int(signal.SIGALRM)


@dataclass(frozen=True)
class Order:
    """What a run is given."""

    environment: dict[str, str]
    log: str
    max_batch_bytes: int
    request: dict[str, str] = field(default_factory=dict)
    # how often the run is told that it has time
    questions: int = 10**9
    max_retries: int = 2
    seconds_limit: int = 120


@dataclass
class Run:
    """One run that has begun."""

    nursery: "Nursery"
    pid: int
    log: Path

    def kill(self) -> None:
        """End it as the kernel does when memory runs out; it may have ended by itself."""
        os.kill(self.pid, signal.SIGKILL)

    def is_at_work(self) -> bool:
        """Return whether it has not ended yet, though nobody has asked how."""
        state = Path(f"/proc/{self.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[0]
        return state != "Z"

    def end(self) -> int:
        """Wait for its end; return its exit code, or the signal that ended it, below zero."""
        return self.nursery.end(self.pid)

    @property
    def words(self) -> str:
        """What it wrote."""
        return self.log.read_text(errors="replace")


class Nursery:
    """Gives birth to runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.births = 0
        self.alive: set[int] = set()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.nursery"],
            env={**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT}/scripts:{ROOT}/lambda_src"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, order: dict[str, object]) -> int:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps(order) + "\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def run(self, order: Order) -> Run:
        pid = self.ask(asdict(order))
        self.alive.add(pid)
        return Run(self, pid, Path(order.log))

    def end(self, pid: int) -> int:
        """Wait for a run's end; return its exit code, or the signal that ended it, below zero."""
        self.alive.discard(pid)
        return os.waitstatus_to_exitcode(self.ask({"wait": pid}))

    def end_all(self) -> None:
        """Leave no run behind that a failed test did not wait for."""
        for pid in set(self.alive):
            os.kill(pid, signal.SIGKILL)
            self.end(pid)

    def new_log(self) -> str:
        self.births += 1
        return str(self.folder / f"run-{self.births}.log")


@contextmanager
def nursery(folder: Path) -> Iterator[Nursery]:
    """Yield one; it ends with its standard input, after the child that it waits for."""
    made = Nursery(folder)
    try:
        yield made
    finally:
        assert made.process.stdin is not None
        made.process.stdin.close()
        made.process.wait(timeout=130)
