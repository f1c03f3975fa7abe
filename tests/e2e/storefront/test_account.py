"""What somebody has ordered: all of it, the newest first, and nothing of anybody else."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.storefront.conftest import Shop
from tests.e2e.storefront.customer import signed_in, type_account, user_id


def numbers(page: Page) -> list[str]:
    return [text.removeprefix("Order ") for text in page.locator(".order-name").all_inner_texts()]


def put_orders(shop: Shop, count: int, email: str = "ada@shop.example") -> list[str]:
    """Put so many orders into somebody's books; return their numbers, the newest first."""
    placed = [f"N-{number:03}" for number in range(count)]
    for number in placed:
        shop.api.books.place(number, user_id(shop, email), "kitchen-003")
    return placed[::-1]


def test_orders_are_listed_newest_first_page_by_page(shop: Shop) -> None:
    page = signed_in(shop)
    placed = put_orders(shop, 23)
    page.reload()
    expect(page.locator(".order-name")).to_have_count(10)
    more = page.get_by_role("button", name="Show more")
    more.click()
    expect(page.locator(".order-name")).to_have_count(20)
    more.click()
    expect(page.locator(".order-name")).to_have_count(23)
    expect(more).to_have_count(0)
    assert numbers(page) == placed
    page.get_by_role("link", name="Order N-000").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Order N-000")
    expect(page.locator(".sum .price")).to_have_text("€29.90")
    page.go_back()
    expect(page.locator(".order-name")).to_have_count(23)


def test_an_order_of_somebody_else_is_not_there(shop: Shop) -> None:
    page = signed_in(shop)
    (number,) = put_orders(shop, 1)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{shop.url}/")
    page = signed_in(shop, f"/orders/{number}", email="grace@shop.example")
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    shop.open("/account", page)
    expect(page.get_by_text("You have ordered nothing yet.")).to_be_visible()


def test_an_order_is_shown_to_who_signs_in_for_it(shop: Shop) -> None:
    page = signed_in(shop)
    (number,) = put_orders(shop, 1)
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{shop.url}/")
    shop.open(f"/orders/{number}", page)
    expect(page.get_by_text("An order is shown to who placed it.")).to_be_visible()
    page.locator("main").get_by_role("button", name="Sign in").click()
    type_account(page)
    expect(page.get_by_text(f"Number {number}")).to_be_visible()
    assert page.url == f"{shop.url}/orders/{number}"


def test_what_was_given_back_is_shown(shop: Shop) -> None:
    page = signed_in(shop)
    (number,) = put_orders(shop, 1)
    with shop.api.books.owner() as owner:
        owner.execute("update shop.orders set status = 'refunded', refunded_value = value, shipping = 4.9")
    shop.open(f"/orders/{number}", page)
    expect(page.get_by_text("Money given back")).to_be_visible()
    expect(page.locator(".part")).to_have_text(["Shipping€4.90", "Given back€29.90"])
    expect(page.locator(".sum .price")).to_have_text("€34.80")


def test_orders_are_asked_for_again_when_the_shop_gave_no_answer(shop: Shop) -> None:
    page = signed_in(shop)
    (number,) = put_orders(shop, 1)
    shop.api.is_down = True
    page.reload()
    expect(page.get_by_role("alert")).to_contain_text("your orders could not be loaded")
    shop.open(f"/orders/{number}", page)
    expect(page.get_by_role("alert")).to_contain_text("this order could not be loaded")
    shop.api.is_down = False
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".summary")).to_be_visible()


def blocked(route: Route) -> None:
    route.abort()


@pytest.mark.parametrize("path", ["/account", "/checkout", "/orders/N-1"])
def test_a_page_whose_program_can_not_be_loaded_says_so(shop: Shop, path: str) -> None:
    page = shop.new_page()
    page.route("**/assets/OwnPage-*.js", blocked)
    shop.open(path, page)
    expect(page.locator("nav a")).to_have_count(7)  # an answer of the API is another reason to try again
    expect(page.get_by_role("alert")).to_contain_text("this page could not be loaded")
    page.unroute("**/assets/OwnPage-*.js")
    page.get_by_role("button", name="Try again").click()
    expect(page.get_by_role("alert")).to_have_count(0)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
