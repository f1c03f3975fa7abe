"""The edge to PostgreSQL: opens the loader's connection and moves frames in and out."""

from typing import Any, LiteralString

import pandas as pd
import psycopg
from contract.login import NOTICE_SILENCE, libpq_fields
from psycopg import sql
from psycopg.conninfo import make_conninfo

from etl import copy_binary
from etl.errors import TransientError

Connection = psycopg.Connection[tuple[Any, ...]]
# Any number will do, as long as it is always this one: only one ETL run works at a time.
_RUN_LOCK = 740_031_106
# What a frame is sent in; encoded it takes as much memory again.
_ROWS_AT_ONCE = 32_768
# All that works on the warehouse thinks in UTC and waits for nothing without end. Nor does the server wait
# for a client that is gone: killed inside a statement, it is missed within 5 s; vanished with its machine,
# within half a minute. By default it would keep the run lock for over two hours.
# Source: PostgreSQL 17, "Connections and Authentication", TCP settings.
OPTIONS = (
    "-c TimeZone=UTC -c lock_timeout=30s -c statement_timeout=10min"
    " -c client_connection_check_interval=5s -c tcp_user_timeout=25s"
    " -c tcp_keepalives_idle=10 -c tcp_keepalives_interval=5 -c tcp_keepalives_count=3"
)


def connect(secret: bytes) -> Connection:
    """Return a connection with the login as it lies in the artifacts bucket (`contract.login`)."""
    fields = libpq_fields(secret)
    try:
        return psycopg.connect(
            make_conninfo(**{**fields, **NOTICE_SILENCE}),
            application_name="etl",
            options=OPTIONS,
            autocommit=True,
        )
    except psycopg.OperationalError as error:
        raise TransientError(
            f"can't reach the warehouse at {fields.get('host')}:{fields.get('port')}: {error}"
        ) from error


def take_run_lock(connection: Connection) -> bool:
    """Return True if this connection is now the only one that runs the ETL; held until it closes."""
    row = connection.execute("select pg_try_advisory_lock(%s)", [_RUN_LOCK]).fetchone()
    return bool(row and row[0])


def release_run_lock(connection: Connection) -> None:
    """Let others run the ETL again, before this connection closes."""
    connection.execute("select pg_advisory_unlock(%s)", [_RUN_LOCK])


def copy_frame(connection: Connection, table: LiteralString, frame: pd.DataFrame) -> None:
    """Append a frame to a table, column by column name; missing values become null."""
    if frame.empty:
        return
    types = _column_types(connection, table)
    columns = [str(column) for column in frame.columns]
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    statement = sql.SQL("copy {} ({}) from stdin (format binary)").format(sql.SQL(table), names)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(copy_binary.HEADER)
        for start in range(0, len(frame), _ROWS_AT_ONCE):
            part = frame.iloc[start : start + _ROWS_AT_ONCE]
            copy.write(copy_binary.rows(part, [types[column] for column in columns]))
        copy.write(copy_binary.TRAILER)


def _column_types(connection: Connection, table: str) -> dict[str, str]:
    rows = connection.execute(
        "select attname, format_type(atttypid, null) from pg_attribute"
        " where attrelid = %s::regclass and attnum > 0 and not attisdropped",
        [table],
    )
    return dict(rows.fetchall())


def fetch_frame(
    connection: Connection, query: LiteralString, parameters: dict[str, Any] | None = None
) -> pd.DataFrame:
    """Return a query's rows as a frame; uuids as text, times in UTC."""
    cursor = connection.execute(query, parameters)
    names = [column.name for column in cursor.description or []]
    return pd.DataFrame(cursor.fetchall(), columns=names, dtype=object)
