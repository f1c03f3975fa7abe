"""What backups and drills came to: a file on the host, and a row where SQL can see it."""

from __future__ import annotations

import json
import subprocess
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from .system import UpkeepError, say, sql

FOLDER = Path("/var/lib/postgresql-upkeep")
Detail = dict[str, Any]


def recorded(kind: str, work: Callable[[], Detail]) -> bool:
    """The work is done and written down, whatever came of it. Whether it went well."""
    started_at, begun = datetime.now(tz=UTC), time.monotonic()
    try:
        detail, is_ok = work(), True
    except (UpkeepError, OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
        detail, is_ok = {"error": str(error)}, False
    record = {
        "kind": kind,
        "started_at": started_at.isoformat(timespec="seconds"),
        "seconds": round(time.monotonic() - begun, 1),
        "is_ok": is_ok,
        "detail": detail,
    }
    _write(kind, record)
    say(json.dumps(record))
    return is_ok


def _write(kind: str, record: Detail) -> None:
    part = FOLDER / f"{kind}.json.part"
    part.write_text(json.dumps(record, indent=2) + "\n")
    part.replace(FOLDER / f"{kind}.json")
    try:
        sql(row_sql(record))
    except UpkeepError as error:  # the file has it, and the database has a problem of its own
        say(f"not in upkeep.run: {error}")


def row_sql(record: Detail) -> str:
    """Return the statement that keeps the record, and forgets those of a year ago."""
    detail = json.dumps(record["detail"])
    words = ", ".join([quoted(record["kind"]), quoted(record["started_at"]), quoted(detail)])
    return (
        "insert into upkeep.run (kind, started_at, detail, seconds, is_ok) "  # noqa: S608 - quoted above
        f"values ({words}, {record['seconds']}, {record['is_ok']}) on conflict do nothing; "
        "delete from upkeep.run where started_at < now() - interval '1 year'"
    )


def quoted(text: str) -> str:
    """Return a literal of SQL."""
    return "'" + text.replace("'", "''") + "'"


def all_records() -> list[Detail]:
    """Return the last record of every kind."""
    return [json.loads(file.read_text()) for file in sorted(FOLDER.glob("*.json"))]
