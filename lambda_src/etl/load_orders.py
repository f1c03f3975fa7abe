"""Counts an order once per transaction_id, and what of it was given back, whatever comes late or twice.

An order is settled from all of its events in the warehouse at once, so that neither the order of arrival nor
a replay makes a difference: its refunds are there before its purchase, after it, or alone. Which events are
an order's is noted in etl.order_events, so that only the partitions of their days are looked into, however
many days there are.
"""

from datetime import date
from typing import Any

import pandas as pd

from etl.database import Connection

_NAMES = ["purchase", "refund"]
# A purchase without a transaction_id is an order of its own; a refund without one is nobody's.
_ORDER_ID = "case when event_name = 'purchase' then coalesce(transaction_id, 'event:' || event_id)"
_ORDER_ID = f"{_ORDER_ID} else transaction_id end"
_OF_THESE_EVENTS = "event_date = any(%(event_dates)s) and event_id = any(%(event_ids)s::uuid[])"

_FORGET = """
delete from etl.order_events as noted
using unnest(%(event_dates)s::date[], %(event_ids)s::uuid[]) as gone (event_date, event_id)
where noted.event_date = gone.event_date and noted.event_id = gone.event_id
"""
_NOTE = f"""
insert into etl.order_events (event_date, event_id, order_id)
select event_date, event_id, {_ORDER_ID}
from warehouse.fact_events
where {_OF_THESE_EVENTS} and event_name = any(%(names)s) and {_ORDER_ID} is not null
"""  # noqa: S608 - only the constants above are put in

# Of a transaction's purchase events the first one is the order; a late event may turn out to be the first.
_SETTLE = f"""
with purchases as (
    select
        {_ORDER_ID} as order_id, event_date, event_id, event_at, event_sequence, visitor_id, currency, value,
        count(*) over (partition by {_ORDER_ID}) as purchase_events_count
    from warehouse.fact_events
    where {_OF_THESE_EVENTS} and event_name = 'purchase'
)

insert into warehouse.fact_orders
    (order_id, event_date, event_id, event_at, visitor_id, currency, value, purchase_events_count)
select distinct on (order_id)
    order_id, event_date, event_id, event_at, visitor_id, currency, value, purchase_events_count
from purchases
order by order_id, event_at, event_sequence asc nulls last, event_id
"""  # noqa: S608

# A refund's value is the one that it says; else that of its items, at their own price or at the purchase's;
# without value and items it is all of the order (Google Analytics 4). A minus sign means the same.
_SETTLE_REFUNDS = f"""
with refund_events as (
    select transaction_id, event_date, event_id, currency, value
    from warehouse.fact_events
    where {_OF_THESE_EVENTS} and event_name = 'refund'
),

refunds as (
    -- one row per refund event of an order that is known
    select
        orders.order_id,
        orders.value as order_value,
        case
            when refunds.currency <> orders.currency then null
            when refunds.value is not null then abs(refunds.value)
            when items.items_count > 0 then items.value
            else abs(orders.value)
        end as value
    from warehouse.fact_orders as orders
    inner join refund_events as refunds on orders.order_id = refunds.transaction_id
    cross join lateral (
        select
            count(*) as items_count,
            case
                when bool_and(coalesce(item.price, bought.price) is not null)
                    then abs(sum(coalesce(item.price, bought.price) * coalesce(item.quantity, 1)))
            end as value
        from warehouse.fact_event_items as item
        left join lateral (
            select b.price
            from warehouse.fact_event_items as b
            where
                b.event_date = orders.event_date and b.event_id = orders.event_id
                and coalesce(b.item_id, b.item_name) = coalesce(item.item_id, item.item_name)
            order by b.item_number
            limit 1
        ) as bought on true
        where item.event_date = refunds.event_date and item.event_id = refunds.event_id
    ) as items
),

sums as (
    select
        order_id,
        -- what a shop pays on top, such as postage, is no part of the order's value
        least(coalesce(sum(value), 0), abs(order_value)) as refunded_value,
        count(*) as refund_events_count,
        count(*) filter (where value is null) as unvalued_refunds_count
    from refunds
    group by order_id, order_value
)

update warehouse.fact_orders as orders
set
    refunded_value = sums.refunded_value,
    refund_events_count = sums.refund_events_count,
    unvalued_refunds_count = sums.unvalued_refunds_count
from sums
where orders.order_id = sums.order_id
"""  # noqa: S608

_SESSION_DATES = f"""
select distinct sessions.session_date
from (select session_id from warehouse.fact_events where {_OF_THESE_EVENTS}) as events
inner join warehouse.fact_sessions as sessions on events.session_id = sessions.session_id
"""  # noqa: S608


def settle_orders(connection: Connection, changed: pd.DataFrame) -> set[date]:
    """Rewrite the orders that `changed` purchases and refunds belong to; return the session dates they touch.

    `changed` has event_name, transaction_id, event_date and event_id, of events that came or went.
    """
    concerned = changed[changed["event_name"].isin(_NAMES)]
    if concerned.empty:
        return set()
    keys = {"event_dates": concerned["event_date"].tolist(), "event_ids": concerned["event_id"].tolist()}
    connection.execute(_FORGET, keys)
    connection.execute(_NOTE, {**keys, "names": _NAMES})
    order_ids = _order_ids(concerned)
    of_orders = _events_of(connection, order_ids)
    connection.execute("delete from warehouse.fact_orders where order_id = any(%s)", [order_ids])
    connection.execute(_SETTLE, of_orders)
    connection.execute(_SETTLE_REFUNDS, of_orders)
    # the sessions of events that went are known to have changed already
    return {row[0] for row in connection.execute(_SESSION_DATES, of_orders)}


def _order_ids(concerned: pd.DataFrame) -> list[str]:
    """Return the numbers of the orders that these purchases and refunds belong to."""
    is_own_order = concerned["transaction_id"].isna() & (concerned["event_name"] == "purchase")
    own = "event:" + concerned.loc[is_own_order, "event_id"].astype(str)
    return sorted({*concerned["transaction_id"].dropna(), *own})


def _events_of(connection: Connection, order_ids: list[str]) -> dict[str, Any]:
    """Return the keys of all events of these orders: their days, each once, and their ids."""
    query = "select event_date, event_id from etl.order_events where order_id = any(%s)"
    rows = connection.execute(query, [order_ids]).fetchall()
    return {"event_dates": sorted({row[0] for row in rows}), "event_ids": [row[1] for row in rows]}
