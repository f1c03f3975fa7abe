"""The real pipeline from end to end: deployed zips, their roles' permissions, real data, a real database."""

import gzip
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from contract.event import MAX_BODY_BYTES
from provision.identity import identify
from provision.settings import read_settings
from run_etl import EtlError, run_etl

from local_stack import demo
from local_stack.demo_report import client, raw_bucket
from tests.integration.conftest import Demo

HOSTILE = Path(__file__).parents[1] / "data" / "hostile"


def new_event(**fields: Any) -> dict[str, Any]:
    return {
        "event_id": str(uuid.uuid4()),
        "event_name": "page_view",
        "event_time": round(datetime.now(UTC).timestamp() * 1000),
        "anonymous_id": "integration",
        **fields,
    }


def batch(*events: object) -> bytes:
    return json.dumps({"sent_at": datetime.now(UTC).isoformat(), "events": events}).encode()


def raw_keys(demo_run: Demo, prefix: str) -> set[str]:
    pages = client(demo_run.stack, "s3").get_paginator("list_objects_v2")
    found = pages.paginate(Bucket=raw_bucket(demo_run.stack), Prefix=prefix)
    return {entry["Key"] for page in found for entry in page.get("Contents", [])}


def load(demo_run: Demo) -> dict[str, Any]:
    function = identify(read_settings(), "etl").name
    return run_etl(client(demo_run.stack, "lambda"), function, {})


def test_every_real_event_is_loaded_and_the_account_balances(demo_run: Demo) -> None:
    counts = demo_run.counts
    assert (counts.accepted, counts.stored, counts.loaded) == (31_106, 31_106, 31_106)
    assert (counts.rejected, counts.duplicates) == (0, 0)
    assert (counts.sessions, counts.visitors, counts.purchases) == (3_605, 600, 470)


def test_newest_day_is_today_and_went_through_the_api(demo_run: Demo) -> None:
    live = "select count(*), min(event_time)::date from fact_events where received_at <> event_time"
    ((events_count, day),) = demo_run.query(live)
    # the demo may have begun before midnight
    assert abs((datetime.now(UTC).date() - day).days) <= 1
    assert events_count == 257
    ((notice,),) = demo_run.query("select body from mart.notice")
    assert f"shifted by {demo_run.shift_days} days" in notice


def test_funnel_counts_sessions_in_order(demo_run: Demo) -> None:
    steps = "select step_name, sum(sessions_count)::int from sales_funnel_daily group by 1 order by 2 desc"
    assert demo_run.query(steps) == [
        ("view_item", 2868),
        ("add_to_cart", 944),
        ("view_cart", 477),
        ("add_shipping_info", 194),
        ("add_payment_info", 72),
        ("purchase", 15),
    ]


def test_demo_file_says_where_everything_is(demo_run: Demo) -> None:
    path = demo_run.stack.directory / "demo.json"
    document = json.loads(path.read_text())
    assert path.stat().st_mode & 0o777 == 0o600
    assert document["api_url"] == demo_run.stack.api_url
    assert document["dashboards_url"].endswith("/storefront/")
    assert document["loaded"] == 31_106


def test_good_events_are_stored_and_bad_ones_kept(demo_run: Demo) -> None:
    before = raw_keys(demo_run, "rejected/")
    good = [new_event(), new_event()]
    response = demo_run.post(batch(good[0], new_event(event_name="not good"), good[1]))
    answer = response.json()
    assert (response.status_code, answer["accepted"], answer["rejected"]) == (200, 2, 1)
    assert "event_name" in answer["errors"][0]["reason"]
    (kept,) = raw_keys(demo_run, "rejected/") - before
    body = client(demo_run.stack, "s3").get_object(Bucket=raw_bucket(demo_run.stack), Key=kept)["Body"].read()
    assert json.loads(json.loads(gzip.decompress(body))["text"])["event_name"] == "not good"
    load(demo_run)
    ids = ", ".join(f"'{event['event_id']}'" for event in good)
    assert demo_run.query(f"select count(*) from fact_events where event_id in ({ids})") == [(2,)]  # noqa: S608


