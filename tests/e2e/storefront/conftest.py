"""The built storefront in a real browser: files as the estate serves them, events to the real `ingest`."""

from __future__ import annotations

import importlib
import json
import time
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest
from obstore.store import MemoryStore
from playwright.sync_api import Browser, BrowserContext, Page, expect

from local_stack.sign_in.testing import REGION, served_pool
from tests.e2e.sdk.conftest import is_refusal
from tests.e2e.storefront.address import shop_address
from tests.e2e.storefront.shop_api import FUNCTION, ShopApi, served
from tests.sdk.npm import FRONTEND, built_sdk
from tests.shop_database.shop import Shop as Books
from tests.shop_database.shop import migrated_shop

PATIENCE_MS = 10_000
ZIP = FRONTEND / "storefront" / "dist" / "storefront.zip"
SUM_OF_SHIFTS = """
window.shifts = 0;
new PerformanceObserver(list => {
  for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shifts += entry.value;
}).observe({ type: 'layout-shift', buffered: true });
"""


@dataclass
class Shop:
    """One visitor with a browser profile of their own, in a shop of their own."""

    api: ShopApi
    url: str
    files: dict[str, bytes]
    context: BrowserContext
    problems: list[str] = field(default_factory=list)
    # a part of what the browser may say in this test
    expected_problem: str | None = None

    def open(self, path: str = "/", page: Page | None = None) -> Page:
        """Return a page of the shop after its load; what goes wrong in it is noted."""
        page = page or self.new_page()
        page.goto(self.url + path)
        return page

    def new_page(self) -> Page:
        """Return a new tab."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.note(f"page error: {error}"))
        page.on("console", lambda said: self.note(said.text) if is_refusal(said.text) else None)
        page.on("request", lambda request: self._note_outside(request.url))
        return page

    def note(self, problem: str) -> None:
        """Keep a problem that no test asked for."""
        if self.expected_problem is None or self.expected_problem not in problem:
            self.problems.append(problem)

    def _note_outside(self, url: str) -> None:
        if not url.startswith((self.url, self.api.url, self.api.people.url, "data:")):
            self.note(f"request left the shop: {url}")

    def events(self, page: Page, *names: str) -> list[dict[str, Any]]:
        """Return the events of these names that `ingest` stored, after the page was left, in their order."""
        page.goto("about:blank")
        wait_until(lambda: bool(self.api.lines()), "events at ingest")
        page.wait_for_timeout(200)
        events = [line["event"] for line in self.api.lines()]
        wanted = [event for event in events if not names or event["event_name"] in names]
        return sorted(wanted, key=lambda event: (event["event_time"], event["event_sequence"]))


def wait_until(is_true: Callable[[], bool], what: str) -> None:
    """Return when it is true; fail with `what` when it does not become so."""
    until = time.monotonic() + PATIENCE_MS / 1000
    while not is_true():
        assert time.monotonic() < until, f"not within {PATIENCE_MS} ms: {what}"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def built_site() -> Mapping[str, bytes]:
    """The files of the zip that `npm run build` makes, by name."""
    built_sdk()
    with zipfile.ZipFile(ZIP) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


@pytest.fixture(scope="session")
def books() -> Iterator[Books]:
    with migrated_shop() as running:
        yield running


@pytest.fixture
def api(books: Books, monkeypatch: pytest.MonkeyPatch) -> Iterator[ShopApi]:
    raw = MemoryStore()
    with (
        served_pool([]) as people,
        served(ShopApi(ingest_into(raw, monkeypatch), raw, books, people)) as running,
    ):
        yield running


def config(api: ShopApi) -> dict[str, str]:
    """Return what whoever publishes the shop puts beside its pages."""
    return {
        "api_url": api.url,
        "region": REGION,
        "user_pool_id": api.people.pool.id,
        "user_pool_client_id": api.people.client.id,
        "sign_in_url": api.people.url,
    }


def ingest_into(raw: MemoryStore, monkeypatch: pytest.MonkeyPatch) -> FUNCTION:
    """Return the handler of `ingest`, whose raw bucket is this one in memory."""
    monkeypatch.setenv("RAW_BUCKET", "raw")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    module = importlib.import_module("ingest.handler")
    monkeypatch.setattr(module, "_store", raw)
    function: FUNCTION = module.handler
    return function


@pytest.fixture
def shop(api: ShopApi, built_site: Mapping[str, bytes], browser: Browser) -> Iterator[Shop]:
    files = {**built_site, "config.json": json.dumps(config(api)).encode()}
    with shop_address(files, (api.url, api.people.url)) as url:
        urls = [f"{url}/"]
        api.people.client.extended_config.update(CallbackURLs=urls, LogoutURLs=urls)
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PATIENCE_MS)
        context.add_init_script(SUM_OF_SHIFTS)
        expect.set_options(timeout=PATIENCE_MS)
        visit = Shop(api, url, files, context)
        yield visit
        context.close()
    assert visit.problems == []
    assert api.lines("rejected/") == []
