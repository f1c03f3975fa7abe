"""A private PostgreSQL for these tests, migrated once; every test finds it empty."""

from collections.abc import Iterator

import psycopg
import pytest
from migrate_database import MIGRATIONS, migrate, migrations_in

from local_stack.state import OLTP, StackState
from local_stack.testing import private_stack
from tests.warehouse.pipeline import Pipeline, start_pipeline
from tests.warehouse.shop_books import ShopBooks


@pytest.fixture(scope="session")
def postgres() -> Iterator[StackState]:
    with private_stack(("postgres",)) as running:
        with psycopg.connect(running.dsn("owner"), autocommit=True) as connection:
            migrate(connection, migrations_in(MIGRATIONS["warehouse"]))
        yield running


@pytest.fixture(scope="session")
def warm_pipeline(postgres: StackState) -> Iterator[Pipeline]:
    yield from start_pipeline(postgres.dsn("owner"), postgres.libpq_fields("loader"))


@pytest.fixture
def pipeline(warm_pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> Pipeline:
    """Empty; for as long as the test takes, this process has the environment that the function has on AWS."""
    for name, value in warm_pipeline.environment.items():
        monkeypatch.setenv(name, value)
    warm_pipeline.empty()
    return warm_pipeline


@pytest.fixture(scope="session")
def warm_shop_books() -> Iterator[ShopBooks]:
    with private_stack(("oltp",)) as running:
        with psycopg.connect(running.dsn("owner", OLTP), autocommit=True) as connection:
            migrate(connection, migrations_in(MIGRATIONS["oltp"]))
        yield ShopBooks(running)


@pytest.fixture
def shop_books(warm_shop_books: ShopBooks) -> ShopBooks:
    """The shop's database, without orders."""
    warm_shop_books.empty()
    return warm_shop_books
