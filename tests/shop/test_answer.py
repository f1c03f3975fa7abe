"""What the shop answers, by the published schema, and what its metrics say."""

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from contract.problem import ProblemError, problem_answer
from shop.answer import (
    Category,
    Product,
    categories_answer,
    health_answer,
    metrics_of,
    product_answer,
    products_answer,
)
from shop.paging import cursor_after
from shop.request import ListProducts

from tests.shop.schema import validator_of

BOWL = Product("a-1", "Bowl", None, "Kitchen", Decimal("22.00"), "EUR", None)


def body_of(answer: dict[str, Any]) -> Any:
    assert answer["headers"]["cache-control"] == "no-store"
    return json.loads(answer["body"])


def bowls(count: int) -> list[Product]:
    return [replace(BOWL, product_id=f"a-{number}") for number in range(count)]


@pytest.mark.parametrize("price", ["0.00", "22.00", "0.10", "9999999999.99"])
def test_a_price_is_the_exact_decimal_as_text(price: str) -> None:
    body = body_of(product_answer(replace(BOWL, price=Decimal(price))))
    assert body["price"] == price
    validator_of("Product").validate(body)


def test_a_full_page_names_the_next_one() -> None:
    body = body_of(products_answer(ListProducts(2), bowls(3)))
    assert [product["product_id"] for product in body["products"]] == ["a-0", "a-1"]
    assert body["next_cursor"] == cursor_after("a-1")
    validator_of("ProductPage").validate(body)


@pytest.mark.parametrize("count", [0, 1, 2])
def test_the_last_page_has_no_next_one(count: int) -> None:
    body = body_of(products_answer(ListProducts(2), bowls(count)))
    assert (len(body["products"]), body["next_cursor"]) == (count, None)
    validator_of("ProductPage").validate(body)


@pytest.mark.parametrize("found", [[], [Category("Bath", 2), Category("Küche & Co.", 1)]])
def test_categories_are_named_with_how_many_products_they_have(found: list[Category]) -> None:
    body = body_of(categories_answer(found))
    assert [tuple(one.values()) for one in body["categories"]] == [
        (one.item_category, one.products_count) for one in found
    ]
    validator_of("Categories").validate(body)


def test_health_says_how_long_the_database_took() -> None:
    body = body_of(health_answer(0.00123))
    assert body == {"status": "ok", "database": {"status": "ok", "latency_ms": 1.2}}
    validator_of("Health").validate(body)


def test_a_problem_that_passes_says_when_to_come_back() -> None:
    answer = problem_answer(ProblemError(503, "database-unavailable", "t", "d"), "r-1")
    assert answer["headers"]["content-type"] == "application/problem+json"
    assert answer["headers"]["retry-after"] == "5"
    validator_of("Problem").validate(body_of(answer))


def test_a_failure_is_counted_with_how_long_the_database_took() -> None:
    assert metrics_of(503, 2.5) == {
        "DatabaseFailures": ("Count", 1),
        "DatabaseMilliseconds": ("Milliseconds", 2500.0),
    }


def test_a_health_check_counts_how_large_the_database_is() -> None:
    assert metrics_of(200, 0.001, 7_654_321)["DatabaseSize"] == ("Bytes", 7_654_321)


def test_a_request_that_never_reached_the_database_has_no_time_of_it() -> None:
    assert metrics_of(400, None) == {"DatabaseFailures": ("Count", 0)}
