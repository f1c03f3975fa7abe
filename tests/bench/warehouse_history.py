"""History for a warehouse, made on the server from one day that the ETL has loaded.

Every table is copied day by day: dates and times move, ids are hashed with the day, visitors are others or
the same as their class says. What no statement of the ETL looks at is left out, so that rows are narrow.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import psycopg
from psycopg import sql

Connection = psycopg.Connection[Any]
FACTS = ("fact_events", "fact_event_items", "fact_sessions", "fact_orders")
_DAYS = ("event_date", "session_date", "visit_date", "received_date", "received_hour", "order_date")
# days that are copied in one transaction
_DAYS_AT_ONCE = 10

# Of the day's visitors one of 20 is known to the stream that is measured, in turns; two of five come every
# day for a month; the others come on this day alone. Who is known and has an account was signed in on all
# these visits; one of five only signs in for the first time in the hours that are measured.
_VISITORS = """
create table bench.visitors as
select
    visitor_id,
    row_number() over (order by visitor_id) as visitor_number,
    abs(hashtextextended(visitor_id, 1)) %% 20 as class
from (select distinct visitor_id from warehouse.fact_sessions where session_date = %(day)s) as found
"""
# one row per visitor and day that is being made
_NEW_VISITORS = """
create temporary table new_visitors on commit drop as
select
    v.visitor_id, days,
    case
        when k.visitor_id is not null then k.visitor_id
        when v.class < 9 then v.visitor_id || '-' || days / 30
        else v.visitor_id || '-d' || days
    end as new_id,
    k.visitor_id is not null as is_known,
    case when k.known_number %% 5 > 0 then k.user_id end as known_user_id
from (select count(*) from bench.known) as known (people_count)
cross join bench.visitors as v
cross join generate_series(%(first)s::int, %(last)s::int) as days
left join bench.known as k
    on (v.class + days) %% 20 = 0 and v.visitor_number < known.people_count
    and k.known_number = (v.visitor_number + days * 37) %% known.people_count
"""
_SHORT = {
    "params": "'{}'::jsonb",
    "item": "'{}'::jsonb",
    "page_location": "null",
    "page_referrer": "null",
    "page_title": "null",
}
_VISITOR_IDS = ("visitor_id", "anonymous_id")
_USER_IDS = ("user_id", "last_user_id", "person_id")
_OF_NAME = {
    **dict.fromkeys(_VISITOR_IDS, "new.new_id"),
    **dict.fromkeys(("event_id", "session_id"), "md5({}::text || %(days)s)::uuid"),
    **dict.fromkeys(("order_id", "transaction_id", "object_key"), "{} || '-' || %(days)s"),
    **dict.fromkeys(_USER_IDS, "{} || '-' || %(days)s::int / 30"),
    "object_id": "(hashint8extended({}, %(days)s::int) >> 1) & 9223372036854775807",
}
# The same of who is known, in tables with visitors.
_OF_KNOWN = {
    **dict.fromkeys(_USER_IDS, "new.known_user_id"),
    "users_count": "(new.known_user_id is not null)::int",
}
_OF_TYPE = {
    "date": "{} - %(days)s::int",
    "timestamp with time zone": "{} - %(days)s::int * interval '1 day'",
}


@dataclass(frozen=True)
class Table:
    """A table that is copied, and the column that says to which day a row belongs."""

    schema: str
    name: str
    day_column: str
    columns: dict[str, str]  # name → type

    @property
    def identifier(self) -> sql.Identifier:
        """The table, as SQL names it."""
        return sql.Identifier(self.schema, self.name)


def tables(connection: Connection) -> Iterator[Table]:
    """Yield the facts, the marts and the ledger; not what belongs to no day, such as definitions."""
    rows = connection.execute(
        "select c.table_schema, c.table_name, array_agg(c.column_name::text order by c.ordinal_position),"
        " array_agg(c.data_type::text order by c.ordinal_position)"
        " from information_schema.columns as c"
        " inner join information_schema.tables as t using (table_schema, table_name)"
        " where t.table_type = 'BASE TABLE' and ("
        "   (c.table_schema = 'warehouse' and c.table_name = any(%s)) or"
        "   (c.table_schema = 'mart' and c.table_name <> 'notice') or"
        "   (c.table_schema = 'etl' and c.table_name in ('order_events', 'objects')))"
        " group by 1, 2 order by 1, 2",
        [list(FACTS)],
    ).fetchall()
    for schema, name, columns, types in rows:
        found = dict(zip(columns, types, strict=True))
        if day := next((day for day in _DAYS if day in found), None):
            yield Table(schema, name, day, found)


def save(connection: Connection, first: date) -> None:
    """Keep the rows of this day and of later ones."""
    for table in tables(connection):
        connection.execute(
            sql.SQL("create table bench.{} as select * from {} where {} >= %s").format(
                sql.Identifier(table.name), table.identifier, sql.Identifier(table.day_column)
            ),
            [first],
        )


def restore(connection: Connection, first: date) -> None:
    """Let the rows of this day and of later ones be those that were kept."""
    for table in tables(connection):
        where = {
            "table": table.identifier,
            "saved": sql.Identifier("bench", table.name),
            "day": sql.Identifier(table.day_column),
        }
        connection.execute(sql.SQL("delete from {table} where {day} >= %s").format(**where), [first])
        connection.execute(sql.SQL("insert into {table} select * from {saved}").format(**where))


def prepare(connection: Connection, template: date, known: list[tuple[str, str | None]]) -> None:
    """Note whom the template day's visitors stand for; `known` has visitor_id and user_id."""
    connection.execute("create schema if not exists bench")
    connection.execute("drop table if exists bench.visitors, bench.known cascade")
    connection.execute(
        "create table bench.known (known_number bigint primary key, visitor_id text, user_id text)"
    )
    with connection.cursor() as cursor, cursor.copy("copy bench.known from stdin") as copy:
        for number, (visitor_id, user_id) in enumerate(known):
            copy.write_row((number, visitor_id, user_id))
    connection.execute(_VISITORS, {"day": template})
    connection.execute("create unique index on bench.visitors (visitor_id)")
    connection.execute("analyze bench.visitors, bench.known")


