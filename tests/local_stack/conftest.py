"""One private stack for all of these tests; PostgreSQL only where a test asks for it."""

import secrets
from collections.abc import Callable, Iterator

import pytest

from local_stack import postgres
from local_stack.sign_in.testing import ServedPool, served_pool
from local_stack.state import StackState
from local_stack.testing import private_stack
from tests.local_stack.estate import Estate
from tests.local_stack.visitor import Visitor

SHOP = "http://127.0.0.1:9/"  # where the client of `people` has its pages; nobody goes there
Visitors = Callable[[], Visitor]


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


@pytest.fixture(scope="session")
def people() -> Iterator[ServedPool]:
    """A user pool with its sign-in page, and nothing else of a stack."""
    with served_pool([SHOP]) as served:
        yield served


@pytest.fixture
def visitors(people: ServedPool) -> Visitors:
    """Makes browsers that know nothing of each other."""
    return lambda: Visitor(people.url, people.client.id, SHOP)


@pytest.fixture
def visitor(visitors: Visitors) -> Visitor:
    return visitors()


@pytest.fixture
def email() -> str:
    """An address that nobody has an account with."""
    return f"{secrets.token_hex(6)}@shop.example"
