"""The one page that an operator reads in the morning, as questions with the graphs that answer them."""

from __future__ import annotations

from provision.metrics import Watched
from provision.resources.dashboard import Graph, Row
from provision.settings import Settings

HOUR, DAY = 3600, 86_400


def morning_page(settings: Settings, on: Watched) -> tuple[Row, ...]:
    """Is data flowing, is it on time, is anything lost, is anything slow, what runs full."""
    return (
        _flowing(on),
        _on_time(settings, on),
        _lost(settings, on),
        _slow(settings, on),
        _full(settings, on),
    )


def _flowing(on: Watched) -> Row:
    events = Graph(
        title="Events an hour, at ingest and in raw",
        period_seconds=HOUR,
        lines=(
            ("accepted", on.published_by_ingest("EventsAccepted", "Sum")),
            ("in raw", on.published_by_etl("EventsStored", "Maximum")),
            ("rejected", on.published_by_ingest("EventsRejected", "Sum")),
            ("batches sent again", on.published_by_ingest("BatchesResent", "Sum")),
        ),
    )
    requests = Graph(
        title="Requests to the API",
        lines=(
            ("requests", on.api("Count", "SampleCount")),
            ("refused (4xx)", on.api("4xx", "Sum")),
            ("failed (5xx)", on.api("5xx", "Sum")),
        ),
    )
    return Row(question="Is data flowing?", graphs=(events, requests))


def _on_time(settings: Settings, on: Watched) -> Row:
    age = Graph(
        title="Age of the data, in seconds, at the end of each run",
        period_seconds=HOUR,
        lines=(("everything older is loaded", on.published_by_etl("DataAge", "Maximum")),),
        limits=(("alarm", float(settings.alarm_data_age_hours * HOUR)),),
    )
    packages = Graph(
        title="How long hosts still take their packages, in seconds",
        period_seconds=HOUR,
        lines=(("the lists are valid for", on.published_by_etl("PackagesValid", "Minimum")),),
        limits=(("alarm", settings.packages_valid_days / 4 * 24 * HOUR),),
    )
    left = Graph(
        title="Objects that a run left to the next",
        period_seconds=HOUR,
        lines=(("objects", on.published_by_etl("UnloadedObjects", "Maximum")),),
    )
    runs = Graph(
        title="Runs an hour",
        period_seconds=HOUR,
        lines=(
            ("called by the schedule", on.schedule("InvocationAttemptCount", "Sum")),
            ("begun", on.etl("Invocations", "Sum")),
            ("failed", on.etl("Errors", "Sum")),
        ),
    )
    return Row(question="Is it on time?", graphs=(age, left, runs, packages))


def _lost(settings: Settings, on: Watched) -> Row:
    became = Graph(
        title="What became of the events of each hour's runs",
        period_seconds=HOUR,
        lines=(
            ("loaded", on.published_by_etl("EventsLoaded", "Sum")),
            ("duplicate", on.published_by_etl("EventsDuplicate", "Sum")),
            ("rejected", on.published_by_etl("EventsRejected", "Sum")),
        ),
    )
    account = Graph(
        title="Events between ledger and dashboards: always 0",
        period_seconds=HOUR,
        lines=(("difference", on.published_by_etl("AccountDifference", "Maximum")),),
    )
    orders = Graph(
        title="Orders of the newest day, in the shop's books and in the stream",
        period_seconds=DAY,
        lines=(
            ("compared", on.published_by_etl("OrdersCompared", "Maximum")),
            ("missing in the stream", on.published_by_etl("OrdersMissingInStream", "Maximum")),
            ("missing in the shop", on.published_by_etl("OrdersMissingInShop", "Maximum")),
            ("with other amounts", on.published_by_etl("OrdersDiffering", "Maximum")),
            ("missing in the stream, percent", on.published_by_etl("OrdersMissingPercent", "Maximum")),
        ),
        limits=(("alarm, percent", float(settings.alarm_orders_missing_percent)),),
    )
    given_up = Graph(
        title="Runs given up",
        lines=(
            ("waiting for a person", on.dead_letters("ApproximateNumberOfMessagesVisible", "Maximum")),
            ("dropped by the schedule", on.schedule("InvocationDroppedCount", "Sum")),
        ),
    )
    return Row(question="Is anything lost?", graphs=(became, account, orders, given_up))


def _slow(settings: Settings, on: Watched) -> Row:
    api = Graph(
        title="The API's answers, in milliseconds",
        lines=(("half of them", on.api("Latency", "p50")), ("nine of ten", on.api("Latency", "p90"))),
        limits=(("alarm", float(settings.alarm_api_latency_ms)),),
    )
    ingest = Graph(
        title="Calls of ingest, in milliseconds",
        lines=(
            ("half of them", on.ingest("Duration", "p50")),
            ("all but one of a hundred", on.ingest("Duration", "p99")),
        ),
        limits=(("cut off", settings.ingest_timeout_seconds * 1000.0),),
    )
    etl = Graph(
        title="Runs of the ETL, in milliseconds",
        period_seconds=HOUR,
        lines=(("longest", on.etl("Duration", "Maximum")),),
        limits=(("cut off", settings.etl_timeout_seconds * 1000.0),),
    )
    shop = Graph(
        title="The shop's database, in milliseconds, and how often it gave no answer",
        lines=(
            ("nine of ten answers", on.published_by_shop("DatabaseMilliseconds", "p90")),
            ("calls that failed", on.published_by_shop("DatabaseFailures", "Sum")),
        ),
    )
    return Row(question="Is anything slow?", graphs=(api, ingest, etl, shop))


def _full(settings: Settings, on: Watched) -> Row:
    size = Graph(
        title="The databases, in bytes",
        period_seconds=HOUR,
        lines=(
            ("warehouse", on.published_by_etl("DatabaseSize", "Maximum")),
            ("shop", on.published_by_shop("DatabaseSize", "Maximum")),
        ),
        limits=(
            ("the warehouse's volume", settings.warehouse_data_gb * 2.0**30),
            ("the shop's volume", settings.oltp_data_gb * 2.0**30),
        ),
    )
    at_once = Graph(
        title="Calls at a time, and calls refused",
        lines=(
            ("ingest", on.ingest("ConcurrentExecutions", "Maximum")),
            ("shop", on.shop("ConcurrentExecutions", "Maximum")),
            ("ingest refused", on.ingest("Throttles", "Sum")),
            ("shop refused", on.shop("Throttles", "Sum")),
            ("etl refused", on.etl("Throttles", "Sum")),
        ),
    )
    up = Graph(
        title="The warehouse answers: 1",
        period_seconds=HOUR,
        lines=(("answers", on.published_by_etl("WarehouseUp", "Maximum")),),
    )
    return Row(question="What runs full?", graphs=(size, at_once, up))
