"""What the dashboards' tests run on: the stack's image, and a private warehouse with golden marts."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from local_stack.image.build import ensure_image
from local_stack.state import StackState
from tests.dashboards.golden.warehouse import golden_warehouse


@pytest.fixture(scope="session")
def image() -> str:
    return ensure_image(print)


@pytest.fixture(scope="session")
def warehouse(image: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackState]:
    with golden_warehouse(tmp_path_factory.mktemp("warehouse"), image) as state:
        yield state
