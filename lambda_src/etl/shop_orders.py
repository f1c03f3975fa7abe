"""The edge to the shop's database: opens the reader's connection and reads what its books say of orders."""

from collections.abc import Collection
from typing import Any, LiteralString

import psycopg
from contract.login import NOTICE_SILENCE, libpq_fields
from psycopg.conninfo import make_conninfo

from etl.database import Connection
from etl.errors import TerminalError, TransientError
from etl.reconcile import ShopOrder, Span

# It only reads, and waits for nothing without end.
_OPTIONS = "-c default_transaction_read_only=on -c TimeZone=UTC -c lock_timeout=5s -c statement_timeout=1min"
_ORDERS: LiteralString = (
    "select order_id, placed_at, status, currency, value, refunded_value from shop.orders where "
)


def connect_to_shop(secret: bytes) -> Connection:
    """Return a connection with the reader's login as it lies in the artifacts bucket (`contract.login`)."""
    fields = libpq_fields(secret)
    try:
        return psycopg.connect(
            make_conninfo(**{**fields, **NOTICE_SILENCE}),
            application_name="reconciliation",
            options=_OPTIONS,
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        raise TransientError(
            f"can't reach the shop's database at {fields.get('host')}:{fields.get('port')}: {error}"
        ) from error


def has_orders(connection: Connection) -> bool:
    """Return whether the books hold any order at all."""
    rows = _rows(connection, "select exists (select from shop.orders)", {})
    return bool(rows[0][0])


def orders_placed(connection: Connection, span: Span) -> dict[str, ShopOrder]:
    """Return the orders placed in the span, by order_id."""
    times = {"start": span.start, "end": span.end}
    return _orders(connection, "placed_at >= %(start)s and placed_at < %(end)s", times)


def orders_numbered(connection: Connection, order_ids: Collection[str]) -> dict[str, ShopOrder]:
    """Return those of these orders that the books have, whenever they were placed."""
    return _orders(connection, "order_id = any(%(ids)s)", {"ids": list(order_ids)}) if order_ids else {}


def _orders(connection: Connection, which: LiteralString, parameters: dict[str, Any]) -> dict[str, ShopOrder]:
    return {row[0]: ShopOrder(*row) for row in _rows(connection, _ORDERS + which, parameters)}


def _rows(connection: Connection, query: LiteralString, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    try:
        return connection.execute(query, parameters).fetchall()
    except psycopg.OperationalError as error:
        raise TransientError(f"the shop's database gave no answer: {error}") from error
    except psycopg.ProgrammingError as error:
        raise TerminalError(
            f"the shop's database refuses what is asked: {error}; `scripts/migrate_database.py oltp` makes"
            " its orders and gives the reader what it may see"
        ) from error
