"""The job's steps, on a Spark session that is there already; Spark hands out, the ETL's own functions work.

1. Raw objects in shares → one processed file per receive hour, and a row per object.
2. All processed files there are → each event once, by the ETL's own precedence → sessions by visitor.
3. Both → the account: what became of each object's lines.

Each step gives the same files however often it or a part of it runs: a task that failed is simply repeated.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

from etl import raw_store
from etl.errors import TerminalError
from etl.plan import Hour, Window, hours_to_load
from etl.spark import files
from etl.spark.sessionise import EVENT_FIELDS, SESSION_FIELDS, arrow_schema, ddl, sessions_of
from etl.spark.shares import OBJECT_COLUMNS, ObjectRow, Place, parts_of, shares_of, write_hours

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

SESSIONS, ACCOUNT = "sessions", "account"
# A task's raw objects: as much as a batch of the ETL function has, which fits 2 GB many times.
SHARE_BYTES = 16 * 1024 * 1024
# A task's processed files, and its part of the visitors: some 500,000 events.
FILES_BYTES = 32 * 1024 * 1024
ACCOUNT_FIELDS = {
    "object_id": "bigint", "object_key": "string", "size_bytes": "bigint", "received_hour": "timestamp",
    "received_date": "date", "stored_count": "bigint", "loaded_count": "bigint", "rejected_count": "bigint",
    "duplicate_count": "bigint", "erased_count": "bigint", "bot_count": "bigint",
}  # fmt: skip
# What there is a file a day of, by prefix: emptied when somebody was erased (scripts/erasure).
MADE = {SESSIONS: SESSION_FIELDS, ACCOUNT: ACCOUNT_FIELDS}
_OBJECT_FIELDS = {
    name: ACCOUNT_FIELDS[name] for name in (part.split()[0] for part in OBJECT_COLUMNS.split(", "))
}
# Of copies of one event the first counts: etl.clean.PRECEDENCE in SQL.
_EACH_ONCE = """
select * from (
    select *, row_number() over (
        partition by event_date, event_id order by received_at, object_id, line_number
    ) as place
    from events
) where place = 1
"""
_ACCOUNT = """
select
    objects.object_id, object_key, size_bytes, received_hour, received_date, stored_count,
    coalesce(loaded_count, 0) as loaded_count, rejected_count,
    stored_count - rejected_count - erased_count - coalesce(loaded_count, 0) as duplicate_count,
    erased_count, coalesce(bot_count, 0) as bot_count
from objects
left join (
    select object_id, count(*) as loaded_count, count_if(is_bot) as bot_count from once group by object_id
) as loaded on loaded.object_id = objects.object_id
"""
_SUMS = """
select
    count(*) as objects_count, coalesce(sum(stored_count), 0) as stored_count,
    coalesce(sum(loaded_count), 0) as loaded_count, coalesce(sum(rejected_count), 0) as rejected_count,
    coalesce(sum(duplicate_count), 0) as duplicate_count, coalesce(sum(erased_count), 0) as erased_count,
    coalesce(min(duplicate_count), 0) as least_duplicate_count
from account where received_date between date '{first}' and date '{last}'
"""


@dataclass(frozen=True)
class Outcome:
    """What became of the range's lines, and how much is in the processed bucket now."""

    hours_count: int
    objects_count: int
    stored_count: int
    loaded_count: int
    rejected_count: int
    duplicate_count: int
    erased_count: int
    sessions_count: int


