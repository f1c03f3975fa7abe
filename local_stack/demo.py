"""`make demo`: real events through every stage of the real pipeline, on this machine.

Runs the same commands that an operator runs against AWS, one after the other, then shows what came out.
Running it again loads nothing twice.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import psycopg
from botocore.exceptions import BotoCoreError, ClientError
from event_mapping import read_events, read_mapping
from import_events import events_before, import_events

from local_stack import demo_report, demo_shop, demo_storefront, state
from local_stack.errors import StackError

DATA = state.CHECKOUT / "tests" / "data" / "ecom"
EVENTS, MAPPING = DATA / "ecom_events.csv.gz", DATA / "mapping.yml"


@dataclass(frozen=True)
class Feed:
    """What is fed: by how many days events are moved, which dates they cover, how many the importer took."""

    shift_days: int
    first_date: str
    newest_date: str
    # None until everything is fed
    imported_count: int | None = None

    def save(self, directory: Path) -> Feed:
        """Keep this, so that a second run feeds nothing twice, nor the same event on another day."""
        state.write_private(directory / "demo-feed.json", json.dumps(vars(self)) + "\n")
        return self


def main(arguments: list[str] | None = None) -> int:
    """Run the demo; return its exit code."""
    parser = argparse.ArgumentParser(prog="python -m local_stack.demo", description=__doc__)
    parser.add_argument(
        "--keep-dates", action="store_true", help="leave the events in 2024 instead of ending today"
    )
    keep_dates = parser.parse_args(arguments).keep_dates
    started = time.monotonic()
    try:
        _step("Start the local stack", ["-m", "local_stack", "up"], {})
        stack = state.load()
        counts, shift_days = run(stack, keep_dates)
    except (StackError, subprocess.CalledProcessError, psycopg.Error, ClientError, BotoCoreError) as error:
        sys.stderr.write(f"\nthe demo stopped: {error}\nmend what it says, then run `make demo` again\n")
        return 1
    sys.stdout.write(demo_report.rendered(stack, counts, shift_days, time.monotonic() - started))
    return 0 if counts.is_balanced else 1


def run(stack: state.StackState, keep_dates: bool) -> tuple[demo_report.DemoCounts, int]:
    """Take the data through a running stack; return the account and by how many days events were moved."""
    _build(stack)
    feed = _fed(stack, keep_dates)
    _load(stack, feed)
    sys.stdout.write(f"\n> Ask the shop: {demo_shop.visit(stack.api_url)}\n")
    counts = demo_report.counts_of(stack, feed.imported_count or 0)
    demo_report.write(stack, counts)
    return counts, feed.shift_days


def _build(stack: state.StackState) -> None:
    _step("Provision the AWS resources", ["-m", "provision", "apply"], stack.aws_environment())
    for database, described in ((state.WAREHOUSE, "warehouse"), (state.OLTP, "shop's database")):
        command = ["scripts/migrate_database.py", database]
        _step(f"Migrate the {described}", command, stack.libpq_environment("owner", database))
    _publish(stack, "ETL function", "warehouse-loader", stack.libpq_fields("loader"))
    _publish(stack, "nightly reconciliation", "oltp-reader", stack.libpq_fields("reader", state.OLTP))
    _publish(stack, "shop's function", "shop", stack.libpq_fields("shop", state.OLTP))
    command = ["scripts/import_products.py", str(demo_shop.CATALOGUE)]
    _step("Fill the shop", command, stack.libpq_environment("owner", state.OLTP))
    _open_storefront(stack)


def _open_storefront(stack: state.StackState) -> None:
    """The shop's pages and pictures are what the distribution shows."""
    sys.stdout.write("\n> Build the storefront: npm run build\n")
    sys.stdout.flush()
    site = demo_storefront.built_site(stack)
    sys.stdout.write(f"{site.name}: {site.stat().st_size} bytes\n")
    command = ["scripts/publish_storefront.py", "--zip", str(site)]
    _step("Publish the storefront", command, stack.aws_environment())
    sys.stdout.write(f"\n> Draw the pictures of its products: {demo_storefront.put_pictures(stack)}\n")


