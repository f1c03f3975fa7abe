"""Sessions of whole visitors, by the ETL's own functions, and whose they are. Pure.

Spark brings all events of a visitor into one task; a task has many visitors at once.
"""

from collections.abc import Iterable, Iterator

import pandas as pd
import pyarrow as pa

from etl.sessions import SESSION_COLUMNS, summarise, with_session_ids

_TIME = pa.timestamp("us", tz="UTC")
# What sessions are made of, and what tells copies of an event apart; columns of the processed files.
EVENT_FIELDS = {
    **dict.fromkeys(["received_at", "event_at"], "timestamp"),
    **dict.fromkeys(["object_id", "event_sequence"], "bigint"),
    "event_date": "date", "line_number": "int", "is_bot": "boolean",
    **dict.fromkeys(
        [
            "event_id", "event_name", "visitor_id", "user_id", "page_path", "source", "medium", "campaign",
            "channel", "device_category", "browser", "operating_system", "country", "bot_name",
        ],
        "string",
    ),
}  # fmt: skip
# The columns of warehouse.fact_sessions, in Spark's words.
SESSION_FIELDS = {
    **dict.fromkeys(SESSION_COLUMNS, "string"),
    **dict.fromkeys(["users_count", "events_count", "page_views_count"], "bigint"),
    **dict.fromkeys(["session_date", "first_event_date", "last_event_date"], "date"),
    **dict.fromkeys(["started_at", "ended_at"], "timestamp"),
    **dict.fromkeys(["is_engaged", "is_bot"], "boolean"),
    "person_id": "string", "first_channel": "string", "first_is_bot": "boolean",
    **dict.fromkeys(["first_at", "previous_at"], "timestamp"),
}  # fmt: skip
_ARROW = {
    "string": pa.string(), "bigint": pa.int64(), "int": pa.int32(), "date": pa.date32(),
    "timestamp": _TIME, "boolean": pa.bool_(),
}  # fmt: skip


def ddl(fields: dict[str, str]) -> str:
    """Return columns and types as Spark takes a schema."""
    return ", ".join(f"{name} {of_type}" for name, of_type in fields.items())


def arrow_schema(fields: dict[str, str]) -> pa.Schema:
    """Return the same schema for Arrow and Parquet."""
    return pa.schema([(name, _ARROW[of_type]) for name, of_type in fields.items()])


def sessions_of(batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the sessions of a task's visitors, with `SESSION_FIELDS`; `batches` have all of their events."""
    events = pa.Table.from_batches(list(batches), arrow_schema(EVENT_FIELDS))
    if events.num_rows == 0:
        return
    # whole numbers stay whole where some are missing
    frame = events.to_pandas(types_mapper={pa.int64(): pd.Int64Dtype()}.get)
    sessions = with_visits(with_person_ids(summarise(with_session_ids(frame))))
    schema = arrow_schema(SESSION_FIELDS)
    yield from pa.Table.from_pandas(sessions, schema=schema, preserve_index=False).to_batches()


def with_person_ids(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return all sessions of some visitors with `person_id`, by the rules of `etl.load_people` in one look.

    A session without a sign-in belongs to the last account before it, unless another is the first after it.
    """
    ordered = sessions.sort_values(["visitor_id", "started_at"], kind="stable", ignore_index=True)
    visitors = ordered["visitor_id"]
    signed_in = ordered[["user_id", "last_user_id"]].astype(object)
    signed_in = signed_in.where(signed_in.notna(), None)
    before = signed_in["last_user_id"].groupby(visitors).ffill()
    after = signed_in["user_id"].groupby(visitors).bfill()
    is_contested = before.notna() & after.notna() & (before != after)
    people = before.where(before.notna(), after).where(~is_contested, None)
    people = people.where(ordered["users_count"] == 0, signed_in["user_id"])
    return ordered.assign(person_id=people.where(ordered["users_count"] <= 1, None))


def with_visits(sessions: pd.DataFrame) -> pd.DataFrame:
    """Return all sessions of some visitors with what `etl.load_visits` tells each of those before it."""
    ordered = sessions.sort_values(["visitor_id", "started_at"], kind="stable", ignore_index=True)
    of_visitor = ordered.groupby("visitor_id", sort=False)
    return ordered.assign(
        first_at=of_visitor["started_at"].transform("first"),
        first_channel=of_visitor["channel"].transform("first"),
        first_is_bot=of_visitor["is_bot"].transform("first"),
        previous_at=of_visitor["started_at"].shift(),
    )
