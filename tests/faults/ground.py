"""Where faults are tried: raw objects, what an undisturbed run makes of them, and a way to disturb one."""

import time
from dataclasses import dataclass, field
from typing import Any

import psycopg

from tests.faults.journey import Journey
from tests.faults.postgres_relay import PostgresRelay
from tests.faults.runs import KILLED, LOADED, Nursery, Order, Run
from tests.faults.s3_relay import S3Relay, no_fault
from tests.warehouse.pipeline import CONTENT, Pipeline

# The same sums for every hour of receipt: the account, and what the ledger and the facts say apart from it.
_ACCOUNTS = """
select received_hour, stored_count - loaded_count - rejected_count - duplicate_count - erased_count
from mart.account_hourly
where stored_count <> loaded_count + rejected_count + duplicate_count + erased_count
union all
select objects.received_hour, sum(objects.loaded_count) - coalesce(sum(facts.events_count), 0)
from etl.objects
left join (
    select object_id, count(*) as events_count from warehouse.fact_events group by object_id
) as facts using (object_id)
group by objects.received_hour
having sum(objects.loaded_count) <> coalesce(sum(facts.events_count), 0)
union all
select objects.received_hour, sum(objects.rejected_count) - coalesce(sum(lines.rejects_count), 0)
from etl.objects
left join (select object_id, count(*) as rejects_count from etl.rejects group by object_id) as lines
    using (object_id)
group by objects.received_hour
having sum(objects.rejected_count) <> coalesce(sum(lines.rejects_count), 0)
"""


@dataclass
class Ground:
    """A warehouse and buckets behind relays; `hold` fills the raw bucket and learns what must come of it."""

    pipeline: Pipeline
    nursery: Nursery
    s3: S3Relay
    postgres: PostgresRelay
    environment: dict[str, str]
    # the warehouse's content after each batch of an undisturbed run, from none on
    after_batches: list[dict[str, str]] = field(default_factory=list)
    processed: dict[str, str] = field(default_factory=dict)
    request: dict[str, str] = field(default_factory=dict)
    max_batch_bytes: int = 10**9
    # of an undisturbed run
    run_seconds: float = 0.0
    steps_count: int = 0
    longest_wait_seconds: float = 0.0
    lines_count: int = 0

    def hold(self, objects: list[tuple[str, bytes]], batches_count: int) -> None:
        """Take these as raw, to be loaded in about so many batches; learn what an undisturbed run makes."""
        self.pipeline.empty()
        self.pipeline.put(*objects)
        dates = sorted(key.split("dt=")[1][:10] for key, _ in objects)
        self.request = {"from_date": dates[0], "to_date": dates[-1]}
        self.max_batch_bytes = sum(len(body) for _, body in objects) // batches_count
        self.after_batches = [self.content()]
        while self.complete(questions=1) is not None:
            if (content := self.content()) == self.after_batches[-1]:
                break
            self.after_batches.append(content)
        self.processed = self.files()
        self.lines_count = self.pipeline.account()[0]
        self.assert_sound()
        self.start_again()
        began_at = time.monotonic()
        self.complete()
        self.run_seconds = time.monotonic() - began_at
        self.steps_count = len(self.s3.journey.steps)
        self.assert_complete()

    def start_again(self) -> None:
        """Empty the warehouse and the processed bucket; raw stays."""
        self.await_quiet()
        self.pipeline.empty_warehouse()
        keys = [{"Key": key} for key in self.pipeline.keys("processed")]
        if keys:
            self.pipeline.s3.delete_objects(Bucket="processed", Delete={"Objects": keys})

    def begin(self, **chosen: Any) -> Run:
        """Begin a run in a process of its own."""
        order = Order(self.environment, self.nursery.new_log(), self.max_batch_bytes, self.request)
        return self.nursery.run(Order(**{**vars(order), **chosen}))

    def journey(self, journey: Journey | None = None) -> Journey:
        """Let both relays tell this journey from now on, or a new one; return it."""
        self.s3.journey = self.postgres.journey = journey or Journey()
        return self.s3.journey

    def complete(self, **chosen: Any) -> str:
        """Run undisturbed, which must go well; return what the run wrote."""
        self.s3.fault = no_fault
        self.journey()
        run = self.begin(**chosen)
        assert run.end() == LOADED, run.words
        return run.words

    def await_quiet(self) -> None:
        """Wait until no connection of the ETL is left; a killed one's ends when the server notices."""
        began_at = time.monotonic()
        query = "select count(*) from pg_stat_activity where application_name = 'etl'"
        with psycopg.connect(self.pipeline.owner_dsn, autocommit=True) as connection:
            while connection.execute(query).fetchone() != (0,):
                assert time.monotonic() - began_at < 30, "a connection of the ETL must end"
                time.sleep(0.005)
        self.longest_wait_seconds = max(self.longest_wait_seconds, time.monotonic() - began_at)

    def content(self) -> dict[str, str]:
        """Return an ordered checksum of every table, all as of one moment."""
        # tables and columns are those of CONTENT, nobody's input
        parts = [
            f"select '{table}', coalesce(md5(string_agg(found::text, '|' order by found::text)), 'empty')"  # noqa: S608
            f" from (select {columns} from {table}) as found"
            for table, columns in CONTENT.items()
        ]
        with psycopg.connect(self.pipeline.owner_dsn) as connection:
            return dict(connection.execute(" union all ".join(parts)).fetchall())

    def files(self) -> dict[str, str]:
        """Return {key: ETag}, the MD5, of every processed file."""
        pages = self.pipeline.s3.get_paginator("list_objects_v2").paginate(Bucket="processed")
        return {found["Key"]: found["ETag"] for page in pages for found in page.get("Contents", [])}

    @property
    def batches_count(self) -> int:
        """How many batches an undisturbed run makes of the raw objects."""
        return len(self.after_batches) - 1

    def batches_visible(self) -> int:
        """Return how many batches readers see; what they see must be whole batches, and whole files."""
        assert self.files().items() <= self.processed.items()
        content = self.content()
        assert content in self.after_batches, "readers see what no undisturbed run ever shows"
        return self.after_batches.index(content)

    def assert_complete(self) -> None:
        """Nothing is lost and nothing doubled: all is as an undisturbed run makes it."""
        assert self.content() == self.after_batches[-1]
        assert self.files() == self.processed

    def assert_sound(self) -> None:
        """The account balances in every hour, with ledger, facts, rejects and marts told apart."""
        assert self.pipeline.query(_ACCOUNTS) == []
        assert self.pipeline.broken_checks() == []


def is_killed(code: int, run: Run) -> bool:
    """Return whether the run was killed; if not, it must have ended well."""
    assert code in {KILLED, LOADED}, run.words
    return code == KILLED


def relayed_environment(pipeline: Pipeline, s3: S3Relay, secret_key: str) -> dict[str, str]:
    """Return the function's environment with both relays in it."""
    return {**pipeline.environment, "AWS_ENDPOINT_URL": s3.url, "WAREHOUSE_SECRET_KEY": secret_key}
