"""The whole pipeline, once for all integration tests: a private stack, and the demo run on it."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
import requests

from local_stack import demo
from local_stack.demo_report import DemoCounts
from local_stack.stack import ALL_PARTS
from local_stack.state import StackState
from local_stack.testing import private_stack


@dataclass(frozen=True)
class Demo:
    """A stack that went through the demo."""

    stack: StackState
    counts: DemoCounts
    shift_days: int

    def query(self, text: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.stack.dsn("owner")) as connection:
            return connection.execute(text).fetchall()

    def post(self, body: bytes, **headers: str) -> requests.Response:
        """Send a body to the events API."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        url = f"{self.stack.api_url}/v1/events"
        return requests.post(
            url, data=body, headers={"content-type": "application/json", **named}, timeout=30
        )


@pytest.fixture(scope="session")
def demo_run() -> Iterator[Demo]:
    with private_stack(ALL_PARTS) as stack:
        counts, shift_days = demo.run(stack, keep_dates=False)
        yield Demo(stack, counts, shift_days)
