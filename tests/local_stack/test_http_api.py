"""The HTTP API in front of a function answers as API Gateway would."""

import gzip
import time
from collections.abc import Iterator

import pytest
import requests

from local_stack.state import StackState
from tests.local_stack.estate import Estate

ECHO = """
import base64, json
def handle(event, context):
    if event.get("rawQueryString") == "fail":
        raise ValueError("boom")
    if event.get("rawQueryString") == "binary":
        body = base64.b64encode(bytes(range(256))).decode()
        return {"statusCode": 202, "isBase64Encoded": True, "body": body,
                "headers": {"Content-Type": "application/octet-stream"}, "cookies": ["a=1", "b=2"]}
    if event.get("rawQueryString") == "plain":
        return {"any": "document"}
    return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": json.dumps(event)}
"""
CONFIG_SECONDS = 2.2  # the edge keeps an API's configuration for two


@pytest.fixture(scope="module")
def url(stack: StackState) -> Iterator[str]:
    """One API for the tests that change nothing of it."""
    estate = Estate(stack)
    allowed = {"AllowOrigins": ["https://shop.example"], "AllowMethods": ["POST"], "MaxAge": 60}
    estate.api(estate.function(ECHO), CorsConfiguration=allowed)
    yield f"{stack.api_url}/v1/events"
    estate.remove()
    time.sleep(CONFIG_SECONDS)


def post(url: str, body: bytes | str = b"", **headers: str) -> requests.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return requests.post(url, data=body, headers=named, timeout=30)


def test_function_gets_payload_2_0_and_its_answer_goes_out(url: str) -> None:
    event = post(
        url + "?a=1&a=2&b=", '{"x": "ü"}'.encode(), content_type="application/json", cookie="c=1; d=2"
    ).json()
    context = event["requestContext"]
    assert (event["version"], event["routeKey"], event["rawPath"]) == ("2.0", "POST /v1/events", "/v1/events")
    assert (event["rawQueryString"], event["queryStringParameters"]) == ("a=1&a=2&b=", {"a": "1,2", "b": ""})
    assert (event["body"], event["isBase64Encoded"]) == ('{"x": "ü"}', False)
    assert event["cookies"] == ["c=1", "d=2"]
    assert event["headers"]["content-type"] == "application/json"
    assert "cookie" not in event["headers"]
    assert context["http"]["method"] == "POST"
    assert context["http"]["sourceIp"] == "127.0.0.1"
    assert abs(context["timeEpoch"] / 1000 - time.time()) < 60


@pytest.mark.parametrize(
    ("body", "headers", "is_encoded"),
    [
        (b"{}", {"content_type": "application/json"}, False),
        (b"{}", {"content_type": "text/plain;charset=UTF-8"}, False),
        (
            gzip.compress(b"{}", mtime=0),
            {"content_type": "application/json", "content_encoding": "gzip"},
            True,
        ),
        (b"\xff\xfe", {"content_type": "application/json"}, True),
        (b"a=b", {"content_type": "application/x-www-form-urlencoded"}, True),
    ],
)
def test_body_that_is_not_text_reaches_the_function_in_base64(
    url: str, body: bytes, headers: dict[str, str], is_encoded: bool
) -> None:
    assert post(url, body, **headers).json()["isBase64Encoded"] is is_encoded


def test_binary_answer_cookies_and_status_go_out(url: str) -> None:
    answer = post(url + "?binary")
    assert (answer.status_code, answer.content) == (202, bytes(range(256)))
    assert answer.cookies.get_dict() == {"a": "1", "b": "2"}


def test_answer_without_a_status_code_is_a_document(url: str) -> None:
    answer = post(url + "?plain")
    assert (answer.status_code, answer.json(), answer.headers["content-type"]) == (
        200,
        {"any": "document"},
        "application/json",
    )


def test_failing_function_is_an_internal_error_without_details(url: str) -> None:
    answer = post(url + "?fail")
    assert (answer.status_code, answer.json()) == (500, {"message": "Internal Server Error"})


def test_unknown_route_is_not_found_and_too_long_a_body_too_large(url: str) -> None:
    assert requests.get(url, timeout=10).status_code == 404
    assert post(url + "/more").json() == {"message": "Not Found"}
    assert post(url, bytes(10 * 2**20 + 1)).status_code == 413


def test_preflight_is_answered_without_the_function(url: str) -> None:
    allowed = requests.options(url, headers={"origin": "https://shop.example"}, timeout=10)
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == "https://shop.example"
    assert allowed.headers["access-control-allow-methods"] == "POST"
    other = requests.options(url, headers={"origin": "https://other.example"}, timeout=10)
    assert "access-control-allow-origin" not in other.headers
    assert (
        post(url, origin="https://shop.example").headers["access-control-allow-origin"]
        == "https://shop.example"
    )
