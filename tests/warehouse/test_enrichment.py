"""What cleaning finds reaches facts, processed files and marts, and a replay finds it again."""

import io
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Any

import psycopg
import pyarrow.parquet as pq
import pytest
from contract.bucket import open_bucket
from etl.database import connect
from etl.errors import TerminalError
from etl.plan import Window
from etl.processed import processed_key
from etl.replay import Replayed
from etl.rules import Rules, kept
from etl.run import Stores
from replay import replay_and_prove

from tests.etl.events import START, event, minutes, raw_object
from tests.warehouse.pipeline import CONNECTION_OBJECT, Pipeline

CHROME = (
    "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36"
)
CAMPAIGN = "https://www.shop.example/vases?utm_source=a&utm_medium=email&utm_term=t&utm_content=c&utm_id=7"
FOUND = (
    "select page_hostname, term, content, campaign_id, country, language, bot_name, tax::text,"
    " shipping::text, value::text from fact_events order by event_sequence"
)
MONEY_BY_NAME = (
    "select event_name, is_known, events_count, bot_events_count, unreadable_values_count,"
    " unnamed_currency_values_count, other_currency_values_count from event_names_daily order by 1"
)


@pytest.fixture
def connection(pipeline: Pipeline) -> Iterator[psycopg.Connection[Any]]:
    login = pipeline.s3.get_object(Bucket="artifacts", Key=CONNECTION_OBJECT)["Body"].read()
    with connect(login) as opened:
        yield opened


def order(number: int, value: object, **params: object) -> dict[str, Any]:
    return event(
        f"order {number}",
        minutes(number),
        event_name="purchase",
        event_sequence=number,
        params={"transaction_id": f"t{number}", "value": value, **params},
    )


def test_what_cleaning_finds_is_in_facts_and_processed_file(pipeline: Pipeline) -> None:
    person = event(
        "a",
        START,
        event_sequence=1,
        page={"url": CAMPAIGN},
        device={"language": "de-CH"},
        params={"value": 59.97, "tax": 9.58, "shipping": 4.9, "currency": "eur"},
        items=[{"item_id": "x", "price": 19.99, "quantity": 3, "index": 1, "item_list_id": "l"}],
    )
    robot = event("b", START, visitor="v2", event_sequence=2)
    pipeline.put(
        raw_object([person], START, user_agent=CHROME, country="CH"),
        raw_object([robot], START, user_agent="curl/8.5.0"),
    )
    pipeline.run()
    assert pipeline.query(FOUND) == [
        ("www.shop.example", "t", "c", "7", "CH", "de-CH", None, "9.58", "4.9", "59.97"),
        (None, None, None, None, None, None, "curl", None, None, None),
    ]
    items = "select item_value::text, item_index, item_list_id, coupon, discount from fact_event_items"
    assert pipeline.query(items) == [("59.97", 1, "l", None, None)]
    sessions = "select is_bot, bot_name, country from fact_sessions order by is_bot"
    assert pipeline.query(sessions) == [(False, None, "CH"), (True, "curl", None)]
    body = pipeline.s3.get_object(Bucket="processed", Key=processed_key(START))["Body"].read()
    rows = sorted(pq.read_table(io.BytesIO(body)).to_pylist(), key=lambda row: row["event_sequence"])
    assert [(row["country"], row["bot_name"], row["value"], row["tax"]) for row in rows] == [
        ("CH", None, "59.97", "9.58"),
        (None, "curl", None, None),
    ]


def test_revenue_is_of_one_currency_and_what_is_left_out_is_counted(pipeline: Pipeline) -> None:
    sent = [
        order(1, 0.1, currency="EUR"),
        order(2, 0.2, currency="eur"),
        order(3, 7),
        order(4, 100, currency="USD"),
        order(5, 100, currency="money"),
        order(6, "1.299,00", currency="EUR"),
    ]
    pipeline.put(raw_object(sent, minutes(7)))
    pipeline.run()
    assert pipeline.query("select currency from reporting_currency") == [("EUR",)]
    found = pipeline.query("select sum(revenue)::text, sum(purchases_count) from traffic_hourly")
    assert found == [("7.3", 6)]
    assert pipeline.query(MONEY_BY_NAME) == [("purchase", True, 6, 0, 1, 1, 2)]
    assert pipeline.broken_checks() == []


def test_another_reporting_currency_is_another_revenue(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTING_CURRENCY", "USD")
    pipeline.put(raw_object([order(1, 5, currency="EUR"), order(2, 6, currency="USD")], minutes(3)))
    pipeline.run()
    assert pipeline.query("select sum(revenue)::text from traffic_hourly") == [("6",)]
    assert pipeline.query("select currency from reporting_currency") == [("USD",)]


def test_a_currency_that_does_not_exist_stops_the_run(
    pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REPORTING_CURRENCY", "euro")
    with pytest.raises(TerminalError, match="platform_reporting_currency"):
        pipeline.run()


def test_unknown_names_are_kept_and_counted_and_the_rarest_share_a_row(pipeline: Pipeline) -> None:
    often = [event(f"{n} {i}", START, event_name=f"own_{n:03}") for n in range(100) for i in range(2)]
    seldom = [event(f"{n}", START, event_name=f"own_{n:03}") for n in range(100, 130)]
    known = [event("known", START, event_name="page_view")]
    pipeline.put(raw_object(often, START), raw_object(seldom + known, START))
    pipeline.run()
    counts = "select is_known, count(*), sum(events_count) from event_names_daily group by 1 order by 1"
    assert pipeline.query(counts) == [(False, 101, 230), (True, 1, 1)]
    other = "select events_count from event_names_daily where event_name = '(other)'"
    assert pipeline.query(other) == [(30,)]
    names = "select count(distinct event_name) from fact_events"
    assert pipeline.query(names) == [(131,)]
    assert pipeline.broken_checks() == []


def test_parameters_that_nobody_knows_are_kept_and_can_be_counted(pipeline: Pipeline) -> None:
    sent = [event(str(n), START, params={"own": n, "other": None} if n else {"own": 1}) for n in range(3)]
    pipeline.put(raw_object(sent, START))
    pipeline.run()
    counted = (
        "select jsonb_object_keys(params) as parameter, count(*) from fact_events"
        " where event_date = '2026-03-02' group by 1 order by 1"
    )
    assert pipeline.query(counted) == [("other", 2), ("own", 3)]


def test_a_replay_works_by_the_rules_of_the_last_run(
    pipeline: Pipeline, connection: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRIVATE_PARAMETERS", "customer")
    monkeypatch.setenv("REDACT_EMAILS", "false")
    page = {"url": "https://shop.example/?customer=7&email=jo@example.com"}
    robot = raw_object([event("b", START)], START, user_agent="k6/1")
    pipeline.put(raw_object([event("a", START, page=page)], START), robot)
    pipeline.run()
    shown = "select page_location from fact_events where page_location is not null"
    assert pipeline.query(shown) == [("https://shop.example/?customer=(redacted)&email=jo@example.com",)]
    rules = kept(connection)
    assert rules != Rules()
    stores = Stores(open_bucket("raw", 60, 5), open_bucket("processed", 60, 5), connection, rules)
    window = Window(date(2026, 3, 2), date(2026, 3, 2))
    assert replay_and_prove(stores, window, datetime(2026, 3, 9, tzinfo=UTC), Replayed()).is_identical
    # by the usual rules it would not be
    other = Stores(stores.raw, stores.processed, connection)
    assert not replay_and_prove(other, window, datetime(2026, 3, 9, tzinfo=UTC), Replayed()).is_identical
