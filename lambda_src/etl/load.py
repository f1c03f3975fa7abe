"""One transaction for facts, sessions, orders, ledger and marts of a group of batches; or none of it.

Batches follow one another in the transaction, and the marts of all their days are made once, at its end. What
the warehouse refuses because of what a line holds is found by halves and rejected; all else is loaded.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pandas as pd
from obstore.store import S3Store

from etl import ledger, load_events, load_orders, load_sessions, marts
from etl.batch import Batch
from etl.clean import EVENT_COLUMNS, PRECEDENCE
from etl.database import Connection, copy_frame
from etl.ledger import Counts
from etl.load_events import REPLACED_COLUMNS
from etl.rejects import Reject
from etl.sift import is_caused_by_data, sift
from etl.touched import Touched

# Removes rows that must be made again; returns them as `Winners.replaced` has them.
Withdraw = Callable[[], pd.DataFrame]
# Corrects the account of objects whose loaded lines gave way; returns the receive dates that this touched.
Account = Callable[[Connection, pd.DataFrame], list[date]]


def nothing_withdrawn() -> pd.DataFrame:
    """Return the rows that an ordinary load removes beforehand: none."""
    return pd.DataFrame(columns=REPLACED_COLUMNS, dtype=object)


@dataclass(frozen=True)
class Part:
    """A batch, or as much of one as is loaded at once: its cleaned events, and what goes before they come."""

    batch: Batch
    events: pd.DataFrame
    withdraw: Withdraw = nothing_withdrawn


@dataclass
class Written:
    """What came into fact_events and what gave way, in frames; the days whose figures changed."""

    touched: Touched
    loaded: list[pd.DataFrame] = field(default_factory=list)
    replaced: list[pd.DataFrame] = field(default_factory=list)


@dataclass(frozen=True)
class Loader:
    """Where batches go, where their lines can be read once more, and whether there is time to be thorough."""

    warehouse: Connection
    raw: S3Store
    has_time: Callable[[], bool]
    is_refusal: Callable[[Exception], bool] = is_caused_by_data
    account_for: Account = ledger.move_to_duplicates

    def load(self, run_id: int, parts: Callable[[], Iterable[Part]]) -> Counts:
        """Write the new events of the parts, and their account; return what became of their lines.

        `parts` makes each of them when its turn comes, for there is not memory for all, and once more if the
        warehouse refuses one: then each has a transaction of its own, and the refused lines are rejected.
        """
        try:
            return self._load_together(run_id, parts())
        except Exception as error:
            if not self.is_refusal(error):
                raise
        counts = Counts()
        for part in parts():
            counts.add(self._load_alone(run_id, part))
        return counts

    def _load_together(self, run_id: int, parts: Iterable[Part]) -> Counts:
        counts, touched = Counts(), Touched()
        with self.warehouse.transaction():
            for part in parts:
                written = Written(touched)
                items = part.batch.parsed.items()
                _write_facts(self.warehouse, part.events, items, part.withdraw(), written)
                counts.add(self._account(run_id, part.batch, part.events, written))
                load_events.drop_temporary_tables(self.warehouse)
                del part, items, written  # before the next one needs the memory
            marts.refresh(self.warehouse, touched)
        return counts

    def _load_alone(self, run_id: int, part: Part) -> Counts:
        try:
            return self._load_together(run_id, [part])
        except Exception as error:
            if not self.is_refusal(error):
                raise
        ordered = part.events.sort_values(PRECEDENCE, kind="stable", ignore_index=True)
        with self.warehouse.transaction():
            written = Written(Touched())
            items = part.batch.parsed.items()
            kept = self._load_by_halves(part.batch, ordered, items, part.withdraw(), written)
            counts = self._account(run_id, part.batch, kept, written)
            marts.refresh(self.warehouse, written.touched)
        return counts

    def _load_by_halves(
        self, batch: Batch, ordered: pd.DataFrame, items: pd.DataFrame, gone: pd.DataFrame, written: Written
    ) -> pd.DataFrame:
        """Write the events that the warehouse takes, reject the others; return what was not rejected.

        In order of precedence, so that no part replaces a row of an earlier one.
        """

        def write(start: int, stop: int, gone: pd.DataFrame) -> None:
            part = Written(Touched())
            with self.warehouse.transaction():  # a savepoint
                _write_facts(self.warehouse, ordered.iloc[start:stop], items, gone, part)
                marts.refresh(self.warehouse, part.touched)
                load_events.drop_temporary_tables(self.warehouse)
            written.loaded += part.loaded
            written.replaced += part.replaced
            written.touched.add(part.touched)

        write(0, 0, gone)
        none = nothing_withdrawn()
        refusals = sift(
            len(ordered), lambda start, stop: write(start, stop, none), self.has_time, self.is_refusal
        )
        return batch.refuse(self.raw, ordered, refusals)

    def _account(self, run_id: int, batch: Batch, events: pd.DataFrame, written: Written) -> Counts:
        """Write the account of the batch; return the sums."""
        rejects = batch.new_rejects()
        loaded, replaced = pd.concat(written.loaded), pd.concat(written.replaced)
        counts = object_counts(sorted(batch.new_ids), events, loaded, rejects, batch.parsed.erased_ids)
        ledger.write_objects(self.warehouse, run_id, batch.new_objects, counts, rejects)
        # the new objects' own account is as it should be already
        of_others = replaced[~replaced["object_id"].isin(batch.new_ids)]
        written.touched.received_dates |= {found.received_hour.date() for found in batch.new_objects}
        written.touched.received_dates |= set(self.account_for(self.warehouse, of_others))
        sums = counts.drop(columns="bot_count").sum()
        parts: dict[str, Any] = {str(name): int(value) for name, value in sums.items()}
        return Counts(objects_count=len(batch.new_ids), **parts)


def _write_facts(
    connection: Connection, events: pd.DataFrame, items: pd.DataFrame, gone: pd.DataFrame, written: Written
) -> None:
    """Write events, items, sessions and orders; add to `written` what came and went, and the days touched.

    `gone` are rows that were removed from fact_events before.
    """
    # of what earlier parts of the transaction wrote the planner knows nothing yet
    connection.execute("select warehouse.analyze_grown_tables()")
    load_events.add_partitions(connection, events)
    winners = load_events.settle_duplicates(connection, events)
    replaced = winners.replaced if gone.empty else pd.concat([gone, winners.replaced])
    robbed_ids = replaced["session_id"].unique().tolist()
    sessions = load_sessions.settle_sessions(connection, winners.events, robbed_ids)
    rows = winners.events.assign(session_id=sessions.session_ids.array)
    copy_frame(connection, "warehouse.fact_events", rows[EVENT_COLUMNS])
    load_events.write_items(connection, winners.events, items)
    keys = ["event_name", "transaction_id", "event_date", "event_id"]
    changed = pd.concat([winners.events[keys].astype(object), replaced[keys]])
    written.loaded.append(winners.events[["object_id", "is_bot"]])
    written.replaced.append(replaced)
    written.touched.add(sessions.touched)
    written.touched.session_dates |= load_orders.settle_orders(connection, changed)


def object_counts(
    object_ids: list[int],
    events: pd.DataFrame,
    loaded: pd.DataFrame,
    rejects: list[Reject],
    erased_ids: list[int],
) -> pd.DataFrame:
    """Return per object what became of its lines, indexed by object_id; every line is counted once.

    `erased_ids` has the object's id once for each of its lines that is an erased person's.
    """
    index = pd.Index(object_ids, name="object_id")

    def count(ids: "pd.Series[int]") -> "pd.Series[int]":
        return ids.value_counts().reindex(index, fill_value=0)

    counts = pd.DataFrame(index=index)
    counts["loaded_count"] = count(loaded["object_id"])
    counts["rejected_count"] = count(pd.Series([reject.object_id for reject in rejects], dtype="int64"))
    counts["duplicate_count"] = count(events["object_id"]) - counts["loaded_count"]
    counts["erased_count"] = count(pd.Series(erased_ids, dtype="int64"))
    counts["stored_count"] = counts.sum(axis="columns")
    counts["bot_count"] = count(loaded.loc[loaded["is_bot"].astype(bool), "object_id"])
    return counts
