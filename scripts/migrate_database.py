"""Bring a database's schema up to date: apply the migrations that are not applied yet, in order.

The databases are `warehouse` (analytics) and `oltp` (the shop's own).

Connects as the owner, with libpq's own variables (PGHOST, PGPORT, PGDATABASE, PGUSER, and PGPASSWORD or
PGPASSFILE). Each migration is one transaction; a migration that was changed after it was applied is refused.
It waits for a run of the ETL that is at work, and no run begins meanwhile (docs/migrations.md).
"""

import argparse
import hashlib
import itertools
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
# database → where its migrations are
MIGRATIONS = {database: ROOT / database / "migrations" for database in ("warehouse", "oltp")}
# Any number will do, as long as it is always this one: two runs at once wait for each other.
_LOCK = 740_031_107
# Whoever writes to the warehouse holds one of these: the ETL, a replay, an erasure (etl.database); the
# nightly comparison (etl.reconcile_run). In the shop's database nobody does.
_WRITERS_LOCKS = (740_031_106, 740_031_108)
_HOLDER = """
select string_agg(distinct coalesce(nullif(application_name, ''), usename), ', ')
from pg_locks inner join pg_stat_activity using (pid)
where locktype = 'advisory' and granted and classid = 0 and objid = %s
    and database = (select oid from pg_database where datname = current_database())
"""
_IN_USE = """
select string_agg(distinct coalesce(nullif(application_name, ''), usename), ', ')
from pg_locks inner join pg_stat_activity using (pid)
where locktype = 'relation' and granted and pid <> pg_backend_pid() and relation >= 16384
    and database = (select oid from pg_database where datname = current_database())
"""


class MigrationError(Exception):
    """The migrations in the repository and those in the database do not fit together."""


@dataclass(frozen=True)
class Patience:
    """How long a migration waits for whom."""

    # for writers to end: a run of the ETL function takes at most 15 minutes
    writers_seconds: float = 960
    # for a table that somebody uses; meanwhile everybody else waits for the table, too
    table_seconds: float = 3
    # how often it asks for its tables, and how long it lets others work in between
    attempts: int = 30
    pause_seconds: float = 7