def _publish(stack: state.StackState, whom: str, secret: str, fields: dict[str, str | int]) -> None:
    command = ["scripts/publish_secret.py", secret]
    _step(f"Give the {whom} its connection", command, stack.aws_environment(), json.dumps(fields))


def _fed(stack: state.StackState, keep_dates: bool) -> Feed:
    """Feed the events once: history through the importer, the newest day through the API."""
    feed = _planned_feed(stack.directory, keep_dates)
    if feed.imported_count is not None:
        sys.stdout.write("\n> Events were fed before; nothing is fed twice (`make clean` starts afresh)\n")
        return feed
    imported_count = _import_history(stack, feed)
    _send_newest_day(stack, feed)
    _post_notice(stack, feed)
    return replace(feed, imported_count=imported_count).save(stack.directory)


def _planned_feed(directory: Path, keep_dates: bool) -> Feed:
    record = directory / "demo-feed.json"
    if record.exists():
        return Feed(**json.loads(record.read_text()))
    times = [event.happened_at for event in read_events(EVENTS, read_mapping(MAPPING))]
    first, newest = min(times).date(), max(times).date()
    shift = timedelta(0) if keep_dates else datetime.now(UTC).date() - newest
    return Feed(shift.days, str(first + shift), str(newest + shift)).save(directory)


def _import_history(stack: state.StackState, feed: Feed) -> int:
    """Import all days but the newest; return how many events lie in the raw bucket for it."""
    sys.stdout.write("\n> Import the history: scripts/import_events.py writes raw objects as ingest does\n")
    mapping, shift = read_mapping(MAPPING), timedelta(days=feed.shift_days)
    events = events_before(EVENTS, mapping, shift, date.fromisoformat(feed.newest_date))
    s3 = demo_report.client(stack, "s3")
    report, _, _ = import_events(s3, demo_report.raw_bucket(stack), mapping.source, events)
    return report.accepted_count + report.already_stored_count


def _send_newest_day(stack: state.StackState, feed: Feed) -> None:
    command = ["scripts/send_events.py", str(EVENTS), "--mapping", str(MAPPING)]
    command += ["--api-url", stack.api_url, "--since", feed.newest_date, "--shift-days", str(feed.shift_days)]
    _step("Send the newest day to the API, live", command, {})


def _load(stack: state.StackState, feed: Feed) -> None:
    last_imported = date.fromisoformat(feed.newest_date) - timedelta(days=1)
    dates = ["--from", feed.first_date, "--to", last_imported.isoformat()]
    _step("Load the history", ["scripts/run_etl.py", *dates], stack.aws_environment())
    _step("Load the newest hours, as the schedule does", ["scripts/run_etl.py"], stack.aws_environment())
    command = ["scripts/run_etl.py", "--reconcile"]
    _step("Compare orders with the shop's books, as every night", command, stack.aws_environment())


def _post_notice(stack: state.StackState, feed: Feed) -> None:
    body = "Demo data: 31,106 real events of an online shop, from January to June 2024."
    if feed.shift_days:
        body += f" Times are shifted by {feed.shift_days} days, so that the newest day is {feed.newest_date}."
    with psycopg.connect(stack.dsn("owner")) as connection:
        connection.execute(
            "insert into mart.notice (notice_id, body) values ('demo', %s)"
            " on conflict (notice_id) do update set body = excluded.body",
            [body],
        )


def _step(title: str, command: list[str], environment: dict[str, str], text: str = "") -> None:
    """Run one command as an operator would, its output shown; raises CalledProcessError if it fails."""
    sys.stdout.write(f"\n> {title}: python {' '.join(_shown(part) for part in command)}\n")
    sys.stdout.flush()
    subprocess.run(
        [sys.executable, *command],
        env={**os.environ, **environment},
        cwd=state.CHECKOUT,
        input=text,
        text=True,
        check=True,
    )


def _shown(part: str) -> str:
    return str(Path(part).relative_to(state.CHECKOUT)) if part.startswith(str(state.CHECKOUT)) else part


if __name__ == "__main__":
    raise SystemExit(main())
