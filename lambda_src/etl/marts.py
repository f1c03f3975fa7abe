"""Keeps the marts: rewrites the rows of the days that a batch touched, nothing else.

A mart is a folder `marts/<table>/` with `query.sql`. Its query filters on %(session_dates)s,
%(received_dates)s or %(order_dates)s, and its table has the column of that name in the singular: those rows
are rewritten.
"""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from psycopg import sql

from etl.database import Connection


@dataclass(frozen=True)
class Mart:
    """A table that dashboards read, and the query that makes its rows."""

    table: str
    # a file of this project, not anybody's input
    query: str

    @property
    def date_column(self) -> str:
        """The column by which rows are rewritten."""
        kinds = ("received_date", "order_date")
        return next((kind for kind in kinds if f"%({kind}s)s" in self.query), "session_date")


def folder() -> Path:
    """Return where the marts lie: beside the function in its zip, or in the repository."""
    packaged = Path(os.environ.get("LAMBDA_TASK_ROOT", "/nonexistent")) / "marts"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "warehouse" / "marts"


def marts() -> Iterator[Mart]:
    """Yield every mart, by name."""
    for query in sorted(folder().glob("*/query.sql")):
        yield Mart(query.parent.name, query.read_text(encoding="utf-8"))


def refresh(
    connection: Connection,
    session_dates: set[date],
    received_dates: set[date],
    order_dates: Iterable[date] = (),
) -> None:
    """Rewrite the rows of these dates in every mart; `order_dates` are of reconciled orders."""
    connection.execute("select warehouse.analyze_grown_tables()")
    dates = {
        "session_date": sorted(session_dates),
        "received_date": sorted(received_dates),
        "order_date": sorted(order_dates),
    }
    parameters: dict[str, Any] = {
        **{f"{column}s": found for column, found in dates.items()},
        **_event_dates(connection, dates["session_date"]),
    }
    for mart in marts():
        if not dates[mart.date_column]:
            continue
        table = sql.Identifier("mart", mart.table)
        column = sql.Identifier(mart.date_column)
        delete = sql.SQL("delete from {} where {} = any(%s)").format(table, column)
        connection.execute(delete, [dates[mart.date_column]])
        query = sql.SQL(mart.query)
        cursor = connection.execute(sql.SQL("select * from ({}) as mart limit 0").format(query), parameters)
        columns = [sql.Identifier(found.name) for found in cursor.description or []]
        insert = sql.SQL("insert into {} ({}) {}").format(table, sql.SQL(", ").join(columns), query)
        connection.execute(insert, parameters)


def _event_dates(connection: Connection, session_dates: list[date]) -> dict[str, date | None]:
    """Return the span of partitions that hold the events of these sessions."""
    row = connection.execute(
        "select min(first_event_date), max(last_event_date) from warehouse.fact_sessions"
        " where session_date = any(%s)",
        [session_dates],
    ).fetchone()
    first, last = row or (None, None)
    return {"first_event_date": first, "last_event_date": last}
