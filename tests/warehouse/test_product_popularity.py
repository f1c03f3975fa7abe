"""What was looked at, carted and bought is counted by product, each order once, to the last digit."""

from decimal import Decimal
from typing import Any

import pytest

from tests.etl.events import event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline

COUNTS = (
    "select item_id, sum(views_count)::int, sum(add_to_carts_count)::int, sum(purchases_count)::int,"
    " sum(quantity)::text, sum(revenue)::text, sum(view_sessions_count)::int,"
    " sum(cart_sessions_count)::int, sum(purchase_sessions_count)::int"
    " from product_popularity_daily group by 1 order by 1"
)
VASE = {"item_id": "vase", "item_name": "Vase", "item_category": "Home", "price": 19.99, "quantity": 3}
MUG = {"item_name": "Mug", "price": 0.1}


def shop_event(
    name: str, at: float, *items: dict[str, Any], visitor: str = "v1", **params: object
) -> dict[str, Any]:
    return event(
        f"{name} {at} {visitor}", minutes(at), visitor=visitor, event_name=name, items=items, params=params
    )


def load(pipeline: Pipeline, *events: dict[str, Any], at: float = 600) -> None:
    pipeline.put(raw_object(events, minutes(at)))
    pipeline.run()
    assert pipeline.broken_checks() == []


def test_products_are_counted_by_event_and_by_session(pipeline: Pipeline) -> None:
    load(
        pipeline,
        shop_event("view_item", 0, VASE),
        shop_event("view_item", 1, VASE),
        shop_event("view_item", 0, VASE, visitor="v2"),
        shop_event("add_to_cart", 2, VASE, MUG),
        shop_event("view_item_list", 3, VASE, MUG),
        shop_event("purchase", 4, VASE, MUG, MUG, transaction_id="t1", currency="EUR"),
    )
    assert pipeline.query(COUNTS) == [
        ("Mug", 0, 1, 1, "2", "0.2", 0, 1, 1),
        ("vase", 3, 1, 1, "3", "59.97", 2, 1, 1),
    ]
    names = (
        "select item_id, item_name, item_category, channel, is_bot from product_popularity_daily order by 1"
    )
    assert pipeline.query(names) == [
        ("Mug", "Mug", None, "Direct", False),
        ("vase", "Vase", "Home", "Direct", False),
    ]


def test_items_of_a_receipt_page_loaded_again_are_bought_once(pipeline: Pipeline) -> None:
    again = [shop_event("purchase", at, VASE, transaction_id="t1", currency="EUR") for at in (60, 100)]
    load(pipeline, *again)
    assert pipeline.query(COUNTS) == [("vase", 0, 0, 1, "3", "59.97", 0, 0, 1)]
    # a day before, and late: now it is the order
    load(pipeline, shop_event("purchase", -1440, VASE, MUG, transaction_id="t1"), at=700)
    bought = "select session_date::text, item_id, purchases_count from product_popularity_daily order by 1, 2"
    assert pipeline.query(bought) == [("2026-03-01", "Mug", 1), ("2026-03-01", "vase", 1)]


@pytest.mark.parametrize(
    ("currency", "item", "revenue", "unpriced"),
    [
        (None, VASE, "59.97", "0"),
        ("EUR", VASE, "59.97", "0"),
        ("USD", VASE, "0", "3"),
        ("EUR", {"item_id": "vase", "quantity": 3}, "0", "3"),
    ],
)
def test_what_is_in_no_revenue_is_counted(
    pipeline: Pipeline, currency: str | None, item: dict[str, Any], revenue: str, unpriced: str
) -> None:
    params = {"transaction_id": "t1"} | ({"currency": currency} if currency else {})
    load(pipeline, shop_event("purchase", 0, item, **params))
    sums = "select revenue::text, unpriced_quantity::text, quantity::text from product_popularity_daily"
    assert pipeline.query(sums) == [(revenue, unpriced, "3")]


def test_product_is_called_what_most_events_of_the_day_call_it(pipeline: Pipeline) -> None:
    called = ["Blue vase", "Vase, blue", "Vase, blue", None]
    load(
        pipeline,
        *(
            shop_event("view_item", at, {"item_id": "vase"} | ({"item_name": name} if name else {}))
            for at, name in enumerate(called)
        ),
    )
    names = "select item_name, views_count from product_popularity_daily"
    assert pipeline.query(names) == [("Vase, blue", 4)]


def test_rarest_products_of_a_day_share_a_row_and_lose_no_revenue(pipeline: Pipeline) -> None:
    made_up = [[{"item_id": f"made up {page * 200 + n:04}"} for n in range(200)] for page in range(6)]
    load(
        pipeline,
        *(shop_event("view_item", at, *items, visitor="v2") for at, items in enumerate(made_up)),
        shop_event("purchase", 0, VASE, transaction_id="t1"),
    )
    kept = "select count(*)::int, sum(views_count)::int, sum(revenue) from product_popularity_daily"
    assert pipeline.query(kept) == [(1001, 1200, Decimal("59.97"))]
    other = "select views_count, view_sessions_count, item_name from product_popularity_daily"
    assert pipeline.query(f"{other} where item_id = '(other)'") == [(201, 1, None)]
    assert pipeline.query(f"{other} where item_id = 'vase'") == [(0, 0, "Vase")]
