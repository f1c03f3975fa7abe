"""The ETL Lambda: EventBridge calls it every 60 minutes; it loads what ingest has stored since.

The request is `{}` for the newest days, or {"from_date": "YYYY-MM-DD", "to_date": "YYYY-MM-DD"} for others.
"""

import os
import sys
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg
from contract.bucket import open_bucket
from contract.metrics import Values, metrics_line
from obstore.store import S3Store

from etl.database import Connection, connect, take_run_lock
from etl.errors import TransientError
from etl.health import Health, read_health
from etl.metrics import of_packages, of_run, of_warehouse
from etl.packages import valid_seconds
from etl.raw_store import read_object
from etl.rules import rules_from
from etl.run import RunSummary, Stores, run
from etl.settings import Settings, settings_from


class Context(Protocol):
    """What is used of Lambda's context object."""

    function_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function is stopped."""


def handler(event: dict[str, str], context: Context) -> dict[str, Any]:
    """Run once and return what was done; raises `TransientError` if another run is at work."""
    settings = settings_from(os.environ)
    artifacts, now = _open(settings.artifacts_bucket), datetime.now(UTC)
    secret = read_object(artifacts, settings.warehouse_secret_key)
    packages = of_packages(valid_seconds(artifacts, settings.packages_release_key, now))
    try:
        connection = connect(secret)
    except TransientError:
        _publish(context, {**packages, **of_warehouse(None, now)})
        raise
    with connection:
        if not take_run_lock(connection):
            raise TransientError("another ETL run is at work; the next one takes what it leaves")
        done: Values = {}
        try:
            summary = _run(settings, connection, event, context)
            done = of_run(summary)
        finally:
            warehouse = of_warehouse(_health(connection), datetime.now(UTC))
            _publish(context, {**done, **packages, **warehouse})
    answer = _answer(summary)
    sys.stdout.write(f"ETL run {answer}\n")
    return answer


def _run(settings: Settings, connection: Connection, event: dict[str, str], context: Context) -> RunSummary:
    raw, processed = _open(settings.raw_bucket), _open(settings.processed_bucket)
    stores = Stores(raw, processed, connection, rules_from(os.environ))
    now = datetime.now(UTC)
    return run(
        stores, event, settings.lookback_days, now, lambda: context.get_remaining_time_in_millis() / 1000
    )


def _open(bucket: str) -> S3Store:
    return open_bucket(bucket, timeout_seconds=60, max_retries=5)


def _health(connection: Connection) -> Health | None:
    """Return the warehouse's health, None if it went away: the run's own error is the one to tell."""
    try:
        return read_health(connection)
    except psycopg.Error as error:
        sys.stderr.write(f"can't ask the warehouse how it is: {error}\n")
        return None


def _publish(context: Context, values: Values) -> None:
    sys.stdout.write(metrics_line(context.function_name, values, datetime.now(UTC)) + "\n")


def _answer(summary: RunSummary) -> dict[str, Any]:
    return {
        "run_id": summary.run_id,
        **vars(summary.counts),
        "backlog_hours_count": summary.backlog_hours_count,
    }
