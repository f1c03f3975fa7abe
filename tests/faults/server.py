"""A private PostgreSQL that can be killed as a kernel kills, and comes back by crash recovery."""

import os
import re
import signal
import subprocess
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from local_stack import podman, postgres
from local_stack.state import StackState

# What a kernel knows of a process: its parent, and its id in each namespace, the innermost last.
_STATUS = re.compile(r"^PPid:\s+(\d+)$.*^NSpid:.*?(\d+)$", re.MULTILINE | re.DOTALL)


@dataclass
class Server:
    """The warehouse's cluster of a private stack."""

    state: StackState

    def kill_all(self) -> None:
        """SIGKILL the postmaster, whose container and every process in it end with it."""
        _send(signal.SIGKILL, self._main())

    def stop_at_once(self) -> None:
        """Ask for an immediate shutdown: no checkpoint, no farewell to clients."""
        _send(signal.SIGQUIT, self._main())

    def kill_backend(self) -> None:
        """SIGKILL the backend of the ETL, if there is one: PostgreSQL drops everybody and recovers."""
        query = "select pid from pg_stat_activity where application_name = 'etl'"
        with psycopg.connect(self.state.dsn("owner")) as connection:
            inside = {row[0] for row in connection.execute(query)}
        for pid, own in _children(self._main()):
            if own in inside:
                _send(signal.SIGKILL, pid)

    def bring_back(self) -> float:
        """Wait until it takes connections, and start it if it is down; return after how many seconds."""
        began_at = time.monotonic()
        while not self._is_ready():
            if not podman.is_running(self.state, "postgres"):
                postgres.start(self.state, self.state.image)
            assert time.monotonic() - began_at < 60, "PostgreSQL must come back"
        return time.monotonic() - began_at

    def _main(self) -> int:
        """Return the machine's process id of the postmaster."""
        found = podman.podman("inspect", "--format={{.State.Pid}}", self.state.container_name("postgres"))
        return int(found.stdout)

    def _is_ready(self) -> bool:
        try:
            psycopg.connect(self.state.dsn("owner"), connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.05)
            return False
        return True


def _children(parent: int) -> list[tuple[int, int]]:
    """Return (the machine's process id, its own id in its container) of every child of a process."""
    found = []
    for path in Path("/proc").glob("[0-9]*/status"):
        with suppress(OSError):  # it has ended meanwhile
            status = _STATUS.search(path.read_text(encoding="utf-8"))
            if status and int(status[1]) == parent:
                found.append((int(path.parent.name), int(status[2])))
    return found


def _send(number: signal.Signals, pid: int) -> None:
    """Send a signal to a process of the container, which is another user's; it may have ended."""
    prefix = [] if os.geteuid() == 0 else ["sudo", "-n"]
    subprocess.run([*prefix, "kill", f"-{int(number)}", str(pid)], check=False, capture_output=True)
