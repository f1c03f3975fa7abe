"""Orders of which nobody knows whether they were placed: they are asked for again, and placed once."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.storefront.conftest import Shop, wait_until
from tests.e2e.storefront.customer import signed_in, user_id
from tests.e2e.storefront.ordering import (
    ALLOWED,
    ORDERS,
    at_checkout,
    cart_count,
    orders,
    place,
    pumped,
    purchases,
    said,
    thanks,
)
from tests.e2e.storefront.test_journeys import add_bowl

Fault = Callable[[Route], None]


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
    page = signed_in(shop, "/checkout", email="grace@shop.example")
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