@dataclass(frozen=True)
class Job:
    """A range of receive dates on a Spark session; `tell` is called with a line about each step."""

    spark: "SparkSession"
    place: Place
    window: Window
    tell: Callable[[str], None]
    share_bytes: int = SHARE_BYTES

    def run(self) -> Outcome:
        """Write processed files of the range, sessions and account of all there is; return the sums."""
        raw = files.open_store(self.place.raw_bucket)
        hours = hours_to_load(raw_store.listed_objects(raw, self.window), set())
        objects = self._processed(hours).persist()
        self.tell(f"{objects.count()} objects of {len(hours)} receive hours: processed files are written")
        once = self._each_event_once().persist()
        once.createOrReplaceTempView("once")
        sessions_count = self._write_sessions(once)
        self.tell(f"{sessions_count} sessions: written")
        sums = self._write_account(objects)
        for frame in (once, objects):
            frame.unpersist()
        return Outcome(hours_count=len(hours), sessions_count=sessions_count, **sums)

    def _processed(self, hours: list[Hour]) -> "DataFrame":
        """Write an hour's file for each hour, from shares; return `OBJECT_COLUMNS`, a row per object."""
        place = self.place
        shares = shares_of(hours, self.share_bytes)
        self.tell(f"{len(hours)} receive hours in {len(shares)} shares")

        def parts(share: list[Hour]) -> list[tuple[int, Any]]:
            return list(parts_of(share, place))

        def write(of_hours: Iterable[tuple[int, Any]]) -> Iterator[ObjectRow]:
            return write_hours(of_hours, place.processed_bucket)

        context = self.spark.sparkContext
        by_hour = context.parallelize(shares, max(1, len(shares))).flatMap(parts)
        partitions = self._partitions(sum(hour.size_bytes for hour in hours))
        rows = by_hour.groupByKey(partitions).mapPartitions(write)
        return self.spark.createDataFrame(rows, OBJECT_COLUMNS)

    def _each_event_once(self) -> "DataFrame":
        """Return what sessions need of all processed files, without copies received in several hours."""
        found = files.listed(files.open_store(self.place.processed_bucket), "events/")
        partitions = self._partitions(sum(found.values()))
        self.spark.conf.set("spark.sql.shuffle.partitions", partitions)
        self._read(sorted(found), EVENT_FIELDS, partitions).createOrReplaceTempView("events")
        return self.spark.sql(_EACH_ONCE)

    def _write_sessions(self, once: "DataFrame") -> int:
        partitions = int(self.spark.conf.get("spark.sql.shuffle.partitions") or 1)
        events = once.select(*EVENT_FIELDS).repartition(partitions, "visitor_id")
        sessions = events.mapInArrow(sessions_of, ddl(SESSION_FIELDS))
        return self._write_days(sessions, SESSIONS, SESSION_FIELDS, "session_date", "session_id")

    def _write_account(self, objects: "DataFrame") -> dict[str, int]:
        """Write the account of every object, those of earlier runs too; return the range's sums.

        A copy that this run found can have taken the place of one received on a day outside of its range.
        """
        found = files.listed(files.open_store(self.place.processed_bucket), f"{ACCOUNT}/")
        days = {files.day_key(ACCOUNT, day) for day in self.window.dates()}
        earlier = self._read(sorted(found.keys() - days), _OBJECT_FIELDS, self._partitions(len(found)))
        objects.unionByName(earlier).createOrReplaceTempView("objects")
        account = self.spark.sql(_ACCOUNT).persist()
        account.createOrReplaceTempView("account")
        statement = _SUMS.format(first=self.window.first_date, last=self.window.last_date)
        sums: dict[str, int] = self.spark.sql(statement).collect()[0].asDict()
        if sums.pop("least_duplicate_count") < 0:
            raise TerminalError(
                "an object must not have more events in the processed files than lines in raw, and one has: "
                "processed files and raw are not of one time. Run the job again over all receive dates"
            )
        self._write_days(account, ACCOUNT, ACCOUNT_FIELDS, "received_date", "object_id")
        account.unpersist()
        return sums

    def _write_days(
        self, frame: "DataFrame", prefix: str, fields: dict[str, str], day: str, order: str
    ) -> int:
        """Write a file per day, sorted; empty the files of other days. Return how many rows were written."""
        bucket, schema = self.place.processed_bucket, arrow_schema(fields)
        writer = files.day_writer(bucket, prefix, day, schema)
        by_day = frame.select(*fields).repartition(day).sortWithinPartitions(day, order)
        written = by_day.mapInArrow(writer, files.WRITTEN_COLUMNS).collect()
        files.empty_others(files.open_store(bucket), prefix, schema, {row.key for row in written})
        rows_counts: list[int] = [row.rows_count for row in written]
        return sum(rows_counts)

    def _read(self, keys: list[str], fields: dict[str, str], partitions: int) -> "DataFrame":
        context = self.spark.sparkContext
        of_keys = self.spark.createDataFrame(
            context.parallelize([(key,) for key in keys], max(1, min(partitions, len(keys)))), "key string"
        )
        read = files.reader(self.place.processed_bucket, arrow_schema(fields))
        return of_keys.mapInArrow(read, ddl(fields))

    def _partitions(self, size_bytes: int) -> int:
        """Return in how many parts so many bytes are worked on: one for each core at least."""
        cores: int = self.spark.sparkContext.defaultParallelism
        return max(cores, -(-size_bytes // FILES_BYTES))


def window_of_raw(first: date | None, last: date | None, today: date, place: Place) -> Window:
    """Return the dates asked for; without a first one all that raw holds, without a last one until today."""
    oldest = partial(raw_store.oldest_received_date, files.open_store(place.raw_bucket))
    first = first or oldest() or today
    if first > (last or today):
        raise TerminalError(f"--from {first} must not be after --to {last or today}")
    return Window(first, last or today)
