"""What may be asked of the shop, and that nothing else reaches the database."""

import json
from pathlib import Path
from typing import Any

import pytest
from contract.problem import ProblemError
from hypothesis import given
from hypothesis import strategies as st
from shop.paging import ID_FORM, cursor_after
from shop.request import (
    CATEGORIES_ROUTE,
    HEALTH_ROUTE,
    MOST_PRODUCTS,
    PRODUCT_ROUTE,
    PRODUCTS_ROUTE,
    USUAL_PRODUCTS,
    GetHealth,
    GetProduct,
    ListCategories,
    ListProducts,
    Question,
    question_of,
)

NAUGHTY = json.loads((Path(__file__).parents[1] / "data/hostile/blns/blns.json").read_text())


def listing(**query: str) -> dict[str, Any]:
    event: dict[str, Any] = {"version": "2.0", "routeKey": PRODUCTS_ROUTE}
    return {**event, "queryStringParameters": query} if query else event


def one(product_id: str) -> dict[str, Any]:
    return {"version": "2.0", "routeKey": PRODUCT_ROUTE, "pathParameters": {"product_id": product_id}}


def outcome(event: dict[str, Any]) -> Question | ProblemError:
    try:
        return question_of(event)
    except ProblemError as problem:
        return problem


def problem_of(event: dict[str, Any]) -> ProblemError:
    with pytest.raises(ProblemError) as raised:
        question_of(event)
    return raised.value


def test_a_list_begins_at_the_start_and_has_a_usual_length() -> None:
    assert question_of(listing()) == ListProducts(USUAL_PRODUCTS)


def test_a_list_may_be_narrowed_continued_and_limited() -> None:
    asked = listing(limit="7", cursor=cursor_after("b-2"), category="Tea & Coffee", q="green tea")
    assert question_of(asked) == ListProducts(7, "b-2", "Tea & Coffee", "green tea")


def test_categories_are_asked_for_as_a_whole() -> None:
    asked = {"routeKey": CATEGORIES_ROUTE}
    assert question_of(asked) == question_of({**asked, "queryStringParameters": {}}) == ListCategories()
    problem = problem_of({**asked, "queryStringParameters": {"limit": "1"}})
    assert (problem.status, problem.slug) == (400, "bad-parameter")
    assert problem.detail == "There are no parameters; the request has 'limit'."


def test_health_and_one_product_are_asked_by_their_routes() -> None:
    assert question_of({"routeKey": HEALTH_ROUTE}) == GetHealth()
    assert question_of(one("b-2")) == GetProduct("b-2")


@pytest.mark.parametrize(
    "limit", ["0", str(MOST_PRODUCTS + 1), "-1", "", "1.0", "1,2", " 1", "٣", "1e1", "9" * 99]
)
def test_a_limit_out_of_range_is_refused(limit: str) -> None:
    problem = problem_of(listing(limit=limit))
    assert (problem.status, problem.slug) == (400, "bad-parameter")
    assert "`limit` must be from 1 to 100" in problem.detail


@pytest.mark.parametrize("cursor", ["", "b-2", "YiAy", "Yi0y=", "Yi0y==", "Yi0z\n", "Yi0=", "é", "Yi0y Yi0y"])
def test_a_cursor_that_no_answer_gave_is_refused(cursor: str) -> None:
    assert question_of(listing(cursor="Yi0y")) == ListProducts(USUAL_PRODUCTS, "b-2")
    assert problem_of(listing(cursor=cursor)).status == 400


@pytest.mark.parametrize("name", ["category", "q"])
@pytest.mark.parametrize("text", ["", "a\x00b", "a\nb", "\ud800", "x" * 101])
def test_a_text_that_the_database_can_not_hold_is_refused(name: str, text: str) -> None:
    problem = problem_of(listing(**{name: text}))
    assert (problem.status, problem.detail.partition(" ")[0]) == (400, f"`{name}`")


def test_a_parameter_with_a_slip_of_the_pen_is_not_ignored() -> None:
    problem = problem_of(listing(catgory="Kitchen"))
    assert problem.status == 400
    assert "category, cursor, limit, q; the request has 'catgory'" in problem.detail


@pytest.mark.parametrize("product_id", ["", "a b", "-a", "a" * 65, "a\x00", "ä", "a\n"])
def test_an_id_that_no_product_can_have_is_a_product_that_is_not_there(product_id: str) -> None:
    problem = problem_of(one(product_id))
    assert (problem.status, problem.slug) == (404, "no-such-product")


def test_another_route_is_refused() -> None:
    assert problem_of({"routeKey": "GET /v1/x"}).status == 404


@pytest.mark.parametrize("text", NAUGHTY)
def test_naughty_strings_are_questions_or_problems_and_nothing_else(text: str) -> None:
    names = ["category", "q", "cursor", "limit"]
    lists = [*(listing(**{name: text}) for name in names), listing(**{text: "1"})]
    for found in map(outcome, [*lists, one(text)]):
        assert isinstance(found, ListProducts | GetProduct | ProblemError)
        if isinstance(found, ProblemError):
            assert found.status in (400, 404)
            found.detail.encode("ascii")


@given(st.from_regex(ID_FORM, fullmatch=True))
def test_every_cursor_leads_back_to_its_product(product_id: str) -> None:
    asked = question_of(listing(cursor=cursor_after(product_id)))
    assert asked == ListProducts(USUAL_PRODUCTS, product_id)


@given(st.dictionaries(st.sampled_from(["limit", "cursor", "category", "q"]), st.text()))
def test_any_text_is_a_question_or_a_problem(query: dict[str, str]) -> None:
    found = outcome(listing(**query))
    if isinstance(found, ProblemError):
        assert found.status == 400
    else:
        assert isinstance(found, ListProducts)
        assert 1 <= found.limit <= MOST_PRODUCTS
        ((found.category or "") + (found.searched or "")).encode()
