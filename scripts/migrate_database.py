"""Bring a database's schema up to date: apply the migrations that are not applied yet, in order.

The databases are `warehouse` (analytics) and `oltp` (the shop's own).

Connects as the owner, with libpq's own variables (PGHOST, PGPORT, PGDATABASE, PGUSER, and PGPASSWORD or
PGPASSFILE). Each migration is one transaction; a migration that was changed after it was applied is refused.
"""

import argparse
import hashlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

ROOT = Path(__file__).resolve().parents[1]
# database → where its migrations are
MIGRATIONS = {database: ROOT / database / "migrations" for database in ("warehouse", "oltp")}
# Any number will do, as long as it is always this one: two runs at once wait for each other.
_LOCK = 740_031_107


class MigrationError(Exception):
    """The migrations in the repository and those in the database do not fit together."""


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
    connection: psycopg.Connection[Any], migrations: list[Migration], tell: Callable[[str], object] = _tell
) -> list[str]:
    """Apply what is pending and return the names; nothing of a failing migration stays.

    Each is told when it is applied. Raises `MigrationError` with the name of the one that failed.
    """
    connection.execute("select pg_advisory_lock(%s)", [_LOCK])
    with connection.transaction():
        connection.execute("create schema if not exists migration")
        connection.execute(
            "create table if not exists migration.applied (name text primary key, checksum text not null,"
            " applied_at timestamptz not null default now())"
        )
    waiting = pending(migrations, applied_in(connection))
    for migration in waiting:
        _apply(connection, migration)
        tell(f"applied {migration.name}")
    connection.execute("select pg_advisory_unlock(%s)", [_LOCK])
    return [migration.name for migration in waiting]


def _apply(connection: psycopg.Connection[Any], migration: Migration) -> None:
    try:
        with connection.transaction():
            # a migration is a file of this project, not anybody's input
            connection.execute(sql.SQL(migration.text))
            connection.execute(
                "insert into migration.applied (name, checksum) values (%s, %s)",
                [migration.name, migration.checksum],
            )
    except psycopg.Error as error:
        raise MigrationError(
            f"migration {migration.name} failed and left nothing behind: {error};"
            " mend the file and run this again"
        ) from error


def main() -> int:
    """Run the command line; return its exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("database", choices=sorted(MIGRATIONS), help="whose migrations are applied")
    database = parser.parse_args().database
    try:
        with psycopg.connect(
            "", autocommit=True, connect_timeout=10, application_name="migrate"
        ) as connection:
            applied = migrate(connection, migrations_in(MIGRATIONS[database]))
    except (psycopg.Error, MigrationError) as error:
        sys.stderr.write(f"can't migrate the {database} database: {error}\n")
        return 1
    done = f"{len(applied)} migration(s) applied" if applied else "nothing to do, the schema is up to date"
    sys.stdout.write(f"{database}: {done}\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
