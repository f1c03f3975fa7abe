"""A person comes by a newsletter, looks around, signs up and buys; then all of it is in the warehouse."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect
from provision.identity import identify
from provision.settings import read_settings
from run_etl import reconciliation

from local_stack.dashboards import server
from local_stack.demo_report import client
from local_stack.state import OLTP
from tests.chromium import SCREENSHOTS
from tests.integration.conftest import Demo
from tests.integration.visits.conftest import PATIENCE_MS, Visit, load, new_visit

CAMPAIGN = "/?utm_source=newsletter&utm_medium=email&utm_campaign=autumn"
SENDER = "https://mail.example/inbox"
PASSWORD = "Warm-hearth-2026!"  # noqa: S105 - of an account that the test makes
STEPS = ("view_item", "add_to_cart", "view_cart", "begin_checkout", "purchase")


@dataclass
class Bought:
    """A visit that ended with an order: its number, what was seen, and the dashboards before and after."""

    visit: Visit
    order_id: str
    sessions_before: str
    sessions_after: str

    def one(self, query: str) -> tuple[Any, ...]:
        """Return the one row that a query has; `{}` in it is the visitor."""
        (row,) = self.visit.demo_run.query(query.format(self.visit.visitor_id()))
        return row


@pytest.fixture(scope="module")
def bought(demo_run: Demo, browser: Browser) -> Iterator[Bought]:
    expect.set_options(timeout=PATIENCE_MS)
    load(demo_run)
    before = sessions_shown(demo_run, browser)
    visit = new_visit(demo_run, browser)
    order_id = order_of(visit)
    visit.assert_all_arrived()
    after = sessions_shown(demo_run, browser, "visits-dashboard")
    yield Bought(visit, order_id, before, after)
    visit.context.close()
    assert visit.problems == []
    with psycopg.connect(demo_run.stack.dsn("owner", OLTP)) as shop:
        shop.execute("delete from shop.orders where order_id = %s", [order_id])
    with psycopg.connect(demo_run.stack.dsn("owner")) as warehouse:
        warehouse.execute("truncate warehouse.reconciled_orders, mart.order_reconciliation_daily")


def order_of(visit: Visit) -> str:
    """Walk through the shop and buy two bowls; return the order's number."""
    page = visit.open(CAMPAIGN, referer=SENDER)
    field = page.get_by_label("Search products")
    field.fill("bowl")
    field.press("Enter")
    page.locator("a.card", has_text="Stoneware Bowl").click()
    for _ in range(2):
        page.get_by_role("button", name="Add to cart").click()
    page.locator("a.cart").click()
    expect(page.locator(".sum .price").first).to_have_text("€44.00")
    page.get_by_role("link", name="Check out").click()
    page.get_by_role("button", name="Create an account").click()
    sign_up(page)
    expect(page.get_by_text("Signed in as")).to_be_visible()
    page.screenshot(path=SCREENSHOTS / "visits-checkout.png", full_page=True)
    page.get_by_role("button", name="Place order").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you for your order")
    page.screenshot(path=SCREENSHOTS / "visits-confirmation.png", full_page=True)
    order_id = page.url.rpartition("/")[2]
    visit.finish(page)
    return order_id


