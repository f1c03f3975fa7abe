"""The ETL Lambda: EventBridge calls it every 60 minutes; it loads what ingest has stored since.

The request is `{}` for the newest days, or {"from_date": "YYYY-MM-DD", "to_date": "YYYY-MM-DD"} for others.
"""

import os
import sys
from datetime import UTC, datetime
from typing import Any, Protocol

from contract.bucket import open_bucket
from obstore.store import S3Store

from etl.database import connect, take_run_lock
from etl.errors import TransientError
from etl.raw_store import read_object
from etl.run import RunSummary, Stores, run
from etl.settings import settings_from


class Context(Protocol):
    """What is used of Lambda's context object."""

    def get_remaining_time_in_millis(self) -> int:
        """Return the milliseconds until the function is stopped."""


def handler(event: dict[str, str], context: Context) -> dict[str, Any]:
    """Run once and return what was done; raises `TransientError` if another run is at work."""
    settings = settings_from(os.environ)
    secret = read_object(_open(settings.artifacts_bucket), settings.warehouse_secret_key)
    with connect(secret) as connection:
        if not take_run_lock(connection):
            raise TransientError("another ETL run is at work; the next one takes what it leaves")
        stores = Stores(_open(settings.raw_bucket), _open(settings.processed_bucket), connection)
        now = datetime.now(UTC)
        summary = run(
            stores, event, settings.lookback_days, now, lambda: context.get_remaining_time_in_millis() / 1000
        )
    answer = _answer(summary)
    sys.stdout.write(f"ETL run {answer}\n")
    return answer


def _open(bucket: str) -> S3Store:
    return open_bucket(bucket, timeout_seconds=60, max_retries=5)


def _answer(summary: RunSummary) -> dict[str, Any]:
    return {
        "run_id": summary.run_id,
        **vars(summary.counts),
        "backlog_hours_count": summary.backlog_hours_count,
    }
