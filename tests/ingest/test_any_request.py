"""Whatever is sent to the event API, the answer is a batch's account or a problem of the sender's.

Requests are made from the published contract: batches that it allows, batches with something else in one
place, and bodies that are none; plain, compressed, cut off, said to be what they are not.
"""

import base64
import gzip
import importlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from obstore.store import MemoryStore

from tests.described import ANY_JSON, ANY_TEXT, allowed
from tests.ingest.gateway import EVENT, batch_body, gateway_event

CONTRACT: dict[str, Any] = json.loads(
    (Path(__file__).parents[2] / "lambda_src/contract/event_batch.schema.json").read_text()
)
BATCHES = allowed({"$ref": "#/$defs/EventBatch"}, CONTRACT)
ENCODINGS = st.sampled_from(["identity", "gzip", "GZIP", "br", "", "gzip, gzip"])
TYPES = st.sampled_from(
    ["application/json", "text/plain;charset=UTF-8", "text/plain", "APPLICATION/JSON", "multipart/form-data"]
)
FUNCTION = Callable[[dict[str, Any], Any], dict[str, Any]]


@dataclass
class Context:
    """What the function uses of Lambda's context."""

    aws_request_id: str = "r-1"
    function_name: str = "ingest"


@st.composite
def spoilt(draw: st.DrawFn) -> Any:
    """Return a batch with anything in the place of one of its parts."""
    batch = draw(BATCHES)
    part = draw(st.sampled_from(["batch", "events", "event", "member"]))
    if part == "batch":
        return {**batch, draw(st.sampled_from([*batch, "x"])): draw(ANY_JSON)}
    events: list[Any] = list(batch["events"])
    if part == "events":
        return {**batch, "events": draw(ANY_JSON)}
    place = draw(st.integers(0, len(events) - 1))
    event = draw(ANY_JSON)
    if part == "member":
        event = {
            **events[place],
            draw(st.sampled_from([*events[place], "items", "page", "x"])): draw(ANY_JSON),
        }
    return {**batch, "events": [*events[:place], event, *events[place + 1 :]]}


@st.composite
def bodies(draw: st.DrawFn) -> bytes:
    """Return the bytes of a body, good or not."""
    document = BATCHES | spoilt() | ANY_JSON
    body: bytes = draw(document.map(lambda value: json.dumps(value).encode()) | st.binary(max_size=200))
    if draw(st.booleans()):
        body = gzip.compress(body, mtime=0)
    return body[: draw(st.integers(0, len(body)))] if draw(st.integers(0, 4)) == 0 else body


def request_of(route: str) -> st.SearchStrategy[dict[str, Any]]:
    """Return requests as API Gateway hands them on."""
    encoded = bodies().map(lambda body: {"body": base64.b64encode(body).decode(), "isBase64Encoded": True})
    broken = ANY_TEXT.map(lambda text: {"body": text, "isBase64Encoded": True})
    plain = (BATCHES | spoilt() | ANY_JSON).map(json.dumps) | ANY_TEXT
    as_text = plain.map(lambda text: {"body": text, "isBase64Encoded": False})
    context = st.fixed_dictionaries(
        {"sourceIp": st.ip_addresses().map(str)}, optional={"userAgent": ANY_TEXT, "method": st.just("POST")}
    )
    claims = {"authorizer": {"jwt": {"claims": {"sub": "c-1"}}}} if route.endswith("/me") else {}
    headers = st.fixed_dictionaries(
        {"content-type": TYPES}, optional={"content-encoding": ENCODINGS, "x-country": ANY_TEXT}
    )
    return st.builds(
        lambda sent, http, headers: {
            "version": "2.0",
            "routeKey": route,
            "headers": headers,
            "requestContext": {"http": http, **claims},
            **sent,
        },
        st.one_of(encoded, as_text, broken, st.just({})),
        context,
        headers,
    )


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> MemoryStore:
    """The raw bucket, in memory."""
    monkeypatch.setenv("RAW_BUCKET", "raw")
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    raw = MemoryStore()
    monkeypatch.setattr(importlib.import_module("ingest.handler"), "_store", raw)
    return raw