def copy_days(connection: Connection, template: date, first: int, last: int) -> Iterator[int]:
    """Make the days that lie `first` to `last` days before the template; yield each last one of some."""
    found = list(tables(connection))
    for start in range(first, last + 1, _DAYS_AT_ONCE):
        stop = min(start + _DAYS_AT_ONCE - 1, last)
        with connection.transaction():
            dates = [template - timedelta(days=days) for days in range(start, stop + 1)]
            connection.execute("select warehouse.add_event_partitions(%s)", [dates])
            connection.execute(_NEW_VISITORS, {"first": start, "last": stop})
            connection.execute("create unique index on new_visitors (days, visitor_id)")
            connection.execute("analyze new_visitors")
            for days in range(start, stop + 1):
                for table in found:
                    connection.execute(_copy_statement(table), {"day": template, "days": days})
        yield stop


def _copy_statement(table: Table) -> sql.Composed:
    visitor = next((name for name in table.columns if name in _VISITOR_IDS), None)
    joined: sql.Composable = sql.SQL("")
    if visitor:
        joined = sql.SQL(
            "inner join new_visitors as new on old.{} = new.visitor_id and new.days = %(days)s::int"
        ).format(sql.Identifier(visitor))
    is_date = table.day_column.endswith("date")
    wanted = "old.{} = %(day)s" if is_date else "(old.{} at time zone 'UTC')::date = %(day)s"
    return sql.SQL(
        "insert into {table} ({columns}) select {values} from {table} as old {joined} where {wanted}"
    ).format(
        table=table.identifier,
        columns=sql.SQL(", ").join(map(sql.Identifier, table.columns)),
        values=sql.SQL(", ").join(
            _value(name, kind, has_visitors=bool(visitor)) for name, kind in table.columns.items()
        ),
        joined=joined,
        wanted=sql.SQL(wanted).format(sql.Identifier(table.day_column)),
    )


def _value(name: str, kind: str, *, has_visitors: bool) -> sql.Composable:
    if name in _SHORT:
        return sql.SQL(_SHORT[name])
    wanted = _OF_NAME.get(name, _OF_TYPE.get(kind, "{}"))
    value = sql.SQL(wanted).format(sql.SQL("old.{}").format(sql.Identifier(name)))
    if not has_visitors or name not in _OF_KNOWN:
        return value
    return sql.SQL("case when new.is_known then {} else {} end").format(sql.SQL(_OF_KNOWN[name]), value)
