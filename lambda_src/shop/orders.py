"""Takes orders into the shop's books and finds them there, each for the customer who placed it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, LiteralString

from contract.problem import ProblemError

from shop.database import Ask, Row
from shop.order_answer import Order, OrderedItem
from shop.order_request import GetOrder, Line, ListOrders, PlaceOrder
from shop.paging import shown

MOST_VALUE = Decimal("999999999999.99")  # that `value` of shop.orders can hold

_COLUMNS: LiteralString = "order_id, status, placed_at, currency, value, shipping, tax, total, refunded_value"


def _with_items(which: LiteralString) -> LiteralString:
    """Return the query for these orders of a customer, with their items, gathered for those alone."""
    # S608: the strings hold constants of this file, no input
    return f"""
with found as (
    select {_COLUMNS} from shop.orders where customer_id = %(customer_id)s and {which}
)

select {_COLUMNS}, items
from found cross join lateral (
    select json_agg(
        json_build_array(product_id, item_name, price::text, quantity) order by item_number
    ) as items
    from shop.order_items
    where order_items.order_id = found.order_id
) as ordered
order by placed_at desc, order_id desc
"""  # noqa: S608


_ONE = _with_items("order_id = %(order_id)s")
_BY_KEY = _with_items("idempotency_key = %(key)s")
_PAGE = _with_items("""(
    %(after)s::text = ''
    or (placed_at, order_id) < (
        select last.placed_at, last.order_id from shop.orders as last
        where last.customer_id = %(customer_id)s and last.order_id = %(after)s
    )
)
order by placed_at desc, order_id desc
limit %(limit)s""")
_PRICES: LiteralString = """
select product_id, item_name, price, currency from shop.products
where is_active and product_id = any(%(product_ids)s)
"""
# two requests with one key at once: the second waits here for the first, and makes nothing
_ADD_ORDER: LiteralString = """
insert into shop.orders (customer_id, idempotency_key, currency, value)
values (%(customer_id)s, %(key)s, %(currency)s, %(value)s)
on conflict (customer_id, idempotency_key) do nothing
returning order_id
"""
_ADD_ITEMS: LiteralString = """
insert into shop.order_items (order_id, item_number, product_id, item_name, price, quantity)
select %(order_id)s, item_number, product_id, item_name, price, quantity
from unnest(%(product_ids)s::text[], %(item_names)s::text[], %(prices)s::numeric[], %(quantities)s::integer[])
    with ordinality as line (product_id, item_name, price, quantity, item_number)
returning item_number
"""


@dataclass(frozen=True)
class Placed:
    """The order of a key, and whether it was made just now."""

    order: Order
    is_new: bool


def placed(ask: Ask, asked: PlaceOrder) -> Placed:
    """Return the one order that this customer's key has, made now if there was none.

    `ask` is of one transaction that may write. Raises `ProblemError` for what can't be ordered, and for a key
    that has another order.
    """
    found = _of_key(ask, asked)
    is_new = not found and _is_made(ask, asked)
    (order,) = found or _of_key(ask, asked)
    if [(item.product_id, item.quantity) for item in order.items] != [
        (line.product_id, line.quantity) for line in asked.lines
    ]:
        detail = f"It is that of order {order.order_id}, with other items; make a new key for another order."
        raise ProblemError(422, "idempotency-key-reused", "The key is that of another order", detail)
    return Placed(order, is_new)


def order_of(ask: Ask, asked: GetOrder) -> Order | None:
    """Return the order if it is this customer's, or None."""
    found = _orders(ask(_ONE, {"customer_id": asked.customer_id, "order_id": asked.order_id}))
    return found[0] if found else None


def orders_of(ask: Ask, asked: ListOrders) -> Sequence[Order]:
    """Return the page, newest first, and one order more when there is another page."""
    parameters = {"customer_id": asked.customer_id, "after": asked.after, "limit": asked.limit + 1}
    return _orders(ask(_PAGE, parameters))


def _of_key(ask: Ask, asked: PlaceOrder) -> list[Order]:
    parameters = {"customer_id": asked.customer_id, "key": asked.idempotency_key}
    return _orders(ask(_BY_KEY, parameters))


def _is_made(ask: Ask, asked: PlaceOrder) -> bool:
    """Add the order with its items; return False if another request has made it meanwhile."""
    items, currency = _priced(asked.lines, ask(_PRICES, {"product_ids": [x.product_id for x in asked.lines]}))
    value = sum((item.price * item.quantity for item in items), Decimal(0))
    if value > MOST_VALUE:
        raise _not_orderable(
            "order-too-large", f"It would be worth {value} {currency}; the most is {MOST_VALUE}."
        )
    head = {"customer_id": asked.customer_id, "key": asked.idempotency_key}
    made = ask(_ADD_ORDER, {**head, "currency": currency, "value": value})
    if made:
        columns = {
            "product_ids": [item.product_id for item in items],
            "item_names": [item.item_name for item in items],
            "prices": [item.price for item in items],
            "quantities": [item.quantity for item in items],
        }
        ask(_ADD_ITEMS, {"order_id": made[0][0], **columns})
    return bool(made)


def _priced(lines: Sequence[Line], rows: Sequence[Row]) -> tuple[list[OrderedItem], str]:
    """Return the lines with names and prices of the database, and their one currency."""
    on_sale = {product_id: (item_name, price) for product_id, item_name, price, _ in rows}
    if missing := sorted({line.product_id for line in lines} - on_sale.keys()):
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        named = ", ".join(map(shown, missing[:5])) + more
        raise _not_orderable("not-on-sale", f"Not on sale: {named}; order again without.")
    currencies = sorted({currency for *_, currency in rows})
    if len(currencies) > 1:
        raise _not_orderable(
            "mixed-currencies", f"Its prices are in {' and '.join(currencies)}; order apart."
        )
    items = [OrderedItem(line.product_id, *on_sale[line.product_id], line.quantity) for line in lines]
    return items, currencies[0]


def _not_orderable(slug: str, detail: str) -> ProblemError:
    return ProblemError(422, slug, "This can't be ordered", detail)


def _orders(rows: Sequence[Row]) -> list[Order]:
    return [replace(Order(*row), items=_items(row[-1])) for row in rows]


def _items(found: Sequence[Sequence[Any]]) -> tuple[OrderedItem, ...]:
    return tuple(
        OrderedItem(product_id, item_name, Decimal(price), quantity)
        for product_id, item_name, price, quantity in found
    )
