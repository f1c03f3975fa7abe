"""Counts an order once per transaction_id, and what of it was given back, whatever comes late or twice.

An order is settled from all of its events in the warehouse at once, so that neither the order of arrival nor
a replay makes a difference: its refunds are there before its purchase, after it, or alone.
"""

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

# A refund's value is the one that it says; else that of its items, at their own price or at the purchase's;
# without value and items it is all of the order (Google Analytics 4). A minus sign means the same.
_SETTLE_REFUNDS = """
with orders as (
    select order_id, event_date, event_id, currency, value
    from warehouse.fact_orders
    where order_id = any(%(transaction_ids)s)
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
    from orders
    inner join warehouse.fact_events as refunds
        on orders.order_id = refunds.transaction_id and refunds.event_name = 'refund'
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
"""

_SESSION_DATES = """
select sessions.session_date
from warehouse.fact_orders as orders
inner join warehouse.fact_events as events
    on orders.event_date = events.event_date and orders.event_id = events.event_id
inner join warehouse.fact_sessions as sessions on events.session_id = sessions.session_id
where orders.order_id = any(%(order_ids)s)
union
select sessions.session_date
from warehouse.fact_events as events
inner join warehouse.fact_sessions as sessions on events.session_id = sessions.session_id
where events.event_name = 'refund' and events.transaction_id = any(%(order_ids)s)
"""


def settle_orders(connection: Connection, changed: pd.DataFrame) -> set[date]:
    """Rewrite the orders that `changed` purchases and refunds belong to; return the session dates they touch.

    `changed` has event_name, transaction_id and event_id, of events that came or went.
    """
    concerned = changed[changed["event_name"].isin(["purchase", "refund"])]
    if concerned.empty:
        return set()
    transaction_ids = concerned["transaction_id"].dropna().unique().tolist()
    is_own_order = concerned["transaction_id"].isna() & (concerned["event_name"] == "purchase")
    event_ids = concerned.loc[is_own_order, "event_id"].tolist()
    order_ids = transaction_ids + [f"event:{event_id}" for event_id in event_ids]
    before = _session_dates(connection, order_ids)
    connection.execute("delete from warehouse.fact_orders where order_id = any(%s)", [order_ids])
    connection.execute(_SETTLE, {"transaction_ids": transaction_ids, "event_ids": event_ids})
    connection.execute(_SETTLE_REFUNDS, {"transaction_ids": transaction_ids})
    return before | _session_dates(connection, order_ids)


def _session_dates(connection: Connection, order_ids: list[str]) -> set[date]:
    return {row[0] for row in connection.execute(_SESSION_DATES, {"order_ids": order_ids})}
