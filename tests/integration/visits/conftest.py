"""Visits to the storefront as `make demo` opens it, by a real browser: pages, API, functions, warehouse.

The folder's name comes after those of the tests that count the demo's own sessions and orders; what is
visited here adds to them. Each visit has a browser profile of its own, so that it is a visitor of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect
from provision.identity import identify
from provision.settings import read_settings
from run_etl import run_etl

from local_stack.demo_report import client
from local_stack.processes import wait_until
from tests.integration.conftest import Demo

PATIENCE_MS, PATIENCE_SECONDS = 20_000, 30.0
EVENTS = "/v1/events"
# a page of the shop's origin that runs nothing
QUIET = "/robots.txt"
# The page counts by itself: whatever becomes an event is written as JSON, with an id. It is kept where the
# SDK keeps what waits, for a page may be closed in the next moment.
LEDGER = """
const stringify = JSON.stringify;
JSON.stringify = (...given) => {
  const made = given[0];
  if (made?.event_id && made.event_name) localStorage.setItem(`ledger.${made.event_id}`, made.event_name);
  return stringify(...given);
};
"""
READ_LEDGER = """() => Object.fromEntries(Object.entries(localStorage)
  .filter(([key]) => key.startsWith('ledger.')).map(([key, name]) => [key.slice(7), name]))"""
READ_OWN = "() => Object.keys(localStorage).filter(key => key.startsWith('cloudworks.'))"
HAS_SENT_ALL = "() => !Object.keys(localStorage).some(key => key.startsWith('cloudworks.batch.'))"


@dataclass
class Visit:
    """One visitor with a browser profile of their own."""

    demo_run: Demo
    context: BrowserContext
    problems: list[str] = field(default_factory=list)
    posts: list[str] = field(default_factory=list)
    known_id: str = ""

    @property
    def url(self) -> str:
        """The shop's address."""
        return self.demo_run.stack.storefront_url

    def page(self) -> Page:
        """Return a new tab."""
        return self.context.new_page()

    def open(self, path: str = "/", page: Page | None = None, **more: Any) -> Page:
        """Return a page of the shop after its load."""
        page = page or self.page()
        page.goto(self.url + path, **more)
        return page

    def made(self) -> dict[str, str]:
        """Return the names of all events that this visitor's pages have made, by their ids."""
        page = self.open(QUIET)
        found: dict[str, str] = page.evaluate(READ_LEDGER)
        page.close()
        return found

    def rows(self, columns: str) -> list[tuple[Any, ...]]:
        """Return these columns of the visitor's events in the warehouse, in their order."""
        found = f"select {columns} from warehouse.fact_events where anonymous_id = '{self.visitor_id()}'"  # noqa: S608
        return self.demo_run.query(f"{found} order by event_at, event_sequence")

    def visitor_id(self) -> str:
        """Return the id by which the SDK knows this browser."""
        if not self.known_id:
            page = self.open(QUIET)
            self.known_id = page.evaluate("localStorage.getItem('cloudworks.visitor')")
            page.close()
        return self.known_id

    def finish(self, page: Page) -> None:
        """What waits in the browser is sent by a page that stays until nothing waits; then it is left."""
        self.await_all_sent(page)
        page.close()

    def await_all_sent(self, page: Page) -> None:
        """Nothing waits in the browser any more. The page's own policy lets Playwright wait by no script."""
        assert wait_until(lambda: bool(page.evaluate(HAS_SENT_ALL)), PATIENCE_SECONDS)

    def assert_all_arrived(self) -> dict[str, str]:
        """The warehouse holds each event that the pages made, once, and no other; return them."""
        made = self.made()

        def has_arrived() -> bool:
            load(self.demo_run)
            return len(self.rows("1")) >= len(made)

        # what the last page left is on its way when it has gone
        wait_until(has_arrived, PATIENCE_SECONDS, 0.3)
        assert sorted(self.rows("event_id::text, event_name")) == sorted(made.items())
        return made


def load(demo_run: Demo) -> dict[str, Any]:
    """Load what is new, as the hourly schedule does."""
    return run_etl(client(demo_run.stack, "lambda"), identify(read_settings(), "etl").name, {})


def new_visit(demo_run: Demo, browser: Browser) -> Visit:
    """Return a visitor whom nobody has seen before; what goes wrong in the pages is noted."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PATIENCE_MS)
    context.add_init_script(LEDGER)
    visit = Visit(demo_run, context)
    context.on("weberror", lambda error: visit.problems.append(f"page error: {error.error}"))
    context.on("console", lambda said: visit.problems.append(said.text) if is_refusal(said.text) else None)
    context.on("request", lambda request: visit.posts.append(request.url) if EVENTS in request.url else None)
    return visit


def is_refusal(text: str) -> bool:
    """Say whether the browser tells of something that its policies refused."""
    return "Content Security Policy" in text or "CORS" in text


@pytest.fixture
def visit(demo_run: Demo, browser: Browser) -> Iterator[Visit]:
    expect.set_options(timeout=PATIENCE_MS)
    made = new_visit(demo_run, browser)
    yield made
    made.context.close()
    assert made.problems == []
