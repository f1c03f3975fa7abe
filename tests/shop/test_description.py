"""The published description of the API says what the function and the API's routes do."""

from typing import Any

import msgspec
import pytest
from provision.routes import OWN_ROUTES, SHOP_ROUTES
from shop.order_request import MOST_BODY_BYTES, MOST_ORDERS, USUAL_ORDERS, NewOrder
from shop.request import (
    CATEGORIES_ROUTE,
    HEALTH_ROUTE,
    LONGEST_TEXT,
    MOST_PRODUCTS,
    ORDER_ROUTE,
    ORDERS_ROUTE,
    PLACE_ROUTE,
    PRODUCT_ROUTE,
    PRODUCTS_ROUTE,
    USUAL_PRODUCTS,
)

from tests.shop.schema import OPENAPI

OPERATIONS: dict[str, Any] = {
    f"{method.upper()} {path}": operation
    for path, methods in OPENAPI["paths"].items()
    for method, operation in methods.items()
}


def parameter(route: str, name: str) -> dict[str, Any]:
    """Return the schema of a route's parameter."""
    (found,) = [one["schema"] for one in OPERATIONS[route]["parameters"] if one["name"] == name]
    return dict(found)


def test_description_function_and_api_have_the_same_routes() -> None:
    shown = {HEALTH_ROUTE, CATEGORIES_ROUTE, PRODUCTS_ROUTE, PRODUCT_ROUTE}
    answered = shown | {PLACE_ROUTE, ORDERS_ROUTE, ORDER_ROUTE}
    assert set(OPERATIONS) == answered == set(SHOP_ROUTES.values())


def test_the_routes_for_who_signed_in_are_those_that_say_so() -> None:
    said = {route for route, operation in OPERATIONS.items() if "security" in operation}
    assert said == {SHOP_ROUTES[name] for name in OWN_ROUTES} == {PLACE_ROUTE, ORDERS_ROUTE, ORDER_ROUTE}


def test_the_body_of_an_order_is_described_as_it_is_decoded() -> None:
    _, decoded = msgspec.json.schema_components([NewOrder], ref_template="#/components/schemas/{name}")
    described = OPENAPI["components"]["schemas"]
    for name, schema in decoded.items():
        assert described[name] == {key: schema[key] for key in schema.keys() - {"title", "description"}}
    assert set(decoded) == {"NewOrder", "Line"}


@pytest.mark.parametrize(
    ("route", "usual", "most"),
    [(PRODUCTS_ROUTE, USUAL_PRODUCTS, MOST_PRODUCTS), (ORDERS_ROUTE, USUAL_ORDERS, MOST_ORDERS)],
)
def test_pages_are_described_with_their_bounds(route: str, usual: int, most: int) -> None:
    described = parameter(route, "limit")
    assert described == {"type": "integer", "minimum": 1, "maximum": most, "default": usual}


@pytest.mark.parametrize("name", ["category", "q"])
def test_texts_are_described_with_their_bounds(name: str) -> None:
    assert parameter(PRODUCTS_ROUTE, name) == {"type": "string", "minLength": 1, "maxLength": LONGEST_TEXT}


def test_the_largest_body_is_named() -> None:
    assert str(MOST_BODY_BYTES) in OPERATIONS[PLACE_ROUTE]["requestBody"]["description"]
