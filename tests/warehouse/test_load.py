"""What the ETL makes of raw objects: exactly once, in any order, accounted for, whatever happens."""

import gzip
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest
from etl.errors import TransientError
from event_mapping import read_events, read_mapping
from import_events import raw_files

from local_stack.state import StackState
from tests.etl.events import START, event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline

DATA = Path(__file__).parents[1] / "data"
GOOGLEBOT = "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)"

ACCOUNT = (
    "select sum(stored_count), sum(loaded_count), sum(rejected_count), sum(duplicate_count) from etl.objects"
)


def sessions(pipeline: Pipeline) -> list[tuple[Any, ...]]:
    return pipeline.query(
        "select started_at, ended_at, events_count from warehouse.fact_sessions order by 1, visitor_id"
    )


def account(pipeline: Pipeline) -> tuple[int, ...]:
    return tuple(int(value or 0) for value in pipeline.query(ACCOUNT)[0])


# --- exactly once ---------------------------------------------------------------------------------


def test_batch_sent_twice_is_loaded_once(pipeline: Pipeline) -> None:
    events = [event("a", START), event("b", minutes(1))]
    pipeline.put(raw_object(events, minutes(2), batch="x"), raw_object(events, minutes(70), batch="x"))
    pipeline.run()
    assert account(pipeline) == (4, 2, 0, 2)
    assert sessions(pipeline) == [(START, minutes(1), 2)]


def test_second_run_changes_nothing(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("a", START)], START))
    pipeline.run()
    before = pipeline.content(), pipeline.processed()
    assert pipeline.run()["stored_count"] == 0
    assert (pipeline.content(), pipeline.processed()) == before


def test_event_sent_again_after_midnight_is_one_row(pipeline: Pipeline) -> None:
    late = datetime(2026, 3, 2, 23, 59, 50, tzinfo=UTC)
    for minute in (0, 5):
        received_at = late + timedelta(minutes=minute)
        pipeline.put(raw_object([event("a", late)], received_at, batch=str(minute)))
        pipeline.run()
    assert pipeline.query("select count(*) from fact_events") == [(1,)]


def test_copy_received_first_wins_though_it_is_loaded_later(pipeline: Pipeline) -> None:
    first = raw_object([event("a", START, params={"n": 1}), event("b", minutes(1))], minutes(2), batch="1")
    second = raw_object([event("a", START, params={"n": 2})], minutes(3), batch="2", user_agent=GOOGLEBOT)
    pipeline.put(second)
    pipeline.run()
    assert pipeline.query("select sum(bot_count) from mart.account_hourly") == [(1,)]
    pipeline.put(first)
    pipeline.run()
    assert pipeline.query("select params ->> 'n' from fact_events order by 1") == [("1",), (None,)]
    assert account(pipeline) == (3, 2, 0, 1)
    assert pipeline.query("select sum(bot_count) from mart.account_hourly") == [(0,)]


def test_two_runs_never_work_at_once(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("a", START)], START))
    with psycopg.connect(pipeline.owner_dsn) as other:
        other.execute("select pg_advisory_lock(740031106)")
        with pytest.raises(TransientError, match="another ETL run"):
            pipeline.run()
    assert pipeline.run()["loaded_count"] == 1


def wait_until(is_met: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + 60
    while not is_met():
        assert time.monotonic() < deadline, what
        time.sleep(0.05)


@contextmanager
def run_in_its_own_process(pipeline: Pipeline) -> Iterator[subprocess.Popen[bytes]]:
    code = (
        "from tests.warehouse.pipeline import TimeLeft; from etl.handler import handler;"
        "handler({'from_date': '2026-03-02', 'to_date': '2026-03-02'}, TimeLeft())"
    )
    root = Path(__file__).parents[2]
    environment = {**pipeline.environment, "PYTHONPATH": f"{root}:{root}/scripts:{root}/lambda_src"}
    process = subprocess.Popen([sys.executable, "-c", code], env=environment)
    try:
        yield process
    finally:
        process.kill()
        process.wait(timeout=10)


def test_run_that_is_killed_before_its_commit_loses_nothing(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("a", START), event("b", minutes(1))], minutes(2)))
    with psycopg.connect(pipeline.owner_dsn) as blocker:
        # the run writes its processed file, then waits for this lock inside its transaction
        blocker.execute("lock table warehouse.fact_sessions in access exclusive mode")
        with run_in_its_own_process(pipeline):
            is_waiting = "select count(*) > 0 from pg_locks where not granted"
            wait_until(lambda: pipeline.query(is_waiting)[0][0], "the run must come to its transaction")
            half_done = pipeline.processed()
            assert list(half_done) == ["events/dt=2026-03-02/hr=10/events.parquet"]
    assert pipeline.query("select count(*) from fact_events") == [(0,)]
    is_gone = "select count(*) = 0 from pg_stat_activity where application_name = 'etl'"
    wait_until(lambda: pipeline.query(is_gone)[0][0], "the killed run's connection must end")
    assert pipeline.run()["loaded_count"] == 2
    assert pipeline.processed() == half_done
    assert account(pipeline) == (2, 2, 0, 0)


