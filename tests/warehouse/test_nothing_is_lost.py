"""Broken, hostile, far-off and too many inputs: nothing is lost and nothing blocks."""

import gzip
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from ingest.batch import sort_batch
from ingest.request import read_request

from tests.etl.events import START, event, minutes, raw_object
from tests.ingest.gateway import gateway_event
from tests.warehouse.pipeline import Pipeline

DATA = Path(__file__).parents[1] / "data"


def test_broken_lines_and_objects_are_kept_and_block_nothing(pipeline: Pipeline) -> None:
    good = raw_object([event("a", START), {"event_id": "broken"}, event("b", minutes(1))], minutes(2))
    pipeline.put(good, ("events/dt=2026-03-02/hr=10/poison.json.gz", b"this is no gzip"))
    pipeline.run()
    assert pipeline.account() == (4, 2, 2, 0)
    kept = dict(pipeline.query("select line_number, convert_from(line, 'UTF8') from etl.rejects"))
    assert kept[0] == "this is no gzip"
    assert '"event_id": "broken"' in kept[2] or '"event_id":"broken"' in kept[2]
    assert pipeline.run()["stored_count"] == 0


def test_hostile_texts_are_stored_unchanged(pipeline: Pipeline) -> None:
    texts = json.loads((DATA / "hostile/blns/blns.json").read_text())
    events = [
        event(str(i), START, page={"title": text}, params={"x": text, "search_term": text}, event_sequence=i)
        for i, text in enumerate(texts)
    ]
    pipeline.put(raw_object(events, START))
    pipeline.run()
    stored = pipeline.query("select page_title, params ->> 'x' from fact_events order by event_sequence")
    assert stored == [(text, text) for text in texts]


def test_hostile_documents_that_pass_the_contract_are_storable(pipeline: Pipeline) -> None:
    documents = sorted((DATA / "hostile/jsontestsuite/test_parsing").iterdir())
    loaded = 0
    for number, path in enumerate(documents):
        made = json.dumps(event(str(number), START, params={"x": "@"})).encode()
        line = made.replace(b'"@"', path.read_bytes().replace(b"\n", b" "))
        key, _ = raw_object([event(str(number), START)], START)
        pipeline.put((key, _line_object(line)))
        loaded += 1
    pipeline.run()
    stored, in_facts, rejected, duplicates = pipeline.account()
    assert stored == in_facts + rejected + duplicates == loaded
    assert in_facts >= 95, "every document that must parse is loaded"
    assert rejected >= 188, "no document that must not parse is loaded"


def _line_object(event_text: bytes) -> bytes:
    """Return a raw object of one line around any bytes, as no ingest would write it."""
    receipt = b'{"received_at":"2026-03-02T10:00:00Z","sent_at":"2026-03-02T10:00:00Z",'
    receipt += b'"batch_id":"6ba7b810-9dad-11d1-80b4-00c04fd430c8"}'
    return gzip.compress(b'{"receipt":' + receipt + b',"event":' + event_text + b"}\n")


def test_more_than_a_page_of_objects_in_an_hour_are_all_read(pipeline: Pipeline) -> None:
    pipeline.put(*(raw_object([event(str(i), START, visitor=str(i))], START) for i in range(1_050)))
    assert pipeline.run()["objects_count"] == 1_050
    assert pipeline.account() == (1_050, 1_050, 0, 0)


def test_clock_in_1970_lands_in_the_default_partition(pipeline: Pipeline) -> None:
    old = datetime(1970, 1, 2, tzinfo=UTC)
    pipeline.put(raw_object([event("a", old, items=[{"item_id": "x"}])], START, sent_at=START))
    pipeline.run()
    assert pipeline.query("select tableoid::regclass::text from fact_events") == [("fact_events_default",)]


def test_day_that_gets_its_partition_later_keeps_its_events(pipeline: Pipeline) -> None:
    far = START + timedelta(days=30)
    pipeline.put(raw_object([event("a", far, items=[{"item_id": "x"}])], START))
    pipeline.run()
    assert pipeline.query("select tableoid::regclass::text from fact_events") == [("fact_events_default",)]
    pipeline.put(raw_object([event("b", far)], far))
    pipeline.run()
    assert pipeline.query("select tableoid::regclass::text, count(*) from fact_events group by 1") == [
        ("fact_events_20260401", 2)
    ]
    assert pipeline.query("select item_id from fact_event_items") == [("x",)]


