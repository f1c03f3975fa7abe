"""What who ordered is told, by the published description."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
from shop.order_answer import Order, OrderedItem, order_answer, orders_answer, placed_answer
from shop.order_request import ListOrders
from shop.paging import cursor_after

from tests.shop.schema import judge, validator_of

ORDER = Order(
    order_id="A1B2",
    status="placed",
    placed_at=datetime(2026, 11, 23, 12, 0, 0, 5000, UTC),
    currency="EUR",
    value=Decimal("44.00"),
    shipping=Decimal("0.00"),
    tax=Decimal("0.00"),
    total=Decimal("44.00"),
    refunded_value=Decimal("0.00"),
    items=(OrderedItem("a-1", "Bowl", Decimal("22.00"), 2),),
)


def body_of(answer: dict[str, Any]) -> Any:
    assert answer["headers"]["cache-control"] == "no-store"
    return json.loads(answer["body"])


def test_amounts_are_exact_decimals_as_text_and_the_time_is_utc() -> None:
    body = body_of(order_answer(replace(ORDER, value=Decimal("999999999999.99"))))
    assert (body["value"], body["total"], body["placed_at"]) == (
        "999999999999.99",
        "44.00",
        "2026-11-23T12:00:00.005Z",
    )
    assert body["items"] == [{"product_id": "a-1", "item_name": "Bowl", "price": "22.00", "quantity": 2}]
    validator_of("Order").validate(body)


@pytest.mark.parametrize(("is_new", "status"), [(True, 201), (False, 200)])
def test_an_order_that_was_placed_says_where_it_is_and_whether_it_was_made_now(
    is_new: bool, status: int
) -> None:
    answer = placed_answer(ORDER, is_new)
    assert (answer["statusCode"], answer["headers"]["location"]) == (status, "/v1/orders/A1B2")
    judge("POST /v1/orders", status, answer["headers"]["content-type"], body_of(answer))


def test_a_full_page_names_the_next_one_and_the_last_none() -> None:
    found = [replace(ORDER, order_id=f"A{number}") for number in range(3)]
    full, last = (body_of(orders_answer(ListOrders("c-1", limit), found)) for limit in (2, 3))
    assert ([order["order_id"] for order in full["orders"]], full["next_cursor"]) == (
        ["A0", "A1"],
        cursor_after("A1"),
    )
    assert (len(last["orders"]), last["next_cursor"]) == (3, None)
    for page in (full, last):
        validator_of("OrderPage").validate(page)
