"""A private database of the shop, migrated once; every test finds a few products and no orders."""

from collections.abc import Iterator

import psycopg
import pytest
from migrate_database import MIGRATIONS, migrate, migrations_in

from local_stack.state import OLTP
from local_stack.testing import private_stack
from tests.shop_database.shop import Shop


@pytest.fixture(scope="session")
def running_shop() -> Iterator[Shop]:
    with private_stack(("oltp",)) as running:
        with psycopg.connect(running.dsn("owner", OLTP), autocommit=True) as connection:
            migrate(connection, migrations_in(MIGRATIONS["oltp"]))
        yield Shop(running)


@pytest.fixture
def shop(running_shop: Shop) -> Shop:
    running_shop.begin_again()
    return running_shop
