"""The storefront dashboard in a real browser: what it shows is what SQL says."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

import psycopg
import pytest
from playwright.sync_api import expect

from tests.chromium import SCREENSHOTS
from tests.dashboards.golden.warehouse import psql
from tests.e2e.conftest import Dashboard

PEOPLE = "from mart.traffic_hourly where not is_bot and session_date between '{0}' and '{1}'"
LAST_28_DAYS = ("2026-10-26", "2026-11-22")


def count(number: float) -> str:
    return f"{number:,.0f}"


def headline_numbers(dashboard: Dashboard, first: str, last: str) -> dict[str, str]:
    """Return the four headline numbers as SQL says, written as the page writes them."""
    people = PEOPLE.format(first, last)
    conversion = dashboard.sql(f"select 100.0 * sum(purchase_sessions_count) / sum(sessions_count) {people}")
    visitors = people.replace("traffic_hourly", "visitors_daily")
    return {
        "sessions": count(dashboard.sql(f"select sum(sessions_count) {people}")),
        "visitors": count(dashboard.sql(f"select count(distinct visitor_id) {visitors}")),
        "conversion": f"{conversion:.2f}\u202f%",
        "purchases": count(dashboard.sql(f"select sum(purchases_count) {people}")),
    }


def shown_numbers(dashboard: Dashboard) -> dict[str, str]:
    return {name: dashboard.number(name) for name in ("sessions", "visitors", "conversion", "purchases")}


def test_page_opens_on_the_last_28_days(dashboard: Dashboard) -> None:
    assert shown_numbers(dashboard) == headline_numbers(dashboard, *LAST_28_DAYS)
    expect(dashboard.page.locator(".freshness")).to_contain_text("Complete to 2026-11-22 20:00 UTC")
    expect(dashboard.page.locator(".banner-notice")).to_contain_text("made-up figures")


def test_typed_dates_change_the_numbers_to_what_sql_says(dashboard: Dashboard) -> None:
    expected = headline_numbers(dashboard, "2026-08-01", "2026-08-31")
    dashboard.type_dates("2026-08-01", "2026-08-31")
    expect(dashboard.page.locator("#metrics-sessions .metric-value")).to_have_text(expected["sessions"])
    dashboard.settle()
    assert shown_numbers(dashboard) == expected
    days = dashboard.page.evaluate("document.querySelector('#traffic-chart').data[0].x.length")
    assert days == 31
    assert dashboard.page.locator("#filters-preset input:checked").count() == 0


def test_channel_filter_narrows_numbers_and_funnel(dashboard: Dashboard) -> None:
    where = PEOPLE.format(*LAST_28_DAYS) + " and channel = 'Email'"
    expected = dashboard.sql(f"select sum(sessions_count) {where}")
    dashboard.page.select_option("#filters-channel", "Email")
    expect(dashboard.page.locator("#metrics-sessions .metric-value")).to_have_text(count(expected))
    funnel = where.replace("traffic_hourly", "sales_funnel_daily") + " and step_name = 'purchase'"
    purchases = dashboard.sql(f"select sum(sessions_count) {funnel}")
    step = dashboard.page.locator("tr[data-step=purchase] .funnel-count")
    expect(step).to_have_text(count(purchases))


def test_bots_are_out_until_let_in(dashboard: Dashboard) -> None:
    where = PEOPLE.format(*LAST_28_DAYS).replace("not is_bot and", "")
    dashboard.page.select_option("#filters-bots", "included")
    expected = count(dashboard.sql(f"select sum(sessions_count) {where}"))
    expect(dashboard.page.locator("#metrics-sessions .metric-value")).to_have_text(expected)
    expect(dashboard.page.locator("#funnel-definition")).to_contain_text("bots included")


def test_short_periods_offer_hours(dashboard: Dashboard) -> None:
    dashboard.page.locator("#filters-preset label", has_text="7 days").click()
    dashboard.page.locator("#traffic-granularity label", has_text="Hour").click()
    dashboard.page.wait_for_function("document.querySelector('#traffic-chart').data[0].x.length > 100")


def test_every_number_tells_its_definition(dashboard: Dashboard) -> None:
    dashboard.page.locator(".metric .definition-mark").nth(2).hover()
    expect(dashboard.page.locator(".tooltip")).to_contain_text(
        "at least one purchase, divided by all sessions"
    )


@pytest.fixture
def hostile_notice(dashboard: Dashboard) -> Iterator[str]:
    body = "<img src=x onerror='window.wasHacked = true'> 5 < 7"
    with psycopg.connect(dashboard.stack.dsn("owner"), autocommit=True) as connection:
        connection.execute("insert into mart.notice (notice_id, body) values ('hostile', %s)", [body])
        yield body
        connection.execute("delete from mart.notice where notice_id = 'hostile'")


def test_new_notice_appears_by_itself_as_text(dashboard: Dashboard, hostile_notice: str) -> None:
    expect(dashboard.page.locator(".banner-notice").last).to_have_text(hostile_notice)
    assert dashboard.page.evaluate("window.wasHacked === undefined")


def test_warehouse_away_is_a_sentence_and_the_page_goes_on_by_itself(dashboard: Dashboard) -> None:
    shown = dashboard.number("sessions")
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'warehouse_reader'"
    psql(dashboard.stack, "postgres", f"alter role warehouse_reader nologin; {cut}")
    try:
        banner = dashboard.page.locator(".banner-problem")
        dashboard.type_dates("2026-07-01", "2026-07-15")
        expect(banner).to_contain_text("The warehouse can't be reached right now.")
        assert dashboard.number("sessions") == shown
    finally:
        psql(dashboard.stack, "postgres", "alter role warehouse_reader login")
    expect(banner).to_have_count(0)
    expected = headline_numbers(dashboard, "2026-07-01", "2026-07-15")
    expect(dashboard.page.locator("#metrics-sessions .metric-value")).to_have_text(expected["sessions"])


def test_light_dark_and_phone_fit_the_screen(dashboard: Dashboard) -> None:
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    page = dashboard.page
    dashboard.keep_screenshot("light")
    page.locator("bslib-input-dark-mode").click()
    expect(page.locator("html")).to_have_attribute("data-bs-theme", re.compile("dark"))
    time.sleep(0.5)  # colours fade over; a picture half-way would be neither
    dashboard.keep_screenshot("dark")
    page.locator("bslib-input-dark-mode").click()
    page.set_viewport_size({"width": 390, "height": 844})
    dashboard.settle()
    time.sleep(0.5)
    dashboard.keep_screenshot("phone", is_full_page=True)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
