"""From the cart to an order: placed once, whatever happens on the way, and the cart is safe until then."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.e2e.storefront.conftest import Shop, wait_until
from tests.e2e.storefront.customer import change_tokens, sign_up, signed_up, user_id
from tests.e2e.storefront.test_journeys import add_bowl

ORDERS = "**/v1/orders"
ALLOWED = {"access-control-allow-origin": "*"}
Fault = Callable[[Route], None]


def at_checkout(shop: Shop) -> Page:
    """Return the checkout of somebody who signed in and has two bowls in the cart."""
    page = signed_up(shop)
    add_bowl(shop, page)
    page.get_by_role("button", name="Add to cart").click()
    shop.open("/checkout", page)
    expect(page.get_by_text("Signed in as ada@shop.example")).to_be_visible()
    return page


def place(page: Page, amount: str = "€44.00") -> None:
    page.get_by_role("button", name=f"Place order · {amount}").click()


def thanks(page: Page) -> str:
    """Return the number of the order for which the page says thanks."""
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    return page.url.rpartition("/")[2]


def cart_count(page: Page, count: int) -> None:
    expect(page.locator("header .count")).to_have_text(str(count))


def said(page: Page, text: str) -> None:
    expect(page.get_by_role("alert")).to_contain_text(text)


def orders(shop: Shop) -> list[tuple[Any, ...]]:
    """Return number, customer and value of what the books hold."""
    with shop.api.books.owner() as owner:
        return owner.execute(
            "select order_id, customer_id, value from shop.orders order by placed_at"
        ).fetchall()


def purchases(shop: Shop, page: Page) -> list[str]:
    return [event["params"]["transaction_id"] for event in shop.events(page, "purchase")]


def test_a_visitor_orders_and_signs_up_on_the_way(shop: Shop) -> None:
    page = add_bowl(shop)
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="your cart").click()
    page.get_by_role("link", name="Check out").click()
    expect(page.get_by_role("button", name="Place order")).to_be_disabled()
    sign_up(shop, page)
    assert page.url == f"{shop.url}/checkout"
    place(page)
    number = thanks(page)
    assert orders(shop) == [(number, user_id(shop), Decimal("44.00"))]
    expect(page.get_by_text(f"Number {number}")).to_be_visible()
    expect(page.locator(".summary")).to_contain_text("Stoneware Bowl")
    expect(page.locator(".sum .price")).to_have_text("€44.00")
    cart_count(page, 0)
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text(f"Order {number}")
    begun, bought = shop.events(page, "begin_checkout", "purchase")
    item = {"item_id": "kitchen-003", "item_name": "Stoneware Bowl", "price": 22, "quantity": 2}
    for event in (begun, bought):
        assert item.items() <= event["items"][0].items()
        assert (event["params"]["value"], event["params"]["currency"]) == (44, "EUR")
    assert (bought["params"]["transaction_id"], bought["items"][0]["item_brand"]) == (number, "Lehmgold")
    owners = {line["event"]["event_name"]: line.get("user_id") for line in shop.api.lines()}
    assert (owners["begin_checkout"], owners["purchase"]) == (None, user_id(shop))


def test_a_cart_that_is_bought_again_is_another_order(shop: Shop) -> None:
    page = at_checkout(shop)
    place(page)
    first = thanks(page)
    add_bowl(shop, page)
    page.get_by_role("button", name="Add to cart").click()
    shop.open("/checkout", page)
    place(page)
    second = thanks(page)
    assert [order[0] for order in orders(shop)] == [first, second]
    assert sorted(purchases(shop, page)) == sorted([first, second])


def lose_answer(route: Route) -> None:
    route.fetch()
    route.abort()


def lose_request(route: Route) -> None:
    route.abort()


def fail(route: Route) -> None:
    route.fulfill(status=503, json={"type": "urn:problem:database-unavailable"}, headers=ALLOWED)


@pytest.mark.parametrize(
    "fault", [lose_answer, lose_request, fail], ids=["answer-lost", "request-lost", "503"]
)
def test_an_order_without_answer_is_asked_for_again_and_placed_once(shop: Shop, fault: Fault) -> None:
    page, keys = at_checkout(shop), list[str | None]()

    def answered(route: Route) -> None:
        keys.append(route.request.header_value("idempotency-key"))
        (fault if len(keys) == 1 else Route.continue_)(route)

    page.route(ORDERS, answered)
    place(page)
    said(page, "it may have been placed or not")
    cart_count(page, 2)
    shop.open("/checkout", page)  # nor is it forgotten
    expect(page.locator(".summary")).to_contain_text("Stoneware Bowl")
    page.get_by_role("button", name="Ask again").click()
    number = thanks(page)
    cart_count(page, 0)
    assert [order[0] for order in orders(shop)] == [number]
    assert len(keys) == 2
    assert keys[0]
    assert keys[0] == keys[1]
    assert purchases(shop, page) == [number]


def test_an_order_without_answer_is_asked_for_as_it_was_though_the_cart_changed(shop: Shop) -> None:
    page = at_checkout(shop)
    page.route(ORDERS, lose_answer)
    place(page)
    said(page, "it may have been placed or not")
    page.unroute(ORDERS)
    add_bowl(shop, page)
    shop.open("/checkout", page)
    expect(page.locator(".sum .price")).to_have_text("€44.00")
    page.get_by_role("button", name="Ask again").click()
    thanks(page)
    assert [order[2] for order in orders(shop)] == [Decimal("44.00")]
    cart_count(page, 1)


def test_an_order_without_answer_can_be_left_alone(shop: Shop) -> None:
    page = at_checkout(shop)
    page.route(ORDERS, lose_request)
    place(page)
    page.get_by_role("button", name="Leave it, and look at my orders").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Your account")
    page.unroute(ORDERS)
    shop.open("/checkout", page)
    place(page)
    number = thanks(page)
    assert [order[0] for order in orders(shop)] == [number]


def test_somebody_else_on_the_same_device_does_not_send_an_order_that_is_not_theirs(shop: Shop) -> None:
    page = at_checkout(shop)
    page.route(ORDERS, lose_request)
    place(page)
    said(page, "it may have been placed or not")
    page.unroute(ORDERS)
    shop.open("/account", page)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{shop.url}/")
    page = signed_up(shop, "/checkout", email="grace@shop.example")
    place(page)
    number = thanks(page)
    assert [(order[0], order[1]) for order in orders(shop)] == [(number, user_id(shop, "grace@shop.example"))]


def test_two_tabs_that_order_the_same_cart_place_it_once(shop: Shop) -> None:
    one = at_checkout(shop)
    other = shop.open("/checkout")
    waiting: list[Route] = []

    def hold(route: Route) -> None:
        waiting.append(route)

    for page in (one, other):
        page.route(ORDERS, hold)
        expect(page.get_by_text("Signed in as ada@shop.example")).to_be_visible()
    for page in (one, other):
        place(page)
    wait_until(lambda: pumped(one) and len(waiting) == 2, "both ask")
    for route in waiting:
        route.continue_()
    numbers = {thanks(one), thanks(other)}
    assert [order[0] for order in orders(shop)] == list(numbers)
    other.goto("about:blank")
    assert purchases(shop, one) == list(numbers)


def pumped(page: Page) -> bool:
    """Let the browser's own messages come in."""
    page.wait_for_timeout(10)
    return True


