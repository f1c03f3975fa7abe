"""The proof that the backups restore: a restore to a scratch directory, looked at as a database."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path

from . import converge, repository
from .record import Detail
from .system import SOCKETS, Settings, UpkeepError, as_postgres, sql

ARCHIVE_SECONDS = 300
RECOVERY_SECONDS = 6 * 3600
Counts = dict[str, int]
# a statement that writes the statement that counts, so that each database is asked twice and not once a table
COUNTING_SQL = """
select string_agg(format('select %L, count(*) from only %I.%I', schemaname || '.' || tablename, schemaname,
  tablename), ' union all ') from pg_tables
where schemaname not in ('pg_catalog', 'information_schema', 'upkeep')
"""
# Alone in the scratch directory: no port, no archive; nothing in it has to survive.
CONFIGURATION = """
data_directory = '{data}'
hba_file = '{folder}/pg_hba.conf'
ident_file = '{folder}/pg_ident.conf'
listen_addresses = ''
unix_socket_directories = '{folder}'
archive_mode = off
hot_standby = off
fsync = off
shared_buffers = '64MB'
shared_preload_libraries = 'pgaudit' # its triggers came along
autovacuum = off
timezone = 'UTC'
"""


def drill(settings: Settings) -> Detail:
    """Return the figures of a restore that went well; an UpkeepError when it did not."""
    converge.room_for(settings, repository.backups(settings))
    folder = settings.root / "drill"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(mode=0o700)
    try:
        return _in_scratch(settings, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _in_scratch(settings: Settings, folder: Path) -> Detail:
    before = counts(SOCKETS)
    (canary,) = sql("insert into upkeep.canary default values returning canary_id")
    # to this point and not to the end: who writes while it restores would make it differ
    ((point,),) = sql("select pg_create_restore_point('drill')")
    still = unmoved(before, counts(SOCKETS))
    await_archived(settings)
    begun = time.monotonic()
    data = folder / "data"
    repository.restore(settings, data, data, *repository.to_point(point), "--archive-mode=off")
    server = _start(settings, folder)
    try:
        restored_seconds = time.monotonic() - begun
        if canary not in sql("select canary_id from upkeep.canary", sockets=folder):
            raise UpkeepError("what was written when the drill began is not in the restored database")
        found = counts(folder)
        refuse_differences(still, found)
        check = ["--all", "--heapallindexed", "--install-missing", f"--host={folder}", "--username=postgres"]
        as_postgres(settings.program("pg_amcheck"), *check)
    finally:
        server.terminate()
        server.wait(timeout=60)
    return {
        "restore_seconds": round(restored_seconds, 1),
        "backup": repository.backups(settings)[-1].label,
        "tables": len(found),
        "rows": sum(found.values()),
        "tables_compared": len(still),
    }


def counts(sockets: Path) -> Counts:
    """Return the number of rows of every table of every database, but for what upkeep writes itself."""
    databases = sql(
        "select datname from pg_database where datallowconn and not datistemplate", sockets=sockets
    )
    found: Counts = {}
    for (database,) in databases:
        (written,) = sql(COUNTING_SQL, database, sockets)
        rows = sql(written[0], database, sockets) if written[0] else []
        found |= {f"{database}.{table}": int(number) for table, number in rows}
    return found


def unmoved(before: Counts, after: Counts) -> Counts:
    """Return the tables that nobody added to or took from meanwhile: these must be found the same."""
    return {table: number for table, number in before.items() if after.get(table) == number}


def refuse_differences(wanted: Counts, found: Counts) -> None:
    """An UpkeepError when a restored table has another number of rows."""
    wrong = [
        f"{table}: {found.get(table, 'missing')} rows, and {number} in the database"
        for table, number in wanted.items()
        if found.get(table) != number
    ]
    if wrong:
        raise UpkeepError(f"the restored database differs in {len(wrong)} tables: " + "; ".join(wrong[:5]))


def await_archived(settings: Settings) -> None:
    """What was written until now is in S3; an UpkeepError when it does not get there."""
    ((segment,),) = sql("select pg_walfile_name(pg_switch_wal())")
    deadline = time.monotonic() + ARCHIVE_SECONDS
    while time.monotonic() < deadline:
        ((archived,),) = sql("select coalesce(last_archived_wal, '') from pg_stat_archiver")
        if archived >= segment:
            return
        time.sleep(0.5)
    raise UpkeepError(
        f"the log did not get to S3 within {ARCHIVE_SECONDS} s: the archive is behind. "
        f"Next: journalctl -u {settings.service}, and pg_stat_archiver in the database"
    )


def _start(settings: Settings, folder: Path) -> subprocess.Popen[bytes]:
    """Start the restored cluster and wait until it has recovered."""
    (folder / "pg_hba.conf").write_text("local all all peer\n")
    (folder / "pg_ident.conf").touch()
    (folder / "postgresql.conf").write_text(CONFIGURATION.format(data=folder / "data", folder=folder))
    command = [settings.program("postgres"), f"--config-file={folder}/postgresql.conf"]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, stdout=log, stderr=log)
    deadline = time.monotonic() + RECOVERY_SECONDS
    while server.poll() is None and time.monotonic() < deadline:
        try:
            sql("select 1", sockets=folder)
        except UpkeepError:
            time.sleep(0.2)
        else:
            return server
    server.kill()
    words = (folder / "log").read_text(errors="replace").splitlines()[-8:]
    raise UpkeepError("the restored database does not start: " + " / ".join(words))
