"""The shop's function in this process, with its own login to a real database."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import msgspec
import psycopg
from migrate_database import MIGRATIONS, migrate, migrations_in
from shop.answering import Clocked, answer_to
from shop.database import Database

from local_stack.state import OLTP, StackState
from local_stack.testing import private_stack
from tests.shop.requests import Event
from tests.shop.schema import judge

# product_id, item_name, item_brand, item_category, price, currency, is_active
Product = tuple[str, str, str | None, str, str, str, bool]
PRODUCTS: list[Product] = [
    ("a-1", "Waffle Bath Towel", "Tidewell", "Bath", "29.90", "EUR", True),
    ("a-2", "Cedar Soap Dish", "Alderhof", "Bath", "14.50", "EUR", True),
    ("b-1", "Café au Lait Bowl", None, "Kitchen & Table", "22.00", "EUR", True),
    ("b-2", "Straßenkarte „Köln“", "ØRSTED", "Reise", "7.05", "EUR", True),
    ("c-1", "AC/DC Wi-Fi Lamp 3000", "Æon_Light", "Light", "9999999999.99", "EUR", True),
    ("d-1", "Dollar Bath Mat", "Tidewell", "Bath", "1.00", "USD", True),
    ("z-9", "Old Bath Towel", "Tidewell", "Bath", "3.00", "EUR", False),
]


@dataclass(frozen=True)
class Answer:
    """What the function answered, its body decoded."""

    status: int
    headers: dict[str, str]
    body: Any

    @property
    def slug(self) -> str:
        """The kind of a problem."""
        return str(self.body["type"]).rpartition(":")[2]


@dataclass
class Shop:
    """A shop with a database of its own."""

    stack: StackState

    def owner(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection as the owner of the tables."""
        return psycopg.connect(self.stack.dsn("owner", OLTP), autocommit=True)

    def begin_again(self, products: list[Product] = PRODUCTS) -> None:
        """Remove every order, and sell these products alone."""
        with self.owner() as connection, connection.transaction():
            connection.execute("delete from shop.orders")
            connection.execute("delete from shop.products")
            connection.cursor().executemany(
                "insert into shop.products"
                " (product_id, item_name, item_brand, item_category, price, currency, is_active)"
                " values (%s, %s, %s, %s, %s, %s, %s)",
                products,
            )

    def place(self, order_id: str, customer: str = "c-1", product_id: str = "a-1") -> None:
        """Put an order of one piece into the books, with this number."""
        with self.owner() as connection, connection.transaction():
            connection.execute(
                "insert into shop.orders (order_id, customer_id, idempotency_key, currency, value)"
                " values (%s, %s, %s, 'EUR', 29.90)",
                [order_id, customer, order_id],
            )
            connection.execute(
                "insert into shop.order_items (order_id, item_number, product_id, item_name, price, quantity)"
                " values (%s, 1, %s, 'Waffle Bath Towel', 29.90, 1)",
                [order_id, product_id],
            )

    def database(self) -> Database:
        """Return the function's way to it, with a connection of its own."""
        return Database(lambda: msgspec.json.encode(self.stack.libpq_fields("shop", OLTP)))

    def orders_count(self) -> int:
        """Return how many orders the books hold."""
        with self.owner() as connection:
            ((count,),) = connection.execute("select count(*) from shop.orders").fetchall()
        return int(count)


@contextmanager
def migrated_shop() -> Iterator[Shop]:
    """Yield a shop whose private database has every migration."""
    with private_stack(("oltp",)) as running:
        with psycopg.connect(running.dsn("owner", OLTP), autocommit=True) as connection:
            migrate(connection, migrations_in(MIGRATIONS["oltp"]))
        yield Shop(running)


def ask(database: Database, event: Event) -> Answer:
    """Return the function's answer, which the published description allows."""
    answer = answer_to(event, Clocked(database), "r-1")
    body = json.loads(answer["body"])
    judge(event["routeKey"], answer["statusCode"], answer["headers"]["content-type"], body)
    return Answer(answer["statusCode"], answer["headers"], body)
