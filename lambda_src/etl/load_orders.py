"""Counts an order once per transaction_id, however often its receipt page was loaded."""

from datetime import date

import pandas as pd

from etl.database import Connection

_ORDER_ID = "coalesce(transaction_id, 'event:' || event_id)"

# Of a transaction's purchase events the first one is the order; a late event may turn out to be the first.
_SETTLE = f"""
with purchases as (
    select
        {_ORDER_ID} as order_id, event_date, event_id, event_at, event_sequence, visitor_id, currency, value,
        count(*) over (partition by {_ORDER_ID}) as purchase_events_count
    from warehouse.fact_events
    where
        event_name = 'purchase'
        and (
            transaction_id = any(%(transaction_ids)s)
            or (transaction_id is null and event_id = any(%(event_ids)s::uuid[]))
        )
)

insert into warehouse.fact_orders
    (order_id, event_date, event_id, event_at, visitor_id, currency, value, purchase_events_count)
select distinct on (order_id)
    order_id, event_date, event_id, event_at, visitor_id, currency, value, purchase_events_count
from purchases
order by order_id, event_at, event_sequence asc nulls last, event_id
"""  # noqa: S608 - only the constant above is put in

_SESSION_DATES = """
select distinct sessions.session_date
from warehouse.fact_orders as orders
inner join warehouse.fact_events as events
    on orders.event_date = events.event_date and orders.event_id = events.event_id
inner join warehouse.fact_sessions as sessions on events.session_id = sessions.session_id
where orders.order_id = any(%(order_ids)s)
"""


def settle_orders(connection: Connection, changed: pd.DataFrame) -> set[date]:
    """Rewrite the orders that `changed` purchase events belong to; return the session dates they touch.

    `changed` has event_name, transaction_id and event_id, of events that came or went.
    """
    purchases = changed[changed["event_name"] == "purchase"]
    if purchases.empty:
        return set()
    transaction_ids = purchases["transaction_id"].dropna().unique().tolist()
    event_ids = purchases.loc[purchases["transaction_id"].isna(), "event_id"].tolist()
    order_ids = transaction_ids + [f"event:{event_id}" for event_id in event_ids]
    before = _session_dates(connection, order_ids)
    connection.execute("delete from warehouse.fact_orders where order_id = any(%s)", [order_ids])
    connection.execute(_SETTLE, {"transaction_ids": transaction_ids, "event_ids": event_ids})
    return before | _session_dates(connection, order_ids)


def _session_dates(connection: Connection, order_ids: list[str]) -> set[date]:
    return {row[0] for row in connection.execute(_SESSION_DATES, {"order_ids": order_ids})}
