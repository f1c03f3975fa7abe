"""The edge to PostgreSQL: opens the loader's connection and moves frames in and out."""

from typing import Any, LiteralString

import pandas as pd
import psycopg
import pyarrow as pa
import pyarrow.csv
from contract.login import NOTICE_SILENCE, libpq_fields
from psycopg import sql
from psycopg.conninfo import make_conninfo

from etl.errors import TransientError

Connection = psycopg.Connection[tuple[Any, ...]]
# Any number will do, as long as it is always this one: only one ETL run works at a time.
_RUN_LOCK = 740_031_106
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
    target = sql.SQL(table)
    columns = sql.SQL(", ").join(sql.Identifier(column) for column in frame.columns)
    # quoted text, unquoted nothing: so an empty string stays one, and null stays null
    sink = pa.BufferOutputStream()
    options = pyarrow.csv.WriteOptions(include_header=False, quoting_style="needed")
    pyarrow.csv.write_csv(pa.Table.from_pandas(frame, preserve_index=False), sink, options)
    statement = sql.SQL("copy {} ({}) from stdin (format csv)").format(target, columns)
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        copy.write(sink.getvalue().to_pybytes())


def fetch_frame(
    connection: Connection, query: LiteralString, parameters: dict[str, Any] | None = None
) -> pd.DataFrame:
    """Return a query's rows as a frame; uuids as text, times in UTC."""
    cursor = connection.execute(query, parameters)
    names = [column.name for column in cursor.description or []]
    return pd.DataFrame(cursor.fetchall(), columns=names, dtype=object)
