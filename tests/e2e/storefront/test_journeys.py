"""A visitor walks through the shop: by mouse, by keyboard, by phone, in two tabs, and back again."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect
from product_file import ProductRow

from tests.e2e.storefront.address import MISSING_PICTURE
from tests.e2e.storefront.conftest import Shop, wait_until

BOWL = "/products/kitchen-003"
PHONE_WIDTH = 375
PAGES = (
    "/",
    "/categories/Kitchen",
    "/search?q=tea",
    "/search?q=nothing-like-it",
    BOWL,
    "/cart",
    "/account",
    "/orders/N-1",
    "/no-such-page",
)


def cards(page: Page) -> list[str]:
    """Return the names of the products that are shown."""
    return page.locator("a.card .card-name").all_inner_texts()


def many(count: int) -> list[ProductRow]:
    """Return so many products, one category for each ten."""
    picture = "media/products/p.webp"
    bowl = ProductRow("p-000", "Bowl", None, "C-0", Decimal("2.50"), "EUR", picture, is_active=True)
    return [
        replace(
            bowl, product_id=f"p-{number:03}", item_name=f"Bowl {number}", item_category=f"C-{number // 10}"
        )
        for number in range(count)
    ]


def add_bowl(shop: Shop, page: Page | None = None) -> Page:
    """Return a page of the bowl, which is in the cart once more."""
    page = shop.open(BOWL, page)
    page.get_by_role("button", name="Add to cart").click()
    return page


def test_catalogue_shows_what_is_on_sale_with_prices_and_pictures(shop: Shop) -> None:
    page = shop.open()
    expect(page.locator("a.card")).to_have_count(23)
    assert "Wall Calendar, last year's" not in cards(page)
    bowl = page.locator("a.card", has_text="Stoneware Bowl")
    assert bowl.locator(".price").inner_text() == "€22.00"
    bowl.scroll_into_view_if_needed()
    is_there = "[...document.images].some(one => one.src.endsWith('kitchen-003.svg') && one.naturalWidth)"
    wait_until(lambda: bool(page.evaluate(is_there)), "the picture")
    pictures = page.locator("img.picture")
    assert {pictures.nth(at).get_attribute("loading") for at in range(8)} == {"eager"}
    assert {pictures.nth(at).get_attribute("loading") for at in range(8, 22)} == {"lazy"}
    assert page.locator("a.card", has_text="Beeswax Candle").locator("img").count() == 0


def test_category_shows_its_own_products_and_is_marked_as_the_present_one(shop: Shop) -> None:
    page = shop.open()
    page.get_by_role("link", name="Garden", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Garden")
    expect(page.locator("a.card")).to_have_count(4)
    assert page.url == f"{shop.url}/categories/Garden"
    assert page.locator("nav [aria-current=page]").inner_text() == "Garden"
    assert page.title() == "Garden · Hearthside"


def test_a_long_list_grows_by_pages_and_is_whole_when_one_comes_back(shop: Shop) -> None:
    shop.api.products = many(50)
    page = shop.open()
    expect(page.locator("a.card")).to_have_count(24)
    more = page.get_by_role("button", name="Show more")
    more.click()
    expect(page.locator("a.card")).to_have_count(48)
    more.click()
    expect(page.locator("a.card")).to_have_count(50)
    expect(more).to_have_count(0)
    assert len(set(cards(page))) == 50
    page.get_by_role("link", name="Bowl 49").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Bowl 49")
    assert page.evaluate("scrollY") == 0
    page.go_back()
    expect(page.locator("a.card")).to_have_count(50)
    assert page.evaluate("scrollY") > 1000


def test_categories_are_those_of_all_products_not_of_the_first_page(shop: Shop) -> None:
    shop.api.products = many(150)
    page = shop.open("/cart")
    expect(page.locator("nav a")).to_have_count(16)


def test_search_finds_and_says_when_there_is_nothing(shop: Shop) -> None:
    page = shop.open()
    field = page.get_by_label("Search products")
    field.fill("linen")
    field.press("Enter")
    expect(page.locator("a.card")).to_have_count(2)
    assert cards(page) == ["Linen Shower Curtain", "Linen Tea Towel"]
    field.fill('<img src=x onerror="alert(1)">')
    field.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text('Results for “<img src=x onerror="alert(1)">”')
    expect(page.get_by_text("Nothing found. Fewer or shorter words find more.")).to_be_visible()
    page.go_back()
    expect(page.locator("a.card")).to_have_count(2)
    expect(field).to_have_value("linen")
    page.get_by_role("link", name="Everything").click()
    expect(page.locator("a.card")).to_have_count(23)
    expect(field).to_have_value("")


def test_cart_counts_adds_up_and_survives_a_reload(shop: Shop) -> None:
    page = add_bowl(shop)
    page.get_by_role("button", name="Add to cart").click()
    page = shop.open("/products/light-003", page)
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("header .count")).to_have_text("3")
    page.get_by_role("link", name="your cart").click()
    expect(page.locator(".sum .price")).to_have_text("€51.80")
    page.reload()
    expect(page.locator(".sum .price")).to_have_text("€51.80")
    candle = page.locator(".line", has_text="Beeswax Candle")
    assert candle.get_by_role("button", name="One less").is_disabled()
    for _ in range(3):
        candle.get_by_role("button", name="One more").click()
    expect(page.locator(".sum .price")).to_have_text("€75.20")
    candle.get_by_role("button", name="One less").click()
    page.get_by_role("button", name="Remove Stoneware Bowl").click()
    expect(page.locator(".sum .price")).to_have_text("€23.40")
    page.get_by_role("button", name="Remove Beeswax Candle").click()
    expect(page.get_by_text("There is nothing in it yet.")).to_be_visible()
    expect(page.locator("header .count")).to_have_text("0")


def test_two_tabs_share_the_cart_and_neither_loses_what_the_other_adds(shop: Shop) -> None:
    one, other = shop.open("/cart"), shop.open("/products/office-001")
    other.get_by_role("button", name="Add to cart").click()
    expect(one.locator(".line")).to_have_count(1)
    shop.open(BOWL, one)
    one.get_by_role("button", name="Add to cart").click()
    other.get_by_role("button", name="Add to cart").click()
    for page in (one, other):
        expect(page.locator("header .count")).to_have_text("3")


def test_cart_shows_prices_of_today_and_leaves_out_what_is_no_longer_sold(shop: Shop) -> None:
    page = add_bowl(shop)
    page = shop.open("/products/light-003", page)
    page.get_by_role("button", name="Add to cart").click()
    expect(page.locator("header .count")).to_have_text("2")
    shop.api.products = [
        replace(one, price=Decimal("24.50")) for one in shop.api.products if one.product_id == "kitchen-003"
    ]
    page = shop.open("/cart", page)
    expect(page.locator(".sum .price")).to_have_text("€24.50")
    expect(page.locator(".line", has_text="Beeswax Candle")).to_contain_text("No longer sold")


def test_a_cart_that_somebody_wrote_nonsense_into_is_an_empty_one(shop: Shop) -> None:
    page = shop.open("/cart")
    for nonsense in ("{", '{"length": 3}', '[null, {"product": {"product_id": 1}, "quantity": 1}]'):
        page.evaluate("text => localStorage.setItem('storefront.cart', text)", nonsense)
        page.reload()
        expect(page.get_by_text("There is nothing in it yet.")).to_be_visible()


def test_an_address_that_is_none_is_answered_so(shop: Shop) -> None:
    page = shop.new_page()
    answer = page.goto(f"{shop.url}/no-such-page")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    shop.open("/products/no-such-product", page)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")
    assert page.title() == "Not found · Hearthside"
    shop.open("/products/%", page)
    expect(page.get_by_role("heading", level=1)).to_have_text("There is no such page")


def test_a_picture_that_is_missing_leaves_a_letter_in_its_place(shop: Shop) -> None:
    shop.api.products = [replace(many(1)[0], image_key=MISSING_PICTURE.removeprefix("/"))]
    page = shop.open()
    expect(page.locator(".without-picture")).to_have_text("B")


def test_a_keyboard_is_enough_to_find_and_put_into_the_cart(shop: Shop) -> None:
    page = shop.open()
    expect(page.locator("a.card")).to_have_count(23)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to the page"
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Waffle Bath Towel")
    assert page.evaluate("document.activeElement.id") == "main"
    expect(page.get_by_role("status")).to_have_text("Waffle Bath Towel")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Waffle Bath Towel: 1 in your cart")
    expect(page.locator("header .count")).to_have_text("1")


@pytest.mark.parametrize("path", PAGES)
def test_a_page_fits_a_phone_and_nothing_in_it_moves(shop: Shop, path: str) -> None:
    shop.api.delay_seconds = 0.2
    page = shop.new_page()
    page.set_viewport_size({"width": PHONE_WIDTH, "height": 740})
    shop.open(path, page)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE_WIDTH
    assert page.evaluate("window.shifts") < 0.02
