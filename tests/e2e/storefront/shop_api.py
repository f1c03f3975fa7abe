"""The API that the storefront speaks with: the real `ingest`, and a catalogue that needs no database.

What a request may be and what answers look like is the shop's own code (`shop.request`, `shop.answer`); only
the rows come from a list instead of PostgreSQL.
"""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from contract.problem import ProblemError, problem_answer
from obstore.store import MemoryStore
from product_file import read_products
from shop.answer import Product, product_answer, products_answer
from shop.request import GetProduct, ListProducts, no_such_product, question_of

from local_stack.edge.cors import headers_of, preflight_of
from local_stack.edge.payload import HttpRequest, HttpResponse, Target, event_of, response_of
from tests.e2e.sdk.gate import Answer, running, write

CATALOGUE = Path(__file__).parents[2] / "data" / "catalogue" / "products.csv"
CORS = {"AllowOrigins": ["*"], "AllowMethods": ["GET", "POST"], "ExposeHeaders": ["retry-after"]}
FUNCTION = Callable[[dict[str, Any], Any], dict[str, Any]]


def demo_catalogue() -> list[Product]:
    """Return the demo's products on sale."""
    rows = [vars(row) for row in read_products(CATALOGUE)]
    return [
        Product(**{name: row[name] for name in Product.__dataclass_fields__})
        for row in rows
        if row["is_active"]
    ]


@dataclass
class Context:
    """What the functions use of Lambda's context."""

    aws_request_id: str = "r1"
    function_name: str = "ingest"


@dataclass
class ShopApi:
    """The API of one test: its products, what came of events, and whether it is well."""

    ingest: FUNCTION
    raw: MemoryStore
    products: list[Product] = field(default_factory=demo_catalogue)
    is_down: bool = False
    delay_seconds: float = 0.0
    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Return the answer of the HTTP API: preflights by itself, all else by a function."""
        preflight = preflight_of(CORS, request)
        if preflight is not None:
            return preflight
        if request.path == "/v1/events":
            # one at a time, as an environment of the function works
            with self._lock:
                answer = self.ingest(event_of(request, target("POST /v1/events")), Context())
        else:
            time.sleep(self.delay_seconds)
            self.asked[f"{request.path}?{request.query}".removesuffix("?")] += 1
            answer = self._shop(request)
        found = response_of(json.dumps(answer).encode())
        return HttpResponse(found.status, {**found.headers, **headers_of(CORS, request)}, found.body)

    def _shop(self, request: HttpRequest) -> dict[str, Any]:
        try:
            if self.is_down:
                raise ProblemError(503, "database-unavailable", "The shop's database gives no answer", "")
            return self._answered(request)
        except ProblemError as problem:
            return problem_answer(problem, "r1")

    def _answered(self, request: HttpRequest) -> dict[str, Any]:
        # `q` is searched for here; everything else is understood as the function understands it
        query = dict(parse_qsl(request.query))
        term = query.pop("q", "").lower()
        product_id = request.path.removeprefix("/v1/products").removeprefix("/")
        route = "GET /v1/products/{product_id}" if product_id else "GET /v1/products"
        plain = HttpRequest(**{**vars(request), "query": urlencode(query)})
        asked = question_of(event_of(plain, target(route, product_id=product_id)))
        if isinstance(asked, GetProduct):
            return product_answer(self._one(asked.product_id))
        assert isinstance(asked, ListProducts)
        return products_answer(asked, self._some(asked, term))

    def _one(self, product_id: str) -> Product:
        for product in self.products:
            if product.product_id == product_id:
                return product
        raise no_such_product()

    def _some(self, asked: ListProducts, term: str) -> Sequence[Product]:
        wanted = [
            product
            for product in sorted(self.products, key=lambda one: one.product_id)
            if product.product_id > asked.after
            and asked.category in (None, product.item_category)
            and term in product.item_name.lower()
        ]
        return wanted[: asked.limit + 1]

    def lines(self, prefix: str = "events/") -> list[dict[str, Any]]:
        """Return what `ingest` stored, in the order in which the page made it."""
        listed = [item["path"] for chunk in self.raw.list(prefix) for item in chunk]
        texts = [gzip.decompress(bytes(self.raw.get(path).bytes())).decode() for path in listed]
        return [json.loads(line) for text in texts for line in text.splitlines()]


def target(route: str, **path_variables: str) -> Target:
    """Return where the API sends a request of this route."""
    return Target("123456789012", "eu-central-1", "api1", "$default", route, path_variables)


@contextmanager
def served(api: ShopApi) -> Iterator[ShopApi]:
    """Yield the API with an address."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length", "0")))
            address, headers = (
                urlsplit(self.path),
                {name.lower(): value for name, value in self.headers.items()},
            )
            request = HttpRequest(
                *(self.command, address.path, address.query, headers, body),
                source_ip="203.0.113.77",
                request_id="r1",
                received_at=time.time(),
            )
            found = api.answer(request)
            write(self, Answer(found.status, dict(found.headers), found.body))

        def do_GET(self) -> None:
            self._answer()

        def do_POST(self) -> None:
            self._answer()

        def do_OPTIONS(self) -> None:
            self._answer()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with running(Handler) as api.url:
        yield api
