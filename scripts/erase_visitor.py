"""Erase one person from raw, processed files and warehouse, and write a certificate.

Name the person by the account's id (--user), by a browser's anonymous_id (--browser), or both, each as
often as needed. Of an account the browsers on which it signed in are shown first; say --with-browsers to
erase their anonymous events too, or --without-browsers. A browser on which others signed in is never taken
along: name it, if its anonymous events are to go. Or hand in the certificate of an erasure (--again), when a
backup from before it was restored.

Reaches the warehouse as the loader, with libpq's own variables (PGHOST, PGPORT, PGDATABASE, PGUSER, and
PGPASSWORD or PGPASSFILE), and S3 with the operator's own rights. It may be interrupted at any time: the same
command goes on. What is erased can't be brought back.
"""

import argparse
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3
import psycopg
import yaml
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from contract.bucket import open_bucket
from erasure.certificate import Certificate, Retention, read_hashes
from erasure.person import Browser, Person, browsers_of, person_of, rows_of
from erasure.raw import CONCURRENCY, RawBucket
from erasure.run import Estate, erase, search
from etl.database import Connection
from etl.erased import hash_key
from etl.errors import TerminalError, TransientError
from etl.rules import kept
from etl.run import Stores
from provision.errors import TerminalError as SettingsError
from provision.settings import DEFAULT_PATH, read_settings
from tqdm import tqdm
from warehouse_connection import HINT, connect

_ROOT = Path(__file__).resolve().parents[1]
# Ansible's order: a later file wins
_BACKUP_SETTINGS = (
    "roles/postgresql/defaults/main.yml",
    "inventory/group_vars/databases.yml",
    "inventory/group_vars/warehouse.yml",
)


class Bar:
    """Shows how far each step is."""

    def __init__(self) -> None:
        self._bar: tqdm[Any] | None = None

    def __call__(self, step: str, done_count: int, total_count: int | None) -> None:
        """Show that so much of a step is done."""
        bar = self._bar
        if bar is None or bar.desc != step:
            self.close()
            bar = self._bar = tqdm(desc=step, file=sys.stderr, mininterval=1)
        bar.total = total_count
        bar.update(done_count - bar.n)

    def close(self) -> None:
        """End the last step's line."""
        if self._bar is not None:
            self._bar.close()


def retention(settings_path: Path) -> Retention:
    """Return how long backups and answers are kept, from the files that set it."""
    set_by = {}
    for path in _BACKUP_SETTINGS:
        set_by.update(yaml.safe_load((_ROOT / path).read_text(encoding="utf-8")))
    settings = read_settings(settings_path)
    return Retention(
        full_backups_kept=int(set_by["postgresql_backup_full_kept"]),
        backups_old_versions_days=settings.backups_old_versions_days,
        athena_results_days=settings.athena_results_days,
    )


def chosen(arguments: argparse.Namespace, found: list[Browser]) -> Person:
    """Return whom to erase; raises `TerminalError` as long as it is not said what of their browsers."""
    named = tuple(dict.fromkeys(arguments.browser))
    others = [browser for browser in found if browser.anonymous_id not in named]
    if others and arguments.with_browsers is None:
        raise TerminalError(
            "say --with-browsers to erase the anonymous events of these browsers too, or --without-browsers"
        )
    along = [browser.anonymous_id for browser in others if arguments.with_browsers and not browser.is_shared]
    return Person(tuple(dict.fromkeys(arguments.user)), (*named, *along))


