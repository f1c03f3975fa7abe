"""Sends events through every stage of a rehearsal, and asks the hosts what came of them."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from event_mapping import read_events, read_mapping

from local_stack import processes
from local_stack.demo import EVENTS, MAPPING
from local_stack.rehearsal.ground import Ground
from local_stack.state import CHECKOUT

_ACCOUNT = """
select coalesce(sum(stored_count), 0)::bigint, coalesce(sum(loaded_count), 0)::bigint,
  coalesce(sum(rejected_count), 0)::bigint, coalesce(sum(duplicate_count), 0)::bigint,
  (select count(*) from warehouse.fact_events), (select count(*) from warehouse.fact_sessions)
from etl.objects
"""
# of every table that holds what came in or what is shown: its name, its rows, and a sum over what they say
_CHECKSUMS = """
select format('%s.%s %s', table_schema, table_name, (xpath('/row/c/text()', query_to_xml(format(
  'select count(*) || '' '' || coalesce(sum(hashtextextended(t::text, 0)::numeric), 0) as c from %I.%I t',
  table_schema, table_name), false, true, '')))[1])
from information_schema.tables
where table_schema in ('warehouse', 'mart', 'etl') and table_type = 'BASE TABLE'
order by 1
"""

_ARCHIVER = "select last_failed_wal, last_failed_time, last_archived_wal from pg_stat_archiver"
ARCHIVED_WITHIN_SECONDS = 90.0


@dataclass(frozen=True)
class Account:
    """The account of the events in the warehouse."""

    stored: int
    loaded: int
    rejected: int
    duplicates: int
    events: int
    sessions: int

    @property
    def is_balanced(self) -> bool:
        """Whether every stored line is loaded, rejected or a duplicate, and what is loaded is there."""
        return self.stored == self.loaded + self.rejected + self.duplicates and self.loaded == self.events


def newest_day(shift_to: datetime) -> tuple[str, int]:
    """Return the newest day of the events in the file, as it is sent, and by how many days it is moved."""
    newest = max(event.happened_at for event in read_events(EVENTS, read_mapping(MAPPING)))
    days = (shift_to.date() - newest.date()).days
    return str((newest + timedelta(days=days)).date()), days


def send(ground: Ground) -> str:
    """Send the newest day of a real shop's events to the API; return what the sender says at its end."""
    day, shift_days = newest_day(datetime.now(UTC))
    command = ["scripts/send_events.py", str(EVENTS), "--mapping", str(MAPPING), "--since", day]
    command += ["--shift-days", str(shift_days), "--api-url", ground.state.api_url]
    return operate(ground, command)


def load(ground: Ground) -> str:
    """Run the ETL as the schedule does; return what it says."""
    return operate(ground, ["scripts/run_etl.py", "--settings", str(ground.settings_path)])


def operate(ground: Ground, command: Sequence[str]) -> str:
    """Run one of the project's scripts as the operator; return its last line, or raise with what it said."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=CHECKOUT,
        env={
            **ground.operator,
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": f"{CHECKOUT}/scripts:{CHECKOUT}/lambda_src",
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(command[:2])} failed:\n{done.stdout}{done.stderr}")
    return done.stdout.strip().splitlines()[-1]


def account(ground: Ground) -> Account:
    """Return the account of what lies in the warehouse, asked on its host."""
    row = ask(ground, _ACCOUNT).split("|")
    return Account(*map(int, row))


def archive(ground: Ground) -> None:
    """Everything that was written until now is in the log's archive in S3; RuntimeError when it stays out."""
    current = ask(ground, "select pg_walfile_name(pg_switch_wal())")
    archived = "select last_archived_wal from pg_stat_archiver"
    if not processes.wait_until(lambda: ask(ground, archived) >= current, ARCHIVED_WITHIN_SECONDS, 1.0):
        raise RuntimeError(f"{current} did not come into the archive: {ask(ground, _ARCHIVER)}")


def checksums(ground: Ground) -> dict[str, str]:
    """Return rows and checksum of every table of the warehouse."""
    lines = (line.partition(" ") for line in ask(ground, _CHECKSUMS).splitlines())
    return {table: found for table, _, found in lines}


def ask(ground: Ground, query: str, role: str = "warehouse") -> str:
    """Return what the host's own superuser is answered, unaligned."""
    command = ("runuser", "-u", "postgres", "--", "psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", role)
    return ground.on_host(role, *command, stdin=query.encode()).strip()
