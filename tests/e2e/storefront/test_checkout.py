"""From the cart to an order: at the prices that were seen, and the cart is safe until then."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from playwright.sync_api import Request, Route, expect

from tests.e2e.storefront.conftest import Shop
from tests.e2e.storefront.customer import change_tokens, sign_up, signed_in, type_account, user_id
from tests.e2e.storefront.ordering import (
    ALLOWED,
    ORDERS,
    at_checkout,
    cart_count,
    orders,
    place,
    purchases,
    said,
    thanks,
)
from tests.e2e.storefront.test_journeys import add_bowl


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
    page = signed_in(shop)
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
    type_account(page)
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
