"""What holds for every test: what of AWS is read once, and how tests are shared out to worker processes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import botocore.loaders
import hypothesis
import pytest
from xdist.workermanage import NodeManager

from tests.workers import ByUnit, in_order

if TYPE_CHECKING:
    from playwright.sync_api import Browser

# Half a second for one example says that the machine is busy, not that a rule is broken.
hypothesis.settings.register_profile("cloudworks", deadline=None)
hypothesis.settings.load_profile("cloudworks")


@pytest.fixture(scope="session", autouse=True)
def _services_of_aws_are_read_once() -> Iterator[None]:
    """All of boto3's sessions share what they read of AWS's services, which is the same for each.

    A session of its own reads megabytes of JSON again: about 0.1 s for each client, in hundreds of tests.
    """
    loader = botocore.loaders.create_loader()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("botocore.session.create_loader", lambda _paths=None: loader)
        yield


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One for a worker process, whichever of its tests need it."""
    from tests.chromium import chromium  # noqa: PLC0415 - most tests need none

    with chromium() as running:
        yield running


def pytest_make_parametrize_id(val: object, argname: str) -> str | None:
    """Bytes are named by their argument: gzip carries the second it was written, and worker processes that
    name a test differently run none at all.
    """
    return argname if isinstance(val, bytes) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A worker process has the tests in the order in which units are handed out; elsewhere they stay."""
    if hasattr(config, "workerinput"):
        items[:] = [items[place] for place in in_order([item.nodeid for item in items])]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> ByUnit:
    """Units as `tests.workers` has them, whatever `--dist` says."""
    # a worker that is interrupted takes its stacks down; xdist would kill it after ten seconds
    NodeManager.EXIT_TIMEOUT = 180
    config.option.loadscopereorder = False  # by how long they take, not by how many tests they have
    return ByUnit(config, log)  # type: ignore[arg-type]  # xdist's own name for its log is private
