"""The shop as a browser meets it: the real zip, its role, its database, through the real HTTP front."""

import csv
import json
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psycopg
import pytest
import requests
from database_passwords import scram_verifier
from provision.identity import identify
from provision.routes import SHOP_ROUTES
from provision.settings import read_settings
from publish_secret import publish

from local_stack import demo_shop, postgres
from local_stack.demo_report import client
from local_stack.edge.schedules import Ticker
from local_stack.edge.services import Services
from local_stack.processes import wait_until
from local_stack.state import OLTP, StackState
from tests.integration.conftest import Demo
from tests.shop.schema import judge

NAUGHTY = json.loads((Path(__file__).parents[1] / "data/hostile/blns/blns.json").read_text())
ROUTES = {
    "GET /v1/health": "/v1/health",
    "GET /v1/categories": "/v1/categories",
    "GET /v1/products": "/v1/products",
    "GET /v1/products/{product_id}": "/v1/products/bath-001",
}


def on_sale() -> dict[str, dict[str, str]]:
    """The catalogue's products that are on sale, as the file has them, by id."""
    with demo_shop.CATALOGUE.open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    return {row["product_id"]: row for row in rows if row["is_active"] == "true"}


def get(demo_run: Demo, path: str, **query: str | int) -> requests.Response:
    """Return the answer; a request that the route's limit refuses is sent again."""
    for _ in range(60):
        answer = requests.get(f"{demo_run.stack.api_url}{path}", params=query, timeout=30)
        if answer.status_code != 429:
            break
        time.sleep(0.5)
    return answer


def judged(demo_run: Demo, route: str, path: str, **query: str | int) -> tuple[int, Any]:
    """Return status and body of an answer that the published description allows."""
    answer = get(demo_run, path, **query)
    judge(route, answer.status_code, answer.headers["content-type"], answer.json())
    return answer.status_code, answer.json()


def pages(demo_run: Demo, **query: str | int) -> Iterator[list[dict[str, Any]]]:
    """Yield every page, following the cursors."""
    more: dict[str, str | int] = {}
    while True:
        status, body = judged(demo_run, "GET /v1/products", "/v1/products", **query, **more)
        assert status == 200
        yield body["products"]
        if body["next_cursor"] is None:
            return
        more = {"cursor": body["next_cursor"]}


def owner(stack: StackState) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(stack.dsn("owner", OLTP), autocommit=True)


def test_health_says_how_long_the_database_took(demo_run: Demo) -> None:
    status, body = judged(demo_run, "GET /v1/health", "/v1/health")
    assert (status, body["status"]) == (200, "ok")


def test_every_product_on_sale_is_listed_as_it_was_imported(demo_run: Demo) -> None:
    (listed,) = pages(demo_run, limit=100)
    assert [product["product_id"] for product in listed] == sorted(on_sale())
    for product in listed:
        row = on_sale()[product["product_id"]]
        assert product == {
            **{name: row[name] for name in ("product_id", "item_name", "item_category", "price", "currency")},
            "item_brand": row["item_brand"] or None,
            "image_key": row["image_key"] or None,
        }


@pytest.mark.parametrize("limit", [1, 5, 22, 23, 24])
def test_pages_hold_every_product_once(demo_run: Demo, limit: int) -> None:
    found = list(pages(demo_run, limit=limit))
    assert {len(page) for page in found[:-1]} <= {limit}
    assert [product["product_id"] for page in found for product in page] == sorted(on_sale())


def test_pages_of_a_category_hold_its_products_only(demo_run: Demo) -> None:
    found = [product for page in pages(demo_run, limit=2, category="Kitchen") for product in page]
    assert [product["product_id"] for product in found] == [f"kitchen-{number:03}" for number in range(1, 7)]
    assert list(pages(demo_run, category="No such")) == [[]]


def test_categories_are_those_of_what_is_on_sale(demo_run: Demo) -> None:
    status, body = judged(demo_run, "GET /v1/categories", "/v1/categories")
    counted = Counter(row["item_category"] for row in on_sale().values())
    assert status == 200
    assert [tuple(one.values()) for one in body["categories"]] == sorted(counted.items())


def test_what_changes_between_two_pages_makes_no_product_come_twice(demo_run: Demo) -> None:
    reading = pages(demo_run, limit=5)
    first = next(reading)
    with owner(demo_run.stack) as connection:
        connection.execute("update shop.products set is_active = false where product_id = 'bath-001'")
        try:
            rest = [product for page in reading for product in page]
        finally:
            connection.execute("update shop.products set is_active = true where product_id = 'bath-001'")
    assert [product["product_id"] for product in [*first, *rest]] == sorted(on_sale())


