"""Whatever the published description lets a client send, and much that it does not, no answer is a 5xx.

Requests are made from the description itself: for each parameter, header and body what its schema allows, or
something near it, or anything.
"""

import json
import string
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.described import ANY_JSON, ANY_TEXT, Schema, allowed
from tests.shop.schema import OPENAPI
from tests.shop_database.shop import Shop, ask

ROUTES = [f"{method.upper()} {path}" for path, methods in OPENAPI["paths"].items() for method in methods]
KNOWN = st.sampled_from(["a-1", "a-2", "b-1", "d-1", "z-9"])  # of products, the first one of an order, too


def near(schema: Schema) -> st.SearchStrategy[str]:
    """Return what a client may put where the schema stands, as text."""
    made = st.one_of(allowed(schema, OPENAPI).map(str), ANY_TEXT, st.sampled_from(list(string.punctuation)))
    return KNOWN | made if "pattern" in schema else made


def ordered(product_ids: list[str]) -> dict[str, Any]:
    """Return the body of an order of products that may be there."""
    return {"items": [{"product_id": one, "quantity": 1} for one in product_ids]}


def request_of(route: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return the requests of a route, as API Gateway hands them on."""
    method, _, path = route.partition(" ")
    operation: Schema = OPENAPI["paths"][path][method.lower()]
    parameters = operation.get("parameters", [])
    in_ = {
        place: {one["name"]: near(one["schema"]) for one in parameters if one["in"] == place}
        for place in ("path", "query", "header")
    }
    query = st.fixed_dictionaries({}, optional={**in_["query"], "another": ANY_TEXT})
    headers = st.fixed_dictionaries(
        {"content-type": st.sampled_from(["application/json", "application/json; charset=utf-8", "x"])},
        optional={name.lower(): texts for name, texts in in_["header"].items()},
    )
    body: st.SearchStrategy[Any] = st.none()
    if "requestBody" in operation:
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        good = st.lists(KNOWN, min_size=1, max_size=3).map(ordered) | allowed(schema, OPENAPI)
        body = st.one_of(good.map(json.dumps), ANY_JSON.map(json.dumps), ANY_TEXT)
    claims = {"claims": {"sub": "c-1"}, "scopes": None}
    return st.builds(
        lambda query, path, headers, body: {
            "version": "2.0",
            "routeKey": route,
            "requestContext": {"authorizer": {"jwt": claims}},
            "queryStringParameters": query,
            "pathParameters": path,
            "headers": headers,
            "body": body,
        },
        query,
        st.fixed_dictionaries(in_["path"]),
        headers,
        body,
    )


@pytest.mark.parametrize("route", ROUTES)
def test_no_request_makes_the_shop_fail(running_shop: Shop, route: str) -> None:
    running_shop.begin_again()
    running_shop.place("a-1")
    database, statuses = running_shop.database(), set[int]()

    @settings(max_examples=300, suppress_health_check=list(HealthCheck))
    @given(request_of(route))
    def send(event: dict[str, Any]) -> None:
        # `ask` holds every answer against the description, which has a 503 as well
        answer = ask(database, event)
        statuses.add(answer.status)
        assert answer.status < 500

    send()
    assert statuses & {200, 201}, "some requests must be good ones"
