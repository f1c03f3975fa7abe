"""The driver: `python -m etl.spark.driver` on one machine, or the job's entry point on EMR Serverless.

Settings are the ETL function's own, from the environment. The warehouse is asked who was erased, and its run
lock is held to the end: an ETL run and this job would write the same files. Exit code 0: all is written.
"""

import argparse
import os
import sys
import time
from collections.abc import Mapping
from datetime import UTC, date, datetime

import psycopg

from etl.database import OPTIONS, Connection, connect, take_run_lock
from etl.erased import read_erased
from etl.errors import TerminalError, TransientError
from etl.raw_store import read_object
from etl.rules import rules_from
from etl.spark import files
from etl.spark.job import SHARE_BYTES, Job, Outcome, window_of_raw
from etl.spark.shares import Place


def arguments_of(given: list[str] | None) -> argparse.Namespace:
    """Return the job's arguments."""
    parser = argparse.ArgumentParser(prog="etl.spark", description=__doc__)
    parser.add_argument("--from", dest="first", type=date.fromisoformat, help="default: the first in raw")
    parser.add_argument("--to", dest="last", type=date.fromisoformat, help="default: today")
    parser.add_argument("--share-bytes", type=int, default=SHARE_BYTES, help="raw bytes that a task reads")
    parser.add_argument("--master", help="local[2]: on this machine, by two at once; default: as submitted")
    return parser.parse_args(given)


def main(given: list[str] | None = None) -> int:
    """Run the job; return its exit code."""
    arguments, started = arguments_of(given), time.monotonic()
    try:
        with warehouse(os.environ) as connection:
            if not take_run_lock(connection):
                raise TransientError("an ETL run is at work; start this again when it has ended")
            outcome = _run(connection, arguments)
            _still_locked(connection)
    except (TerminalError, TransientError) as error:
        sys.stderr.write(f"not done: {error}\n")
        return 1
    except psycopg.Error as error:
        sys.stderr.write(f"not done: the warehouse: {error}\n")
        return 1
    sys.stdout.write(rendered(outcome, time.monotonic() - started))
    return 0


def rendered(outcome: Outcome, seconds: float) -> str:
    """Return the line that ends a job."""
    return (
        f"done: {outcome.stored_count} stored = {outcome.loaded_count} loaded + {outcome.rejected_count}"
        f" rejected + {outcome.duplicate_count} duplicate + {outcome.erased_count} erased, in"
        f" {outcome.objects_count} objects of {outcome.hours_count} receive hours;"
        f" {outcome.sessions_count} sessions in all; {seconds:.0f} s\n"
    )


def warehouse(environment: Mapping[str, str]) -> Connection:
    """Return the loader's connection: by the login in the artifacts bucket, or by libpq's own variables."""
    if "PGHOST" in environment:
        return psycopg.connect(application_name="etl-spark", options=OPTIONS, autocommit=True)
    try:
        store = files.open_store(environment["ARTIFACTS_BUCKET"])
        secret = read_object(store, environment["WAREHOUSE_SECRET_KEY"])
    except KeyError as error:
        raise TerminalError(
            f"environment variable {error} must be set, as `scripts/run_spark.py` sets it; or PGHOST and the"
            " others of libpq"
        ) from None
    return connect(secret)


def _run(connection: Connection, arguments: argparse.Namespace) -> Outcome:
    # here, so that what only checks arguments needs no Spark
    from py4j.protocol import Py4JError  # noqa: PLC0415
    from pyspark.errors import PySparkException  # noqa: PLC0415
    from pyspark.sql import SparkSession  # noqa: PLC0415

    try:
        raw_bucket, processed_bucket = os.environ["RAW_BUCKET"], os.environ["PROCESSED_BUCKET"]
    except KeyError as error:
        raise TerminalError(f"environment variable {error} must be set") from None
    place = Place(raw_bucket, processed_bucket, read_erased(connection), rules_from(os.environ).privacy)
    window = window_of_raw(arguments.first, arguments.last, datetime.now(UTC).date(), place)
    builder = SparkSession.builder.appName("etl").config("spark.sql.session.timeZone", "UTC")
    if arguments.master:
        builder = builder.master(arguments.master).config("spark.ui.enabled", "false")
    try:
        with builder.getOrCreate() as spark:
            return Job(spark, place, window, _tell, arguments.share_bytes).run()
    except (PySparkException, Py4JError) as error:
        # Spark has tried the task again by itself; the job may be run again as a whole
        raise TransientError(f"a task failed: {error}") from error


def _tell(line: str) -> None:
    sys.stdout.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n")
    sys.stdout.flush()


def _still_locked(connection: Connection) -> None:
    """Raise if the connection, and the lock with it, was lost on the way: another run may have written."""
    try:
        connection.execute("select 1")
    except psycopg.Error as error:
        raise TransientError(
            f"the connection to the warehouse was lost, and the run lock with it ({error}); run the job again"
        ) from error


if __name__ == "__main__":
    raise SystemExit(main())
