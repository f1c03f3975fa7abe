"""The parts of the HTTP API that need no stack."""

import pytest

from local_stack.edge.access_log import line_of
from local_stack.edge.http_api import function_of
from local_stack.edge.payload import response_of
from local_stack.edge.routes import route_of
from local_stack.edge.throttle import Throttle, limits_of

ROUTES = [
    {"RouteKey": key}
    for key in (
        "$default",
        "ANY /{proxy+}",
        "GET /orders/{order_id}",
        "ANY /orders/{order_id}",
        "GET /orders/new",
    )
]


@pytest.mark.parametrize(
    ("method", "path", "expected", "variables"),
    [
        ("GET", "/orders/new", "GET /orders/new", {}),
        ("GET", "/orders/7", "GET /orders/{order_id}", {"order_id": "7"}),
        ("PUT", "/orders/7", "ANY /orders/{order_id}", {"order_id": "7"}),
        ("GET", "/orders/7/lines", "ANY /{proxy+}", {"proxy": "orders/7/lines"}),
        ("GET", "/", "$default", {}),
    ],
)
def test_most_precise_route_wins(method: str, path: str, expected: str, variables: dict[str, str]) -> None:
    route, found = route_of(ROUTES, method, path)
    assert route is not None
    assert (route["RouteKey"], found) == (expected, variables)


def test_no_route_is_no_route() -> None:
    assert route_of(ROUTES[2:], "POST", "/other") == (None, {})


def test_bucket_refills_at_its_rate_up_to_its_burst() -> None:
    now = [0.0]
    throttle, limits = Throttle(lambda: now[0]), {"ThrottlingRateLimit": 2.0, "ThrottlingBurstLimit": 3}
    assert [throttle.is_over("a", limits) for _ in range(4)] == [False, False, False, True]
    now[0] = 0.5
    assert [throttle.is_over("a", limits) for _ in range(2)] == [False, True]
    now[0] = 100.0
    assert [throttle.is_over("a", limits) for _ in range(4)] == [False, False, False, True]
    assert not throttle.is_over("b", limits)
    assert not any(throttle.is_over("c", {}) for _ in range(100))


def test_route_settings_override_the_stage() -> None:
    stage = {"DefaultRouteSettings": {"ThrottlingRateLimit": 1, "x": 2}, "RouteSettings": {"r": {"x": 3}}}
    assert limits_of(stage, "r") == {"ThrottlingRateLimit": 1, "x": 3}
    assert limits_of({}, "r") == {}


@pytest.mark.parametrize("payload", [b"", b"not json"])
def test_payload_that_is_not_json_means_no_response(payload: bytes) -> None:
    with pytest.raises(ValueError, match="Expecting value"):
        response_of(payload)


def test_integration_uri_names_function_and_alias_in_both_forms() -> None:
    arn = "arn:aws:lambda:eu-central-1:123456789012:function:ingest"
    long = f"arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/{arn}:live/invocations"
    assert function_of(arn) == (arn, None)
    assert function_of(long) == (arn, "live")


def test_access_log_line_has_a_dash_for_what_is_not_known() -> None:
    assert line_of("$context.status $context.identity.sourceIp $context.nothing", {"status": 1}) == "1 - -"