@dataclass(frozen=True)
class Migration:
    """One file `NNNN_verb_object.sql`."""

    name: str
    text: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the file's text."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def migrations_in(folder: Path) -> list[Migration]:
    """Return the folder's migrations in order."""
    return [Migration(path.stem, path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.sql"))]


def pending(migrations: list[Migration], applied: dict[str, str]) -> list[Migration]:
    """Return what is not applied yet; `applied` is {name: checksum}.

    Raises `MigrationError` when an applied migration was changed, is gone, or would come after a later one.
    """
    known = {migration.name: migration.checksum for migration in migrations}
    for name, checksum in applied.items():
        if known.get(name) != checksum:
            raise MigrationError(
                f"migration {name} was changed or removed after it was applied;"
                " restore the file (git log -- '*/migrations/*') and add a new migration instead"
            )
    waiting = [migration for migration in migrations if migration.name not in applied]
    newest = max(applied, default="")
    late = [migration.name for migration in waiting if migration.name < newest]
    if late:
        raise MigrationError(
            f"migration {late[0]} comes before {newest}, which is applied; give it a later number"
        )
    return waiting


def _tell(line: str) -> None:
    sys.stdout.write(f"{line}\n")


def applied_in(connection: psycopg.Connection[Any]) -> dict[str, str]:
    """Return {name: checksum} of what is applied; nothing where nothing ever was."""
    row = connection.execute("select to_regclass('migration.applied') is not null").fetchone()
    if not row or not row[0]:
        return {}
    return dict(connection.execute("select name, checksum from migration.applied").fetchall())


def migrate(
    connection: psycopg.Connection[Any],
    migrations: list[Migration],
    tell: Callable[[str], object] = _tell,
    patience: Patience | None = None,
) -> list[str]:
    """Apply what is pending and return the names; nothing of a failing migration stays.

    Each is told when it is applied, and what is waited for. Raises `MigrationError` with the name of the one
    that failed, or with who is at work still.
    """
    patience = patience or Patience()
    try:
        _take(connection, _LOCK, patience, tell)
        with connection.transaction():
            connection.execute("create schema if not exists migration")
            connection.execute(
                "create table if not exists migration.applied (name text primary key, checksum text not null,"
                " applied_at timestamptz not null default now())"
            )
        waiting = pending(migrations, applied_in(connection))
        for lock in _WRITERS_LOCKS if waiting else ():
            _take(connection, lock, patience, tell)
        for migration in waiting:
            _apply(connection, migration, patience, tell)
            tell(f"applied {migration.name}")
    finally:
        if not connection.broken:
            connection.execute("select pg_advisory_unlock_all()")
    return [migration.name for migration in waiting]


def _take(
    connection: psycopg.Connection[Any], lock: int, patience: Patience, tell: Callable[[str], object]
) -> None:
    """Hold an advisory lock until this connection gives it back or ends."""
    deadline = time.monotonic() + patience.writers_seconds
    for attempt in itertools.count():
        row = connection.execute("select pg_try_advisory_lock(%s)", [lock]).fetchone()
        if row and row[0]:
            return
        holder = _names(connection, _HOLDER, [lock])
        if time.monotonic() >= deadline:
            raise MigrationError(
                f"{holder} is still at work after {patience.writers_seconds:.0f} s, and nothing was changed;"
                " let it end, then run this again"
            )
        if attempt % 60 == 0:
            tell(f"waiting until {holder} has ended, {deadline - time.monotonic():.0f} s at most")
        time.sleep(min(0.5, patience.writers_seconds / 4))


def _names(connection: psycopg.Connection[Any], query: LiteralString, parameters: list[Any]) -> str:
    row = connection.execute(query, parameters).fetchone()
    return (row and row[0]) or "somebody"


def _apply(
    connection: psycopg.Connection[Any],
    migration: Migration,
    patience: Patience,
    tell: Callable[[str], object],
) -> None:
    """Apply one migration; tables that somebody uses are asked for again and again."""
    for attempts_left in range(patience.attempts - 1, -1, -1):
        try:
            _apply_once(connection, migration, patience)
        except (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected) as error:
            users = _names(connection, _IN_USE, [])
            if not attempts_left:
                raise MigrationError(
                    f"migration {migration.name} can't have its tables, which are in use by {users}, and left"
                    f" nothing behind: {error}; run this again when that has ended"
                ) from error
            tell(f"{migration.name}: its tables are in use by {users}; {attempts_left} attempts left")
            time.sleep(patience.pause_seconds)
        except psycopg.Error as error:
            raise MigrationError(
                f"migration {migration.name} failed and left nothing behind: {error};"
                " mend the file and run this again"
            ) from error
        else:
            return


def _apply_once(connection: psycopg.Connection[Any], migration: Migration, patience: Patience) -> None:
    with connection.transaction():
        # who waits for a table keeps all others waiting behind it: so not for long
        milliseconds = sql.Literal(round(patience.table_seconds * 1000))
        connection.execute(sql.SQL("set local lock_timeout = {}").format(milliseconds))
        # a migration is a file of this project, not anybody's input
        connection.execute(sql.SQL(migration.text))
        connection.execute(
            "insert into migration.applied (name, checksum) values (%s, %s)",
            [migration.name, migration.checksum],
        )


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("database", choices=sorted(MIGRATIONS), help="whose migrations are applied")
    parser.add_argument(
        "--wait-seconds",
        type=float,
        default=Patience.writers_seconds,
        help="for a run of the ETL that is at work (default: %(default).0f)",
    )
    given = parser.parse_args()
    database, patience = given.database, Patience(writers_seconds=given.wait_seconds)
    try:
        with psycopg.connect(
            "", autocommit=True, connect_timeout=10, application_name="migrate"
        ) as connection:
            applied = migrate(connection, migrations_in(MIGRATIONS[database]), patience=patience)
    except (psycopg.Error, MigrationError) as error:
        sys.stderr.write(f"can't migrate the {database} database: {error}\n")
        return 1
    done = f"{len(applied)} migration(s) applied" if applied else "nothing to do, the schema is up to date"
    sys.stdout.write(f"{database}: {done}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