def test_a_price_that_changed_is_shown_before_anything_is_ordered(shop: Shop) -> None:
    page = at_checkout(shop)
    shop.api.products = [
        replace(one, price=Decimal("24.50")) if one.product_id == "kitchen-003" else one
        for one in shop.api.products
    ]
    place(page)
    said(page, "have changed since you looked. Nothing was ordered")
    assert orders(shop) == []
    place(page, "€49.00")
    thanks(page)
    assert [order[2] for order in orders(shop)] == [Decimal("49.00")]


def test_what_is_sold_out_is_said_and_the_rest_is_ordered(shop: Shop) -> None:
    page = signed_up(shop)
    add_bowl(shop, page)
    shop.open("/products/light-003", page)
    page.get_by_role("button", name="Add to cart").click()
    shop.open("/checkout", page)
    expect(page.get_by_role("button", name="Place order · €29.80")).to_be_enabled()
    shop.api.products = [one for one in shop.api.products if one.product_id != "light-003"]
    place(page, "€29.80")
    said(page, "have changed since you looked")
    expect(page.locator(".summary li", has_text="Beeswax Candle")).to_contain_text("No longer sold")
    place(page, "€22.00")
    thanks(page)
    assert [order[2] for order in orders(shop)] == [Decimal("22.00")]
    cart_count(page, 1)