# --- any order ------------------------------------------------------------------------------------


def stormy_day(seed: int) -> list[tuple[str, bytes]]:
    """Return raw objects full of late, repeated, reordered, broken and purchased events."""
    chance = Random(seed)
    names = ["page_view", "view_item", "add_to_cart", "purchase", "search"]
    objects = []
    for batch in range(40):
        events: list[dict[str, Any]] = []
        for _ in range(chance.randint(1, 6)):
            number = chance.randint(0, 120)
            # the same number is the same event, in whatever batch it comes
            fixed = Random(number)
            at = minutes(fixed.choice([0, 0, 600, 835]) + fixed.randint(0, 90))
            params = {"transaction_id": f"t{number % 7}", "value": number, "currency": "EUR"}
            items = [{"item_id": f"sku-{number % 5}", "price": 1.5, "quantity": 1}] if number % 3 == 0 else []
            name = fixed.choice(names)
            made = event(
                f"e{number}", at, visitor=f"v{number % 4}", event_name=name, params=params, items=items
            )
            events.append(made if chance.random() > 0.05 else {**made, "event_time": "broken"})
        received_at = minutes(chance.randint(0, 1500))
        objects.append(raw_object(events, received_at, batch=str(batch)))
    objects.append(("events/dt=2026-03-02/hr=11/poison.json.gz", b"this is no gzip"))
    return objects


@pytest.mark.parametrize("seed", range(4))
def test_content_does_not_depend_on_order_or_number_of_runs(pipeline: Pipeline, seed: int) -> None:
    objects = stormy_day(seed)
    pipeline.put(*objects)
    pipeline.run()
    at_once = pipeline.content(), pipeline.processed()
    assert pipeline.broken_checks() == []
    pipeline.empty()
    chance = Random(seed + 1000)
    chance.shuffle(objects)
    while objects:
        part, objects = objects[:7], objects[7:]
        pipeline.put(*part)
        pipeline.run()
    assert (pipeline.content(), pipeline.processed()) == at_once


def test_real_events_are_all_there_in_one_run_or_in_many(pipeline: Pipeline) -> None:
    """31,106 events of the ecom data: all of them, 3,605 sessions; the months in reverse give the same."""
    files = list(
        raw_files(
            "ecom", read_events(DATA / "ecom/ecom_events.csv.gz", read_mapping(DATA / "ecom/mapping.yml"))
        )
    )
    pipeline.put(*((file.key, file.body) for file in files))
    assert pipeline.run()["loaded_count"] == 31_106
    at_once = pipeline.content()
    counts = "select (select count(*) from fact_sessions), (select count(*) from fact_orders)"
    assert pipeline.query(counts) == [(3605, 470)]
    assert pipeline.broken_checks() == []
    pipeline.empty_warehouse()
    for month in ("05", "06", "03", "01", "04", "02"):
        pipeline.run(
            {"from_date": f"2024-{month}-01", "to_date": f"2024-{month}-{28 if month == '02' else 30}"}
        )
    for day in ("2024-01-31", "2024-02-29", "2024-03-31", "2024-05-31"):
        pipeline.run({"from_date": day, "to_date": day})
    assert pipeline.content() == at_once


# --- sessions -------------------------------------------------------------------------------------


def test_late_event_merges_two_sessions(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("a", minutes(0)), event("c", minutes(50))], minutes(50)))
    pipeline.run()
    assert len(sessions(pipeline)) == 2
    pipeline.put(raw_object([event("b", minutes(25))], minutes(55)))
    pipeline.run()
    assert sessions(pipeline) == [(minutes(0), minutes(50), 3)]
    assert pipeline.query("select count(distinct session_id) from fact_events") == [(1,)]


def test_late_event_before_a_session_renames_it(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([event("b", minutes(10))], minutes(10)))
    pipeline.run()
    pipeline.put(raw_object([event("a", minutes(0))], minutes(20)))
    pipeline.run()
    named = pipeline.query("select distinct session_id::text from fact_events")
    assert named == [(event("a", START)["event_id"],)]


def test_late_event_moves_a_session_to_the_day_before(pipeline: Pipeline) -> None:
    midnight = datetime(2026, 3, 3, tzinfo=UTC)
    pipeline.put(raw_object([event("b", midnight + timedelta(minutes=5))], midnight + timedelta(minutes=5)))
    pipeline.run()
    pipeline.put(raw_object([event("a", midnight - timedelta(minutes=5))], midnight + timedelta(minutes=9)))
    pipeline.run()
    days = "select session_date::text, sum(sessions_count), sum(events_count) from traffic_hourly group by 1"
    assert pipeline.query(days) == [("2026-03-02", 1, 2)]


