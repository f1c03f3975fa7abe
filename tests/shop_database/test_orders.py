"""Orders are placed once, at the database's prices, and seen by who placed them alone."""

from decimal import Decimal

import pytest
from shop.database import DatabaseError

from tests.shop.requests import items, listing_orders, one_order, placing
from tests.shop_database.shop import Answer, Shop, ask


def place(shop: Shop, *lines: tuple[str, int], customer: str = "c-1", key: str = "k-1") -> Answer:
    return ask(shop.database(), placing(items(*lines), customer, key))


def test_an_order_has_the_names_and_prices_of_the_database(shop: Shop) -> None:
    made = place(shop, ("a-1", 2), ("b-2", 3))
    assert (made.status, made.headers["location"]) == (201, f"/v1/orders/{made.body['order_id']}")
    assert made.body["items"] == [
        {"product_id": "a-1", "item_name": "Waffle Bath Towel", "price": "29.90", "quantity": 2},
        {"product_id": "b-2", "item_name": "Straßenkarte „Köln“", "price": "7.05", "quantity": 3},
    ]
    amounts = {name: made.body[name] for name in ("value", "shipping", "tax", "total", "refunded_value")}
    assert amounts == {
        "value": "80.95",
        "shipping": "0.00",
        "tax": "0.00",
        "total": "80.95",
        "refunded_value": "0.00",
    }
    assert (made.body["status"], made.body["currency"]) == ("placed", "EUR")


def test_the_reconciliation_finds_the_order_by_the_number_that_the_customer_was_told(shop: Shop) -> None:
    made = place(shop, ("a-1", 2))
    with shop.owner() as owner:
        rows = owner.execute("select order_id, customer_id, currency, value from shop.orders").fetchall()
    assert rows == [(made.body["order_id"], "c-1", "EUR", Decimal("59.80"))]


def test_a_price_that_changes_later_changes_no_order(shop: Shop) -> None:
    made = place(shop, ("a-1", 1))
    with shop.owner() as owner:
        owner.execute("update shop.products set price = 1, item_name = 'Rag' where product_id = 'a-1'")
    assert ask(shop.database(), one_order(made.body["order_id"])).body == made.body
    assert place(shop, ("a-1", 1), key="k-2").body["value"] == "1.00"


def test_the_same_key_and_body_are_the_same_order(shop: Shop) -> None:
    first = place(shop, ("a-1", 1), ("a-2", 2))
    again = place(shop, ("a-1", 1), ("a-2", 2))
    assert (first.status, again.status) == (201, 200)
    assert (again.body, again.headers["location"]) == (first.body, first.headers["location"])
    assert shop.orders_count() == 1


def test_the_same_key_finds_its_order_when_nothing_of_it_is_on_sale_any_more(shop: Shop) -> None:
    first = place(shop, ("a-1", 1))
    with shop.owner() as owner:
        owner.execute("update shop.products set is_active = false, price = 99")
    assert (place(shop, ("a-1", 1)).status, place(shop, ("a-1", 1)).body) == (200, first.body)


@pytest.mark.parametrize("lines", [[("a-1", 2)], [("a-2", 1)], [("a-1", 1), ("a-2", 1)]])
def test_the_same_key_with_another_body_is_refused(shop: Shop, lines: list[tuple[str, int]]) -> None:
    first = place(shop, ("a-1", 1))
    again = place(shop, *lines)
    assert (again.status, again.slug) == (422, "idempotency-key-reused")
    assert first.body["order_id"] in again.body["detail"]
    assert shop.orders_count() == 1


def test_a_key_is_each_customers_own(shop: Shop) -> None:
    mine, theirs = place(shop, ("a-1", 1)), place(shop, ("a-2", 1), customer="c-2")
    assert (mine.status, theirs.status) == (201, 201)
    assert mine.body["order_id"] != theirs.body["order_id"]


@pytest.mark.parametrize(
    ("lines", "slug", "said"),
    [
        ([("no-such", 1)], "not-on-sale", "'no-such'"),
        ([("a-1", 1), ("z-9", 1), ("x", 1)], "not-on-sale", "'x', 'z-9'"),
        ([(f"x-{number}", 1) for number in range(9)], "not-on-sale", "'x-4' and 4 more"),
        ([("a-1", 1), ("d-1", 1)], "mixed-currencies", "EUR and USD"),
        ([("c-1", 101)], "order-too-large", "999999999999.99"),
    ],
)
def test_what_can_not_be_ordered_is_said_and_leaves_nothing(
    shop: Shop, lines: list[tuple[str, int]], slug: str, said: str
) -> None:
    refused = place(shop, *lines)
    assert (refused.status, refused.slug) == (422, slug)
    assert said in refused.body["detail"]
    assert shop.orders_count() == 0
    assert place(shop, ("a-1", 1)).status == 201, "the key is still free"


