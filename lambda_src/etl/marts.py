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
    def reads_people(self) -> bool:
        """Its rows change when a session turns out to be somebody else's."""
        return "person_id" in self.query

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
    """Rewrite what says whose the sessions of further days are: by person the people's own rows."""
    session_dates = touched.person_dates - touched.session_dates
    by_person = [mart for mart in found if mart.person_column]
    others = [mart for mart in found if mart.reads_people and not mart.person_column]
    if session_dates and by_person:
        dates, people = sorted(session_dates), sorted(touched.people)
        with touched_days.people_at_hand(connection, dates, people):
            _rewrite(connection, by_person, "session_dates", dates, people)
    has_others = any(mart.dates == "session_dates" for mart in others)
    for part in _slices(connection, session_dates) if has_others else ():
        with touched_days.at_hand(connection, part):
            _rewrite(connection, others, "session_dates", part)


def _slices(connection: Connection, session_dates: set[date]) -> Iterator[list[date]]:
    """Yield the dates in order, as many at once as have at most so many events."""
    rows = connection.execute(
        "select session_date, sum(events_count)::bigint from warehouse.fact_sessions"
        " where session_date = any(%s) group by session_date",
        [sorted(session_dates)],
    )
    counts: dict[date, int] = dict(rows.fetchall())
    return portions(sorted(session_dates), lambda day: counts.get(day, 0), _EVENTS_AT_ONCE)


def _rewrite(
    connection: Connection, found: list[Mart], kind: str, dates: list[date], people: list[str] | None = None
) -> None:
    """Rewrite the rows of these dates in the marts that are made for this kind; with `people` only theirs."""
    if not dates:
        return
    parameters: dict[str, Any] = {kind: dates}
    for mart in (mart for mart in found if mart.dates == kind):
        table = sql.Identifier("mart", mart.table)
        column = sql.Identifier(mart.date_column)
        delete = sql.SQL("delete from {} where {} = any(%(dates)s)").format(table, column)
        if people is not None and mart.person_column:
            delete += sql.SQL(" and {} = any(%(people)s)").format(sql.Identifier(mart.person_column))
        connection.execute(delete, {"dates": dates, "people": people})
        query = sql.SQL(mart.query)
        cursor = connection.execute(sql.SQL("select * from ({}) as mart limit 0").format(query), parameters)
        columns = [sql.Identifier(each.name) for each in cursor.description or []]
        insert = sql.SQL("insert into {} ({}) {}").format(table, sql.SQL(", ").join(columns), query)
        connection.execute(insert, parameters)
