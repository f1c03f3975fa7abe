"""The API as browsers see it: which pages may call it, and who signed in."""

import gzip
import json

import pytest
import requests
from provision.settings import read_settings

from local_stack.demo_report import client, raw_bucket
from tests.integration.conftest import Demo
from tests.integration.test_pipeline import batch, new_event, raw_keys
from tests.people import Person, new_person


@pytest.fixture(scope="module")
def person(demo_run: Demo) -> Person:
    return new_person(demo_run.stack)


def post_own(demo_run: Demo, body: bytes, **headers: str) -> requests.Response:
    return requests.post(
        f"{demo_run.stack.api_url}/v1/events/me",
        data=body,
        headers={"content-type": "application/json", **headers},
        timeout=30,
    )


def test_events_of_who_signed_in_carry_the_user_id(demo_run: Demo, person: Person) -> None:
    before = raw_keys(demo_run, "events/")
    answer = post_own(demo_run, batch(new_event()), authorization=f"Bearer {person.access_token}")
    assert (answer.status_code, answer.json()["accepted"]) == (200, 1)
    (key,) = raw_keys(demo_run, "events/") - before
    s3 = client(demo_run.stack, "s3")
    line = json.loads(
        gzip.decompress(s3.get_object(Bucket=raw_bucket(demo_run.stack), Key=key)["Body"].read())
    )
    assert line["user_id"] == person.user_id


def test_who_did_not_sign_in_sends_nothing_as_somebody(demo_run: Demo, person: Person) -> None:
    before = raw_keys(demo_run, "")
    head, _, signature = person.access_token.rpartition(".")
    forged = f"{head}.{signature[:-8]}{'A' * 8}"
    assert post_own(demo_run, batch(new_event())).status_code == 401
    assert post_own(demo_run, batch(new_event()), authorization=f"Bearer {forged}").status_code == 401
    # an identity token is for the page that asked for it, not for an API
    identity = f"Bearer {person.id_token}"
    assert post_own(demo_run, batch(new_event()), authorization=identity).status_code == 403
    assert raw_keys(demo_run, "") == before


def test_a_token_on_the_route_for_anyone_makes_nobody_known(demo_run: Demo, person: Person) -> None:
    before = raw_keys(demo_run, "events/")
    answer = demo_run.post(batch(new_event()), authorization=f"Bearer {person.access_token}")
    assert answer.status_code == 200
    (key,) = raw_keys(demo_run, "events/") - before
    s3 = client(demo_run.stack, "s3")
    line = json.loads(
        gzip.decompress(s3.get_object(Bucket=raw_bucket(demo_run.stack), Key=key)["Body"].read())
    )
    assert line.get("user_id") is None


@pytest.mark.parametrize("path", ["/v1/events", "/v1/events/me"])
def test_pages_of_the_storefront_may_call_the_api_and_no_others(demo_run: Demo, path: str) -> None:
    (origin,) = read_settings().storefront_origins
    url = f"{demo_run.stack.api_url}{path}"
    allowed = requests.options(
        url, headers={"origin": origin, "access-control-request-method": "POST"}, timeout=10
    )
    assert allowed.status_code == 204
    assert allowed.headers["access-control-allow-origin"] == origin
    assert allowed.headers["access-control-allow-methods"] == "GET,POST"
    assert "authorization" in allowed.headers["access-control-allow-headers"]
    assert "access-control-allow-credentials" not in allowed.headers
    other = requests.options(url, headers={"origin": f"{origin}.example"}, timeout=10)
    assert "access-control-allow-origin" not in other.headers


def test_stage_limits_each_route_and_its_log_names_no_visitor(demo_run: Demo) -> None:
    gateway = client(demo_run.stack, "apigatewayv2")
    (api,) = gateway.get_apis()["Items"]
    stage = gateway.get_stage(ApiId=api["ApiId"], StageName="$default")
    settings = read_settings()
    limit = {
        "ThrottlingRateLimit": settings.api_events_rate_per_second,
        "ThrottlingBurstLimit": settings.api_events_burst,
    }
    routes = {route: found for route, found in stage["RouteSettings"].items() if "/events" in route}
    assert routes == {"POST /v1/events": limit, "POST /v1/events/me": limit}
    fields = json.loads(stage["AccessLogSettings"]["Format"])
    assert not any("sourceIp" in value or "userAgent" in value for value in fields.values())
