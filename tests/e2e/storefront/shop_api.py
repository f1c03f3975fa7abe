"""The API that the storefront speaks with: the real `ingest` and `shop`, and the routes before them."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from import_products import import_products
from obstore.store import MemoryStore
from product_file import ProductRow, read_products
from provision.public_layer import EVENTS_ROUTE, OWN_EVENTS_ROUTE
from provision.routes import OWN_ROUTES, SHOP_ROUTES
from shop.answering import Clocked, answer_to
from shop.database import Database, DatabaseError

from local_stack.edge.cors import headers_of, preflight_of
from local_stack.edge.jwt_authorizer import JwtAuthorizer
from local_stack.edge.payload import HttpRequest, HttpResponse, Target, event_of, response_of
from local_stack.edge.routes import route_of
from local_stack.sign_in.testing import ServedPool
from tests.e2e.sdk.gate import Answer, running, write
from tests.shop_database.shop import Shop as Books

CATALOGUE = Path(__file__).parents[2] / "data" / "catalogue" / "products.csv"
CORS = {
    "AllowOrigins": ["*"],
    "AllowMethods": ["GET", "POST"],
    "AllowHeaders": ["authorization", "content-type", "idempotency-key"],
    "ExposeHeaders": ["retry-after"],
}
FUNCTION = Callable[[dict[str, Any], Any], dict[str, Any]]
ROUTES = [{"RouteKey": key} for key in (EVENTS_ROUTE, OWN_EVENTS_ROUTE, *SHOP_ROUTES.values())]
OWN = {OWN_EVENTS_ROUTE, *(SHOP_ROUTES[name] for name in OWN_ROUTES)}


@dataclass
class Context:
    """What the functions use of Lambda's context."""

    aws_request_id: str = "r1"
    function_name: str = "ingest"


@dataclass
class ShopApi:
    """The API of one test: the shop's books, who may sign in, what came of events, and whether it is well."""

    ingest: FUNCTION
    raw: MemoryStore
    books: Books
    people: ServedPool
    is_down: bool = False
    delay_seconds: float = 0.0
    url: str = ""
    asked: Counter[str] = field(default_factory=Counter)
    _products: list[ProductRow] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        """No orders, and the demo's products."""
        self._database, self._down = self.books.database(), Database(no_login)
        self._jwt = JwtAuthorizer(self.people.url)
        self.books.begin_again([])
        self.products = [row for row in read_products(CATALOGUE) if row.is_active]

    @property
    def products(self) -> list[ProductRow]:
        """What is on sale; assign to it to sell other things."""
        return self._products

    @products.setter
    def products(self, wanted: Sequence[ProductRow]) -> None:
        self._products = list(wanted)
        with self.books.owner() as connection:
            connection.execute("update shop.products set is_active = false")
            import_products(connection, [replace(row, is_active=True) for row in wanted])

    def answer(self, request: HttpRequest) -> HttpResponse:
        """Return the answer of the HTTP API: preflights and what its authorizer refuses by itself."""
        found = preflight_of(CORS, request) or self._routed(request)
        return HttpResponse(found.status, {**found.headers, **headers_of(CORS, request)}, found.body)

    def _routed(self, request: HttpRequest) -> HttpResponse:
        route, variables = route_of(ROUTES, request.method, unquote(request.path))
        if route is None:
            return said(404, "Not Found")
        key, jwt = route["RouteKey"], None
        if key in OWN:
            status, jwt = self._jwt.check(self._authorizer(), [], request.headers)
            if status != 200:
                return said(status, "Unauthorized")
        event = event_of(
            request, Target("123456789012", "eu-central-1", "api1", "$default", key, variables, jwt)
        )
        return response_of(json.dumps(self._invoked(key, request, event)).encode())

    def _invoked(self, key: str, request: HttpRequest, event: dict[str, Any]) -> dict[str, Any]:
        if key in (EVENTS_ROUTE, OWN_EVENTS_ROUTE):
            # one at a time, as an environment of a function works
            with self._lock:
                return self.ingest(event, Context())
        time.sleep(self.delay_seconds)
        self.asked[f"{request.path}?{request.query}".removesuffix("?")] += 1
        with self._lock:
            return answer_to(event, Clocked(self._down if self.is_down else self._database), "r1")

    def _authorizer(self) -> dict[str, Any]:
        settings = {"Issuer": self.people.issuer, "Audience": [self.people.client.id]}
        return {"JwtConfiguration": settings, "IdentitySource": ["$request.header.Authorization"]}

    def lines(self, prefix: str = "events/") -> list[dict[str, Any]]:
        """Return what `ingest` stored, in the order in which the page made it."""
        listed = [item["path"] for chunk in self.raw.list(prefix) for item in chunk]
        texts = [gzip.decompress(bytes(self.raw.get(path).bytes())).decode() for path in listed]
        return [json.loads(line) for text in texts for line in text.splitlines()]


def no_login() -> bytes:
    """Fail as the function does when its database can't be reached."""
    raise DatabaseError("switched off by a test")


def said(status: int, message: str) -> HttpResponse:
    """Return an answer of API Gateway's own."""
    body = json.dumps({"message": message}).encode()
    return HttpResponse(status, {"content-type": "application/json"}, body)


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
