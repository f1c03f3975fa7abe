"""What the client is told, and what the metrics count. Pure.

Prices are exact decimals as text, such as "24.90": a JSON number is a binary float in most languages. Who
sends GA4 events turns them into numbers there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from contract.metrics import Values
from contract.problem import json_answer

from shop.paging import cursor_after
from shop.request import ListProducts


@dataclass(frozen=True)
class Product:
    """A product on sale, with the names that GA4 gives to the parts of an item."""

    product_id: str
    item_name: str
    item_brand: str | None
    item_category: str
    price: Decimal
    currency: str  # ISO 4217
    image_key: str | None  # in the media bucket


@dataclass(frozen=True)
class Category:
    """A category, and how many products of it are on sale: at least one."""

    item_category: str
    products_count: int


def health_answer(database_seconds: float) -> dict[str, Any]:
    """Return the answer 200 to a health check."""
    database = {"status": "ok", "latency_ms": round(database_seconds * 1000, 1)}
    return json_answer(200, {"status": "ok", "database": database})


def categories_answer(found: Sequence[Category]) -> dict[str, Any]:
    """Return all categories."""
    return json_answer(200, {"categories": [vars(category) for category in found]})


def product_answer(product: Product) -> dict[str, Any]:
    """Return one product."""
    return json_answer(200, _shown(product))


def products_answer(asked: ListProducts, found: Sequence[Product]) -> dict[str, Any]:
    """Return one page; `found` has one product more than the limit when there is another page."""
    page = found[: asked.limit]
    next_cursor = cursor_after(page[-1].product_id) if len(found) > asked.limit else None
    return json_answer(200, {"products": [_shown(product) for product in page], "next_cursor": next_cursor})


def metrics_of(status: int, database_seconds: float | None, database_size_bytes: int | None = None) -> Values:
    """Return what is counted of a request, by metric name: only what was found out."""
    values: Values = {"DatabaseFailures": ("Count", int(status >= 500))}
    if database_seconds is not None:
        values = {**values, "DatabaseMilliseconds": ("Milliseconds", round(database_seconds * 1000, 3))}
    if database_size_bytes is not None:
        values = {**values, "DatabaseSize": ("Bytes", database_size_bytes)}
    return values


def _shown(product: Product) -> dict[str, Any]:
    return {**vars(product), "price": str(product.price)}
