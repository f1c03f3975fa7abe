"""What somebody may do to a warehouse by hand, each with the table that it touches."""

from tests.warehouse.pipeline import Pipeline

# what stands in the statements below, in short
SHORT = {
    "<event>": "(select event_id from fact_events where event_name = 'purchase' order by event_id limit 1)",
    "<session>": "(select session_id from fact_sessions where events_count > 2 order by session_id limit 1)",
    "<received date>": "(received_hour at time zone 'UTC')::date",
}
# table: what somebody does to it by hand; each returns the days that it touches
DAMAGES = {
    "an event's channel": (
        "warehouse.fact_events",
        "update fact_events set channel = 'x' where event_id = <event> returning event_date",
    ),
    "an event's visitor": (
        "warehouse.fact_events",
        "update fact_events set visitor_id = 'x' where event_id = <event> returning event_date",
    ),
    "an event's session": (
        "warehouse.fact_events",
        "update fact_events set session_id = gen_random_uuid() where event_id = <event> returning event_date",
    ),
    "an event's object": (
        "warehouse.fact_events",
        "update fact_events set object_id = 1 where event_id = <event> returning event_date",
    ),
    "a missing event": (
        "warehouse.fact_events",
        "delete from fact_events where event_id = <event> returning event_date",
    ),
    "an event too many": (
        "warehouse.fact_events",
        "insert into fact_events select (jsonb_populate_record(f, "
        "jsonb_build_object('event_id', gen_random_uuid(), 'object_id', 1))).* from fact_events "
        "as f limit 1 returning event_date",
    ),
    "an item's price": (
        "warehouse.fact_event_items",
        "update fact_event_items set price = 99 returning event_date",
    ),
    "an item too many": (
        "warehouse.fact_event_items",
        "insert into fact_event_items (event_date, event_id, item_number, item) values "
        "('2026-03-02', gen_random_uuid(), 1, '{}') returning event_date",
    ),
    "a session's count": (
        "warehouse.fact_sessions",
        "update fact_sessions set events_count = 99 where session_id = <session> returning session_date",
    ),
    "a session's person": (
        "warehouse.fact_sessions",
        "update fact_sessions set person_id = 'x' where session_id = <session> returning session_date",
    ),
    "what a session knows of the ones before it": (
        "warehouse.fact_sessions",
        "update fact_sessions set first_at = '2020-01-01', first_channel = 'x', previous_at = '2021-01-01'"
        " where session_id = <session> returning session_date",
    ),
    "a session too many before all others": (
        "warehouse.fact_sessions",
        "insert into fact_sessions select (jsonb_populate_record(s, jsonb_build_object("
        "'session_id', gen_random_uuid(), 'started_at', started_at - interval '1 hour'))).* from "
        "fact_sessions as s where session_id = <session> returning session_date",
    ),
    "a missing session": (
        "warehouse.fact_sessions",
        "delete from fact_sessions where session_id = <session> returning session_date",
    ),
    "a session too many": (
        "warehouse.fact_sessions",
        "insert into fact_sessions select (jsonb_populate_record(s, "
        "jsonb_build_object('session_id', gen_random_uuid(), 'visitor_id', 'x'))).* from "
        "fact_sessions as s limit 1 returning session_date",
    ),
    "an order's value": (
        "warehouse.fact_orders",
        "update fact_orders set value = 99 returning event_date",
    ),
    "what an order gave back": (
        "warehouse.fact_orders",
        "update fact_orders set refunded_value = 99, refund_events_count = 9 returning event_date",
    ),
    "missing orders": (
        "warehouse.fact_orders",
        "delete from fact_orders returning event_date",
    ),
    "an order too many": (
        "warehouse.fact_orders",
        "insert into fact_orders values ('x', '2026-03-02', gen_random_uuid(), '2026-03-02', "
        "'x', 'EUR', 1, 1) returning event_date",
    ),
    "an order's event forgotten": (
        "etl.order_events",
        "delete from etl.order_events returning event_date",
    ),
    "an order's event too many": (
        "etl.order_events",
        "insert into etl.order_events values ('2026-03-02', gen_random_uuid(), 't1') returning event_date",
    ),
    "an account": (
        "etl.objects",
        "update etl.objects set stored_count = stored_count + 1, loaded_count = loaded_count + "
        "1 where object_id = (select min(object_id) from etl.objects) returning <received date>",
    ),
    "missing rejects": (
        "etl.rejects",
        "delete from etl.rejects where line_number = 0 returning '2026-03-02'",
    ),
    "a mart's row": (
        "mart.traffic_hourly",
        "update mart.traffic_hourly set revenue = 99 where session_hour = (select "
        "min(session_hour) from mart.traffic_hourly) returning session_date",
    ),
    "a missing mart's row": (
        "mart.account_hourly",
        "delete from mart.account_hourly where received_hour = (select min(received_hour) from "
        "mart.account_hourly) returning received_date",
    ),
}


def damage(pipeline: Pipeline, statement: str) -> list[str]:
    """Change the warehouse by hand; return the days that the statement returns."""
    for short, whole in SHORT.items():
        statement = statement.replace(short, whole)
    return sorted({str(row[0]) for row in pipeline.query(statement)})
