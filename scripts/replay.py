"""Make a range of receive dates again from raw, and prove what came of it.

Connects as the loader, with libpq's own variables (PGHOST, PGPORT, PGDATABASE, PGUSER, and PGPASSWORD or
PGPASSFILE). Every table is summed up day by day before and after: the last lines say that all is identical,
or name each table and day that changed. Each batch is one transaction, so it may be interrupted at any time
and run again. The ETL waits meanwhile: replay long ranges in parts.

Exit codes: 0 identical, 2 something changed, 1 not done.
"""

import argparse
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime

import psycopg
from contract.bucket import open_bucket
from etl.database import Connection, take_run_lock
from etl.errors import TerminalError, TransientError
from etl.plan import Window
from etl.replay import Replayed, replay
from etl.rules import kept
from etl.run import Stores
from tqdm import tqdm
from warehouse_checksums import Checksums, Difference, checksums, differences
from warehouse_connection import HINT, connect

_PAUSE_SECONDS = 1.0
IDENTICAL, FAILED, CHANGED = 0, 1, 2


@dataclass(frozen=True)
class Proof:
    """What the warehouse and the processed files are, compared with what they were."""

    checksums_count: int
    changed: list[Difference]
    rewritten_keys: list[str]

    @property
    def is_identical(self) -> bool:
        """Nothing changed."""
        return not self.changed and not self.rewritten_keys

    def rendered(self) -> str:
        """Return the lines that end a replay."""
        if self.is_identical:
            return f"identical: all {self.checksums_count} checksums, one per table and day, are as before\n"
        lines = [f"changed: {len(self.changed)} of {self.checksums_count} checksums (one per table and day)"]
        lines += [
            f"  {found.table} {found.day}: {_rows(found.rows_before, found.rows_after)}"
            for found in self.changed
        ]
        lines += [f"  processed file {key}: written anew" for key in self.rewritten_keys]
        return "\n".join(lines) + "\n"


def _rows(before: int, after: int) -> str:
    return f"other content in {after} rows" if before == after else f"{before} rows before, {after} now"


def wait_for_lock(connection: Connection, seconds: float) -> None:
    """The ETL does not run until this connection ends; raises `TransientError` if it never paused."""
    deadline = time.monotonic() + seconds
    is_told = False
    while not take_run_lock(connection):
        if time.monotonic() >= deadline:
            raise TransientError(f"an ETL run is still at work after {seconds:g} s; replay again later")
        if not is_told:
            sys.stdout.write("an ETL run is at work; waiting for its end\n")
            sys.stdout.flush()
            is_told = True
        time.sleep(_PAUSE_SECONDS)


def replay_and_prove(stores: Stores, window: Window, now: datetime, replayed: Replayed) -> Proof:
    """Replay the window under the run lock, which the caller holds; return what changed.

    A replay that is interrupted or fails raises after writing what it had changed until then.
    """
    stores.warehouse.execute("set statement_timeout = 0")  # a table's checksums take as long as it is large
    sys.stdout.write("summing up every table before\n")
    before = checksums(stores.warehouse)
    try:
        with tqdm(desc="replaying", unit="hour", file=sys.stderr, mininterval=1) as shown:

            def progress(count: int) -> None:
                shown.total = replayed.hours_count
                shown.update(count)

            replay(stores, window, now, replayed, progress)
    except (KeyboardInterrupt, TerminalError, TransientError):
        if replayed.done_count:
            part = f"{replayed.done_count} of {replayed.hours_count} receive hours are replayed, each whole"
            sys.stdout.write(f"{part}\n{_proof(stores, before, replayed).rendered()}")
        raise
    return _proof(stores, before, replayed)


def _proof(stores: Stores, before: Checksums, replayed: Replayed) -> Proof:
    after = checksums(stores.warehouse)
    return Proof(len(before.keys() | after.keys()), differences(before, after), replayed.rewritten_keys)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="replay.py"
    )
    for name, which in {"from": "first", "to": "last"}.items():
        parser.add_argument(
            f"--{name}",
            dest=which,
            type=date.fromisoformat,
            required=True,
            help=f"{which} receive date, YYYY-MM-DD",
        )
    for bucket in ("raw", "processed"):
        variable = f"{bucket.upper()}_BUCKET"
        parser.add_argument(
            f"--{bucket}-bucket", default=os.environ.get(variable), help=f"default: {variable}"
        )
    parser.add_argument(
        "--wait-seconds", type=float, default=900, help="how long to wait for an ETL run (default: 900)"
    )
    return parser.parse_args()


@contextmanager
def _termination_as_interrupt() -> Iterator[None]:
    """Let SIGTERM end a replay as Ctrl-C does: after the transaction is rolled back."""

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def main() -> int:
    """Run the command line; return its exit code."""
    arguments = _arguments()
    if not arguments.raw_bucket or not arguments.processed_bucket:
        sys.stderr.write(
            "name the buckets: --raw-bucket, --processed-bucket (`python -m provision outputs` shows them)\n"
        )
        return FAILED
    if arguments.first > arguments.last:
        sys.stderr.write(f"--from {arguments.first} must not be after --to {arguments.last}\n")
        return FAILED
    try:
        with _termination_as_interrupt(), connect("replay") as connection:
            return _replayed(connection, arguments)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the same command does all of it again\n")
    except (TerminalError, TransientError) as error:
        sys.stderr.write(f"not replayed: {error}\n")
    except psycopg.Error as error:
        sys.stderr.write(f"not replayed: {error}; {HINT}\n")
    return FAILED


def _replayed(connection: Connection, arguments: argparse.Namespace) -> int:
    started = time.monotonic()
    wait_for_lock(connection, arguments.wait_seconds)
    raw, processed = (
        open_bucket(name, timeout_seconds=60, max_retries=5)
        for name in (arguments.raw_bucket, arguments.processed_bucket)
    )
    window, done = Window(arguments.first, arguments.last), Replayed()
    stores = Stores(raw, processed, connection, kept(connection))
    proof = replay_and_prove(stores, window, datetime.now(UTC), done)
    sys.stdout.write(
        f"replayed {done.counts.stored_count} events of {done.hours_count} receive hours,"
        f" {arguments.first} to {arguments.last}, in {time.monotonic() - started:.0f} s\n{proof.rendered()}"
    )
    return IDENTICAL if proof.is_identical else CHANGED


if __name__ == "__main__":
    raise SystemExit(main())
