"""The touched days at hand: their sessions, events and orders once, for all marts of a refresh.

Each mart would otherwise join the same days' sessions to the same events again, with estimates that are far
off as soon as two conditions depend on each other; these tables are small, analysed, and drop the past.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, LiteralString

from etl.database import Connection
from etl.touched import PersonDay

# A few thousand rows tell the planner what it must know; the hosts' own target takes ten times as many.
_STATISTICS_TARGET = 30
# Only one refresh is at work at a time: its sorts may have more than each of many readers' ones.
_WORK_MEMORY = "32MB"

_SESSIONS_OF = """
create temporary table touched_sessions on commit drop as
select
    sessions.session_id, sessions.visitor_id, sessions.user_id, sessions.person_id, sessions.session_date,
    sessions.started_at, sessions.ended_at, sessions.source, sessions.medium, sessions.campaign,
    sessions.channel, sessions.device_category, sessions.browser, sessions.operating_system,
    sessions.country, sessions.is_bot, sessions.bot_name, sessions.is_engaged, sessions.entry_page_path,
    sessions.page_views_count, sessions.events_count, sessions.previous_at
from warehouse.fact_sessions as sessions
"""
_SESSIONS = _SESSIONS_OF + "where sessions.session_date = any(%(session_dates)s)"
# A row for each, by fact_sessions_person_idx.
_SESSIONS_OF_PEOPLE = (
    _SESSIONS_OF
    + """
inner join touched_people as people
    on
        coalesce(sessions.person_id, sessions.visitor_id) = people.person_id
        and sessions.session_date = people.session_date
        and (sessions.person_id is not null) = people.is_known
"""
)
_PEOPLE = """
create temporary table touched_people on commit drop as
select session_date, is_known, person_id
from unnest(%(dates)s::date[], %(are_known)s::boolean[], %(people)s::text[])
    as people (session_date, is_known, person_id)
"""

# The days of these events, each once: between the first and the last there may be weeks that hold none.
_EVENT_DATES = """
select distinct day::date
from (
    select distinct first_event_date, last_event_date
    from warehouse.fact_sessions
    where session_date = any(%s)
) as spans
cross join lateral generate_series(first_event_date, last_event_date, interval '1 day') as day
"""

# channel, device_category and is_bot are those of the session; place is the event's in it, 1 for the first:
# events of equal time keep the client's order, then that of their ids; repeated is what the event before it
# says, too
_EVENTS = """
create temporary table touched_events on commit drop as
select
    sessions.session_id, sessions.session_date, sessions.channel, sessions.device_category, sessions.is_bot,
    events.event_date, events.event_id, events.event_name, events.event_at, events.event_time,
    events.received_at, events.event_sequence, events.language,
    events.page_path, events.search_term, events.transaction_id, events.currency, events.value,
    events.value is null and events.params ->> 'value' is not null as is_value_unreadable,
    events.is_bot as is_bot_event,
    row_number() over in_session as place,
    events.page_path is not distinct from lag(events.page_path) over in_session as is_page_repeated,
    events.event_name is not distinct from lag(events.event_name) over in_session as is_name_repeated
from touched_sessions as sessions
inner join warehouse.fact_events as events on sessions.session_id = events.session_id
where events.event_date = any(%(event_dates)s)
window
    in_session as (
        partition by events.session_id
        order by events.event_at asc, events.event_sequence asc nulls last, events.event_id asc
    )
"""

# One that names no currency is taken to be in the reporting one; of others there is no revenue. The places
# are those in which orders are found, with what is known of their sessions.
_ORDERS_IN = """
create temporary table touched_orders on commit drop as
select
    orders.order_id, orders.event_date, orders.event_id, places.session_id, places.session_date,
    places.channel, places.device_category, places.is_bot, orders.currency, orders.value,
    orders.refunded_value, orders.refund_events_count, orders.unvalued_refunds_count,
    coalesce(orders.currency, reporting_currency.currency) = reporting_currency.currency as is_summed
from mart.reporting_currency cross join
"""
# An order is in the session of the purchase event that fact_orders names.
_ORDERS = (
    _ORDERS_IN
    + """
touched_events as places
inner join warehouse.fact_orders as orders
    on places.event_date = orders.event_date and places.event_id = orders.event_id
where places.event_name = 'purchase' and orders.event_date = any(%(event_dates)s)
"""
)
# Of some people on many days: their orders by their browsers, each of which has one session at a time. To
# find them by events reads all of these days.
_ORDERS_OF_PEOPLE = (
    _ORDERS_IN
    + """
touched_sessions as places
inner join warehouse.fact_orders as orders
    on
        places.visitor_id = orders.visitor_id
        and orders.event_at between places.started_at and places.ended_at
"""
)

_PURCHASES = """
create temporary table touched_purchases on commit drop as
select
    session_id, count(*) as purchases_count, coalesce(sum(value) filter (where is_summed), 0) as revenue
from touched_orders
group by session_id
"""

# Joined to nothing: of a day that is not analysed yet the planner expects one item, and would go through all
# events for each.
_ITEMS = """
create temporary table touched_items on commit drop as
select
    event_date, event_id, item_number, item_id, item_name, item_brand, item_category, item_variant, price,
    quantity, item_value
from warehouse.fact_event_items
where event_date = any(%(event_dates)s)
"""


@contextmanager
def at_hand(connection: Connection, session_dates: list[date]) -> Iterator[None]:
    """Let the touched sessions, events, orders and items be there, of sessions of these dates.

    Needs a transaction; the tables are gone afterwards.
    """
    tables: dict[LiteralString, LiteralString] = {
        "touched_sessions": _SESSIONS,
        "touched_events": _EVENTS,
        "touched_orders": _ORDERS,
        "touched_purchases": _PURCHASES,
        "touched_items": _ITEMS,
    }
    dates = {"session_dates": session_dates, "event_dates": event_dates(connection, session_dates)}
    with _made(connection, tables, dates):
        yield


@contextmanager
def people_at_hand(connection: Connection, person_days: list[PersonDay]) -> Iterator[None]:
    """Let the sessions of people on days, and their orders, be there; no events and no items."""
    tables: dict[LiteralString, LiteralString] = {
        "touched_people": _PEOPLE,
        "touched_sessions": _SESSIONS_OF_PEOPLE,
        "touched_orders": _ORDERS_OF_PEOPLE,
        "touched_purchases": _PURCHASES,
    }
    dates, are_known, people = map(list, zip(*person_days, strict=True))
    with _made(connection, tables, {"dates": dates, "are_known": are_known, "people": people}):
        yield


@contextmanager
def _made(
    connection: Connection, tables: dict[LiteralString, LiteralString], parameters: dict[str, Any]
) -> Iterator[None]:
    connection.execute(f"set local default_statistics_target = {_STATISTICS_TARGET}")
    connection.execute(f"set local work_mem = '{_WORK_MEMORY}'")
    for table, statement in tables.items():
        connection.execute(statement, parameters)
        connection.execute(f"analyze {table}")
    yield
    for table in tables:
        connection.execute(f"drop table {table}")


def event_dates(connection: Connection, session_dates: list[date]) -> list[date]:
    """Return the days whose partitions hold the events of these dates' sessions."""
    return [row[0] for row in connection.execute(_EVENT_DATES, [session_dates])]
