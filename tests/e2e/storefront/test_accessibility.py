"""axe finds nothing on any page, in light, in dark and on a phone."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import SCREENSHOTS
from tests.e2e.storefront.conftest import Shop
from tests.e2e.storefront.customer import sign_up, type_account
from tests.e2e.storefront.test_journeys import add_bowl
from tests.sdk.npm import FRONTEND

AXE = FRONTEND / "node_modules" / "axe-core" / "axe.min.js"
LOOKS: dict[str, tuple[Literal["light", "dark"], int]] = {
    "light": ("light", 1280),
    "dark": ("dark", 1280),
    "phone": ("dark", 375),
}
PAGES = {
    "home": "/",
    "category": "/categories/Lighting",
    "search": "/search?q=linen",
    "search-empty": "/search?q=nothing-like-it",
    "product": "/products/kitchen-003",
    "cart": "/cart",
    "checkout-signed-out": "/checkout",
    "account-signed-out": "/account",
    "order-signed-out": "/orders/N-1",
    "missing": "/no-such-page",
}


def findings(page: Page) -> list[str]:
    """Return what axe has to say, with the elements that it says it of."""
    page.evaluate(AXE.read_text())
    found: dict[str, Any] = page.evaluate("axe.run(document, { resultTypes: ['violations'] })")
    assert found["passes"]
    return [
        f"{finding['impact']} {finding['id']}: {node['html']}"
        for finding in found["violations"]
        for node in finding["nodes"]
    ]


def looked_at(shop: Shop, look: str) -> Page:
    """Return a page of this look with something in the cart."""
    scheme, width = LOOKS[look]
    page = shop.new_page()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    add_bowl(shop, page)
    expect(page.locator("header .count")).to_have_text("1")
    return page


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_any_page(shop: Shop, look: str) -> None:
    page = looked_at(shop, look)
    for name, path in PAGES.items():
        shop.open(path, page)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=SCREENSHOTS / f"storefront-{name}-{look}.png", full_page=True)
        assert findings(page) == [], name


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_while_the_shop_gives_no_answer(shop: Shop, look: str) -> None:
    page = looked_at(shop, look)
    shop.api.is_down = True
    for name in ("home", "product", "cart"):
        shop.open(PAGES[name], page)
        expect(page.get_by_role("alert")).to_be_visible()
        page.screenshot(path=SCREENSHOTS / f"storefront-{name}-down-{look}.png", full_page=True)
        assert findings(page) == [], name


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_from_checkout_to_the_account(shop: Shop, look: str) -> None:
    page = looked_at(shop, look)

    def is_good(name: str) -> None:
        page.wait_for_load_state("networkidle")
        page.screenshot(path=SCREENSHOTS / f"storefront-{name}-{look}.png", full_page=True)
        assert findings(page) == [], name

    shop.open("/account", page)
    sign_up(shop, page)
    is_good("account-empty")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(f"{shop.url}/")
    shop.open("/?code=c&state=s", page)
    expect(page.get_by_role("alert")).to_contain_text("You were not signed in")
    is_good("not-signed-in")
    page.locator("header button.person").click()
    type_account(page)
    expect(page.locator("header a.person")).to_have_text("Account")
    shop.open("/products/light-003", page)
    page.get_by_role("button", name="Add to cart").click()
    shop.open("/checkout", page)
    expect(page.get_by_role("button", name="Place order · €29.80")).to_be_enabled()
    is_good("checkout")
    page.route("**/v1/orders", lambda route: route.abort())
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("alert")).to_contain_text("it may have been placed or not")
    is_good("checkout-open")
    page.unroute("**/v1/orders")
    page.get_by_role("button", name="Ask again").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    is_good("order")
    shop.open("/account", page)
    expect(page.locator(".order-name")).to_have_count(1)
    is_good("account")