def test_what_is_sold_out_in_the_very_moment_is_said(shop: Shop) -> None:
    page = at_checkout(shop)

    def sold_out(route: Route) -> None:
        shop.api.products = []
        route.continue_()

    page.route(ORDERS, sold_out)
    place(page)
    said(page, "Something in it was sold out this moment.")
    said(page, "Nothing was ordered just now")
    cart_count(page, 2)
    shop.open("/cart", page)
    expect(page.locator(".line")).to_contain_text("No longer sold")


@pytest.mark.parametrize(
    ("status", "kind", "text"),
    [
        (409, "conflict", "The shop does not take this order as it is."),
        (422, "mixed-currencies", "prices in two currencies"),
        (429, "", "Too many people are ordering this moment."),
    ],
)
def test_what_the_shop_refuses_is_said_and_can_be_tried_again(
    shop: Shop, status: int, kind: str, text: str
) -> None:
    page = at_checkout(shop)
    problem = {"type": f"urn:problem:{kind}"}
    page.route(ORDERS, lambda route: route.fulfill(status=status, json=problem, headers=ALLOWED))
    place(page)
    said(page, text)
    said(page, "your cart is as it was")
    cart_count(page, 2)
    page.unroute(ORDERS)
    place(page)
    thanks(page)
    assert len(orders(shop)) == 1


def test_nothing_is_sent_while_the_shop_gives_no_answer(shop: Shop) -> None:
    page = at_checkout(shop)
    posts: list[Request] = []
    page.on("request", lambda one: posts.append(one) if one.url.endswith("/v1/orders") else None)
    shop.context.set_offline(True)
    place(page)
    said(page, "The shop gives no answer.")
    said(page, "Nothing was ordered just now")
    shop.context.set_offline(False)
    shop.api.is_down = True
    place(page)
    said(page, "The shop gives no answer.")
    shop.api.is_down = False
    assert posts == []
    place(page)
    thanks(page)


def test_who_is_signed_out_meanwhile_signs_in_again_and_has_the_cart(shop: Shop) -> None:
    page = at_checkout(shop)
    page.route(
        "**/oauth2/token",
        lambda route: route.fulfill(status=400, json={"error": "invalid_grant"}, headers=ALLOWED),
    )
    change_tokens(page, accessToken="e.e.e")
    place(page)
    said(page, "You are no longer signed in.")
    page.unroute("**/oauth2/token")
    page.locator("main").get_by_role("button", name="Sign in").click()
    expect(page.get_by_text("Signed in as ada@shop.example")).to_be_visible()
    place(page)
    number = thanks(page)
    assert [order[0] for order in orders(shop)] == [number]
    assert [event["event_name"] for event in shop.events(page, "begin_checkout")] == ["begin_checkout"]


def test_an_empty_cart_is_not_checked_out(shop: Shop) -> None:
    page = shop.open("/checkout")
    expect(page.get_by_text("There is nothing in it yet.")).to_be_visible()
    assert shop.events(page, "begin_checkout") == []


def test_checkout_works_without_the_sdk(shop: Shop) -> None:
    shop.context.route("**/assets/sdk-*.js", lambda route: route.abort())
    page = at_checkout(shop)
    place(page)
    thanks(page)
    assert len(orders(shop)) == 1
    assert shop.api.lines() == []
