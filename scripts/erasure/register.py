"""What an erasure has found and done, kept in the warehouse without a personal word: hashes, keys, counts."""

import json
from dataclasses import dataclass
from datetime import datetime

from etl.database import Connection
from etl.processed import processed_key

from erasure.raw import Found


@dataclass(frozen=True)
class Erasure:
    """One erasure; the sums are over every time that it was begun again."""

    erasure_id: int
    id_hashes: list[str]
    requested_by: str
    started_at: datetime
    completed_at: datetime | None
    removed_rows: dict[str, int]
    objects_count: int
    lines_count: int
    versions_count: int
    received_hours: list[datetime]

    @property
    def processed_keys(self) -> list[str]:
        """The processed files that were made again."""
        return [processed_key(received_hour) for received_hour in self.received_hours]


def begin(connection: Connection, id_hashes: list[str], requested_by: str) -> tuple[int, list[str]]:
    """Return the unfinished erasure of these ids, or a new one, and whom it is about; none is loaded now.

    An unfinished one may be about more: browsers of an account, which nothing in the warehouse names by now.
    """
    unfinished = (
        "select erasure_id, id_hashes from etl.erasures where id_hashes @> %s and completed_at is null"
    )
    new = "insert into etl.erasures (id_hashes, requested_by) values (%s, %s) returning erasure_id, id_hashes"
    with connection.transaction():
        row = connection.execute(unfinished, [id_hashes]).fetchone()
        row = row or connection.execute(new, [id_hashes, requested_by]).fetchone()
        if row is None:
            raise AssertionError("insert … returning must return a row")
        connection.execute(
            "insert into etl.erased (id_hash, erasure_id)"
            " select asked.id_hash, %s from unnest(%s::text[]) as asked (id_hash) on conflict do nothing",
            [row[0], row[1]],
        )
    return int(row[0]), list(row[1])


def add_removed_rows(connection: Connection, erasure_id: int, removed: dict[str, int]) -> None:
    """Add what was removed to what an earlier attempt removed; part of the transaction that removes it."""
    row = connection.execute(
        "select removed_rows from etl.erasures where erasure_id = %s for update", [erasure_id]
    ).fetchone()
    before: dict[str, int] = row[0] if row else {}
    sums = {table: before.get(table, 0) + count for table, count in removed.items()}
    connection.execute(
        "update etl.erasures set removed_rows = %s where erasure_id = %s", [json.dumps(sums), erasure_id]
    )


def note_objects(connection: Connection, erasure_id: int, found: Found) -> None:
    """Write down which raw objects have lines, before any is changed."""
    rows = [(erasure_id, key, found.lines[key], len(found.versions[key])) for key in found.lines]
    with connection.transaction(), connection.cursor() as cursor:
        cursor.executemany(
            "insert into etl.erasure_objects as known (erasure_id, object_key, lines_count, versions_count)"
            " values (%s, %s, %s, %s) on conflict (erasure_id, object_key) do update"
            " set lines_count = greatest(known.lines_count, excluded.lines_count),"
            " versions_count = greatest(known.versions_count, excluded.versions_count), is_reloaded = false",
            rows,
        )


def objects_to_reload(connection: Connection, erasure_id: int) -> list[tuple[int, datetime]]:
    """Return (object_id, receive hour) of what is loaded and was not made again yet."""
    return connection.execute(
        "select objects.object_id, objects.received_hour from etl.erasure_objects as found"
        " inner join etl.objects on found.object_key = objects.object_key"
        " where found.erasure_id = %s and not found.is_reloaded",
        [erasure_id],
    ).fetchall()


def mark_reloaded(connection: Connection, erasure_id: int) -> None:
    """Write down that all of the erasure's objects were made again."""
    connection.execute(
        "update etl.erasure_objects set is_reloaded = true where erasure_id = %s", [erasure_id]
    )


def complete(connection: Connection, erasure_id: int) -> None:
    """Write down that nothing is left to do."""
    connection.execute("update etl.erasures set completed_at = now() where erasure_id = %s", [erasure_id])


def read(connection: Connection, erasure_id: int) -> Erasure:
    """Return the erasure as it stands."""
    row = connection.execute(
        "select erasures.erasure_id, id_hashes, requested_by, started_at, completed_at, removed_rows,"
        " count(found.object_key), coalesce(sum(found.lines_count), 0)::bigint,"
        " coalesce(sum(found.versions_count), 0)::bigint,"
        " array(select distinct objects.received_hour from etl.erasure_objects as loaded"
        " inner join etl.objects on loaded.object_key = objects.object_key"
        " where loaded.erasure_id = erasures.erasure_id order by objects.received_hour)"
        " from etl.erasures left join etl.erasure_objects as found"
        " on erasures.erasure_id = found.erasure_id"
        " where erasures.erasure_id = %s group by erasures.erasure_id",
        [erasure_id],
    ).fetchone()
    if row is None:
        raise AssertionError("an erasure that was begun must be there")
    return Erasure(*row)
