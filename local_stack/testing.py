"""A private local stack for tests: its own folder, ports and containers, gone when the test session ends."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from local_stack import podman, stack, state
from local_stack.state import StackState


@contextmanager
def private_stack(wanted: tuple[str, ...] = ("aws", "edge")) -> Iterator[StackState]:
    """Yield a running stack of the wanted parts, some of `ALL_PARTS`, on free ports.

    Use it in a session fixture:

        @pytest.fixture(scope="session")
        def local() -> Iterator[StackState]:
            with private_stack(("aws", "edge", "postgres")) as running:
                yield running
    """
    folder = Path(tempfile.mkdtemp(prefix="cloudworks-stack-"))
    made = state.create(folder / ".local")
    try:
        yield stack.start(made, lambda _line: None, wanted)
    finally:
        stack.stop(state.read(made.directory) or made, lambda _line: None)
        podman.remove_tree(made.directory)
        shutil.rmtree(folder, ignore_errors=True)
