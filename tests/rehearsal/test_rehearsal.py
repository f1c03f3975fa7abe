"""The whole platform by site.yml, and what may befall its hosts: each step of `make rehearsal`, in order."""

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from local_stack.rehearsal.ground import logs_kept, prepared
from local_stack.rehearsal.steps import STEPS, Rehearsal
from local_stack.state import CHECKOUT

LOGS = CHECKOUT / "build" / "rehearsal-of-tests"


@pytest.fixture(scope="module")
def rehearsal() -> Iterator[Rehearsal]:
    with (
        tempfile.TemporaryDirectory(prefix="cloudworks-rehearsal-") as folder,
        prepared(print, Path(folder) / ".local") as ground,
        logs_kept(ground, LOGS),
    ):
        yield Rehearsal(ground, LOGS)


@pytest.fixture(scope="module")
def failed() -> list[str]:
    return []


@pytest.mark.parametrize(("title", "step"), STEPS, ids=[title for title, _ in STEPS])
def test_step(rehearsal: Rehearsal, failed: list[str], title: str, step: Callable[[Rehearsal], str]) -> None:
    assert not failed, f"what went before did not go well: {failed[0]}"
    failed.append(title)
    print(step(rehearsal))
    failed.remove(title)
