"""An order, and how the person who placed it is told of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from contract.problem import json_answer

from shop.order_request import ListOrders
from shop.paging import cursor_after


@dataclass(frozen=True)
class OrderedItem:
    """So many of one product, with name and price as they were when it was ordered."""

    product_id: str
    item_name: str
    price: Decimal
    quantity: int


@dataclass(frozen=True)
class Order:
    """An order as the books have it; amounts are of one currency, and exact."""

    order_id: str  # the number, which the purchase event carries as `transaction_id`
    status: str
    placed_at: datetime
    currency: str
    value: Decimal  # of the items, as GA4's `value`
    shipping: Decimal
    tax: Decimal
    total: Decimal
    refunded_value: Decimal
    items: tuple[OrderedItem, ...]


def placed_answer(order: Order, is_new: bool) -> dict[str, Any]:
    """Return 201 for an order that this request made, and 200 for one that an earlier try made."""
    answer = json_answer(201 if is_new else 200, _shown(order))
    answer["headers"]["location"] = f"/v1/orders/{order.order_id}"
    return answer


def order_answer(order: Order) -> dict[str, Any]:
    """Return one order."""
    return json_answer(200, _shown(order))


def orders_answer(asked: ListOrders, found: Sequence[Order]) -> dict[str, Any]:
    """Return one page; `found` has one order more than the limit when there is another page."""
    page = found[: asked.limit]
    next_cursor = cursor_after(page[-1].order_id) if len(found) > asked.limit else None
    return json_answer(200, {"orders": [_shown(order) for order in page], "next_cursor": next_cursor})


def _shown(order: Order) -> dict[str, Any]:
    placed_at = order.placed_at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    items = [_exact(vars(item)) for item in order.items]
    return {**_exact(vars(order)), "placed_at": placed_at, "items": items}


def _exact(fields: dict[str, Any]) -> dict[str, Any]:
    """Return the fields with exact decimals as text, such as "24.90"."""
    return {name: str(value) if isinstance(value, Decimal) else value for name, value in fields.items()}