def sign_up(page: Page) -> None:
    """Make an account on the user pool's own page, and come back to the shop."""
    page.get_by_label("E-mail address").fill(f"{uuid.uuid4()}@shop.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.screenshot(path=SCREENSHOTS / "visits-sign-up.png")
    page.get_by_role("button", name="Create an account").click()
    page.get_by_label("Confirmation code").fill("123456")
    page.get_by_role("button", name="Confirm").click()


def sessions_shown(demo_run: Demo, browser: Browser, picture: str | None = None) -> str:
    """Return how many sessions the dashboards show of the last days, today included."""
    page = browser.new_page(viewport={"width": 1400, "height": 1000})
    page.goto(server.page_url(demo_run.stack), timeout=60_000)
    number = page.locator("#metrics-sessions .metric-value")
    expect(number).to_have_text(re.compile(r"^[\d,]+$"), timeout=60_000)
    page.wait_for_selector("#traffic-chart .main-svg", timeout=60_000)
    if picture:
        page.screenshot(path=SCREENSHOTS / f"{picture}.png")
    found = number.inner_text()
    page.close()
    return found


def test_the_visit_is_one_session_with_the_newsletters_source(bought: Bought) -> None:
    found = bought.one(
        "select source, medium, campaign, channel, is_engaged, is_bot, entry_page_path"
        " from warehouse.fact_sessions where visitor_id = '{}'"
    )
    assert found == ("newsletter", "email", "autumn", "Email", True, False, "/")


def test_the_funnel_is_walked_in_order_and_each_step_holds_its_items(bought: Bought) -> None:
    names = [name for (name,) in bought.visit.rows("event_name")]
    places = [names.index(step) for step in STEPS]
    assert places == sorted(places)
    assert (names.count("purchase"), names.count("sign_up")) == (1, 1)
    assert "view_search_results" in names
    for step, pieces in (("view_item", 1), ("begin_checkout", 2), ("purchase", 2)):
        items = bought.one(
            "select array_agg(distinct (item_id, item_name, price, quantity::int)::text)"  # noqa: S608
            " from warehouse.fact_event_items join warehouse.fact_events using (event_date, event_id)"
            f" where anonymous_id = '{{}}' and event_name = '{step}'"
        )
        assert items == ([f'(kitchen-003,"Stoneware Bowl",22,{pieces})'],), step


def test_the_order_has_its_number_and_belongs_to_who_signed_up(bought: Bought) -> None:
    order = bought.one(
        "select order_id, currency, value::text, purchase_events_count"
        " from warehouse.fact_orders where visitor_id = '{}'"
    )
    assert order == (bought.order_id, "EUR", "44", 1)
    with psycopg.connect(bought.visit.demo_run.stack.dsn("owner", OLTP)) as shop:
        books = shop.execute(
            "select customer_id, value::text from shop.orders where order_id = %s", [bought.order_id]
        ).fetchone()
    owners = bought.one(
        "select user_id from warehouse.fact_events where anonymous_id = '{}' and event_name = 'purchase'"
    )
    assert books == (owners[0], "44.00")


def test_books_and_stream_agree_about_the_order(bought: Bought) -> None:
    demo_run = bought.visit.demo_run
    # orders of the last hour are not compared yet
    with psycopg.connect(demo_run.stack.dsn("owner", OLTP)) as shop:
        shop.execute(
            "update shop.orders set placed_at = placed_at - %s where order_id = %s",
            [timedelta(hours=2), bought.order_id],
        )
    reconciliation(client(demo_run.stack, "lambda"), identify(read_settings(), "etl").name, {})
    verdict = "select verdict from warehouse.reconciled_orders where order_id = '{}'"
    assert demo_run.query(verdict.format(bought.order_id)) == [("equal",)]


def test_nothing_of_the_sign_in_is_recorded(bought: Bought) -> None:
    rows = bought.visit.rows("page_location || ' ' || coalesce(page_referrer, '') || ' ' || params::text")
    told = " ".join(text for (text,) in rows)
    assert not [word for word in ("code=", "state=", PASSWORD, "@shop.example") if word in told]


def test_the_dashboards_show_one_session_more(bought: Bought) -> None:
    before, after = (int(text.replace(",", "")) for text in (bought.sessions_before, bought.sessions_after))
    assert after == before + 1


def test_somebody_elses_order_is_not_shown(bought: Bought, browser: Browser) -> None:
    other = new_visit(bought.visit.demo_run, browser)
    page = other.open(f"/orders/{bought.order_id}")
    page.get_by_role("button", name="Create an account").click()
    sign_up(page)
    expect(page.get_by_text("There is no such page")).to_be_visible()
    expect(page.get_by_text("Stoneware Bowl")).to_have_count(0)
    other.context.close()
    assert other.problems == []
