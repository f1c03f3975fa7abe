"""The Spark job's work in one process without Spark: processed files and sessions, by the same functions.

python -m tests.bench.spark_beside FROM_DATE TO_DATE
"""

import os
import sys
from collections import defaultdict
from datetime import date

import pyarrow as pa
from contract.privacy import Privacy
from etl import raw_store
from etl.clean import PRECEDENCE
from etl.erased import NOBODY
from etl.plan import Window, hours_to_load
from etl.spark import files
from etl.spark.job import SESSIONS, SHARE_BYTES
from etl.spark.sessionise import EVENT_FIELDS, SESSION_FIELDS, arrow_schema, sessions_of
from etl.spark.shares import Part, Place, parts_of, shares_of, write_hours


def main() -> None:
    """Write the range's processed files and the sessions of all of them."""
    place = Place(os.environ["RAW_BUCKET"], os.environ["PROCESSED_BUCKET"], NOBODY, Privacy())
    first, last = (date.fromisoformat(given) for given in sys.argv[1:])
    listed = raw_store.listed_objects(files.open_store(place.raw_bucket), Window(first, last))
    by_hour: dict[int, list[Part]] = defaultdict(list)
    for share in shares_of(hours_to_load(listed, set()), SHARE_BYTES):
        for number, part in parts_of(share, place):
            by_hour[number].append(part)
    for _ in write_hours(by_hour.items(), place.processed_bucket):
        pass
    by_hour.clear()
    write_sessions(place.processed_bucket)


def write_sessions(bucket: str) -> None:
    """Write a file of sessions per day, each event counted once."""
    keys = sorted(files.listed(files.open_store(bucket), "events/"))
    schema, made = arrow_schema(EVENT_FIELDS), arrow_schema(SESSION_FIELDS)
    read = files.reader(bucket, schema)
    events = pa.Table.from_batches(read([pa.RecordBatch.from_pydict({"key": keys})]), schema)
    events = events.sort_by([(column, "ascending") for column in PRECEDENCE])
    keyed = events.select(["event_date", "event_id"]).append_column("place", pa.array(range(len(events))))
    places = keyed.group_by(["event_date", "event_id"]).aggregate([("place", "min")])["place_min"]
    sessions = pa.Table.from_batches(sessions_of(events.take(places).to_batches()), made)
    ordered = sessions.sort_by([("session_date", "ascending"), ("session_id", "ascending")])
    for _ in files.day_writer(bucket, SESSIONS, "session_date", made)(ordered.to_batches()):
        pass


if __name__ == "__main__":
    main()
