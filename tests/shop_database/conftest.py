"""A private database of the shop, migrated once; every test finds a few products and no orders."""

from collections.abc import Iterator

import pytest

from tests.shop_database.shop import Shop, migrated_shop


@pytest.fixture(scope="session")
def running_shop() -> Iterator[Shop]:
    with migrated_shop() as running:
        yield running


@pytest.fixture
def shop(running_shop: Shop) -> Shop:
    running_shop.begin_again()
    return running_shop
