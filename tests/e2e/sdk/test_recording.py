"""What is recorded by itself, what never is, and that the page does not notice."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page

from tests.e2e.sdk.conftest import Shop
from tests.e2e.sdk.test_delivery import TRACK

HOSTILE = """
const broken = () => { throw new Error('broken by the page'); };
for (const [of, name] of [[window, 'localStorage'], [navigator, 'locks'], [document, 'title']]) {
  Object.defineProperty(of, name, { get: broken });
}
Object.freeze(history);
Navigator.prototype.sendBeacon = broken;
%s
"""


def own_events(shop: Shop, page: Page) -> list[str]:
    """Return the names of all events so far, in the order in which the browser made them."""
    page.evaluate("cloudworks.flush()")
    events = [line["event"] for line in shop.stored()]
    return [event["event_name"] for event in sorted(events, key=lambda event: event["event_sequence"])]


def test_navigation_within_a_page_is_one_view_each(shop: Shop) -> None:
    page = shop.open("start")
    page.evaluate("history.pushState({}, '', 'shoes'); document.title = 'Shoes'")
    page.evaluate(
        "history.replaceState({scroll: 1}, '', 'shoes'); history.replaceState({}, '', 'shoes?colour=red')"
    )
    page.evaluate("cloudworks.page()")
    page.evaluate("location.hash = 'reviews'")
    page.wait_for_timeout(1_200)
    page.evaluate("history.pushState({}, '', 'cart'); document.title = 'Cart'")
    page.go_back()
    views = shop.events("page_view", 4)
    views.sort(key=lambda event: event["event_sequence"])
    paths = [view["page"]["url"].removeprefix(shop.address()) for view in views]
    assert paths == ["start", "shoes", "cart", "shoes?colour=red#reviews"]
    assert [view["page"]["title"] for view in views[:3]] == ["A shop", "Shoes", "Cart"]
    assert views[1]["page"]["referrer"] == shop.address("start")


def test_page_that_comes_back_from_the_cache_is_viewed_again(shop: Shop) -> None:
    page = shop.open("one")
    shop.open("two", page)
    page.go_back()
    assert len(shop.events("page_view", 3)) == 3


def test_click_is_recorded_without_what_somebody_typed(shop: Shop) -> None:
    page = shop.open()
    for name in ("link", "person", "buy", "ignored", "submit"):
        page.locator(f"#{name}").click()
    page.locator("#typed").click(position={"x": 2, "y": 2})
    page.locator("#typed textarea").press_sequentially("more secrets")
    clicks = {event["params"]["link_id"]: event["params"] for event in shop.events("click", 5)}
    assert set(clicks) == {"link", "person", "buy", "submit", "typed"}
    assert clicks["link"]["link_text"] == "To a place"
    assert clicks["link"]["link_url"] == shop.address("#place")
    assert clicks["person"]["link_url"] == "mailto:"
    assert (clicks["buy"]["link_text"], clicks["buy"]["link_classes"]) == ("Buy now", "big red")
    sent = b"".join(one.body for one in shop.posts()).decode()
    assert not any(word in sent for word in ("secret", "someone@shop.example", "Not this"))


def test_search_scroll_and_attention_are_recorded_once(shop: Shop) -> None:
    page = shop.open("results?q=red%20shoes")
    page.wait_for_timeout(1_100)
    page.mouse.wheel(0, 5_000)
    page.mouse.wheel(0, -5_000)
    page.mouse.wheel(0, 5_000)
    page.wait_for_timeout(500)
    shop.events("scroll")
    page.close()
    (attention,) = shop.events("user_engagement")
    assert 1_000 <= attention["params"]["engagement_time_msec"] < 60_000
    assert [event["params"]["search_term"] for event in shop.events("search")] == ["red shoes"]
    assert [event["params"]["percent_scrolled"] for event in shop.events("scroll")] == [90]


def test_commerce_helpers_write_ga4(shop: Shop) -> None:
    page = shop.open()
    item = "{item_id: 'a', price: 0.1, quantity: 3}"
    page.evaluate(f"cloudworks.purchase({{transaction_id: 'T1', currency: 'EUR', items: [{item}]}})")
    (event,) = shop.events("purchase")
    assert event["items"] == [{"item_id": "a", "price": 0.1, "quantity": 3}]
    assert event["params"].items() >= {"transaction_id": "T1", "currency": "EUR", "value": 0.3}.items()


def test_nothing_happens_before_consent_and_nothing_stays_after_a_refusal(shop: Shop) -> None:
    page = shop.open("with-require-consent/page")
    page.evaluate(TRACK, ["login", {}])
    page.wait_for_timeout(1_500)
    assert (shop.posts(), page.evaluate("localStorage.length")) == ([], 0)
    page.evaluate("cloudworks.consent(true)")
    shop.events("login")
    assert len(shop.events("page_view")) == 1
    assert page.evaluate("localStorage.length") > 0
    page.evaluate("cloudworks.consent(false)")
    count = len(shop.posts())
    page.evaluate(TRACK, ["login", {}])
    page.close()
    page = shop.open("with-require-consent/other")
    page.evaluate("cloudworks.consent(false)")
    page.evaluate(TRACK, ["login", {}])
    page.wait_for_timeout(1_500)
    assert len(shop.posts()) == count
    assert page.evaluate("localStorage.length") == 0


def test_who_refuses_and_consents_again_at_once_is_a_stranger(shop: Shop) -> None:
    page = shop.open("wavering")
    page.evaluate("cloudworks.flush()")
    (before,) = shop.events("page_view")
    page.evaluate("cloudworks.consent(false); cloudworks.consent(true)")
    after = shop.events("page_view", 2)[1]
    assert after["anonymous_id"] != before["anonymous_id"]
    assert after["params"]["session_id"] != before["params"]["session_id"]


@pytest.mark.parametrize(
    "signal", ["globalPrivacyControl', {get: () => true", "doNotTrack', {get: () => '1'"]
)
def test_browser_that_asks_not_to_be_followed_is_not_unless_the_shop_says_otherwise(
    shop: Shop, signal: str
) -> None:
    shop.context.add_init_script(f"Object.defineProperty(Navigator.prototype, '{signal}}})")
    page = shop.open("quiet")
    page.evaluate("cloudworks.consent(true)")
    page.evaluate(TRACK, ["login", {}])
    page.wait_for_timeout(1_500)
    assert (shop.posts(), page.evaluate("localStorage.length")) == ([], 0)
    shop.open("with-ignore-privacy-signals/loud", page)
    shop.events("page_view")


def test_without_cookies_nothing_is_stored_and_each_page_is_a_stranger(shop: Shop) -> None:
    page = shop.open("with-cookieless/one")
    shop.open("with-cookieless/two", page)
    views = shop.events("page_view", 2)
    assert len({view["anonymous_id"] for view in views}) == 2
    assert page.evaluate("localStorage.length + sessionStorage.length + document.cookie.length") == 0


@pytest.mark.parametrize("network", ["", "window.fetch = broken;", "delete window.fetch;"])
def test_page_that_breaks_the_browser_gets_no_error_from_us(shop: Shop, network: str) -> None:
    shop.context.add_init_script(HOSTILE % network)
    page = shop.open("hostile")
    page.evaluate(
        "cloudworks.track(Symbol.iterator, 7); cloudworks.track(); cloudworks.page(5); cloudworks.init()"
    )
    page.evaluate("cloudworks.identify({}); cloudworks.purchase(null); cloudworks.init({endpoint: 7})")
    page.evaluate("cloudworks.track('share', {get trap() { throw new Error('a trap') }})")
    page.evaluate("cloudworks.viewItem({get items() { throw new Error('a trap') }})")
    page.evaluate(TRACK, ["login", {"half": b"\\ud800".decode("unicode_escape"), "nul": "a\0b"}])
    page.locator("#buy").click()
    page.evaluate("cloudworks.flush()")
    page.close()


def test_broken_characters_are_mended_and_not_rejected(shop: Shop) -> None:
    page = shop.open()
    page.evaluate("cloudworks.track('share', {half: 'a\\ud800b', nul: 'a\\0b', fine: '😀 \\\\u0000'})")
    (event,) = shop.events("share")
    assert event["params"].items() >= {"half": "a�b", "nul": "a�b", "fine": "😀 \\u0000"}.items()


def test_module_is_started_by_its_page_and_takes_calls_before_that(shop: Shop) -> None:
    page = shop.open("with-init/page")
    page.evaluate(TRACK, ["login", {"method": "early"}])
    start = "async url => { const sdk = await import('/index.js'); sdk.init({endpoint: url}) }"
    page.evaluate(start, shop.gate.url)
    shop.events("page_view")
    page.evaluate(f"cloudworks.init({{endpoint: '{shop.gate.url}/'}})")
    shop.events("login")
    page.evaluate("cloudworks.init({endpoint: 'nonsense'})")
