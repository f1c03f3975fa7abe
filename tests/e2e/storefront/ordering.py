"""What a visitor does and sees on the way to an order, and what the books have of it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page, expect

from tests.e2e.storefront.conftest import Shop
from tests.e2e.storefront.customer import signed_in
from tests.e2e.storefront.test_journeys import BOWL

ORDERS = "**/v1/orders"
ALLOWED = {"access-control-allow-origin": "*"}


def at_checkout(shop: Shop) -> Page:
    """Return the checkout of somebody who signed in and has two bowls in the cart."""
    page = signed_in(shop, BOWL)
    page.get_by_role("button", name="Add to cart").click()
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


def pumped(page: Page) -> bool:
    """Let the browser's own messages come in."""
    page.wait_for_timeout(10)
    return True
