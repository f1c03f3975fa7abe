"""The browser of the tests: Debian's Chromium, driven by Playwright, and where its pictures go."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, sync_playwright

from local_stack.state import CHECKOUT

SCREENSHOTS = CHECKOUT / "build" / "screenshots"
PERSON = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # without a screen it says so and counts as a bot; Playwright's own setting does not reach beacons
    f"--user-agent={PERSON}",
    # names of this machine that browsers hold for no secure context, as they hold 127.0.0.1
    "--host-resolver-rules=MAP shop.example 127.0.0.1,MAP api.example 127.0.0.1",
)


@contextmanager
def chromium() -> Iterator[Browser]:
    """Yield a running browser; a process can have one at a time."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        yield browser
        browser.close()
