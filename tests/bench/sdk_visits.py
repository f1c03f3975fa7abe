"""Visits to a shop in a real browser: each makes marked events, and ends as visits end."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from statistics import median

from playwright.async_api import Browser, BrowserContext, CDPSession, Page, async_playwright

from tests.bench.sdk_marks import mark

EVENTS_PER_VISIT = 5
VISITS_AT_ONCE = 12
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
THOUSAND = """() => { const at = performance.now();
for (let i = 0; i < 1000; i++) window.record('call-' + i);
return performance.now() - at; }"""

Ending = Callable[[BrowserContext, Page, str], Awaitable[None]]


@dataclass(frozen=True)
class Visit:
    """The events that one visit made, and when the visitor came back."""

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
    async def visitor(self) -> AsyncIterator[tuple[BrowserContext, Page]]:
        """Yield a new visitor's profile, with a page after its load."""
        context = await self.browser.new_context(user_agent=USER_AGENT)
        try:
            page = await context.new_page()
            await page.goto(self.page + "first")
            yield context, page
        finally:
            await context.close()


@asynccontextmanager
async def opened_shop(address: str, tracker: str) -> AsyncIterator[Shop]:
    """Yield the shop with one tracker in a browser of its own."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield Shop(browser, address.replace("127.0.0.1", "localhost"), tracker)
        await browser.close()


async def closed(context: BrowserContext, page: Page, address: str) -> None:
    """Close the page; a second later the visitor comes back."""
    await page.close()
    await asyncio.sleep(1)
    await (await context.new_page()).goto(address)


async def left(_: BrowserContext, page: Page, address: str) -> None:
    """Go to another page of the shop."""
    await page.goto(address)


async def visits(shop: Shop, count: int, ending: Ending, seed: int = 1) -> list[Visit]:
    """Return what so many visitors did, several of them at once; each ends at a moment of its own."""
    turns = asyncio.Semaphore(VISITS_AT_ONCE)

    async def visit(number: int) -> Visit:
        moments = random.Random(f"{seed} {number}")
        marks = tuple(mark(f"{ending.__name__}.{number}", place) for place in range(EVENTS_PER_VISIT))
        async with turns, shop.visitor() as (context, page):
            for one in marks:
                await asyncio.sleep(moments.uniform(0, 0.4))
                await page.evaluate(RECORD, one)
            # half of them at once: the last event is the one in danger
            await asyncio.sleep(max(0.0, moments.uniform(-1.5, 1.5)))
            back_at = time.time()
            await ending(context, page, shop.page + "second")
            await asyncio.sleep(SETTLE_SECONDS)
            await context.pages[-1].close(run_before_unload=False)
            await asyncio.sleep(0.5)
        return Visit(marks, back_at + 1)

    return await asyncio.gather(*(visit(number) for number in range(count)))


async def busy_second(shop: Shop, trial: int = 0) -> list[str]:
    """Return the marks of a hundred events that one page made within a second."""
    marks = [mark(f"busy.{trial}", number) for number in range(100)]
    async with shop.visitor() as (_, page):
        await asyncio.sleep(1.5)
        for tenth in range(10):
            await page.evaluate("marks => marks.forEach(window.record)", marks[tenth * 10 : tenth * 10 + 10])
            await asyncio.sleep(0.09)
        await asyncio.sleep(6)  # the slowest of the trackers waits five
    return marks


async def thousand_calls_ms(shop: Shop, rounds: int) -> tuple[float, float]:
    """Return the medians of what a thousand calls hold a page up, and of all script two seconds on."""
    calls, scripts = [], []
    for _ in range(rounds):
        async with shop.visitor() as (context, page):
            await asyncio.sleep(1.5)  # what a page load brings with it is not the calls'
            session = await context.new_cdp_session(page)
            await session.send("Performance.enable")
            before = await _script_ms(session)
            calls.append(float(await page.evaluate(THOUSAND)))
            await asyncio.sleep(2)
            scripts.append(await _script_ms(session) - before)
    return median(calls), median(scripts)


async def _script_ms(session: CDPSession) -> float:
    answer = await session.send("Performance.getMetrics")
    return next(1_000 * float(one["value"]) for one in answer["metrics"] if one["name"] == "ScriptDuration")
