"""What may be asked of orders, by whom, and that the published description says the same."""

import base64
import json
from pathlib import Path

import jsonschema
import pytest
from contract.problem import ProblemError
from hypothesis import given
from hypothesis import strategies as st
from shop.order_request import (
    MOST_BODY_BYTES,
    MOST_LINES,
    MOST_OF_A_LINE,
    USUAL_ORDERS,
    GetOrder,
    Line,
    ListOrders,
    PlaceOrder,
)
from shop.paging import cursor_after
from shop.request import Question, question_of

from tests.shop.requests import Event, items, listing_orders, one_order, placing
from tests.shop.schema import validator_of

JSON_FILES = sorted((Path(__file__).parents[1] / "data/hostile/jsontestsuite/test_parsing").iterdir())


def problem_of(event: Event) -> ProblemError:
    with pytest.raises(ProblemError) as raised:
        question_of(event)
    return raised.value


def outcome(event: Event) -> Question | ProblemError:
    try:
        return question_of(event)
    except ProblemError as problem:
        return problem


def test_an_order_is_what_the_body_says_for_whom_the_token_says() -> None:
    asked = question_of(placing(items(("a-1", 2), ("b-2", 1)), "c-9", "k-7"))
    assert asked == PlaceOrder("c-9", "k-7", (Line("a-1", 2), Line("b-2", 1)))


def test_orders_are_asked_for_by_page_and_by_number() -> None:
    assert question_of(listing_orders("c-9")) == ListOrders("c-9", USUAL_ORDERS)
    asked = listing_orders("c-9", limit="3", cursor=cursor_after("A-1"))
    assert question_of(asked) == ListOrders("c-9", 3, "A-1")
    assert question_of(one_order("A-1", "c-9")) == GetOrder("c-9", "A-1")


@pytest.mark.parametrize("customer", [None, ""])
def test_without_a_claim_nobody_orders_and_nobody_reads(customer: str | None) -> None:
    events = [placing(items(("a-1", 1)), customer), listing_orders(customer), one_order("A-1", customer)]
    assert [(problem_of(event).status, problem_of(event).slug) for event in events] == [
        (401, "not-signed-in")
    ] * 3


@pytest.mark.parametrize("customer", ["customer_id", "sub"])
def test_a_body_that_names_a_customer_is_refused(customer: str) -> None:
    assert problem_of(placing({**items(("a-1", 1)), customer: "c-2"})).slug == "bad-order"


@pytest.mark.parametrize("price", ["price", "value", "total"])
def test_a_body_that_names_a_price_is_refused(price: str) -> None:
    line = {"product_id": "a-1", "quantity": 1, price: "0.01"}
    problem = problem_of(placing({"items": [line]}))
    assert (problem.status, problem.slug) == (400, "bad-order")
    assert f"unknown field `{price}`" in problem.detail


@pytest.mark.parametrize("key", [None, "", " ", "a b", "é", "k" * 65, "a\n", "a\tb", "\x7f"])
def test_a_key_that_is_none_is_refused(key: str | None) -> None:
    problem = problem_of(placing(items(("a-1", 1)), key=key))
    assert (problem.status, problem.slug) == (400, "bad-idempotency-key")


@pytest.mark.parametrize("key", ["k", "k" * 64, "0190c0de-0000-7000-8000-000000000000", '"quoted"', "!~"])
def test_a_key_may_be_any_short_text(key: str) -> None:
    asked = question_of(placing(items(("a-1", 1)), key=key))
    assert isinstance(asked, PlaceOrder)
    assert asked.idempotency_key == key


@pytest.mark.parametrize("quantity", [0, -1, MOST_OF_A_LINE + 1, 10**30, 1.5, "1", None, True])
def test_a_quantity_out_of_bounds_is_refused_and_named(quantity: object) -> None:
    problem = problem_of(placing({"items": [{"product_id": "a-1", "quantity": quantity}]}))
    assert problem.slug == "bad-order"
    assert "$.items[0].quantity" in problem.detail


@pytest.mark.parametrize("count", [0, MOST_LINES + 1])
def test_an_order_of_nothing_or_of_too_many_lines_is_refused(count: int) -> None:
    assert "$.items" in problem_of(placing(items(*[("a-1", 1)] * count))).detail
    assert isinstance(question_of(placing(items(*[("a-1", 1)] * MOST_LINES))), PlaceOrder)


@pytest.mark.parametrize("body", ["", "{", "[]", "null", '{"items": {}}', '{"a\\nb": 1}', "\ud800"])
def test_a_body_that_is_no_order_is_a_problem_on_one_line(body: str) -> None:
    problem = problem_of(placing(body))
    assert (problem.status, problem.slug) == (400, "bad-order")
    assert problem.detail.isprintable()
    assert problem.detail.isascii()


def test_a_body_is_json_of_a_bounded_size() -> None:
    event = placing(items(("a-1", 1)))
    assert problem_of({**event, "headers": {"idempotency-key": "k"}}).status == 415
    assert problem_of({**event, "body": " " * (MOST_BODY_BYTES + 1)}).status == 413
    encoded = base64.b64encode(event["body"].encode()).decode()
    assert question_of({**event, "body": encoded, "isBase64Encoded": True}) == question_of(event)


def test_the_largest_order_fits_into_a_body() -> None:
    assert isinstance(question_of(placing(items(*[("x" * 64, MOST_OF_A_LINE)] * MOST_LINES))), PlaceOrder)


@pytest.mark.parametrize("order_id", ["", "a b", "-a", "a" * 65, "a_b", "a\n", "ä"])
def test_a_number_that_no_order_can_have_is_an_order_that_is_not_there(order_id: str) -> None:
    problem = problem_of(one_order(order_id))
    assert (problem.status, problem.slug) == (404, "no-such-order")


@pytest.mark.parametrize("query", [{"limit": "26"}, {"limit": "0"}, {"cursor": "x"}, {"category": "x"}])
def test_a_page_of_orders_that_can_not_be_is_refused(query: dict[str, str]) -> None:
    assert problem_of(listing_orders(**query)).slug == "bad-parameter"


@pytest.mark.parametrize("path", JSON_FILES, ids=lambda path: path.name)
def test_hostile_json_is_no_order_and_nothing_worse(path: Path) -> None:
    encoded = base64.b64encode(path.read_bytes()).decode()
    problem = problem_of({**placing(""), "body": encoded, "isBase64Encoded": True})
    assert problem.slug in ("bad-order", "body-too-large")


LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-2, 1002), st.text(max_size=5))
LINES = st.fixed_dictionaries(
    {"product_id": st.one_of(LEAVES, st.from_regex(r"[a-z]-[0-9]", fullmatch=True))},
    optional={"quantity": LEAVES, "price": LEAVES},
)
BODIES = st.one_of(
    LEAVES,
    st.fixed_dictionaries({"items": st.one_of(LEAVES, st.lists(LINES, max_size=3))}, optional={"x": LEAVES}),
)


@given(BODIES)
def test_a_body_is_taken_just_when_the_published_description_allows_it(body: object) -> None:
    found = outcome(placing(json.dumps(body)))
    try:
        validator_of("NewOrder").validate(body)
        is_allowed = True
    except jsonschema.ValidationError:
        is_allowed = False
    assert isinstance(found, PlaceOrder) is is_allowed, found