def test_one_product_is_found_by_its_id(demo_run: Demo) -> None:
    route = "GET /v1/products/{product_id}"
    status, body = judged(demo_run, route, "/v1/products/light-003")
    assert (status, body["price"], body["item_brand"]) == (200, "7.80", None)


@pytest.mark.parametrize("product_id", ["no-such", "office-004", "-", "a b", "x" * 65])
def test_a_product_that_is_not_on_sale_is_not_found(demo_run: Demo, product_id: str) -> None:
    route = "GET /v1/products/{product_id}"
    status, body = judged(demo_run, route, f"/v1/products/{quote(product_id)}")
    assert (status, body["type"]) == (404, "urn:cloudworks:problem:no-such-product")


@pytest.mark.parametrize("query", [{"limit": "0"}, {"cursor": "x"}, {"category": ""}, {"sort": "price"}])
def test_a_wrong_parameter_is_a_problem(demo_run: Demo, query: dict[str, str]) -> None:
    status, body = judged(demo_run, "GET /v1/products", "/v1/products", **query)
    assert (status, body["type"]) == (400, "urn:cloudworks:problem:bad-parameter")


def test_naughty_strings_are_never_our_fault(demo_run: Demo) -> None:
    def statuses(text: str) -> list[tuple[int, str]]:
        answers = [
            get(demo_run, "/v1/products", category=text),
            get(demo_run, f"/v1/products/{quote(text, safe='')}"),
        ]
        return [(answer.status_code, text) for answer in answers]

    with ThreadPoolExecutor(4) as pool:
        found = [one for pair in pool.map(statuses, NAUGHTY) for one in pair]
    assert len(found) == 2 * len(NAUGHTY)
    assert [one for one in found if one[0] not in (200, 400, 404)] == []
    # the strings reached the database, too, and not only our own checks
    assert sum(status == 200 for status, _ in found) > 100


@contextmanager
def stopped_database(stack: StackState) -> Iterator[None]:
    postgres.stop(stack, OLTP)
    try:
        yield
    finally:
        postgres.start(stack, stack.image, OLTP)


def test_without_its_database_the_shop_says_so_in_time_and_recovers_by_itself(demo_run: Demo) -> None:
    functions = client(demo_run.stack, "lambda")
    name = identify(read_settings(), "shop").name
    version = functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"]
    assert judged(demo_run, "GET /v1/health", "/v1/health")[0] == 200
    with stopped_database(demo_run.stack):
        for route, path in ROUTES.items():
            started = time.monotonic()
            answer = get(demo_run, path)
            assert time.monotonic() - started < read_settings().shop_timeout_seconds
            judge(route, answer.status_code, answer.headers["content-type"], answer.json())
            assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
            assert answer.json()["type"] == "urn:cloudworks:problem:database-unavailable"
        # what asks nothing of the database is answered as ever
        assert get(demo_run, "/v1/products", limit=0).status_code == 400
    for route, path in ROUTES.items():
        assert judged(demo_run, route, path)[0] == 200
    assert functions.get_alias(FunctionName=name, Name="live")["FunctionVersion"] == version


def test_a_locked_table_is_waited_for_a_moment_only(demo_run: Demo) -> None:
    with owner(demo_run.stack) as connection, connection.transaction():
        connection.execute("lock table shop.products in access exclusive mode")
        started = time.monotonic()
        status, _ = judged(demo_run, "GET /v1/products", "/v1/products")
        assert status == 503
        assert time.monotonic() - started < 5
    assert judged(demo_run, "GET /v1/products", "/v1/products")[0] == 200


def test_a_changed_password_needs_the_secret_and_no_deployment(demo_run: Demo) -> None:
    stack = demo_run.stack
    s3 = client(stack, "s3")
    bucket = identify(read_settings(), "artifacts", suffix=stack.aws_account_id).name
    fields = stack.libpq_fields("shop", OLTP)
    other = scram_verifier("another password", b"sixteen bytes 16")
    cut = "select pg_terminate_backend(pid) from pg_stat_activity where usename = 'oltp_shop'"
    try:
        postgres.run_sql(stack, f"alter role oltp_shop password '{other}'; {cut}", database=OLTP)
        assert judged(demo_run, "GET /v1/health", "/v1/health")[0] == 503
        publish(s3, bucket, "secrets/shop.json", {**fields, "password": "another password"})
        assert judged(demo_run, "GET /v1/health", "/v1/health")[0] == 200
    finally:
        publish(s3, bucket, "secrets/shop.json", fields)
        postgres.start(stack, stack.image, OLTP)  # gives the roles their own passwords again
        postgres.run_sql(stack, cut, database=OLTP)
    assert judged(demo_run, "GET /v1/health", "/v1/health")[0] == 200


