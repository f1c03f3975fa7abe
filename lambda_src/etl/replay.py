"""Makes a range of receive dates again from raw, a group of batches in each transaction.

Rows of their objects are removed and written anew in the transaction that also rewrites their sessions,
orders, marts and account: a reader sees the old rows or the new ones, never neither.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any, LiteralString

import pandas as pd
import psycopg

from etl import ledger, load_events, load_visits, marts, raw_store
from etl.batch import cleaned, read_batch
from etl.credit_dates import dates_after
from etl.database import Connection, fetch_frame
from etl.erased import read_erased
from etl.errors import TerminalError, TransientError
from etl.ledger import Counts
from etl.load import Loader, Part
from etl.plan import Hour, Window, groups, hours_to_load
from etl.rejects import Reason
from etl.run import Stores
from etl.sift import is_caused_by_data
from etl.touched import Touched

# Receive dates whose marts are refreshed in one transaction at the end.
_DATES_AT_ONCE = 31

_NOTE_ROWS = """
insert into replayed_rows
select facts.object_id, facts.event_date, facts.event_id
from warehouse.fact_events as facts
left join etl.objects as objects on facts.object_id = objects.object_id
where
    (objects.received_hour >= %(first)s::date and objects.received_hour < %(last)s::date + 1)
    or (
        -- rows that no raw object accounts for
        objects.object_id is null
        and facts.received_at >= %(first)s::date and facts.received_at < %(last)s::date + 1
    )
"""
_NOTE_ROWS_OF_OBJECTS = """
insert into replayed_rows
select object_id, event_date, event_id from warehouse.fact_events where object_id = any(%(object_ids)s)
"""
_WITHDRAW = """
delete from warehouse.fact_events as facts using replayed_rows as replayed
where
    replayed.object_id = any(%(object_ids)s)
    and facts.object_id = replayed.object_id
    and facts.event_date = replayed.event_date and facts.event_id = replayed.event_id
returning
    facts.object_id, facts.session_id::text, facts.is_bot, facts.event_name, facts.transaction_id,
    facts.event_date, facts.event_id::text
"""
_CLEAR = (
    """
delete from warehouse.fact_event_items as items
using unnest(%(dates)s::date[], %(event_ids)s::uuid[]) as new (event_date, event_id)
where items.event_date = new.event_date and items.event_id = new.event_id and not exists (
    select from warehouse.fact_events as e
    where e.event_date = items.event_date and e.event_id = items.event_id
)
""",
    """
delete from warehouse.fact_sessions as sessions
where sessions.session_id = any(%(event_ids)s::uuid[])
    and not exists (select from warehouse.fact_events as e where e.session_id = sessions.session_id)
""",
)
# What stands for events that are not there.
_SWEEP = (
    """
delete from warehouse.fact_sessions as sessions
where sessions.session_date = any(%(dates)s)
    and not exists (select from warehouse.fact_events as e where e.session_id = sessions.session_id)
""",
    """
delete from warehouse.fact_orders as orders
where orders.event_date = any(%(dates)s) and not exists (
    select from warehouse.fact_events as e
    where e.event_date = orders.event_date and e.event_id = orders.event_id and e.event_name = 'purchase'
)
""",
    """
delete from etl.order_events as noted
where noted.event_date = any(%(dates)s) and not exists (
    select from warehouse.fact_events as e
    where
        e.event_date = noted.event_date and e.event_id = noted.event_id
        and e.event_name in ('purchase', 'refund')
)
""",
    """
delete from warehouse.fact_event_items as items
where items.event_date = any(%(dates)s) and not exists (
    select from warehouse.fact_events as e
    where e.event_date = items.event_date and e.event_id = items.event_id
)
""",
)
_WITHOUT_SESSION = """
select count(*) from warehouse.fact_events as events
where events.event_date between %(first)s and %(last)s
    and not exists (select from warehouse.fact_sessions as s where s.session_id = events.session_id)