def test_items_keep_the_shops_own_parameters(pipeline: Pipeline) -> None:
    item = {"item_id": "sku-1", "item_name": "Shoe", "price": 19.99, "quantity": 2, "colour": "red"}
    pipeline.put(raw_object([event("a", START, items=[item, {"item_name": "Sock"}])], START))
    pipeline.run()
    rows = "select item_number, item_id, price, quantity, item ->> 'colour' from fact_event_items order by 1"
    assert [tuple(map(str, row)) for row in pipeline.query(rows)] == [
        ("1", "sku-1", "19.99", "2", "red"),
        ("2", "None", "None", "None", "None"),
    ]


def test_run_without_time_leaves_a_backlog_for_the_next(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("a", START)], START))
    assert pipeline.run(seconds_left=30)["backlog_hours_count"] == 1
    assert pipeline.run()["loaded_count"] == 1


def test_first_run_looks_at_all_there_is(pipeline: Pipeline) -> None:
    old = datetime.now(UTC) - timedelta(days=60)
    pipeline.put(raw_object([event("old", old)], old))
    assert pipeline.run({})["loaded_count"] == 1


def test_run_after_an_outage_looks_back_to_before_it(pipeline: Pipeline) -> None:
    now = datetime.now(UTC)
    pipeline.put(raw_object([event("a", now)], now))
    pipeline.run({})
    with psycopg.connect(pipeline.owner_dsn) as connection:
        connection.execute("update etl.runs set started_at = started_at - interval '20 days'")
    old = now - timedelta(days=15)
    pipeline.put(raw_object([event("old", old)], old))
    assert pipeline.run({})["loaded_count"] == 1


def test_run_without_dates_looks_at_the_last_days_and_says_how_far_it_is(pipeline: Pipeline) -> None:
    now = datetime.now(UTC)
    pipeline.put(raw_object([event("a", now)], now))
    assert pipeline.run({})["loaded_count"] == 1
    old = now - timedelta(days=30)
    pipeline.put(raw_object([event("old", old)], old), raw_object([event("new", now)], now))
    assert pipeline.run({})["loaded_count"] == 1
    ((complete_to,),) = pipeline.query("select complete_to from mart.freshness")
    assert now - timedelta(minutes=5) < complete_to < now


def deep(levels: int) -> object:
    value: object = "bottom"
    for _ in range(levels):
        value = [value]
    return value


def random_text(length: int) -> str:
    chance = Random(7)
    return "".join(chr(chance.randint(0x4E00, 0x9FFF)) for _ in range(length))


POISON: dict[str, dict[str, Any]] = {
    "an order number that no index holds": {"transaction_id": random_text(9_000)},
    "a search term longer than a page": {"search_term": random_text(9_000)},
    "a source longer than any": {"source": random_text(5_000), "medium": random_text(4_000)},
    "an amount of 4,000 digits": {"value": int("7" * 4_000)},
    "an amount that fills a float": {"value": 1.7e308},
    "an amount that is not worth naming": {"value": 5e-324},
    "the end mark of COPY": {"search_term": "a\n\\.\nb", "transaction_id": "\\."},
    "a deep hole": {"x": deep(900)},
    "quotes and commas": {"search_term": '",""\r\n,\'"', "currency": '"'},
    "an empty name": {"": {"": None}},
}


@pytest.mark.parametrize("case", POISON)
def test_poison_that_ingest_accepts_does_not_stop_the_load(pipeline: Pipeline, case: str) -> None:
    poisoned = event("bad", START, event_name="purchase", params=POISON[case])
    batch = {"sent_at": START.isoformat(), "events": [poisoned, event("good", minutes(1))]}
    body = json.dumps(batch, ensure_ascii=False).encode()
    assert put_as_ingest_does(pipeline, body) == 2
    pipeline.run()
    stored, loaded, rejected, _ = pipeline.account()
    assert stored == loaded + rejected
    assert pipeline.query("select count(*) from fact_events where event_name = 'page_view'") == [(1,)]
    assert pipeline.broken_checks() == []


@pytest.mark.parametrize("sent_at", ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z", "1970-01-01T00:00:00Z"])
@pytest.mark.parametrize("event_time", [0, 4_102_444_799_999])
def test_absurd_clock_does_not_stop_the_load(pipeline: Pipeline, sent_at: str, event_time: int) -> None:
    absurd = {**event("bad", START), "event_time": event_time}
    assert put_as_ingest_does(pipeline, json.dumps({"sent_at": sent_at, "events": [absurd]}).encode()) == 1
    pipeline.run()
    assert pipeline.account() == (1, 1, 0, 0)
    ((event_at,),) = pipeline.query("select event_at from fact_events")
    assert 1970 <= event_at.year < 2200


def put_as_ingest_does(pipeline: Pipeline, body: bytes) -> int:
    """Store what ingest stores of a body; return how many events it accepted."""
    batch = sort_batch(read_request(gateway_event(body)), START, "truncate")
    pipeline.put(*batch.objects().items())
    return len(batch.accepted)
