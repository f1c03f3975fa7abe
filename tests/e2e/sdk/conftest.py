"""The built SDK in a real browser, against ingest behind the HTTP API of a private stack."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page

from local_stack.demo_report import client, raw_bucket
from local_stack.state import CHECKOUT, StackState
from local_stack.testing import private_stack
from tests.e2e.sdk.gate import Gate, gate_before
from tests.e2e.sdk.shop import shop_pages
from tests.sdk.npm import built_sdk

PATIENCE_SECONDS = 20.0


@dataclass
class RawEvents:
    """What is in the raw bucket; an object never changes, so it is read once."""

    stack: StackState
    known: dict[str, str] = field(default_factory=dict)

    def texts(self) -> dict[str, str]:
        """Return the lines of every object."""
        s3, bucket = client(self.stack, "s3"), raw_bucket(self.stack)
        for listed in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="events/"):
            for key in {found["Key"] for found in listed.get("Contents", [])} - set(self.known):
                body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
                self.known[key] = gzip.decompress(body).decode()
        return self.known


@dataclass
class Shop:
    """One test's visits to the shop: its own browser profile, and its own marker in every address."""

    raw: RawEvents
    gate: Gate
    url: str
    context: BrowserContext
    marker: str = field(default_factory=lambda: uuid.uuid4().hex)
    problems: list[str] = field(default_factory=list)
    # a part of what the browser may say in this test
    expected_problem: str | None = None

    def open(self, path: str = "", page: Page | None = None) -> Page:
        """Return a page of the shop after its load; what goes wrong in it is noted."""
        page = page or self.new_page()
        page.goto(self.address(path))
        return page

    def new_page(self) -> Page:
        """Return a new tab."""
        page = self.context.new_page()
        page.on("pageerror", lambda error: self.note(f"page error: {error}"))
        page.on("console", lambda said: self.note(said.text) if is_refusal(said.text) else None)
        return page

    def note(self, problem: str) -> None:
        """Keep a problem that no test asked for."""
        if self.expected_problem is None or self.expected_problem not in problem:
            self.problems.append(problem)

    def address(self, path: str = "") -> str:
        """Return the address of a page, with the marker in it."""
        return f"{self.url}/{self.marker}/{path}"

    def posts(self) -> list[Any]:
        """Return what came to the gate from this test's pages, in order."""
        return self.gate.posts(self.marker)

    def stored(self) -> list[dict[str, Any]]:
        """Return the lines of the raw bucket that hold this test's events."""
        lines = [line for text in self.raw.texts().values() for line in text.splitlines()]
        return [json.loads(line) for line in lines if self.marker in line]

    def events(self, name: str, count: int = 1) -> list[dict[str, Any]]:
        """Return the stored events of a name as soon as there are at least so many."""

        def found() -> list[dict[str, Any]]:
            return [line["event"] for line in self.stored() if line["event"]["event_name"] == name]

        wait_until(lambda: len(found()) >= count, f"{count} {name} in the raw bucket")
        return found()


def is_refusal(text: str) -> bool:
    """Say whether the browser tells of something that its policies refused."""
    return "Content Security Policy" in text or "CORS" in text


def wait_until(is_true: Callable[[], bool], what: str) -> None:
    """Return when it is true; fail with `what` when it does not become so."""
    until = time.monotonic() + PATIENCE_SECONDS
    while not is_true():
        assert time.monotonic() < until, f"not within {PATIENCE_SECONDS} s: {what}"
        time.sleep(0.1)


@pytest.fixture(scope="session")
def api_stack() -> Iterator[StackState]:
    with private_stack(("aws", "edge")) as stack:
        environment = {**os.environ, **stack.aws_environment()}
        command = [sys.executable, "-m", "provision", "apply"]
        subprocess.run(command, env=environment, cwd=CHECKOUT, check=True)
        yield stack


@pytest.fixture(scope="session")
def gate(api_stack: StackState) -> Iterator[Gate]:
    with gate_before(api_stack.api_url) as running:
        yield running


@pytest.fixture(scope="session")
def shop_url(api_stack: StackState, gate: Gate) -> Iterator[str]:
    """The shop, its two origins allowed at the API as provisioning would allow them."""
    built_sdk()
    with shop_pages(gate.url) as url:
        apis = client(api_stack, "apigatewayv2")
        (api,) = apis.get_apis()["Items"]
        origins = [url, url.replace("127.0.0.1", "shop.example")]
        cors = {**api["CorsConfiguration"], "AllowOrigins": origins}
        apis.update_api(ApiId=api["ApiId"], CorsConfiguration=cors)
        yield url


@pytest.fixture(scope="session")
def raw(api_stack: StackState) -> RawEvents:
    return RawEvents(api_stack)


@pytest.fixture
def shop(raw: RawEvents, gate: Gate, shop_url: str, browser: Browser) -> Iterator[Shop]:
    context = browser.new_context()
    context.set_default_timeout(20_000)
    visit = Shop(raw, gate, shop_url, context)
    yield visit
    context.close()
    gate.faults.clear()
    gate.delay_seconds = 0.0
    assert visit.problems == []