"""


@dataclass
class Replayed:
    """What a replay has done so far; it grows batch by batch."""

    counts: Counts = field(default_factory=Counts)
    hours_count: int = 0
    done_count: int = 0
    # keys of the processed files that were not as raw says
    rewritten_keys: list[str] = field(default_factory=list)


def replay(
    stores: Stores, window: Window, now: datetime, replayed: Replayed, progress: Callable[[int], None]
) -> None:
    """Make everything received in the window again; `replayed` always says how far it is.

    The caller holds the run lock. Raises `TerminalError` before anything is changed when the raw bucket does
    not hold what the warehouse was made of.
    """
    listed = list(raw_store.listed_objects(stores.raw, window))
    listed_ids = {found.object_id for found in listed}
    _refuse_loss(stores.warehouse, window, listed_ids)
    hours = hours_to_load(listed, set())
    replayed.hours_count = len(hours)
    orphan_ids = _note_rows(stores.warehouse, _NOTE_ROWS, _dates(window)) - listed_ids
    run_id = ledger.begin_run(stores.warehouse, now)
    for done_count in _replay_hours(stores, run_id, hours, orphan_ids, replayed):
        progress(done_count)
    _sweep(stores.warehouse, list(window.dates()))
    ledger.complete_run(stores.warehouse, run_id, replayed.counts, None)
    _refuse_half_sessions(stores.warehouse, window)


def reload(
    stores: Stores, hours: list[Hour], now: datetime, replayed: Replayed, progress: Callable[[int], None]
) -> None:
    """Make the rows of the hours' new objects again, and the hours' processed files; no other row changes.

    The caller holds the run lock.
    """
    replayed.hours_count = len(hours)
    object_ids = sorted(object_id for hour in hours for object_id in hour.new_object_ids)
    _note_rows(stores.warehouse, _NOTE_ROWS_OF_OBJECTS, {"object_ids": object_ids})
    run_id = ledger.begin_run(stores.warehouse, now)
    for done_count in _replay_hours(stores, run_id, hours, set(), replayed):
        progress(done_count)
    ledger.complete_run(stores.warehouse, run_id, replayed.counts, None)


def _replay_hours(
    stores: Stores, run_id: int, hours: list[Hour], orphan_ids: set[int], replayed: Replayed
) -> Iterator[int]:
    """Replay transaction by transaction; yield how many hours each had."""
    loader = Loader(stores.warehouse, stores.raw, _there_is_time, _is_caused_by_lines)
    for group in groups(hours):
        parts = partial(_parts, stores, group, orphan_ids, replayed)
        replayed.counts.add(loader.load(run_id, parts))
        orphan_ids = set()
        hours_count = sum(map(len, group))
        replayed.done_count += hours_count
        yield hours_count


def _parts(
    stores: Stores, group: list[list[Hour]], orphan_ids: set[int], replayed: Replayed
) -> Iterator[Part]:
    """Yield what is to be loaded; with the first part go the rows of the orphans."""

    def write(files: Iterable[tuple[str, bytes]]) -> None:
        replayed.rewritten_keys += raw_store.write_changed(stores.processed, files)

    for hours in group:
        batch = read_batch(stores.raw, hours, read_erased(stores.warehouse), stores.rules.privacy)
        if any(reject.reason is Reason.VANISHED for reject in batch.parsed.rejects):
            raise TransientError("somebody deletes from the raw bucket now; replay again when that has ended")
        events = cleaned(batch, stores.raw, write, _there_is_time)
        for part, part_events in batch.parts(events):
            gone_ids = part.new_ids | orphan_ids
            yield Part(part, part_events, partial(_withdrawn, stores.warehouse, gone_ids, part_events))
            orphan_ids = set()
        del batch, events, part, part_events  # before the next batch needs the memory


def _there_is_time() -> bool:
    return True


def _is_caused_by_lines(error: Exception) -> bool:
    """Return whether a line is to blame; for a row that is there already it is not, the warehouse is."""
    return is_caused_by_data(error) and not isinstance(error, psycopg.errors.UniqueViolation)


def _withdrawn(connection: Connection, object_ids: set[int], events: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of these objects, which are removed from the facts now.

    What would stand in the way of the events goes too: items and sessions of events that are not there.
    """
    gone = fetch_frame(connection, _WITHDRAW, {"object_ids": sorted(object_ids)})
    load_events.delete_items(connection, gone)
    keys = {"dates": events["event_date"].tolist(), "event_ids": events["event_id"].tolist()}
    for statement in _CLEAR:
        connection.execute(statement, keys)
    return gone


def _note_rows(connection: Connection, statement: LiteralString, parameters: dict[str, Any]) -> set[int]:
    """Note which rows the objects have: one scan now rather than one for each batch; return their ids."""
    connection.execute("drop table if exists replayed_rows")
    connection.execute(
        "create temporary table replayed_rows (object_id bigint, event_date date, event_id uuid)"
    )
    connection.execute(statement, parameters)
    connection.execute("create index on replayed_rows (object_id)")
    connection.execute("analyze replayed_rows")
    return {row[0] for row in connection.execute("select distinct object_id from replayed_rows")}


def _refuse_loss(connection: Connection, window: Window, listed_ids: set[int]) -> None:
    """Raise if events were loaded from objects that the raw bucket no longer holds."""
    row = connection.execute(
        "select count(*), coalesce(sum(loaded_count), 0), min(object_key) from etl.objects"
        " where received_hour >= %(first)s::date and received_hour < %(last)s::date + 1"
        " and loaded_count + duplicate_count > 0 and object_id <> all(%(listed_ids)s)",
        {**_dates(window), "listed_ids": list(listed_ids)},
    ).fetchone()
    if row and row[0]:
        raise TerminalError(
            f"{row[0]} objects with {row[1]} loaded events, such as {row[2]}, are no longer in raw:"
            " a replay would remove their events; choose dates that raw still holds"
        )


def _sweep(connection: Connection, dates: list[date]) -> None:
    """Remove what stands for no event, link what is left, and refresh every mart of the dates."""
    for start in range(0, len(dates), _DATES_AT_ONCE):
        part = dates[start : start + _DATES_AT_ONCE]
        with connection.transaction():
            for statement in _SWEEP:
                connection.execute(statement, {"dates": part})
            load_visits.link(connection, part)
            days = set(part)
            credited = dates_after(connection, part)
            marts.refresh(connection, Touched(days, credit_dates=credited, received_dates=days))


def _refuse_half_sessions(connection: Connection, window: Window) -> None:
    """Raise if an event of the dates, or of the day around them, has no session."""
    day = timedelta(days=1)
    span = {"first": window.first_date - day, "last": window.last_date + day}
    row = connection.execute(_WITHOUT_SESSION, span).fetchone()
    if row and row[0]:
        raise TerminalError(
            f"{row[0]} events between {span['first']} and {span['last']} have no session: one that was"
            " damaged reaches beyond the dates; replay again with a day more at both ends"
        )


def _dates(window: Window) -> dict[str, date]:
    return {"first": window.first_date, "last": window.last_date}
