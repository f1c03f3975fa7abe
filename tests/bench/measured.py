"""Runs a command and says what it took: seconds of processor time, of all its processes, and of the clock.

    python -m tests.bench.measured RESULT.json COMMAND…

A process of its own that takes in orphans: Spark's Java outlives the Python that began it.
"""

import ctypes
import json
import os
import resource
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Taken:
    """What a command took, and what it printed."""

    cpu_seconds: float
    wall_seconds: float
    output: str


class MeasuredCommandError(RuntimeError):
    """A command that is measured did not end well."""


def measured(command: list[str], environment: dict[str, str], folder: Path) -> Taken:
    """Run a command in a folder; return what it took, or raise what it said."""
    with TemporaryDirectory() as kept:
        result = Path(kept) / "result.json"
        own = [sys.executable, str(Path(__file__).resolve()), str(result)]
        done = subprocess.run(
            [*own, *command], env=environment, cwd=folder, capture_output=True, text=True, check=False
        )
        if done.returncode:
            said = f"{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
            raise MeasuredCommandError(f"{' '.join(command)} must end well, but it says:\n{said}")
        return Taken(**json.loads(result.read_text(encoding="utf-8")), output=done.stdout)


def main() -> int:
    """Run the command line; return the command's own exit code."""
    result, *command = sys.argv[1:]
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    began = time.monotonic()
    exit_code = subprocess.run(command, check=False).returncode
    wall_seconds = time.monotonic() - began
    with suppress(ChildProcessError):  # which says that there is no other child
        while True:
            os.wait()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    taken = {"cpu_seconds": used.ru_utime + used.ru_stime, "wall_seconds": wall_seconds}
    Path(result).write_text(json.dumps(taken), encoding="utf-8")
    return exit_code


if __name__ == "__main__":
    raise SystemExit(main())
