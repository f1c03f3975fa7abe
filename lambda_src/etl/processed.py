"""The processed file of a receive hour: Parquet, the same bytes for the same raw objects. Pure."""

import io
from collections.abc import Collection, Iterable, Iterator, Sequence
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

# Of nearly every event another value: a dictionary of them would be larger than the column, and take longer.
_UNIQUE = {"event_id", "event_at", "event_time", "received_at", "params"}
_REPEATED = [name for name in PROCESSED_SCHEMA.names if name not in _UNIQUE]
# Of a row group: Parquet is written, and read, one at a time.
_ROWS = 131_072


def processed_key(received_hour: datetime) -> str:
    """Return the key of the hour's processed file; it follows from the hour alone."""
    return hour_prefix(EVENTS_PREFIX, received_hour) + "events.parquet"


def processed_files(
    events: pd.DataFrame,
    received_hours: Sequence[datetime] | pd.Series,
    erased_hours: Collection[datetime] = (),
) -> Iterator[tuple[str, bytes]]:
    """Yield (key, Parquet) per receive hour: the hour's events, each event_id once, in order of receipt.

    `received_hours` gives the hour of each row of `events`. An hour of `erased_hours` has a file also when it
    has no events any more: there may be one with them.
    """
    keys = events[[*PRECEDENCE, "event_date", "event_id"]].reset_index(drop=True)
    # as an array: numpy knows no time zones, and would take each time apart
    hours_of_rows = pd.Series(received_hours, dtype="datetime64[us, UTC]")
    keys["received_hour"] = hours_of_rows.array
    ordered = keys.sort_values(["received_hour", *PRECEDENCE], kind="stable")
    once = ordered.drop_duplicates(["received_hour", "event_date", "event_id"], keep="first")
    counts = once["received_hour"].value_counts(sort=False)
    for emptied_hour in sorted(set(erased_hours) - set(hours_of_rows.unique())):
        yield processed_key(emptied_hour), _parquet([])
    start = 0
    for hours in _runs(counts):
        count = sum(hours.values())
        tables = _tables(events, once.index[start : start + count])
        start += count
        if len(hours) == 1:
            yield processed_key(*hours), _parquet(tables)
            continue
        (table,) = tables
        for hour, events_count in hours.items():
            yield processed_key(hour), _parquet([table.slice(0, events_count)])
            table = table.slice(events_count)


def _runs(counts: "pd.Series[int]") -> Iterator[dict[datetime, int]]:
    """Yield runs of hours that are converted at once: for each alone it would cost more than all else."""
    run: dict[datetime, int] = {}
    for hour, count in counts.items():
        if run and sum(run.values()) + count > _ROWS:
            yield run
            run = {}
        run[cast(datetime, hour)] = count
    if run:
        yield run


def _tables(events: pd.DataFrame, rows: "pd.Index[int]") -> Iterator[pa.Table]:
    """Yield these rows of the events in parts: all at once they would take as much memory again."""
    for start in range(0, len(rows), _ROWS):
        part = events.iloc[rows[start : start + _ROWS]]
        table = pa.Table.from_pandas(part, schema=PROCESSED_SCHEMA, preserve_index=False)
        yield table.replace_schema_metadata(None)


def _parquet(tables: Iterable[pa.Table]) -> bytes:
    sink = io.BytesIO()
    with pq.ParquetWriter(sink, PROCESSED_SCHEMA, compression="zstd", use_dictionary=_REPEATED) as writer:
        for table in tables:
            writer.write_table(table)
    return sink.getvalue()
