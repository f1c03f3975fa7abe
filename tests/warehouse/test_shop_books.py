"""The shop's books hold orders that are worth their items, and show each role what it needs."""

from collections.abc import Iterator

import psycopg
import pytest
from psycopg import errors

from local_stack.state import OLTP
from tests.etl.events import START
from tests.warehouse.shop_books import ShopBooks

ORDER = (
    "insert into shop.orders (order_id, customer_id, idempotency_key, currency, value, shipping, tax)"
    " values (%s, %s, %s, 'EUR', %s, 5, 1.5)"
)
ITEM = (
    "insert into shop.order_items (order_id, item_number, product_id, item_name, price, quantity)"
    " values (%s, %s, 'p-1', 'Cup', %s, %s)"
)


@pytest.fixture
def shop(shop_books: ShopBooks) -> Iterator[psycopg.Connection]:
    """Yield a connection of the role that the shop's function has."""
    with psycopg.connect(shop_books.stack.dsn("shop", OLTP)) as connection:
        yield connection
        connection.rollback()


def test_an_order_with_its_items_is_taken_and_shown(shop: psycopg.Connection) -> None:
    shop.execute(ORDER, ["A1", "c-1", "k", "24.40"])
    shop.execute(ITEM, ["A1", 1, "10.10", 2])
    shop.execute(ITEM, ["A1", 2, "4.20", 1])
    shop.commit()
    found = shop.execute("select total::text, status, placed_at <= now() from shop.orders").fetchall()
    assert found == [("30.90", "placed", True)]


def test_an_order_gets_a_number_that_tells_nothing(shop: psycopg.Connection) -> None:
    made = "insert into shop.orders (customer_id, idempotency_key, currency, value)"
    numbers = [
        shop.execute(f"{made} values ('c', %s, 'EUR', 0) returning order_id".encode(), [key]).fetchone()
        for key in "ab"
    ]
    (first,), (second,) = (number or ("",) for number in numbers)
    assert len(first) == len(second) == 12
    assert first != second


@pytest.mark.parametrize("items", [[], [("10.10", 2)], [("10.10", 2), ("4.21", 1)]])
def test_an_order_that_is_not_worth_its_items_is_refused(
    shop: psycopg.Connection, items: list[tuple[str, int]]
) -> None:
    shop.execute(ORDER, ["A1", "c-1", "k", "24.40"])
    for number, (price, quantity) in enumerate(items, 1):
        shop.execute(ITEM, ["A1", number, price, quantity])
    with pytest.raises(errors.CheckViolation, match="order A1 must be worth its items"):
        shop.commit()


def test_an_item_that_moves_to_another_order_is_refused(shop_books: ShopBooks) -> None:
    shop_books.place("A1", "A2", at=START)
    with pytest.raises(errors.CheckViolation), shop_books.connected() as owner:
        owner.execute("update shop.order_items set order_id = 'A2', item_number = 2 where order_id = 'A1'")


def test_an_order_is_deleted_with_its_items(shop_books: ShopBooks) -> None:
    shop_books.place("A1", at=START)
    with shop_books.connected() as owner:
        owner.execute("delete from shop.orders")
        assert owner.execute("select count(*) from shop.order_items").fetchone() == (0,)


def test_one_customers_key_makes_one_order_and_is_free_for_others(shop: psycopg.Connection) -> None:
    shop.execute(ORDER, ["A1", "c-1", "k", 0])
    shop.execute(ORDER, ["A2", "c-2", "k", 0])
    with pytest.raises(errors.UniqueViolation):
        shop.execute(ORDER, ["A3", "c-1", "k", 0])


@pytest.mark.parametrize(
    "change",
    [
        "refunded_value = 24.41",
        "refunded_value = -1",
        "status = 'refunded'",
        "status = 'sent'",
        "currency = 'eur'",
        "order_id = 'a b'",
    ],
)
def test_books_that_make_no_sense_are_refused(shop_books: ShopBooks, change: str) -> None:
    shop_books.place("A1", at=START)
    with pytest.raises(errors.CheckViolation), shop_books.connected() as owner:
        owner.execute(f"update shop.orders set {change}".encode())  # noqa: S608 - those above


FORBIDDEN = {
    "shop": [
        "update shop.orders set status = 'paid'",
        "delete from shop.orders",
        "delete from shop.order_items",
        "insert into shop.orders (customer_id, idempotency_key, currency, value, placed_at)"
        " values ('c', 'k', 'EUR', 0, '2020-01-01')",
        "insert into shop.orders (customer_id, idempotency_key, currency, value, refunded_value)"
        " values ('c', 'k', 'EUR', 0, 0)",
    ],
    "reader": [
        "select customer_id from shop.orders",
        "select idempotency_key from shop.orders",
        "select count(*) from shop.order_items",
        "insert into shop.orders (order_id) values ('x')",
        "update shop.orders set status = 'paid'",
    ],
}


@pytest.mark.parametrize(
    ("role", "statement"), [(role, text) for role, texts in FORBIDDEN.items() for text in texts]
)
def test_a_role_can_do_no_more_than_its_work(shop_books: ShopBooks, role: str, statement: str) -> None:
    dsn = shop_books.stack.dsn("shop" if role == "shop" else "reader", OLTP)
    with psycopg.connect(dsn, autocommit=True) as connection:
        assert connection.execute("select count(order_id), sum(value) from shop.orders").fetchone()
        with pytest.raises(errors.InsufficientPrivilege):
            connection.execute(statement.encode())
