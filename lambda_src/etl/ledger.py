"""The object ledger: which raw objects are loaded, and what became of each of their lines."""

from dataclasses import dataclass, fields
from datetime import date, datetime
from typing import Any

import pandas as pd
from psycopg import sql

from etl.database import Connection, copy_frame
from etl.plan import RawObject, Window
from etl.rejects import Reject


@dataclass
class Counts:
    """What became of stored lines: stored = loaded + rejected + duplicate + erased."""

    objects_count: int = 0
    stored_count: int = 0
    loaded_count: int = 0
    rejected_count: int = 0
    duplicate_count: int = 0
    erased_count: int = 0

    def add(self, other: "Counts") -> None:
        """Add another count to this one, part by part."""
        for part in fields(self):
            setattr(self, part.name, getattr(self, part.name) + getattr(other, part.name))


def last_run_date(connection: Connection) -> date | None:
    """Return the UTC date on which the last complete run over the newest days began."""
    query = (
        "select (max(started_at) at time zone 'UTC')::date from etl.runs"
        " where completed_at is not null and complete_to is not null"
    )
    row = connection.execute(query).fetchone()
    return row[0] if row else None


def loaded_object_ids(connection: Connection, window: Window) -> set[int]:
    """Return the ids of the objects received in the window that are loaded, and not to be loaded again."""
    query = (
        "select object_id from etl.objects"
        " where reload_requested_at is null"
        " and (received_hour at time zone 'UTC')::date between %(first)s and %(last)s"
        " and received_hour >= %(first)s::date - 1 and received_hour < %(last)s::date + 2"
    )
    rows = connection.execute(query, {"first": window.first_date, "last": window.last_date})
    return {row[0] for row in rows}


def reload_from(connection: Connection) -> date | None:
    """Return the first receive date of the objects that somebody asked to load once more."""
    row = connection.execute(
        "select (min(received_hour) at time zone 'UTC')::date from etl.objects"
        " where reload_requested_at is not null"
    ).fetchone()
    return row[0] if row else None


def forget_reloads(connection: Connection, window: Window, listed_ids: set[int]) -> None:
    """Take back the wish to load objects of the window once more that the raw bucket no longer holds.

    Their account and their rejects stay as they are.
    """
    connection.execute(
        "update etl.objects set reload_requested_at = null where reload_requested_at is not null"
        " and (received_hour at time zone 'UTC')::date between %s and %s and object_id <> all(%s)",
        [window.first_date, window.last_date, list(listed_ids)],
    )


def begin_run(connection: Connection, started_at: datetime) -> int:
    """Record a run and return its id."""
    row = connection.execute(
        "insert into etl.runs (started_at) values (%s) returning run_id", [started_at]
    ).fetchone()
    if row is None:
        raise AssertionError("insert … returning must return a row")
    return int(row[0])


def complete_run(connection: Connection, run_id: int, counts: Counts, complete_to: datetime | None) -> None:
    """Record that a run ended, what it did, and the instant up to which everything received is loaded."""
    connection.execute(
        "update etl.runs set completed_at = now(), complete_to = %(complete_to)s,"
        " objects_count = %(objects_count)s, stored_count = %(stored_count)s,"
        " loaded_count = %(loaded_count)s, rejected_count = %(rejected_count)s,"
        " duplicate_count = %(duplicate_count)s, erased_count = %(erased_count)s where run_id = %(run_id)s",
        {"run_id": run_id, "complete_to": complete_to, **vars(counts)},
    )


def write_objects(
    connection: Connection, run_id: int, objects: list[RawObject], counts: pd.DataFrame, rejects: list[Reject]
) -> None:
    """Write the ledger rows of new objects, with the lines they lost.

    `counts` is indexed by object_id and has stored_count, loaded_count, rejected_count, duplicate_count,
    erased_count and bot_count.
    """
    if not objects:
        return
    known = pd.DataFrame(
        {
            "object_id": [found.object_id for found in objects],
            "object_key": [found.key for found in objects],
            "size_bytes": [found.size_bytes for found in objects],
            "received_hour": [found.received_hour for found in objects],
            "run_id": run_id,
        }
    )
    # of an object that is loaded once more, the account of the first time goes, and its rejects with it
    connection.execute("delete from etl.objects where object_id = any(%s)", [known["object_id"].tolist()])
    copy_frame(connection, "etl.objects", known.join(counts, on="object_id"))
    if rejects:
        connection.cursor().executemany(
            "insert into etl.rejects (object_id, line_number, reason, detail, line, line_size_bytes)"
            " values (%(object_id)s, %(line_number)s, %(reason)s, %(detail)s, %(line)s, %(line_size_bytes)s)",
            [vars(reject) | {"reason": reject.reason.value} for reject in rejects],
        )


def move_to_duplicates(connection: Connection, replaced: pd.DataFrame) -> list[date]:
    """Correct the account of objects whose loaded lines were replaced by lines received earlier.

    `replaced` has object_id and is_bot, one row per line. Returns the receive dates whose account changed.
    """
    return _move(connection, replaced, "duplicate_count")


def move_to_erased(connection: Connection, removed: pd.DataFrame) -> list[date]:
    """Correct the account of objects whose loaded lines were erased, as `move_to_duplicates` does."""
    return _move(connection, removed, "erased_count")


def _move(connection: Connection, lines_of_objects: pd.DataFrame, part: str) -> list[date]:
    statement = sql.SQL(
        "update etl.objects set loaded_count = loaded_count - %(lines)s,"
        " {part} = {part} + %(lines)s, bot_count = bot_count - %(bots)s"
        " where object_id = %(object_id)s returning (received_hour at time zone 'UTC')::date"
    ).format(part=sql.Identifier(part))
    changed: list[date] = []
    for object_id, lines in lines_of_objects.groupby("object_id"):
        parameters: dict[str, Any] = {
            "object_id": object_id,
            "lines": len(lines),
            "bots": int(lines["is_bot"].sum()),
        }
        row = connection.execute(statement, parameters).fetchone()
        changed += [row[0]] if row else []
    return changed
