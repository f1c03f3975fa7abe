"""Loads events into the warehouse's host with the ETL itself, and asks for them as the dashboards do.

Standard input: {"loader": libpq's fields and the authority, "reader": the same}. The buckets are emulated,
within this process; the way to the warehouse is the real one.
"""

import json
import os
import sys

import psycopg
from contract.login import libpq_fields

from tests.etl.events import START, event, minutes, raw_object
from tests.warehouse.pipeline import start_pipeline


def main() -> None:
    """Load twice, and print what the dashboards would show."""
    told = json.load(sys.stdin)
    events = [event("a", START), event("b", minutes(1)), event("c", minutes(2), visitor="v2")]
    for pipeline in start_pipeline("", told["loader"]):
        os.environ.update(pipeline.environment)  # as the function finds it
        pipeline.put(raw_object(events, minutes(3)))
        pipeline.run()
        again = pipeline.run()
    login = libpq_fields(json.dumps(told["reader"]).encode())
    with psycopg.connect(psycopg.conninfo.make_conninfo("", **login)) as connection:
        asked = "select sum(events_count), sum(sessions_count) from mart.traffic_hourly"
        (shown,) = connection.execute(asked).fetchall()
    print(f"again {again['stored_count']}, events {shown[0]}, sessions {shown[1]}")


if __name__ == "__main__":
    main()
