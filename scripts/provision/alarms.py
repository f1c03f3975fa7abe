"""What is watched, as a table: each alarm, what it means, when it is bad, and how silence counts.

Each name is that of a page in docs/runbooks/, which says what to do.
"""

from __future__ import annotations

from collections.abc import Iterator

from provision.account_alarms import account_watches
from provision.alarm_terms import (
    ALL_FIFTEEN_MINUTES,
    AN_HOUR,
    FIVE_MINUTES,
    HOUR,
    MINUTE,
    QUIET_IS_AS_BEFORE,
    QUIET_IS_BAD,
    QUIET_IS_GOOD,
    THREE_HOURS,
    THREE_OF_FIVE_MINUTES,
    TWICE_IN_FIFTEEN_MINUTES,
    TWO_DAYS,
    TWO_HOURS,
    Span,
    Watch,
)
from provision.metric import Metric
from provision.metrics import Watched
from provision.settings import Settings

GB = 2**30  # as EBS counts the sizes of volumes
NEAR = 0.8  # of a limit: time enough to do something about it
IN_FLIGHT_SECONDS = 300  # a run that ended well is behind by its own length and no more than this


def watches(settings: Settings, on: Watched) -> Iterator[Watch]:
    """Every alarm of the platform, in the order of an event's journey."""
    yield from _ingest(settings, on)
    yield from _api(settings, on)
    yield from _etl(settings, on)
    yield from _schedule(on)
    yield from _data(settings, on)
    yield from _orders(settings, on)
    yield from _warehouse(settings, on)
    yield from _shop(settings, on)
    yield from _hosts(settings, on)


def _ingest(settings: Settings, on: Watched) -> Iterator[Watch]:
    yield Watch(
        what="ingest-errors",
        says="The ingest function crashes again and again; browsers are told to send again.",
        metrics=(on.ingest("Errors", "Sum"),),
        threshold=0,
        over=TWICE_IN_FIFTEEN_MINUTES,
        missing=QUIET_IS_GOOD,
    )
    yield Watch(
        what="ingest-throttles",
        says="Lambda refuses calls of the ingest function: more at a time than it may serve.",
        metrics=(on.ingest("Throttles", "Sum"),),
        threshold=0,
        over=TWICE_IN_FIFTEEN_MINUTES,
        missing=QUIET_IS_GOOD,
    )
    yield Watch(
        what="ingest-duration",
        says="The slowest of a hundred calls of ingest come near the time after which they are cut off.",
        metrics=(on.ingest("Duration", "p99"),),
        threshold=NEAR * settings.ingest_timeout_seconds * 1000,
        over=ALL_FIFTEEN_MINUTES,
        missing=QUIET_IS_GOOD,
    )


def _api(settings: Settings, on: Watched) -> Iterator[Watch]:
    yield Watch(
        what="api-errors",
        says=f"More than {settings.alarm_api_errors_percent} % of the API's answers are server errors (5xx).",
        metrics=(on.api("5xx", "Sum"), on.api("Count", "SampleCount")),
        expression="100 * m1 / m2",
        threshold=settings.alarm_api_errors_percent,
        over=TWICE_IN_FIFTEEN_MINUTES,
        missing=QUIET_IS_GOOD,
    )
    yield Watch(
        what="api-latency",
        says=f"One of ten requests to the API takes longer than {settings.alarm_api_latency_ms} ms.",
        metrics=(on.api("Latency", "p90"),),
        threshold=settings.alarm_api_latency_ms,
        over=ALL_FIFTEEN_MINUTES,
        missing=QUIET_IS_GOOD,
    )


def _etl(settings: Settings, on: Watched) -> Iterator[Watch]:
    yield Watch(
        what="etl-errors",
        says="A run of the ETL failed and its repetition, too. Nothing is lost; the dashboards fall behind.",
        metrics=(on.etl("Errors", "Sum"),),
        threshold=1,
        over=AN_HOUR,
        missing=QUIET_IS_GOOD,
    )
    yield Watch(
        what="etl-throttles",
        says="For three hours runs of the ETL had to wait for each other: a run takes longer than it may.",
        metrics=(on.etl("Throttles", "Sum"),),
        threshold=0,
        over=THREE_HOURS,
        missing=QUIET_IS_GOOD,
    )
    yield Watch(
        what="etl-duration",
        says="Two hours in a row a run of the ETL came near the time after which it is cut off.",
        metrics=(on.etl("Duration", "Maximum"),),
        threshold=NEAR * settings.etl_timeout_seconds * 1000,
        over=TWO_HOURS,
        missing=QUIET_IS_GOOD,
    )


def _schedule(on: Watched) -> Iterator[Watch]:
    yield Watch(
        what="schedule-errors",
        says="The schedule could not call the ETL function, and tries again.",
        metrics=(on.schedule("TargetErrorCount", "Sum"),),
        threshold=0,
        over=TWO_HOURS,
        missing=QUIET_IS_GOOD,
    )
    yield Watch(
        what="schedule-dropped",
        says="The schedule gave a run up after all its tries.",
        metrics=(on.schedule("InvocationDroppedCount", "Sum"),),
        threshold=0,
        over=FIVE_MINUTES,
        missing=QUIET_IS_GOOD,
    )
    yield Watch(
        what="dead-letters",
        says="Runs of the ETL that failed for good wait for a person.",
        metrics=(on.dead_letters("ApproximateNumberOfMessagesVisible", "Maximum"),),
        threshold=0,
        over=FIVE_MINUTES,
        missing=QUIET_IS_GOOD,  # SQS stops counting a queue that nobody touched for hours
    )


