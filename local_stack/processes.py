"""Starts, finds and stops this stack's own processes, each by its own number and start time."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from local_stack.errors import StackNotReadyError
from local_stack.state import ProcessMark

STOP_SECONDS = 20.0


def start(command: Sequence[str], log: Path, environment: Mapping[str, str], cwd: Path) -> ProcessMark:
    """Start a process that outlives this one; its output goes to `log`, from an empty file on."""
    log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with log.open("wb") as output:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env=dict(environment),
            cwd=cwd,
        )
    return mark_of(process.pid)


def mark_of(pid: int) -> ProcessMark:
    """Return the mark of a process that was just started."""
    return ProcessMark(pid, start_ticks(pid) or 0)


def start_ticks(pid: int) -> int | None:
    """Return when a process started, in clock ticks since boot; None when it is gone or only a zombie."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = text.rpartition(")")[2].split()  # the name before it may hold spaces and brackets
    return None if fields[0] == "Z" else int(fields[19])


def is_alive(mark: ProcessMark | None) -> bool:
    """Say whether the very process that was started is still running."""
    return mark is not None and start_ticks(mark.pid) == mark.start_ticks


def stop(mark: ProcessMark | None, timeout_seconds: float = STOP_SECONDS) -> bool:
    """Stop one process of ours, first asked, then killed; say whether it stopped when asked."""
    if mark is None or not is_alive(mark):
        return True
    os.kill(mark.pid, signal.SIGTERM)
    if wait_until(lambda: not is_alive(mark), timeout_seconds):
        return True
    os.kill(mark.pid, signal.SIGKILL)
    wait_until(lambda: not is_alive(mark), 5.0)
    return False


def wait_until(is_true: Callable[[], bool], timeout_seconds: float, pause_seconds: float = 0.1) -> bool:
    """Wait until the condition holds; say whether it did in time."""
    deadline = time.monotonic() + timeout_seconds
    while not is_true():
        if time.monotonic() > deadline:
            return False
        time.sleep(pause_seconds)
    return True


def await_health(
    name: str,
    is_healthy: Callable[[], bool],
    is_running: Callable[[], bool],
    log: Path,
    timeout_seconds: float,
) -> None:
    """Return when the part answers; otherwise raise with its last log lines and the next command."""
    if wait_until(lambda: is_healthy() or not is_running(), timeout_seconds) and is_healthy():
        return
    what = f"did not answer within {timeout_seconds:.0f} s" if is_running() else "stopped while it started"
    raise StackNotReadyError(
        f"{name} {what}; the end of {log}:\n{last_lines(log)}", "make down, then make up"
    )


def last_lines(log: Path, count: int = 15) -> str:
    """Return the end of a log, indented; a sentence when there is none."""
    if not log.exists():
        return "    (no log was written)"
    lines = log.read_text(errors="replace").splitlines()[-count:]
    return "\n".join(f"    {line}" for line in lines) or "    (the log is empty)"
