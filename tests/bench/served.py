"""Runs a module that serves something until its standard input ends, and says its port first."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@contextmanager
def served(
    module: str, *arguments: str, environment: dict[str, str] | None = None
) -> Iterator[tuple[str, int]]:
    """Yield the module's address on loopback and its process."""
    server = subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdin is not None
    assert server.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(server.stdout.readline())}", server.pid
    finally:
        server.stdin.close()
        server.wait(timeout=20)