def _data(settings: Settings, on: Watched) -> Iterator[Watch]:
    hours = settings.alarm_data_age_hours
    yield Watch(
        what="data-age",
        says=f"For {hours} hours no run of the ETL left the warehouse up to date; the numbers are old.",
        # FILL, because an alarm looks further back for data than its period before silence counts
        metrics=(on.published_by_etl("DataAge", "Minimum"),),
        expression=f"FILL(m1, {MINUTE * MINUTE * 24 * 365})",
        threshold=settings.etl_timeout_seconds + IN_FLIGHT_SECONDS,
        over=Span(hours * HOUR),
        missing=QUIET_IS_BAD,
    )
    yield from account_watches(on)
    least, hours = settings.alarm_silence_minimum_events, settings.alarm_silence_hours
    if least:
        yield Watch(
            what="silence",
            says=f"Fewer than {least} events came in within {hours} hours: does the shop still send them?",
            metrics=(on.published_by_ingest("EventsAccepted", "Sum"),),
            expression="FILL(m1, 0)",
            comparison="LessThanThreshold",
            threshold=least,
            over=Span(hours * HOUR),
            missing=QUIET_IS_BAD,
        )


def _orders(settings: Settings, on: Watched) -> Iterator[Watch]:
    percent = settings.alarm_orders_missing_percent
    yield Watch(
        what="orders-missing",
        says=f"Of a day's orders in the shop's books, more than {percent} % have no purchase event.",
        metrics=(on.published_by_etl("OrdersMissingPercent", "Maximum"),),
        threshold=percent,
        over=AN_HOUR,
        missing=QUIET_IS_AS_BEFORE,
    )
    yield Watch(
        what="orders-unreconciled",
        says="For two days no reconciliation of the shop's orders with the purchase events came to its end.",
        # FILL, because an alarm looks further back for data than its period before silence counts
        metrics=(on.published_by_etl("OrdersCompared", "SampleCount"),),
        expression="FILL(m1, 0)",
        comparison="LessThanThreshold",
        threshold=1,
        over=TWO_DAYS,
        missing=QUIET_IS_BAD,
    )


def _warehouse(settings: Settings, on: Watched) -> Iterator[Watch]:
    yield Watch(
        what="warehouse-down",
        says="The ETL function cannot reach the warehouse's PostgreSQL.",
        metrics=(on.published_by_etl("WarehouseUp", "Maximum"),),  # a repetition that reached it is enough
        comparison="LessThanThreshold",
        threshold=1,
        over=AN_HOUR,
        missing=QUIET_IS_AS_BEFORE,
    )
    yield _size(
        "warehouse", settings, settings.warehouse_data_gb, on.published_by_etl("DatabaseSize", "Maximum")
    )


def _size(whose: str, settings: Settings, volume_gb: int, size: Metric) -> Watch:
    """A database that fills its volume; its owner publishes how large it is, or says that it cannot."""
    percent = settings.alarm_database_percent
    return Watch(
        what=f"{whose}-size",
        says=f"The {whose}'s database takes more than {percent} % of its volume of {volume_gb} GB.",
        metrics=(size,),
        threshold=volume_gb * GB * percent / 100,
        over=AN_HOUR,
        missing=QUIET_IS_AS_BEFORE,
    )


def _shop(settings: Settings, on: Watched) -> Iterator[Watch]:
    yield Watch(
        what="shop-errors",
        says="The shop's function crashes again and again; the storefront shows no products.",
        metrics=(on.shop("Errors", "Sum"),),
        threshold=0,
        over=TWICE_IN_FIFTEEN_MINUTES,
        missing=QUIET_IS_GOOD,
    )
    yield Watch(
        what="shop-throttles",
        says="Lambda refuses calls of the shop's function: more at a time than it may serve.",
        metrics=(on.shop("Throttles", "Sum"),),
        threshold=0,
        over=TWICE_IN_FIFTEEN_MINUTES,
        missing=QUIET_IS_GOOD,
    )
    yield Watch(
        what="shop-duration",
        says="The slowest of a hundred calls of the shop's function come near its time limit.",
        metrics=(on.shop("Duration", "p99"),),
        threshold=NEAR * settings.shop_timeout_seconds * 1000,
        over=ALL_FIFTEEN_MINUTES,
        missing=QUIET_IS_GOOD,
    )
    yield Watch(
        what="shop-database",
        says="The shop's database gives its function no answer, again and again.",
        metrics=(on.published_by_shop("DatabaseFailures", "Sum"),),
        threshold=0,
        over=TWICE_IN_FIFTEEN_MINUTES,
        missing=QUIET_IS_BAD,  # a schedule asks every five minutes
    )
    yield _size("shop", settings, settings.oltp_data_gb, on.published_by_shop("DatabaseSize", "Maximum"))


def _hosts(settings: Settings, on: Watched) -> Iterator[Watch]:
    """One alarm for each host; all of them share one page of what to do. One for what all install from."""
    for host in on.hosts:
        yield Watch(
            what=f"host-{host.name.rpartition('-')[2]}",
            says=f"The host {host.name}, or the machine it runs on, does not answer AWS's checks.",
            metrics=(Metric("AWS/EC2", "StatusCheckFailed", "Maximum", (("InstanceId", host),)),),
            threshold=0,
            over=THREE_OF_FIVE_MINUTES,
            missing=QUIET_IS_BAD,  # a host that runs is checked every minute
        )
    # mirror_packages.py signs the lists again in the second half of their time: nobody has run it since
    days = settings.packages_valid_days / 4
    yield Watch(
        what="packages-expiry",
        says=f"In less than {days:g} days hosts refuse their packages: the lists must be signed again.",
        metrics=(on.published_by_etl("PackagesValid", "Maximum"),),
        comparison="LessThanThreshold",
        threshold=days * 24 * HOUR,
        over=AN_HOUR,
        missing=QUIET_IS_AS_BEFORE,
    )