def test_the_largest_order_is_taken(shop: Shop) -> None:
    made = place(shop, *[("a-1", 999)] * 100)
    assert (made.status, len(made.body["items"]), made.body["value"]) == (201, 100, "2987010.00")
    assert place(shop, ("c-1", 100), key="k-2").body["value"] == "999999999999.00"


def test_another_persons_order_is_no_order_in_the_same_words(shop: Shop) -> None:
    theirs = place(shop, ("a-1", 1), customer="c-2").body["order_id"]
    refused, missing = (ask(shop.database(), one_order(number)) for number in (theirs, "NO-SUCH"))
    assert (refused.status, refused.slug) == (404, "no-such-order")
    assert refused == missing
    assert ask(shop.database(), listing_orders()).body == {"orders": [], "next_cursor": None}


def test_orders_are_listed_newest_first_each_once(shop: Shop) -> None:
    numbers = [place(shop, ("a-1", count), key=str(count)).body["order_id"] for count in range(1, 8)]
    with shop.owner() as owner:  # two of one instant
        owner.execute(
            "update shop.orders set placed_at = (select min(placed_at) from shop.orders)"
            " where order_id = any(%s)",
            [numbers[:2]],
        )
    place(shop, ("a-1", 1), customer="c-2")
    database, listed, query = shop.database(), list[str](), {"limit": "3"}
    while True:
        page = ask(database, listing_orders(**query)).body
        listed += [order["order_id"] for order in page["orders"]]
        if page["next_cursor"] is None:
            break
        query = {"limit": "3", "cursor": page["next_cursor"]}
    assert listed == [*reversed(numbers[2:]), *sorted(numbers[:2], reverse=True)]


def test_a_cursor_of_another_persons_order_leads_nowhere(shop: Shop) -> None:
    place(shop, ("a-1", 1), customer="c-2", key="1")
    place(shop, ("a-1", 1), customer="c-2", key="2")
    cursor = ask(shop.database(), listing_orders("c-2", limit="1")).body["next_cursor"]
    place(shop, ("a-1", 1))
    assert ask(shop.database(), listing_orders("c-1", cursor=cursor)).body["orders"] == []


def test_what_was_refunded_is_shown(shop: Shop) -> None:
    number = place(shop, ("a-1", 1)).body["order_id"]
    with shop.owner() as owner:
        owner.execute("update shop.orders set status = 'refunded', refunded_value = value, shipping = 4.9")
    order = ask(shop.database(), one_order(number)).body
    assert (order["status"], order["refunded_value"], order["total"]) == ("refunded", "29.90", "34.80")


def test_nothing_is_written_outside_a_transaction_that_was_begun_for_it(shop: Shop) -> None:
    database = shop.database()
    head = "insert into shop.orders (customer_id, idempotency_key, currency, value)"
    insert = f"{head} values ('c', 'k', 'EUR', 0) returning order_id"
    database.write(lambda ask_in: ask_in("select 1", {}))
    with pytest.raises(DatabaseError, match="read-only transaction"):
        database.ask(insert, {})
    assert shop.orders_count() == 0


def test_a_transaction_that_fails_leaves_the_connection_good(shop: Shop) -> None:
    database = shop.database()
    refused = ask(database, placing(items(("no-such", 1))))
    assert refused.status == 422
    ((first,),) = database.ask("select pg_backend_pid()", {})
    assert ask(database, placing(items(("a-1", 1)))).status == 201
    assert database.ask("select pg_backend_pid()", {}) == [(first,)]


@pytest.mark.parametrize("right", ["update shop.orders set value = 0", "delete from shop.order_items"])
def test_the_function_may_change_no_order_even_where_it_writes(shop: Shop, right: str) -> None:
    database = shop.database()
    with pytest.raises(DatabaseError, match="permission denied"):
        database.write(lambda ask_in: ask_in(right, {}))
