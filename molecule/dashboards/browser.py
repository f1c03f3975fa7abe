"""What an analyst sees of the dashboards on a host, on its loopback, as through a forwarded port.

It enters the network of the host's container. While it looks, the play beside it makes the database vanish,
come back, and switches the release; each step waits for what page or server says, never for a time.

    browser.py CONTAINER EXPECTED_SESSIONS NEW_TITLE FOLDER
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Page, expect, sync_playwright

from local_stack import podman

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run")
PATIENCE_MILLISECONDS = 240_000
ANOTHER_RELEASE = """async (known) => {
  const said = await (await fetch('health')).json()
  return said.release !== known
}"""


class Analyst:
    """One open page and everything that went wrong on it."""

    def __init__(self, page: Page, url: str) -> None:
        self.page, self.problems = page, list[str]()
        page.set_default_timeout(PATIENCE_MILLISECONDS)
        page.on("pageerror", lambda error: self.problems.append(f"page error: {error}"))
        page.on("response", self.note_failure)
        page.goto(url)
        page.wait_for_selector("#traffic-chart .main-svg")

    def note_failure(self, response: object) -> None:
        """Note an answer that says that something failed."""
        status, url = getattr(response, "status", 0), getattr(response, "url", "")
        if status >= 400:
            self.problems.append(f"{status} of {url}")

    def sessions(self) -> str:
        """Return the headline number."""
        return self.page.inner_text("#metrics-sessions .metric-value")

    def must_show(self, number: str) -> None:
        """Wait until the headline number is there, and is the one that SQL gives."""
        expect(self.page.locator("#metrics-sessions .metric-value")).to_have_text(number)

    def choose(self, days: str) -> None:
        """Choose another period, and return when another number is there."""
        before = self.sessions()
        self.page.locator("#filters-preset label", has_text=days).click()
        expect(self.page.locator("#metrics-sessions .metric-value")).not_to_have_text(before)


def main(url: str, expected: str, new_title: str, folder: Path) -> dict[str, str]:
    """Return what was seen; anything else than what is expected is an error."""
    expect.set_options(timeout=PATIENCE_MILLISECONDS)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        old = Analyst(browser.new_page(), url)
        old.must_show(expected)
        (folder / "opened").touch()

        banner = old.page.locator(".banner-problem")
        expect(banner).to_contain_text("The warehouse can't be reached right now.")
        outage = banner.inner_text()
        (folder / "told").touch()
        expect(banner).to_have_count(0)

        old.page.wait_for_function(ANOTHER_RELEASE, arg=release_of(old), polling=1000)
        old.choose("7 days")
        expect(old.page).not_to_have_title(new_title)
        new = Analyst(browser.new_page(), url)
        expect(new.page).to_have_title(new_title)
        new.must_show(expected)
        seen = {
            "outage": outage,
            "old": old.page.title(),
            "its 7 days": old.sessions(),
            "new": new.page.title(),
        }
        browser.close()
    if problems := [text for text in old.problems + new.problems if "health" not in text]:
        raise ValueError(f"pages must be without errors: {problems}")
    return seen


def release_of(analyst: Analyst) -> str:
    """Return the release that answers the page's own browser now."""
    return str(analyst.page.evaluate("async () => (await (await fetch('health')).json()).release"))


def enter(container: str) -> None:
    """Go on as a process in the container's network; of its files and processes it sees nothing."""
    asked = podman.podman("inspect", "--format={{.State.Pid}}", container)
    words = ["nsenter", f"--target={asked.stdout.decode().strip()}", "--net"]
    python = ["env", f"PYTHONPATH={os.environ['PYTHONPATH']}", sys.executable, __file__, "", *sys.argv[2:]]
    command = [*podman.command()[:-1], *words, *python]
    os.execvp(command[0], command)  # noqa: S606 - a list, and no shell


if __name__ == "__main__":
    host, number, title, where = sys.argv[1:]
    if host:
        shutil.rmtree(where, ignore_errors=True)
        Path(where).mkdir(parents=True)
        enter(host)
    print(json.dumps(main("http://127.0.0.1:3838/", number, title, Path(where))))