def test_batch_sent_twice_is_loaded_once(demo_run: Demo) -> None:
    body = batch(new_event())
    assert [demo_run.post(body).json()["accepted"] for _ in range(2)] == [1, 1]
    event_id = json.loads(body)["events"][0]["event_id"]
    load(demo_run)
    load(demo_run)
    count = f"select count(*) from fact_events where event_id = '{event_id}'"  # noqa: S608
    assert demo_run.query(count) == [(1,)]


@pytest.mark.parametrize(
    ("status", "body", "headers"),
    [
        (400, b'{"sent_at": ', {}),
        (400, b"\xff\xfe", {}),
        (400, b"", {}),
        (400, b"no gzip", {"content_encoding": "gzip"}),
        (413, b" " * (MAX_BODY_BYTES + 1), {}),
        (413, gzip.compress(b" " * 10_000_000), {"content_encoding": "gzip"}),
        (415, b"{}", {"content_type": "text/csv"}),
        (422, b"{}", {}),
    ],
)
def test_unreadable_body_is_a_problem_and_stores_nothing(
    demo_run: Demo, status: int, body: bytes, headers: dict[str, str]
) -> None:
    before = raw_keys(demo_run, "")
    response = demo_run.post(body, **headers)
    assert response.status_code == status
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["status"] == status
    assert raw_keys(demo_run, "") == before


def test_nul_characters_spoil_only_their_own_event(demo_run: Demo) -> None:
    answer = demo_run.post(batch(new_event(params={"x": "\x00"}), new_event())).json()
    assert (answer["accepted"], answer["rejected"]) == (1, 1)
    assert "U+0000" in answer["errors"][0]["reason"]


def test_naughty_strings_travel_from_http_to_the_warehouse_unchanged(demo_run: Demo) -> None:
    texts = json.loads((HOSTILE / "blns" / "blns.json").read_text())[:400]
    visitor = f"blns-{uuid.uuid4()}"
    events = [
        new_event(anonymous_id=visitor, event_sequence=number, params={"x": text})
        for number, text in enumerate(texts)
    ]
    assert demo_run.post(gzip.compress(batch(*events)), content_encoding="gzip").json()["accepted"] == 400
    load(demo_run)
    stored = f"select params ->> 'x' from fact_events where visitor_id = '{visitor}' order by event_sequence"  # noqa: S608
    assert [row[0] for row in demo_run.query(stored)] == texts


@contextmanager
def without_policy(demo_run: Demo, function: str) -> Iterator[None]:
    """Take a function's role its permissions, and give them back."""
    iam, role = client(demo_run.stack, "iam"), identify(read_settings(), function).name
    (name,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    document = iam.get_role_policy(RoleName=role, PolicyName=name)["PolicyDocument"]
    iam.delete_role_policy(RoleName=role, PolicyName=name)
    try:
        yield
    finally:
        iam.put_role_policy(RoleName=role, PolicyName=name, PolicyDocument=json.dumps(document))


def test_functions_have_their_own_roles_permissions_and_no_others(demo_run: Demo) -> None:
    before = raw_keys(demo_run, "events/")
    with without_policy(demo_run, "ingest"):
        response = demo_run.post(batch(new_event()))
        assert response.status_code == 503
        assert response.headers["retry-after"] == "5"
    assert raw_keys(demo_run, "events/") == before
    with without_policy(demo_run, "etl"), pytest.raises(EtlError, match="can't read secrets"):
        load(demo_run)
    assert demo_run.post(batch(new_event())).status_code == 200
    assert load(demo_run)["loaded_count"] == 1


def test_demo_again_loads_nothing_twice(demo_run: Demo) -> None:
    before = demo_run.query("select count(*) from fact_events")
    counts, shift_days = demo.run(demo_run.stack, keep_dates=False)
    assert counts.is_balanced
    assert shift_days == demo_run.shift_days
    assert demo_run.query("select count(*) from fact_events") == before
