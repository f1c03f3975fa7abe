"""A private warehouse with golden marts, and Shiny Server on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from playwright.sync_api import Browser, Page, expect

from local_stack.dashboards import server
from local_stack.image.build import ensure_image
from local_stack.state import StackState
from tests.chromium import SCREENSHOTS
from tests.dashboards.golden.warehouse import golden_warehouse

IS_IDLE = """() => window.Shiny && Shiny.shinyapp && Shiny.shinyapp.isConnected()
  && !document.documentElement.classList.contains('shiny-busy')"""


@dataclass
class Dashboard:
    """The page as a person sees it, with everything that went wrong or left this machine."""

    page: Page
    stack: StackState
    problems: list[str] = field(default_factory=list)

    def number(self, name: str) -> str:
        """Return a headline number as it is written."""
        return self.page.inner_text(f"#metrics-{name} .metric-value")

    def settle(self) -> None:
        """Return when Shiny has nothing left to do."""
        self.page.wait_for_function(IS_IDLE)

    def type_dates(self, first: str, last: str) -> None:
        """Type both dates, key by key, and leave the field."""
        for position, text in enumerate((first, last)):
            entry = self.page.locator("#filters-dates input").nth(position)
            entry.click()
            entry.press("Control+a")
            entry.press_sequentially(text)
            entry.press("Enter")
        self.page.keyboard.press("Escape")
        self.page.locator("h1").click()

    def keep_screenshot(self, name: str, *, is_full_page: bool = False) -> Path:
        """Keep a picture of the page in build/screenshots."""
        path = SCREENSHOTS / f"dashboard-{name}.png"
        self.page.screenshot(path=path, full_page=is_full_page)
        return path

    def sql(self, query: str) -> float:
        """Return the one number that a query gives the reader role."""
        with psycopg.connect(self.stack.dsn("reader")) as connection:
            row = connection.execute(query.encode()).fetchone()
        assert row is not None
        return float(row[0])


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StackState]:
    image = ensure_image(print)
    with golden_warehouse(tmp_path_factory.mktemp("stack"), image) as state:
        server.start(state, image)
        yield state
        server.stop(state)


@pytest.fixture
def dashboard(stack: StackState, browser: Browser) -> Iterator[Dashboard]:
    page = browser.new_page(viewport={"width": 1400, "height": 1000}, color_scheme="light")
    seen = Dashboard(page, stack)
    page.on("pageerror", lambda error: seen.problems.append(f"page error: {error}"))
    page.on("request", lambda request: note_outside(seen, request.url))
    page.set_default_timeout(60_000)
    expect.set_options(timeout=60_000)
    page.goto(server.page_url(stack))
    page.wait_for_selector("#metrics-sessions .metric-value")
    page.wait_for_selector("#traffic-chart .main-svg")
    seen.settle()
    yield seen
    page.close()
    assert seen.problems == []


def note_outside(seen: Dashboard, url: str) -> None:
    """Note a request that would leave this machine."""
    if not url.startswith(("http://127.0.0.1:", "ws://127.0.0.1:", "data:", "blob:")):
        seen.problems.append(f"request left this machine: {url}")
