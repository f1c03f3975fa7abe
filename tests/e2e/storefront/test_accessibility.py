"""axe finds nothing on any page, in light, in dark and on a phone."""

from __future__ import annotations

from typing import Any, Literal

import pytest
from playwright.sync_api import Page, expect

from tests.chromium import SCREENSHOTS
from tests.e2e.storefront.conftest import Shop
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
