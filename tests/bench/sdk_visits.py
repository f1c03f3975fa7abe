"""Visits to a shop in a real browser: each makes marked events, and ends as visits end."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median

from playwright.async_api import Browser, Page, async_playwright

from tests.bench.sdk_marks import mark

EVENTS_PER_VISIT = 5
VISITORS_AT_ONCE, VISITS_OF_ONE = 10, 10
# what the next page is given to send what the one before has left
SETTLE_SECONDS = 2.5
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    # the shop and the collector are all that there is; a peer's own servers are not asked
    "--host-resolver-rules=MAP localhost 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)
# some trackers record nothing of a browser that says it has no screen
USER_AGENT = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
RECORD = "mark => { window.record(mark) }"
THOUSAND = """async () => { const at = performance.now();
for (let i = 0; i < 1000; i++) window.record('call-' + i);
const calls = performance.now() - at;
await new Promise(resolve => setTimeout(resolve, 0));
return [calls, performance.now() - at]; }"""

Ending = Callable[[Page, str], Awaitable[Page]]


@dataclass(frozen=True)
class Visit:
    """The events of one page, and when a second had passed since its end."""

    marks: tuple[str, ...]
    back_at: float


@dataclass(frozen=True)
class Shop:
    """A browser, and where the pages with one tracker are."""

    browser: Browser
    address: str
    tracker: str

    @property
    def page(self) -> str:
        return f"{self.address}/shop/{self.tracker}/"

    @asynccontextmanager
    async def visitor(self) -> AsyncIterator[Page]:
        """Yield a page after its load, with a profile of its own."""
        context = await self.browser.new_context(user_agent=USER_AGENT)
        try:
            page = await context.new_page()
            await page.goto(self.page + "first")
            yield page
        finally:
            await context.close()


@asynccontextmanager
async def opened_shop(address: str, tracker: str) -> AsyncIterator[Shop]:
    """Yield the shop with one tracker in a browser of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield Shop(browser, address.replace("127.0.0.1", "localhost"), tracker)
        await browser.close()


async def closed(page: Page, address: str) -> Page:
    """Close the page; a second later the visitor comes back."""
    context = page.context
    await page.close()
    await asyncio.sleep(1)
    page = await context.new_page()
    await page.goto(address)
    return page


async def left(page: Page, address: str) -> Page:
    """Go to another page of the shop."""
    await page.goto(address)
    return page


async def visits(shop: Shop, count: int, ending: Ending) -> list[Visit]:
    """Return so many pages' ends: each visitor goes through ten, several of them at once."""
    turns = asyncio.Semaphore(VISITORS_AT_ONCE)

    async def visitor(first: int) -> list[Visit]:
        async with turns, shop.visitor() as landing:
            page, ended = landing, []
            for number in range(first, min(first + VISITS_OF_ONE, count)):
                marks = await _marked_events(page, f"{ending.__name__}.{number}")
                ended.append(Visit(marks, time.time() + 1))
                page = await ending(page, f"{shop.page}{number}")
            await asyncio.sleep(SETTLE_SECONDS)
            await page.close()
            await asyncio.sleep(0.5)
        return ended

    found = await asyncio.gather(*(visitor(first) for first in range(0, count, VISITS_OF_ONE)))
    return [visit for ended in found for visit in ended]


async def _marked_events(page: Page, trial: str) -> tuple[str, ...]:
    """Make a page's events, and return when it is about to end: for half of them right after the last one."""
    moments = random.Random(trial)
    marks = tuple(mark(trial, place) for place in range(EVENTS_PER_VISIT))
    for one in marks:
        await asyncio.sleep(moments.uniform(0, 0.4))
        await page.evaluate(RECORD, one)
    await asyncio.sleep(max(0.0, moments.uniform(-1.5, 1.5)))
    return marks


async def busy_second(shop: Shop, trial: int = 0) -> list[str]:
    """Return the marks of a hundred events that one page made within a second."""
    marks = [mark(f"busy.{trial}", number) for number in range(100)]
    async with shop.visitor() as page:
        await asyncio.sleep(1.5)
        for tenth in range(10):
            await page.evaluate("marks => marks.forEach(window.record)", marks[tenth * 10 : tenth * 10 + 10])
            await asyncio.sleep(0.09)
        await asyncio.sleep(6)  # the slowest of the trackers waits five
    return marks


async def thousand_calls_ms(shop: Shop, rounds: int) -> tuple[float, float]:
    """Return the medians of what a thousand calls take, and of that with the task that they leave behind."""
    taken: list[tuple[float, float]] = []
    for _ in range(rounds):
        async with shop.visitor() as page:
            await asyncio.sleep(1.5)  # what a page load brings with it is not the calls'
            calls_ms, all_ms = await page.evaluate(THOUSAND)
            taken.append((float(calls_ms), float(all_ms)))
    return median(calls_ms for calls_ms, _ in taken), median(all_ms for _, all_ms in taken)
