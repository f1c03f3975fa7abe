"""The emulated AWS of the provisioning tests: a process that can be emptied and brought back."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class EmulatedAws:
    """A moto server that has been started."""

    process: "subprocess.Popen[str]"
    url: str
    kept: set[str] = field(default_factory=set)

    def empty(self) -> None:
        """Nothing is in it."""
        requests.post(f"{self.url}/moto-api/reset", timeout=20).raise_for_status()

    def hold(self, name: str, make: Callable[[], object]) -> None:
        """It holds what `make` makes in an empty one: made the first time, from then on brought back."""
        self.empty()
        if name in self.kept:
            self._ask(f"bring back {name}")
            return
        make()
        self._ask(f"keep {name}")
        self.kept.add(name)

    def _ask(self, command: str) -> None:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(f"{command}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        assert answer == "done\n", f"the emulated AWS could not {command}"


@contextmanager
def emulated_aws() -> Iterator[EmulatedAws]:
    """Yield one on a port that was free. It ends with its standard input: with this process at the latest."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("AWS_", "MOTO_"))}
    process = subprocess.Popen(
        [sys.executable, str(Path(__file__).with_name("aws_server.py"))],
        env={**environment, "PYTHONPATH": f"{ROOT}/scripts:{ROOT}"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield EmulatedAws(process, f"http://127.0.0.1:{int(process.stdout.readline())}")
    finally:
        process.stdin.close()
        process.wait(timeout=20)
