"""What fails around the shop: the API, its configuration, storage, and whatever records events."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Route, expect

from tests.e2e.storefront.conftest import Shop
from tests.e2e.storefront.test_journeys import BOWL, add_bowl

THROWS = "throw new Error('broken by a test')"
SDK_FILE = "**/assets/sdk-*.js"
REFUSED_STORAGE = """
Object.defineProperty(window, 'localStorage', { get() { throw new DOMException('', 'SecurityError'); } });
"""


def walk(shop: Shop, page: Page) -> None:
    """The shop works: a product is found, put into the cart, and is there."""
    shop.open("/", page)
    page.get_by_role("link", name="Oak Pen Tray").click()
    page.get_by_role("button", name="Add to cart").click()
    page.get_by_role("link", name="your cart").click()
    expect(page.locator(".sum .price")).to_have_text("€27.00")


def functions_that_throw(text: str) -> str:
    """Return the SDK's file with every function that it exports throwing."""
    exported = text.rpartition("export{")[2].partition("}")[0]
    names = [part.split(" as ")[-1] for part in exported.split(",")]
    assert "init" in names
    functions = ", ".join(f"f as {name}" for name in names if name != "init")
    return f"const f = () => {{ {THROWS} }}; export const init = () => undefined; export {{ {functions} }};"


def test_shop_says_that_the_api_is_down_and_goes_on_when_it_is_back(shop: Shop) -> None:
    shop.api.is_down = True
    page = shop.open()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("No answer from the shop: the products could not be loaded.")
    retry = alert.get_by_role("button", name="Try again")
    retry.click()
    expect(alert).to_be_visible()
    shop.api.is_down = False
    retry.click()
    expect(page.locator("a.card")).to_have_count(23)
    expect(page.locator("nav a")).to_have_count(7)
    expect(alert).to_have_count(0)


def test_shop_goes_on_by_itself_when_the_network_is_back(shop: Shop) -> None:
    page = shop.open()
    expect(page.locator("a.card")).to_have_count(23)
    shop.context.set_offline(True)
    page.get_by_role("link", name="Stoneware Bowl").click()
    expect(page.get_by_role("alert")).to_contain_text("this product could not be loaded")
    shop.context.set_offline(False)
    expect(page.get_by_role("heading", level=1)).to_have_text("Stoneware Bowl")


def test_cart_is_shown_while_the_api_is_down(shop: Shop) -> None:
    page = add_bowl(shop)
    shop.api.is_down = True
    shop.open("/cart", page)
    expect(page.get_by_role("alert")).to_contain_text("the prices of today could not be loaded")
    expect(page.locator(".sum .price")).to_have_text("€22.00")


def test_shop_that_was_published_without_addresses_says_that_there_is_no_answer(shop: Shop) -> None:
    addresses = shop.files.pop("config.json")
    page = shop.open()
    expect(page.get_by_role("alert")).to_be_visible()
    shop.files["config.json"] = addresses
    page.get_by_role("alert").get_by_role("button").click()
    expect(page.locator("a.card")).to_have_count(23)


def test_answer_that_is_not_the_apis_is_no_answer(shop: Shop) -> None:
    page = shop.new_page()
    page.route("**/v1/products**", lambda route: route.fulfill(json={"products": [{"price": 1}]}))
    shop.open("/", page)
    expect(page.get_by_role("alert")).to_be_visible()


def abort(route: Route) -> None:
    route.abort("blockedbyclient")


def throw(route: Route) -> None:
    route.fulfill(content_type="text/javascript", body=THROWS)


def throw_later(route: Route) -> None:
    text = route.fetch().text()
    route.fulfill(content_type="text/javascript", body=functions_that_throw(text))


@pytest.mark.parametrize("fault", [abort, throw, throw_later], ids=["blocked", "throws", "functions-throw"])
def test_shop_works_without_the_sdk(shop: Shop, fault: object) -> None:
    page = shop.new_page()
    asked: list[str] = []

    def answered(route: Route) -> None:
        assert callable(fault)
        asked.append(route.request.url)
        fault(route)

    page.route(SDK_FILE, answered)
    walk(shop, page)
    assert asked
    assert shop.api.lines() == []


def test_shop_works_when_requests_with_events_are_blocked(shop: Shop) -> None:
    page = shop.new_page()
    page.route("**/v1/events", abort)
    walk(shop, page)


def test_cart_lives_as_long_as_the_page_where_storage_is_refused(shop: Shop) -> None:
    shop.context.add_init_script(REFUSED_STORAGE)
    walk(shop, shop.new_page())


def test_a_click_meant_for_another_tab_opens_one(shop: Shop) -> None:
    page = shop.open()
    with shop.context.expect_page() as opened:
        page.get_by_role("link", name="Stoneware Bowl").click(modifiers=["Control"])
    expect(opened.value.get_by_role("heading", level=1)).to_have_text("Stoneware Bowl")
    assert opened.value.url == shop.url + BOWL
    assert page.url == f"{shop.url}/"
