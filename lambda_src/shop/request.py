"""From an API Gateway request to what is asked for; what cannot be asked is said in HTTP's words. Pure.

Input: the payload format 2.0 event of an HTTP API. Output: a question, one class for each route.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from contract.problem import ProblemError

from shop.order_request import GetOrder, ListOrders, PlaceOrder, get_order, list_orders, place_order
from shop.paging import ID_FORM, Query, after_of, limit_of, require_known, shown, text_of

HEALTH_ROUTE = "GET /v1/health"
CATEGORIES_ROUTE = "GET /v1/categories"
PRODUCTS_ROUTE = "GET /v1/products"
PRODUCT_ROUTE = "GET /v1/products/{product_id}"
PLACE_ROUTE = "POST /v1/orders"
ORDERS_ROUTE = "GET /v1/orders"
ORDER_ROUTE = "GET /v1/orders/{order_id}"

MOST_PRODUCTS = 100
USUAL_PRODUCTS = 24
LONGEST_TEXT = 100  # of a category, and of what is searched for


@dataclass(frozen=True)
class GetHealth:
    """Does the database answer?"""


@dataclass(frozen=True)
class ListCategories:
    """All categories that have products on sale."""


@dataclass(frozen=True)
class ListProducts:
    """One page of the products on sale: at most `limit`, after the id `after`."""

    limit: int
    after: str = ""  # "" at the start
    category: str | None = None  # that each product must be of
    searched: str | None = None  # words that each product must have


@dataclass(frozen=True)
class GetProduct:
    """One product on sale."""

    product_id: str


Question = GetHealth | ListCategories | ListProducts | GetProduct | PlaceOrder | ListOrders | GetOrder


def question_of(event: dict[str, Any]) -> Question:
    """Return what the request asks for, or raise `ProblemError`."""
    question = _QUESTIONS.get(event["routeKey"])
    if question is None:
        detail = f"The function has no {shown(event['routeKey'])}."
        raise ProblemError(404, "no-such-route", "There is no such route", detail)
    return question(event)


def no_such_product() -> ProblemError:
    """Return the one answer to an id that no product on sale has, whatever it looks like."""
    return ProblemError(
        404, "no-such-product", "There is no such product", "GET /v1/products lists those that there are."
    )


def _list_categories(event: dict[str, Any]) -> ListCategories:
    require_known(event.get("queryStringParameters") or {}, ())
    return ListCategories()


def _list_products(event: dict[str, Any]) -> ListProducts:
    query: Query = event.get("queryStringParameters") or {}
    require_known(query, ("limit", "cursor", "category", "q"))
    return ListProducts(
        limit_of(query, USUAL_PRODUCTS, MOST_PRODUCTS),
        after_of(query),
        text_of(query, "category", LONGEST_TEXT),
        text_of(query, "q", LONGEST_TEXT),
    )


def _get_product(event: dict[str, Any]) -> GetProduct:
    product_id = event["pathParameters"]["product_id"]
    if not ID_FORM.fullmatch(product_id):
        raise no_such_product()
    return GetProduct(product_id)


_QUESTIONS: Mapping[str, Callable[[dict[str, Any]], Question]] = {
    HEALTH_ROUTE: lambda _event: GetHealth(),
    CATEGORIES_ROUTE: _list_categories,
    PRODUCTS_ROUTE: _list_products,
    PRODUCT_ROUTE: _get_product,
    PLACE_ROUTE: place_order,
    ORDERS_ROUTE: list_orders,
    ORDER_ROUTE: get_order,
}
