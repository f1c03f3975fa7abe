"""The ETL Lambda: EventBridge calls it every 60 minutes; it loads what ingest has stored since.

The request is `{}` for the newest days, or {"from_date": "YYYY-MM-DD", "to_date": "YYYY-MM-DD"} for others.
With "task": "reconcile" in it, as another schedule sends it at night, it compares orders with the shop's.
"""

import os
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

import psycopg
from contract.bucket import open_bucket
from contract.metrics import Values, metrics_line
from obstore.store import S3Store

from etl.database import Connection, connect, release_run_lock, take_run_lock
from etl.errors import TerminalError, TransientError
from etl.health import Health, read_health
from etl.metrics import of_packages, of_reconciliation, of_run, of_stored_hour, of_warehouse
from etl.packages import valid_seconds
from etl.raw_store import read_object
from etl.reconcile import Verdict
from etl.reconcile_run import reconcile
from etl.rules import rules_from
from etl.run import RunSummary, Stores, run
from etl.settings import Settings, settings_from
from etl.shop_orders import connect_to_shop
from etl.stored_hours import read_closed_hours


class Context(Protocol):
    """What is used of Lambda's context object."""

    function_name: str

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function is stopped."""


def handler(event: dict[str, str], context: Context) -> dict[str, Any]:
    """Do one task and return what was done; raises `TransientError` if another run is at work."""
    task = _TASKS.get(event.get("task", "load"))
    if task is None:
        raise TerminalError(f"task must be one of {', '.join(_TASKS)}, given {event['task']!r}")
    settings = settings_from(os.environ)
    secret = read_object(_open(settings.artifacts_bucket), settings.warehouse_secret_key)
    try:
        connection = connect(secret)
    except TransientError:
        now = datetime.now(UTC)
        _publish(context, {**_packages(settings, now), **of_warehouse(None, now)})
        raise
    with connection:
        try:
            return task(settings, connection, event, context)
        except psycopg.OperationalError as error:
            if not connection.broken:
                raise
            raise TransientError(
                f"the warehouse went away during the run, and the next one goes on from there: {error}"
            ) from error


def _load(
    settings: Settings, connection: Connection, event: dict[str, str], context: Context
) -> dict[str, Any]:
    """Load what is new, and publish how the warehouse is, whatever came of it."""
    if not take_run_lock(connection):
        raise TransientError(
            "another ETL run, a replay, an erasure or a migration is at work; the next run takes what is left"
        )
    done: Values = {}
    try:
        summary = _run(settings, connection, event, context)
        done = of_run(summary)
        # on a busy server the connection's own end comes too late for who runs next
        release_run_lock(connection)
    finally:
        now = datetime.now(UTC)
        warehouse = of_warehouse(_health(connection), now)
        _publish(context, {**done, **_packages(settings, now), **warehouse})
    for received_hour, stored_count in read_closed_hours(connection):
        _publish(context, of_stored_hour(stored_count), received_hour)
    answer = _answer(summary)
    sys.stdout.write(f"ETL run {answer}\n")
    return answer


def _reconcile(
    settings: Settings, connection: Connection, event: dict[str, str], context: Context
) -> dict[str, Any]:
    """Compare orders with the shop's books, and publish how the newest ones compare."""
    secret = read_object(_open(settings.artifacts_bucket), settings.oltp_secret_key)
    with connect_to_shop(secret) as shop:
        found = reconcile(connection, shop, event, settings.reconcile_days, _remaining_seconds(context))
    if found.newest is not None:
        _publish(context, of_reconciliation(found.newest))
    answer = {
        "reason": found.reason,
        "days_count": found.days_count,
        "days_left_count": found.days_left_count,
        "orders": {str(verdict): found.all.verdicts[verdict] for verdict in Verdict},
    }
    sys.stdout.write(f"reconciliation {answer}\n")
    return answer


_TASKS = {"load": _load, "reconcile": _reconcile}


def _remaining_seconds(context: Context) -> Callable[[], float]:
    return lambda: context.get_remaining_time_in_millis() / 1000


def _run(settings: Settings, connection: Connection, event: dict[str, str], context: Context) -> RunSummary:
    raw, processed = _open(settings.raw_bucket), _open(settings.processed_bucket)
    stores = Stores(raw, processed, connection, rules_from(os.environ))
    now = datetime.now(UTC)
    return run(stores, event, settings.lookback_days, now, _remaining_seconds(context))


def _open(bucket: str) -> S3Store:
    return open_bucket(bucket, timeout_seconds=60, max_retries=5)


def _packages(settings: Settings, now: datetime) -> Values:
    """Return how long hosts still take the published packages for good."""
    store = _open(settings.artifacts_bucket)
    return of_packages(valid_seconds(store, settings.packages_release_key, now))


def _health(connection: Connection) -> Health | None:
    """Return the warehouse's health, None if it went away: the run's own error is the one to tell."""
    try:
        return read_health(connection)
    except psycopg.Error as error:
        sys.stderr.write(f"can't ask the warehouse how it is: {error}\n")
        return None


def _publish(context: Context, values: Values, at: datetime | None = None) -> None:
    sys.stdout.write(metrics_line(context.function_name, values, at or datetime.now(UTC)) + "\n")


def _answer(summary: RunSummary) -> dict[str, Any]:
    return {
        "run_id": summary.run_id,
        **vars(summary.counts),
        "backlog_hours_count": summary.backlog_hours_count,
    }
