"""What books and stream say of an order, compared with a plain reading of the same."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from etl.metrics import of_reconciliation
from etl.reconcile import (
    LEAST_ORDERS,
    Pair,
    ShopOrder,
    Span,
    StreamOrder,
    Tally,
    Verdict,
    days_between,
    pairs_of,
)
from hypothesis import given
from hypothesis import strategies as st

START = datetime(2026, 3, 28, tzinfo=UTC)
DAY = timedelta(days=1)
SHOP = ShopOrder("A1", START, "placed", "EUR", Decimal("24.40"), Decimal("0.00"))
STREAM = StreamOrder("A1", START, "EUR", Decimal("24.4"), Decimal(0))

hours = st.integers(0, 71).map(lambda count: START + timedelta(hours=count))
cents = st.sampled_from([0, 1, 990, 2440])
amounts = cents.map(lambda count: Decimal(count) / 100)
order_ids = st.sampled_from(["A1", "A2", "A3", "A4", "event:1"])
shop_orders = st.builds(
    ShopOrder,
    order_ids,
    hours,
    st.sampled_from(["placed", "paid", "cancelled", "refunded"]),
    st.sampled_from(["EUR", "USD"]),
    amounts,
    amounts,
)
# as browsers add up: the same amount, and a little beside it
sums = st.builds(
    lambda amount, error: amount + error, amounts, st.sampled_from([Decimal(0), Decimal("-7e-15")])
)
stream_orders = st.builds(
    StreamOrder, order_ids, hours, st.sampled_from(["EUR", "USD", None]), st.none() | sums, sums
)


def plain_verdict(shop: ShopOrder | None, stream: StreamOrder | None) -> str:
    """Say the same in whole hundredths, one question after the other."""
    if shop and stream:
        said = stream.value if stream.value is not None else Decimal(-1)
        kept_back = shop.value if shop.status == "cancelled" else shop.refunded_value
        if stream.currency is None or shop.currency != stream.currency:
            return "currency differs"
        if round(shop.value * 100) != round(said * 100):
            return "amount differs"
        return "equal" if round(kept_back * 100) == round(stream.refunded_value * 100) else "refund differs"
    if shop:
        return "equal" if shop.status == "cancelled" else "missing in stream"
    return "missing in shop"


@given(st.lists(shop_orders), st.lists(stream_orders))
def test_every_order_is_on_one_day_with_the_verdict_of_a_plain_reading(
    shop_rows: list[ShopOrder], stream_rows: list[StreamOrder]
) -> None:
    shop = {order.order_id: order for order in shop_rows}
    stream = {order.order_id: order for order in stream_rows}
    found: dict[str, tuple[datetime, str]] = {}
    for span in days_between(START.date(), (START + 2 * DAY).date(), START + 3 * DAY):
        for pair in pairs_of(shop, stream, span):
            known = pair.shop or pair.stream
            assert known is not None
            assert known.order_id not in found
            found[known.order_id] = (span.start, str(pair.verdict))
    for order_id in {*shop, *stream}:
        at = shop[order_id].placed_at if order_id in shop else stream[order_id].event_at
        day, verdict = found.pop(order_id)
        assert day <= at < day + DAY
        assert verdict == plain_verdict(shop.get(order_id), stream.get(order_id))
    assert not found


@pytest.mark.parametrize(
    ("shop", "stream", "verdict"),
    [
        (SHOP, STREAM, "equal"),
        (SHOP, replace(STREAM, event_at=START + 9 * DAY), "equal"),
        (SHOP, replace(STREAM, value=Decimal("24.400000000000002")), "equal"),
        (SHOP, replace(STREAM, value=Decimal("24.41")), "amount differs"),
        (SHOP, replace(STREAM, value=Decimal("24.405")), "amount differs"),
        (SHOP, replace(STREAM, value=Decimal("1e308")), "amount differs"),
        (SHOP, replace(STREAM, value=None), "amount differs"),
        (SHOP, replace(STREAM, currency=None), "currency differs"),
        (SHOP, replace(STREAM, currency="USD", value=Decimal(1)), "currency differs"),
        (SHOP, replace(STREAM, refunded_value=Decimal("24.4")), "refund differs"),
        (replace(SHOP, status="cancelled"), replace(STREAM, refunded_value=Decimal("24.4")), "equal"),
        (replace(SHOP, status="cancelled"), STREAM, "refund differs"),
        (replace(SHOP, status="cancelled"), None, "equal"),
        (SHOP, None, "missing in stream"),
        (None, STREAM, "missing in shop"),
    ],
)
def test_an_order_has_the_first_verdict_that_holds(
    shop: ShopOrder | None, stream: StreamOrder | None, verdict: str
) -> None:
    assert Pair(shop, stream).verdict == verdict


def test_days_come_newest_first_and_none_reaches_beyond_what_is_loaded() -> None:
    until = START + timedelta(hours=30)
    first, last = START.date() - DAY, START.date() + 5 * DAY
    assert days_between(first, last, until) == [
        Span(START + DAY, until),
        Span(START, START + DAY),
        Span(START - DAY, START),
    ]
    assert days_between(last, last, until) == []


def tally(**counts: int) -> Tally:
    return Tally(Counter({Verdict[name.upper()]: count for name, count in counts.items()}))


def test_the_share_of_missing_orders_is_one_of_the_books_orders() -> None:
    assert tally(equal=30, missing_in_stream=10, missing_in_shop=500).missing_percent == 25
    assert tally().missing_percent == 0


def test_a_few_orders_make_no_large_share() -> None:
    assert tally(missing_in_stream=1).missing_percent == 100 / LEAST_ORDERS
    assert tally(missing_in_stream=LEAST_ORDERS).missing_percent == 100


def test_what_is_published_adds_up() -> None:
    newest = tally(equal=90, missing_in_stream=20, missing_in_shop=3, currency_differs=1, amount_differs=2)
    published = {name: value for name, (_, value) in of_reconciliation(newest).items()}
    assert published == {
        "OrdersCompared": 116,
        "OrdersMissingInStream": 20,
        "OrdersMissingInShop": 3,
        "OrdersDiffering": 3,
        "OrdersMissingPercent": 17.699,
    }
