"""The ledger: what the pages made, as they count it themselves, is what the warehouse holds, one by one."""

from __future__ import annotations

import random
import re
import time
from datetime import UTC, datetime, timedelta

from playwright.sync_api import Browser, Page, Route, expect

from tests.integration.conftest import Demo
from tests.integration.visits.conftest import EVENTS, READ_OWN, Visit, new_visit

BOWL, CANDLE = "/products/kitchen-003", "/products/light-003"
SEED, VISITORS, ROUNDS, LONGEST_SECONDS = 20_261_123, 5, 20, 45.0
FEWEST_CLOSED = 30  # on a machine that does much else
# after what was done on the page; the SDK sends what is a second old
LATEST_CLOSE_SECONDS = 1.4


def add_to_cart(page: Page) -> None:
    page.get_by_role("button", name="Add to cart").click()


def search(page: Page, term: str) -> None:
    field = page.get_by_label("Search products")
    field.fill(term)
    field.press("Enter")


def test_every_event_of_a_walk_through_the_shop_arrives_once(visit: Visit) -> None:
    page = visit.open("/")
    page.get_by_role("link", name="Garden", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Garden")
    page.locator("a.card").first.click()
    add_to_cart(page)
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Garden")
    search(page, "linen")
    expect(page.locator("a.card")).to_have_count(2)
    page.locator("a.cart").click()
    expect(page.locator(".sum .price")).to_be_visible()
    visit.finish(page)
    names = sorted(visit.assert_all_arrived().values())
    # home, category, product, category again, search, cart: single-page navigation, one view each
    assert names.count("page_view") == 6
    assert {"view_item_list", "select_item", "view_item", "add_to_cart", "search"} <= set(names)
    assert {"view_search_results", "view_cart", "click"} <= set(names)


def test_two_tabs_are_one_visitor_in_one_session_and_lose_nothing(visit: Visit) -> None:
    first, second = visit.open(BOWL), visit.open(CANDLE)
    for page in (first, second, first):
        page.bring_to_front()
        add_to_cart(page)
    expect(second.locator("header .count")).to_have_text("3")
    first.close()
    visit.finish(second)
    made = visit.assert_all_arrived()
    assert sorted(made.values()).count("add_to_cart") == 3
    sessions = f"select count(*) from warehouse.fact_sessions where visitor_id = '{visit.visitor_id()}'"  # noqa: S608
    assert visit.demo_run.query(sessions) == [(1,)]


def test_what_is_done_without_network_arrives_when_it_is_back(visit: Visit) -> None:
    page = visit.open(BOWL)
    expect(page.get_by_role("button", name="Add to cart")).to_be_visible()
    page.wait_for_timeout(1_500)
    visit.await_all_sent(page)
    before = len(visit.posts)
    visit.context.set_offline(True)
    for _ in range(3):
        add_to_cart(page)
    page.locator("a.cart").click()
    page.wait_for_timeout(2_000)
    assert len(visit.posts) == before
    visit.context.set_offline(False)
    visit.finish(page)
    made = visit.assert_all_arrived()
    assert sorted(made.values()).count("add_to_cart") == 3


def test_a_storm_of_503_costs_no_event(visit: Visit) -> None:
    refused: list[str] = []

    def refuse(route: Route) -> None:
        refused.append(route.request.url)
        headers = {"access-control-allow-origin": visit.url, "access-control-expose-headers": "retry-after"}
        route.fulfill(status=503, headers=headers, body="{}")

    visit.context.route(f"**{EVENTS}*", refuse)
    page = visit.open(BOWL)
    add_to_cart(page)
    page.wait_for_timeout(1_500)
    visit.open(CANDLE, page)
    add_to_cart(page)
    page.wait_for_timeout(2_500)
    assert len(refused) >= 2
    visit.context.unroute_all()
    visit.finish(page)
    assert sorted(visit.assert_all_arrived().values()).count("add_to_cart") == 2


def test_a_clock_that_is_a_day_ahead_moves_no_event_to_tomorrow(visit: Visit) -> None:
    page = visit.page()
    page.clock.install(time=datetime.now(UTC) + timedelta(days=1))
    visit.open(BOWL, page)
    add_to_cart(page)
    page.clock.run_for(2_000)
    visit.finish(page)
    visit.assert_all_arrived()
    rows = visit.rows("event_time, event_at, received_at")
    assert len(rows) >= 3
    for sent_at, event_at, received_at in rows:
        assert timedelta(hours=23) < sent_at - received_at < timedelta(hours=25)
        assert abs(event_at - received_at) < timedelta(minutes=1)


def test_pages_closed_at_any_moment_lose_nothing(demo_run: Demo, browser: Browser) -> None:
    moments = random.Random(SEED)
    visits = [new_visit(demo_run, browser) for _ in range(VISITORS)]
    began, closed = time.monotonic(), 0
    while closed < VISITORS * ROUNDS and time.monotonic() - began < LONGEST_SECONDS:
        closed += close_at_once(visits, moments)
    assert closed >= FEWEST_CLOSED, f"only {closed} pages were closed in {LONGEST_SECONDS:.0f} s"
    last = [one.open(BOWL, wait_until="commit") for one in visits]
    for one, page in zip(visits, last, strict=True):
        expect(page.get_by_role("button", name="Add to cart")).to_be_visible()
        one.finish(page)
    for one in visits:
        names = sorted(one.assert_all_arrived().values())
        assert names.count("add_to_cart") == closed / VISITORS
        one.context.close()
        assert one.problems == []


def close_at_once(visits: list[Visit], moments: random.Random) -> int:
    """Open a page for each visitor, buy on it, and close each at a moment of its own; return how many."""
    pages = [one.open(BOWL, wait_until="commit") for one in visits]
    for page in pages:
        add_to_cart(page)
    began = time.monotonic()
    for seconds, page in sorted(
        ((moments.uniform(0, LATEST_CLOSE_SECONDS), page) for page in pages), key=lambda pair: pair[0]
    ):
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        page.close()
    return len(pages)


def test_a_refused_sdk_costs_the_shop_nothing_and_records_nothing(visit: Visit) -> None:
    visit.context.route(re.compile(r"/assets/sdk-"), lambda route: route.abort("blockedbyclient"))
    page = visit.open("/")
    search(page, "bowl")
    page.locator("a.card", has_text="Stoneware Bowl").click()
    add_to_cart(page)
    expect(page.locator("header .count")).to_have_text("1")
    page.wait_for_timeout(1_500)
    assert page.evaluate(READ_OWN) == []
    page.close()
    assert (visit.posts, visit.made()) == ([], {})


def test_whoever_refuses_is_not_recorded_by_a_single_request(visit: Visit) -> None:
    visit.context.add_init_script(
        "Object.defineProperty(Navigator.prototype, 'globalPrivacyControl', {get: () => true})"
    )
    page = visit.open(BOWL)
    add_to_cart(page)
    page.locator("a.cart").click()
    expect(page.locator(".sum .price")).to_have_text("€22.00")
    page.wait_for_timeout(1_500)
    assert page.evaluate(READ_OWN) == []
    page.close()
    assert (visit.posts, visit.made()) == ([], {})