def lines_of(store: MemoryStore, prefix: str) -> list[Any]:
    """Return the lines that lie below a prefix."""
    paths = [item["path"] for chunk in store.list(prefix) for item in chunk]
    bodies = [gzip.decompress(bytes(store.get(path).bytes())) for path in paths]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


def sent_events(event: dict[str, Any]) -> list[Any]:
    """Return the events of a request that was found to be a batch."""
    body = base64.b64decode(event["body"]) if event["isBase64Encoded"] else event["body"].encode()
    if event["headers"].get("content-encoding", "").lower() == "gzip":
        body = gzip.decompress(body)
    found: list[Any] = json.loads(body)["events"]
    return found


def metric_of(printed: str, name: str) -> int:
    """Return the sum of a metric in what the function wrote into its log."""
    lines = [json.loads(line) for line in printed.splitlines() if line.startswith('{"_aws"')]
    return sum(int(line[name]) for line in lines)


@pytest.mark.parametrize("route", ["POST /v1/events", "POST /v1/events/me"])
def test_no_request_makes_ingest_fail_and_what_it_takes_is_stored_and_counted(
    store: MemoryStore, capsys: pytest.CaptureFixture[str], route: str
) -> None:
    handler: FUNCTION = importlib.import_module("ingest.handler").handler
    statuses, accepted = Counter[int](), set[tuple[str, str]]()

    @settings(max_examples=400, deadline=None, suppress_health_check=list(HealthCheck))
    @given(request_of(route))
    def send(event: dict[str, Any]) -> None:
        answer = handler(event, Context())
        body, status = json.loads(answer["body"]), answer["statusCode"]
        statuses[status] += 1
        if status != 200:
            assert status in (400, 413, 415, 422), body
            assert answer["headers"]["content-type"] == "application/problem+json"
            assert body["status"] == status
            return
        refused, sent = {error["index"] for error in body["errors"]}, sent_events(event)
        assert (body["rejected"], body["accepted"]) == (len(refused), len(sent) - len(refused))
        good = [one for index, one in enumerate(sent) if index not in refused]
        accepted.update((body["batch_id"], str(one["event_id"])) for one in good)

    send()
    stored = lines_of(store, "events/")
    assert {200, 400, 415, 422} <= statuses.keys()
    assert {(line["receipt"]["batch_id"], line["event"]["event_id"]) for line in stored} == accepted
    assert metric_of(capsys.readouterr().out, "EventsAccepted") == len(stored)


def test_good_events_that_come_again_with_other_bad_ones_are_counted_once(
    store: MemoryStore, capsys: pytest.CaptureFixture[str]
) -> None:
    """Otherwise anybody could ring the alarm that compares what was accepted with what is stored."""
    handler: FUNCTION = importlib.import_module("ingest.handler").handler
    for bad in ("x", "y", "y"):
        body = json.loads(batch_body(EVENT, {**EVENT, "event_name": f"no {bad}"}))
        again = {**body, "batch_id": "6ba7b810-9dad-11d1-80b4-00c04fd430c8"}
        assert handler(gateway_event(json.dumps(again).encode()), Context())["statusCode"] == 200
    printed = capsys.readouterr().out
    names = ("EventsAccepted", "EventsRejected", "BatchesResent")
    assert [metric_of(printed, name) for name in names] == [1, 2, 1]
    assert len(lines_of(store, "events/")) == 1


def test_every_batch_that_the_contract_allows_is_taken_whole(store: MemoryStore) -> None:
    handler: FUNCTION = importlib.import_module("ingest.handler").handler

    @settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
    @given(BATCHES)
    def send(batch: dict[str, Any]) -> None:
        answer = handler(gateway_event(json.dumps(batch).encode()), Context())
        assert (answer["statusCode"], json.loads(answer["body"])["errors"]) == (200, [])

    send()
    assert lines_of(store, "rejected/") == []
