"""Keeps the marts: rewrites the rows of the days that a batch touched, nothing else.

A mart is a folder `marts/<table>/` with `query.sql`. Its query reads the tables of `touched_days`, or filters
on one of the parameters of `_COLUMNS`, and its table has that one's column: those rows are rewritten.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from psycopg import sql

from etl import touched_days
from etl.database import Connection
from etl.portions import portions
from etl.touched import Touched

# The sets of days of `Touched` that a query may be made for, and the column of its table.
_COLUMNS = {
    "visit_dates": "visit_date",
    "credit_dates": "session_date",
    "received_dates": "received_date",
    "order_dates": "order_date",
    "session_dates": "session_date",
}
# So a query says that rows of some people can be rewritten and those of others left.
_BY_PERSON = re.compile(r"^-- Rows follow from the sessions of their (\w+) alone\.$", re.MULTILINE)
# By its primary key: the table begins with the day and whether the person is known.
_DELETE_OF_PEOPLE = """
delete from {table} as rows using touched_people as people
where
    rows.session_date = people.session_date and rows.is_known = people.is_known
    and rows.{person} = people.person_id
"""
# Days are rewritten together up to this many events; their tables at hand then have about 300 MB.
_EVENTS_AT_ONCE = 2_000_000


@dataclass(frozen=True)
class Mart:
    """A table that dashboards read, and the query that makes its rows."""

    table: str
    # a file of this project, not anybody's input
    query: str

    @property
    def dates(self) -> str:
        """The days for which it is made; those of sessions, if the query names none."""
        return next((dates for dates in _COLUMNS if f"%({dates})s" in self.query), "session_dates")

    @property
    def date_column(self) -> str:
        """The column by which rows are rewritten."""
        return _COLUMNS[self.dates]

    @property
    def identifier(self) -> sql.Identifier:
        """The table, as SQL names it."""
        return sql.Identifier("mart", self.table)

    @property
    def person_column(self) -> str | None:
        """The column of the person from whose sessions of the day alone a row follows, if rows do."""
        found = _BY_PERSON.search(self.query)
        return found[1] if found else None


def folder() -> Path:
    """Return where the marts lie: beside the function in its zip, or in the repository."""
    packaged = Path(os.environ.get("LAMBDA_TASK_ROOT", "/nonexistent")) / "marts"
    return packaged if packaged.is_dir() else Path(__file__).parents[2] / "warehouse" / "marts"


def marts() -> Iterator[Mart]:
    """Yield every mart, by name."""
    for query in sorted(folder().glob("*/query.sql")):
        yield Mart(query.parent.name, query.read_text(encoding="utf-8"))


def refresh(connection: Connection, touched: Touched) -> None:
    """Rewrite the rows of these days in every mart. Needs a transaction."""
    connection.execute("select warehouse.analyze_grown_tables()")
    found = list(marts())
    for part in _slices(connection, touched.session_dates):
        with touched_days.at_hand(connection, part):
            _rewrite(connection, found, "session_dates", part)
    _refresh_people(connection, found, touched)
    _rewrite(connection, found, "visit_dates", sorted(touched.session_dates | touched.visit_dates))
    _rewrite(connection, found, "credit_dates", sorted(touched.session_dates | touched.credit_dates))
    _rewrite(connection, found, "received_dates", sorted(touched.received_dates))
    _rewrite(connection, found, "order_dates", sorted(touched.order_dates))


def _refresh_people(connection: Connection, found: list[Mart], touched: Touched) -> None:
    """Rewrite, of further days, the rows of those whose sessions came to be theirs or ceased to be."""
    person_days = sorted(day for day in touched.person_days if day[0] not in touched.session_dates)
    if not person_days:
        return
    with touched_days.people_at_hand(connection, person_days):
        for mart in found:
            if mart.person_column:
                names = {"table": mart.identifier, "person": sql.Identifier(mart.person_column)}
                connection.execute(sql.SQL(_DELETE_OF_PEOPLE).format(**names))
                _insert(connection, mart, {})


def _slices(connection: Connection, session_dates: set[date]) -> Iterator[list[date]]:
    """Yield the dates in order, as many at once as have at most so many events."""
    rows = connection.execute(
        "select session_date, sum(events_count)::bigint from warehouse.fact_sessions"
        " where session_date = any(%s) group by session_date",
        [sorted(session_dates)],
    )
    counts: dict[date, int] = dict(rows.fetchall())
    return portions(sorted(session_dates), lambda day: counts.get(day, 0), _EVENTS_AT_ONCE)


def _rewrite(connection: Connection, found: list[Mart], kind: str, dates: list[date]) -> None:
    """Rewrite the rows of these dates in the marts that are made for this kind."""
    if not dates:
        return
    for mart in (mart for mart in found if mart.dates == kind):
        column = sql.Identifier(mart.date_column)
        delete = sql.SQL("delete from {} where {} = any(%s)").format(mart.identifier, column)
        connection.execute(delete, [dates])
        _insert(connection, mart, {kind: dates})


def _insert(connection: Connection, mart: Mart, parameters: dict[str, Any]) -> None:
    """Add the rows that the mart's query makes."""
    query = sql.SQL(mart.query)
    cursor = connection.execute(sql.SQL("select * from ({}) as mart limit 0").format(query), parameters)
    columns = [sql.Identifier(each.name) for each in cursor.description or []]
    insert = sql.SQL("insert into {} ({}) {}").format(mart.identifier, sql.SQL(", ").join(columns), query)
    connection.execute(insert, parameters)
