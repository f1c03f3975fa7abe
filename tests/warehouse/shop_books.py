"""The shop's own database, with orders put into it as the shop's function would."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import psycopg

from local_stack.state import OLTP, StackState

ITEMS_FROM_ORDER = (
    "insert into shop.order_items (order_id, item_number, product_id, item_name, price, quantity)"
    " select order_id, 1, 'p-1', 'Cup', value, 1 from shop.orders where order_id = any(%s)"
)


@dataclass
class ShopBooks:
    """The database `oltp`; every test finds it without orders, and with one product."""

    stack: StackState

    def place(self, *order_ids: str, at: datetime, value: str = "24.40", **columns: object) -> None:
        """Put orders of one item each into the books."""
        fields = {
            "customer_id": "c-1",
            "currency": "EUR",
            "value": Decimal(value),
            "placed_at": at,
            **columns,
        }
        names = ", ".join(["order_id", "idempotency_key", *fields])
        marks = ", ".join(["%s"] * (2 + len(fields)))
        with self.connected() as connection:
            connection.cursor().executemany(
                f"insert into shop.orders ({names}) values ({marks})".encode(),  # noqa: S608 - names of this file
                [(order_id, order_id, *fields.values()) for order_id in order_ids],
            )
            connection.execute(ITEMS_FROM_ORDER, [list(order_ids)])

    def connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        """Return a connection as the owner."""
        return psycopg.connect(self.stack.dsn("owner", OLTP))

    def empty(self) -> None:
        """Remove every order."""
        with self.connected() as connection:
            connection.execute("delete from shop.orders")
            connection.execute(
                "insert into shop.products (product_id, item_name, item_category, price, currency)"
                " values ('p-1', 'Cup', 'Kitchen', 1, 'EUR') on conflict do nothing"
            )
