"""Runs playbooks as an operator does, and reads from their output what happened and how long tasks took."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from local_stack.state import CHECKOUT

MINUTES = 20
_RECAP = re.compile(r"^(\S+)\s+: ok=(\d+)\s+changed=(\d+)\s+unreachable=(\d+)\s+failed=(\d+)", re.MULTILINE)
_TASK = re.compile(r"^TASK \[(.+?)\] \*+$")
_OF_HOST = re.compile(r"^(?:ok|changed|failed|fatal|skipping): \[([^\]]+)\]")


@dataclass(frozen=True)
class Recap:
    """What Ansible says of one host at the end."""

    ok: int
    changed: int
    unreachable: int
    failed: int


@dataclass(frozen=True)
class Run:
    """One run of a playbook."""

    code: int
    output: str = field(repr=False)
    seconds: float
    recaps: Mapping[str, Recap]
    task_seconds: Mapping[str, float]  # of tasks that ran on hosts, which are reached over Session Manager

    @property
    def changed(self) -> int:
        """How many tasks changed something, on all hosts together."""
        return sum(recap.changed for recap in self.recaps.values())

    @property
    def seconds_per_task(self) -> float:
        """What a task on hosts took, in the mean."""
        return sum(self.task_seconds.values()) / max(1, len(self.task_seconds))


def recaps_of(output: str) -> dict[str, Recap]:
    """Return Ansible's closing table."""
    return {host: Recap(*map(int, numbers)) for host, *numbers in _RECAP.findall(output)}


def run(
    playbook: str,
    *options: str,
    environment: Mapping[str, str],
    log: Path,
    on_line: Callable[[str], None] = lambda _line: None,
) -> Run:
    """Run a playbook from the checkout's folder; its output goes to `log` as it comes, and is returned.

    Each line is handed to `on_line`, too, which must not wait.
    """
    command = [str(Path(sys.executable).with_name("ansible-playbook")), playbook, *options]
    started, timer, lines = time.monotonic(), _Timer(), []
    with log.open("w") as kept, _started(command, environment) as process:
        for line in process.stdout or ():
            lines.append(line)
            kept.write(line)
            kept.flush()
            timer.see(line.rstrip(), time.monotonic())
            on_line(line)
    output = "".join(lines)
    return Run(process.returncode, output, time.monotonic() - started, recaps_of(output), timer.of_hosts())


@contextlib.contextmanager
def _started(command: list[str], environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    """Yield the process, which ends after `MINUTES` at the latest, and with it all that it has begun."""
    process = subprocess.Popen(
        command,
        cwd=CHECKOUT,
        env={**os.environ, **environment, "ANSIBLE_NOCOLOR": "1", "PYTHONUNBUFFERED": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    too_late = threading.Timer(MINUTES * 60, os.killpg, (process.pid, signal.SIGKILL))
    too_late.start()
    try:
        yield process
        process.wait()
    finally:
        too_late.cancel()
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


class _Timer:
    """Sees lines as they come; a task lasts until the next one begins."""

    def __init__(self) -> None:
        self._open: tuple[str, float] | None = None
        self._is_on_hosts = False
        self._found: dict[str, float] = {}

    def see(self, line: str, now: float) -> None:
        """Take in one line of Ansible's output."""
        task, of_host = _TASK.match(line), _OF_HOST.match(line)
        if task or line.startswith(("PLAY ", "PLAY RECAP")):
            self._close(now)
            self._open = (task[1], now) if task else None
        elif of_host and not line.startswith("skipping") and of_host[1] != "localhost":
            self._is_on_hosts = True

    def of_hosts(self) -> dict[str, float]:
        """Return the seconds of each task that ran on a host, by number and name."""
        return dict(self._found)

    def _close(self, now: float) -> None:
        if self._open and self._is_on_hosts:
            self._found[f"{len(self._found) + 1:03} {self._open[0]}"] = now - self._open[1]
        self._is_on_hosts = False