# --- orders and funnel ----------------------------------------------------------------------------


def purchase(name: str, at: datetime, transaction_id: str | None, value: float = 10) -> dict[str, Any]:
    params = {"value": value, "currency": "EUR"} | (
        {"transaction_id": transaction_id} if transaction_id else {}
    )
    return event(name, at, event_name="purchase", params=params)


def test_receipt_page_loaded_again_is_one_order(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([purchase("a", minutes(0), "t1"), purchase("b", minutes(90), "t1")], minutes(91)))
    pipeline.run()
    orders = "select order_id, value, purchase_events_count from fact_orders"
    assert pipeline.query(orders) == [("t1", 10, 2)]
    assert pipeline.query("select sum(purchases_count), sum(revenue) from traffic_hourly") == [(1, 10)]


def test_late_first_purchase_becomes_the_order(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([purchase("b", minutes(90), "t1", 12)], minutes(91)))
    pipeline.run()
    pipeline.put(raw_object([purchase("a", minutes(0), "t1", 10)], minutes(95)))
    pipeline.run()
    hours = "select session_hour, purchases_count, revenue from traffic_hourly order by 1"
    assert pipeline.query(hours) == [(minutes(0), 1, 10), (minutes(60), 0, 0)]


def test_purchase_without_an_order_number_is_an_order_of_its_own(pipeline: Pipeline) -> None:
    pipeline.put(raw_object([purchase("a", minutes(0), None), purchase("b", minutes(1), None)], minutes(2)))
    pipeline.run()
    assert pipeline.query("select count(*) from fact_orders") == [(2,)]


def test_funnel_counts_sessions_whose_steps_come_in_order(pipeline: Pipeline) -> None:
    def visit(visitor: str, *names: str) -> tuple[str, bytes]:
        found = [
            event(f"{visitor}{i}", minutes(i), visitor=visitor, event_name=name)
            for i, name in enumerate(names)
        ]
        return raw_object(found, minutes(9))

    pipeline.put(
        visit("all", "view_item", "search", "add_to_cart", "view_cart", "add_shipping_info",
              "add_payment_info", "purchase"),
        visit("backwards", "add_to_cart", "view_item"),
        visit("again", "add_to_cart", "view_item", "add_to_cart"),
        visit("jumps", "view_item", "purchase"),
        visit("none", "search"),
    )  # fmt: skip
    pipeline.run()
    steps = "select step_number, sum(sessions_count) from sales_funnel_daily group by 1 order by 1"
    assert pipeline.query(steps) == [(1, 4), (2, 2), (3, 1), (4, 1), (5, 1), (6, 1)]


# --- nothing is lost, nothing blocks --------------------------------------------------------------


def test_broken_lines_and_objects_are_kept_and_block_nothing(pipeline: Pipeline) -> None:
    good = raw_object([event("a", START), {"event_id": "broken"}, event("b", minutes(1))], minutes(2))
    pipeline.put(good, ("events/dt=2026-03-02/hr=10/poison.json.gz", b"this is no gzip"))
    pipeline.run()
    assert account(pipeline) == (4, 2, 2, 0)
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
    stored, in_facts, rejected, duplicates = account(pipeline)
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
    assert account(pipeline) == (1_050, 1_050, 0, 0)


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


def test_run_without_dates_looks_at_the_last_days_and_says_how_far_it_is(pipeline: Pipeline) -> None:
    now = datetime.now(UTC)
    pipeline.put(
        raw_object([event("old", now - timedelta(days=30))], now - timedelta(days=30)),
        raw_object([event("new", now)], now),
    )
    assert pipeline.run({})["loaded_count"] == 1
    ((complete_to,),) = pipeline.query("select complete_to from mart.freshness")
    assert now - timedelta(minutes=5) < complete_to < now


# --- roles ----------------------------------------------------------------------------------------


def test_reader_reads_and_writes_nothing(postgres: StackState) -> None:
    with psycopg.connect(postgres.dsn("reader"), autocommit=True) as connection:
        connection.execute("select * from mart.traffic_hourly")
        for statement in (
            "delete from mart.traffic_hourly",
            "insert into mart.notice (notice_id, body) values ('x', 'x')",
            "create table mart.mine (x int)",
            "select * from etl.objects",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)


def test_loader_makes_no_tables(postgres: StackState) -> None:
    with psycopg.connect(postgres.dsn("loader"), autocommit=True) as connection:
        for statement in (
            "create table warehouse.mine (x int)",
            "drop table mart.notice",
            "create schema mine",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
