"""Reads the dashboards as an analyst does: a port forwarded through Session Manager, and a browser."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import sync_playwright

from local_stack import processes
from local_stack.rehearsal.ground import Ground
from local_stack.state import CHECKOUT, free_ports

FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update")
IS_IDLE = """() => window.Shiny && Shiny.shinyapp && Shiny.shinyapp.isConnected()
  && !document.documentElement.classList.contains('shiny-busy')"""
METRICS = ("sessions", "visitors", "conversion", "purchases")


@dataclass(frozen=True)
class Seen:
    """What stood on the page, and what went wrong on it."""

    numbers: dict[str, str]
    problems: tuple[str, ...]


@contextlib.contextmanager
def forwarded(ground: Ground, role: str = "dashboards") -> Iterator[int]:
    """Yield the port of this machine that answers for the host's, opened as an analyst opens it."""
    (port,) = free_ports(1)
    command = ["scripts/reach_hosts.py", "--settings", str(ground.settings_path), "forward", role]
    log = ground.state.log_directory / f"forward-{role}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, *command, "--local-port", str(port)],
            cwd=CHECKOUT,
            env={**os.environ, **ground.operator, "PYTHONPATH": f"{CHECKOUT}/scripts"},
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        is_open = processes.wait_until(lambda: b"Waiting for connections" in log.read_bytes(), 30.0)
        if not is_open:
            raise RuntimeError(f"no port was forwarded: {log.read_text()}")
        yield port
    finally:
        process.terminate()
        process.wait(timeout=10)


def look(ground: Ground, screenshot: Path | None = None) -> Seen:
    """Open the first page in a browser and read its numbers once it has come to rest."""
    problems: list[str] = []
    with forwarded(ground) as port, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=list(FLAGS))
        page = browser.new_page(viewport={"width": 1400, "height": 1000})
        page.on("pageerror", lambda error: problems.append(f"page error: {error}"))
        page.on("request", lambda request: _note_elsewhere(problems, request.url, port))
        page.set_default_timeout(90_000)
        page.goto(f"http://localhost:{port}/storefront/")
        page.wait_for_selector("#metrics-sessions .metric-value")
        page.wait_for_selector("#traffic-chart .main-svg")
        page.wait_for_function(IS_IDLE)
        numbers = {name: page.inner_text(f"#metrics-{name} .metric-value") for name in METRICS}
        if screenshot:
            page.screenshot(path=screenshot)
        browser.close()
    return Seen(numbers, tuple(problems))


def _note_elsewhere(problems: list[str], url: str, port: int) -> None:
    if not url.startswith((f"http://localhost:{port}/", f"ws://localhost:{port}/", "data:", "blob:")):
        problems.append(f"asked elsewhere: {url}")
