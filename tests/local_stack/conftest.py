"""One private stack for all of these tests; PostgreSQL only where a test asks for it."""

from collections.abc import Iterator

import pytest

from local_stack import postgres
from local_stack.state import StackState
from local_stack.testing import private_stack
from tests.local_stack.estate import Estate


@pytest.fixture(scope="session")
def stack() -> Iterator[StackState]:
    with private_stack(("aws", "edge")) as running:
        yield running


@pytest.fixture(scope="session")
def databases(stack: StackState) -> StackState:
    for database in postgres.CLUSTERS:
        postgres.start(stack, stack.image, database)
    return stack


@pytest.fixture
def estate(stack: StackState) -> Iterator[Estate]:
    """Makes roles, buckets, functions and APIs, and removes them after the test."""
    made = Estate(stack)
    try:
        yield made
    finally:
        made.remove()
