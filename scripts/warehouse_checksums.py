"""What is in the warehouse, as one checksum per table and day."""

from dataclasses import dataclass

from etl import marts
from etl.database import Connection
from psycopg import sql

# table → (the day of a row, the row); ids of runs and times of runs are not content
_OBJECT = (
    "found.object_id, found.object_key, found.size_bytes, found.received_hour, found.stored_count,"
    " found.loaded_count, found.rejected_count, found.duplicate_count, found.erased_count, found.bot_count"
)
_TABLES = {
    "warehouse.fact_events": ("found.event_date", "found"),
    "warehouse.fact_event_items": ("found.event_date", "found"),
    "warehouse.fact_sessions": ("found.session_date", "found"),
    "warehouse.fact_orders": ("found.event_date", "found"),
    "etl.order_events": ("found.event_date", "found"),
    "etl.objects": ("(found.received_hour at time zone 'UTC')::date", f"row({_OBJECT})"),
    "etl.rejects": (
        "(select (o.received_hour at time zone 'UTC')::date from etl.objects as o"
        " where o.object_id = found.object_id)",
        "found",
    ),
}
# (table, day) → (rows, checksum of the rows' checksums in their order)
Checksums = dict[tuple[str, str], tuple[int, str]]


@dataclass(frozen=True)
class Difference:
    """A table's day that is not what it was."""

    table: str
    day: str
    rows_before: int
    rows_after: int


def tables() -> dict[str, tuple[str, str]]:
    """Return every table that is made from raw: facts, ledger, and each mart that there is."""
    return _TABLES | {f"mart.{mart.table}": (f"found.{mart.date_column}", "found") for mart in marts.marts()}


def checksums(connection: Connection) -> Checksums:
    """Return the checksums of all days of all tables; equal rows in any order give equal ones."""
    query = (
        "select day::text, count(*), md5(string_agg(checksum, '' order by checksum))"
        " from (select {day} as day, md5({row}::text) as checksum from {table} as found) as found"
        " group by day"
    )
    found: Checksums = {}
    for table, (day, row) in tables().items():
        name = sql.Identifier(*table.split("."))
        # days and rows are those above, nobody's input
        statement = sql.SQL(query).format(day=_as_is(day), row=_as_is(row), table=name)
        for of_day, count, checksum in connection.execute(statement):
            found[table, of_day] = (count, checksum)
    return found


def _as_is(text: str) -> sql.Composable:
    return sql.SQL(text)  # made of the literals of this file and of the marts' column names


def differences(before: Checksums, after: Checksums) -> list[Difference]:
    """Return the days that changed, came or went, in order."""
    none = (0, "")
    return [
        Difference(table, day, before.get((table, day), none)[0], after.get((table, day), none)[0])
        for table, day in sorted(before.keys() | after.keys())
        if before.get((table, day), none) != after.get((table, day), none)
    ]