def shop_checks(stack: StackState) -> list[dict[str, Any]]:
    """What the shop's function has published of health checks so far."""
    group = f"/aws/lambda/{identify(read_settings(), 'shop').name}"
    found = client(stack, "logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    messages = [event["message"] for page in found for event in page["events"]]
    return [json.loads(message) for message in messages if '"DatabaseSize"' in message]


def published_ms(metrics: dict[str, Any]) -> int:
    return int(metrics["_aws"]["Timestamp"])


def test_the_schedule_asks_how_the_database_is_and_its_size_is_published(demo_run: Demo) -> None:
    settings, stack = read_settings(), demo_run.stack
    group = identify(settings, "schedules").name
    schedule = client(stack, "scheduler").get_schedule(
        GroupName=group, Name=identify(settings, "shop-check").name
    )
    started_ms = time.time() * 1000
    Ticker(Services(stack), pause=lambda _seconds: None).fire(schedule, datetime.now(UTC))
    assert wait_until(lambda: any(published_ms(one) >= started_ms for one in shop_checks(stack)), 30)
    check = max(shop_checks(stack), key=published_ms)
    assert (check["route"], check["status"], check["DatabaseFailures"]) == ("GET /v1/health", 200, 0)
    size = "select pg_database_size('oltp')"
    assert check["DatabaseSize"] == pytest.approx(int(postgres.run_sql(stack, size, database=OLTP)), rel=0.01)


def test_the_log_counts_requests_and_holds_no_password(demo_run: Demo) -> None:
    group = f"/aws/lambda/{identify(read_settings(), 'shop').name}"
    get(demo_run, "/v1/products", limit=3)
    found = client(demo_run.stack, "logs").get_paginator("filter_log_events").paginate(logGroupName=group)
    messages = [event["message"] for page in found for event in page["events"]]
    metrics = [json.loads(message) for message in messages if message.startswith('{"_aws"')]
    assert {one["route"] for one in metrics} <= set(SHOP_ROUTES.values())
    assert any(one["status"] == 200 and one["DatabaseMilliseconds"] > 0 for one in metrics)
    password = demo_run.stack.password("shop", OLTP)
    assert [message for message in messages if password in message] == []


def test_pages_of_the_storefront_may_ask_and_others_may_not_read(demo_run: Demo) -> None:
    (origin,) = read_settings().storefront_origins
    url = f"{demo_run.stack.api_url}/v1/products"
    ours, theirs = (
        requests.get(url, params={"limit": 1}, headers={"origin": one}, timeout=30)
        for one in (origin, "https://other.example")
    )
    assert ours.headers["access-control-allow-origin"] == origin
    assert "access-control-allow-origin" not in theirs.headers


def test_each_route_has_limits_and_a_permission_of_its_own(demo_run: Demo) -> None:
    gateway, functions = client(demo_run.stack, "apigatewayv2"), client(demo_run.stack, "lambda")
    (api,) = gateway.get_apis()["Items"]
    settings = read_settings()
    limits = gateway.get_stage(ApiId=api["ApiId"], StageName="$default")["RouteSettings"]
    wanted = {
        "ThrottlingRateLimit": settings.api_shop_rate_per_second,
        "ThrottlingBurstLimit": settings.api_shop_burst,
    }
    assert {limits[route].items() == wanted.items() for route in SHOP_ROUTES.values()} == {True}
    name = identify(settings, "shop").name
    policy = json.loads(functions.get_policy(FunctionName=name, Qualifier="live")["Policy"])
    sources = {one["Condition"]["ArnLike"]["AWS:SourceArn"].partition("/")[2] for one in policy["Statement"]}
    products = {"*/GET/v1/health", "*/GET/v1/categories", "*/GET/v1/products", "*/GET/v1/products/*"}
    assert sources == {*products, "*/POST/v1/orders", "*/GET/v1/orders", "*/GET/v1/orders/*"}