def rendered_browsers(found: list[Browser]) -> str:
    """Return the browsers on which the accounts signed in, a line each."""
    return "".join(
        f"  browser {browser.anonymous_id}: {browser.own_events_count} events signed in,"
        f" {browser.anonymous_events_count} anonymous"
        + (f"; {browser.other_accounts_count} other accounts: not taken along" if browser.is_shared else "")
        + "\n"
        for browser in found
    )


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="erase_visitor.py"
    )
    parser.add_argument("--user", action="append", default=[], help="the user_id of an account")
    parser.add_argument("--browser", action="append", default=[], help="the anonymous_id of a browser")
    parser.add_argument("--again", type=Path, help="a certificate's JSON: the same person once more")
    along = parser.add_mutually_exclusive_group()
    along.add_argument("--with-browsers", dest="with_browsers", action="store_true", default=None)
    along.add_argument("--without-browsers", dest="with_browsers", action="store_false")
    parser.add_argument("--dry-run", action="store_true", help="count, and change nothing")
    for bucket in ("raw", "processed"):
        variable = f"{bucket.upper()}_BUCKET"
        parser.add_argument(
            f"--{bucket}-bucket", default=os.environ.get(variable), help=f"default: {variable}"
        )
    parser.add_argument(
        "--wait-seconds", type=float, default=900, help="how long to wait for an ETL run (default: 900)"
    )
    parser.add_argument("--settings", type=Path, default=DEFAULT_PATH, help="the settings file")
    parser.add_argument(
        "--certificates", type=Path, default=Path(), help="folder for the certificate (default: this one)"
    )
    return parser.parse_args()


def main() -> int:
    """Run the command line; return its exit code."""
    arguments = _arguments()
    if bool(arguments.user or arguments.browser) == bool(arguments.again):
        sys.stderr.write("say who: --user USER_ID, --browser ANONYMOUS_ID or both, or --again\n")
        return 1
    if not arguments.raw_bucket or not arguments.processed_bucket:
        sys.stderr.write(
            "name the buckets: --raw-bucket, --processed-bucket (`python -m provision outputs` shows them)\n"
        )
        return 1
    try:
        keeping = retention(
            arguments.settings
        )  # what is wrong with the settings is said before anything is done
        with connect("erase_visitor") as connection:
            return _erased(connection, arguments, keeping)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; the same command goes on\n")
    except psycopg.Error as error:
        sys.stderr.write(f"not erased: {error}; {HINT}\n")
    except (TerminalError, TransientError, SettingsError, ClientError, BotoCoreError, OSError) as error:
        sys.stderr.write(f"not erased: {error}\n")
    return 1


def _erased(connection: Connection, arguments: argparse.Namespace, keeping: Retention) -> int:
    person = _person(connection, arguments)
    s3 = boto3.client("s3", config=Config(max_pool_connections=CONCURRENCY))
    raw = RawBucket(s3, arguments.raw_bucket)
    if arguments.dry_run:
        return _count(connection, person, raw)
    buckets = (open_bucket(name, 60, 5) for name in (arguments.raw_bucket, arguments.processed_bucket))
    stores = Stores(next(buckets), next(buckets), connection, kept(connection))
    bar = Bar()
    try:
        requested_by = boto3.client("sts").get_caller_identity()["Arn"]
        outcome = erase(Estate(raw, stores, arguments.wait_seconds), person, requested_by, bar)
    finally:
        bar.close()
    certificate = Certificate(outcome.erasure, keeping, outcome.unsearchable)
    stem = arguments.certificates / f"erasure-{datetime.now(UTC):%Y-%m-%d}-{outcome.erasure.erasure_id}"
    stem.with_suffix(".json").write_text(certificate.as_json(), encoding="utf-8")
    stem.with_suffix(".txt").write_text(certificate.rendered(), encoding="utf-8")
    sys.stdout.write(f"{certificate.rendered()}certificate: {stem}.json and .txt; give it to who asked\n")
    return 0


def _person(connection: Connection, arguments: argparse.Namespace) -> Person:
    if arguments.again:
        return person_of(connection, read_hashes(arguments.again.read_text(encoding="utf-8")))
    found = browsers_of(connection, tuple(arguments.user))
    sys.stdout.write(f"{len(found)} browsers on which these accounts signed in\n{rendered_browsers(found)}")
    return chosen(arguments, found)


def _count(connection: Connection, person: Person, raw: RawBucket) -> int:
    connection.execute("set statement_timeout = 0")
    for table, count in rows_of(connection, person).items():
        sys.stdout.write(f"{table}: {count} rows\n")
    bar = Bar()
    try:
        found = search(raw, person.finder(hash_key(connection)), bar)
    finally:
        bar.close()
    sys.stdout.write(
        f"raw: {found.lines_count} lines in {len(found.lines)} objects, of {found.searched_count} versions"
        f" searched; {len(found.unsearchable)} can't be searched\nnothing was changed: --dry-run\n"
    )
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
