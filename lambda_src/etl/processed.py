"""The processed file of a receive hour: Parquet, the same bytes for the same raw objects. Pure."""

import io
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import cast

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from contract.raw_object import EVENTS_PREFIX, hour_prefix

from etl.clean import PRECEDENCE

_TIME = pa.timestamp("us", tz="UTC")
# Column types of fact_events without its session: processed files are written once, sessions change.
PROCESSED_SCHEMA = pa.schema(
    [
        ("event_date", pa.date32()),
        ("event_id", pa.string()),
        ("event_name", pa.string()),
        ("event_at", _TIME),
        ("event_time", _TIME),
        ("received_at", _TIME),
        ("event_sequence", pa.int64()),
        ("visitor_id", pa.string()),
        ("anonymous_id", pa.string()),
        ("user_id", pa.string()),
        ("page_location", pa.string()),
        ("page_path", pa.string()),
        ("page_title", pa.string()),
        ("page_referrer", pa.string()),
        ("source", pa.string()),
        ("medium", pa.string()),
        ("campaign", pa.string()),
        ("channel", pa.string()),
        ("device_category", pa.string()),
        ("browser", pa.string()),
        ("operating_system", pa.string()),
        ("is_bot", pa.bool_()),
        ("search_term", pa.string()),
        ("currency", pa.string()),
        ("value", pa.string()),
        ("transaction_id", pa.string()),
        ("params", pa.string()),
        ("object_id", pa.int64()),
        ("line_number", pa.int32()),
        ("page_hostname", pa.string()),
        ("term", pa.string()),
        ("content", pa.string()),
        ("campaign_id", pa.string()),
        ("country", pa.string()),
        ("language", pa.string()),
        ("bot_name", pa.string()),
        ("tax", pa.string()),
        ("shipping", pa.string()),
    ]
)


def processed_key(received_hour: datetime) -> str:
    """Return the key of the hour's processed file; it follows from the hour alone."""
    return hour_prefix(EVENTS_PREFIX, received_hour) + "events.parquet"


def processed_files(
    events: pd.DataFrame, received_hours: list[datetime], erased_hours: Collection[datetime] = ()
) -> Iterator[tuple[str, bytes]]:
    """Yield (key, Parquet) per receive hour: the hour's events, each event_id once, in order of receipt.

    `received_hours` gives the hour of each row of `events`. An hour of `erased_hours` has a file also when it
    has no events any more: there may be one with them.
    """
    ordered = events.assign(received_hour=received_hours).sort_values(
        ["received_hour", *PRECEDENCE], kind="stable"
    )
    once = ordered.drop_duplicates(["received_hour", "event_date", "event_id"], keep="first")
    # one conversion for all hours: per hour it would cost more than everything else of a small one
    table = pa.Table.from_pandas(once, schema=PROCESSED_SCHEMA, preserve_index=False).replace_schema_metadata(
        None
    )
    for emptied_hour in sorted(set(erased_hours) - set(received_hours)):
        yield processed_key(emptied_hour), _parquet(table.slice(0, 0))
    start = 0
    for received_hour, events_count in once["received_hour"].value_counts(sort=False).items():
        yield processed_key(cast(datetime, received_hour)), _parquet(table.slice(start, events_count))
        start += events_count


def _parquet(table: pa.Table) -> bytes:
    sink = io.BytesIO()
    pq.write_table(table, sink, compression="zstd")
    return sink.getvalue()
