"""The shop's part of the demo: what is on sale, and a visitor's first look at it over HTTP."""

from __future__ import annotations

import requests

from local_stack import state
from local_stack.errors import StackError

CATALOGUE = state.CHECKOUT / "tests" / "data" / "catalogue" / "products.csv"


def visit(api_url: str) -> str:
    """Return one line of what the shop answers; StackError when it is not well."""
    try:
        health = requests.get(f"{api_url}/v1/health", timeout=60)
        products = requests.get(f"{api_url}/v1/products", params={"limit": 100}, timeout=60)
        health.raise_for_status()
        products.raise_for_status()
    except requests.RequestException as error:
        raise StackError(
            f"the shop must answer, and does not: {error}", "python -m local_stack status"
        ) from error
    listed, latency_ms = products.json()["products"], health.json()["database"]["latency_ms"]
    example = f"{listed[0]['item_name']} for {listed[0]['price']} {listed[0]['currency']}"
    return f"{len(listed)} products on sale, such as {example}; its database answers in {latency_ms} ms"
