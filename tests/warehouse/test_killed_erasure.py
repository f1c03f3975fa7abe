"""An erasure that is killed at any of its steps is completed by the same command, whatever ran since."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import boto3
import psycopg
import pytest
from erasure.person import Person
from erasure.run import erase
from etl.database import OPTIONS

from tests.warehouse.erasures import (
    ANNA,
    ANNA_AND_HER_PHONE,
    PHONE,
    busy_days,
    erased,
    estate_of,
    places_with,
    silent,
    versions,
)
from tests.warehouse.pipeline import Pipeline


class Killed(BaseException):
    """Stands for kill -9: nothing of ours catches it."""


class Life:
    """Ends after a changing call of S3, or before or after something is committed."""

    def __init__(self, calls: int) -> None:
        self.calls_left = calls

    def spend(self, **_: object) -> None:
        self.calls_left -= 1
        if self.calls_left == 0:
            raise Killed


class MortalConnection(psycopg.Connection[tuple[Any, ...]]):
    """A connection whose client may die: what is not committed then, never was."""

    life: Life

    def execute(self, query: Any, *arguments: Any, **options: Any) -> psycopg.Cursor[tuple[Any, ...]]:
        cursor = super().execute(query, *arguments, **options)
        if not str(query).startswith(("select", "set")):
            self._spend_outside_of_transactions()
        return cursor

    @contextmanager
    def transaction(self, *arguments: Any, **options: Any) -> Iterator[psycopg.Transaction]:
        with super().transaction(*arguments, **options) as transaction:
            yield transaction
            self.life.spend()
        self._spend_outside_of_transactions()

    def _spend_outside_of_transactions(self) -> None:
        if self.info.transaction_status == psycopg.pq.TransactionStatus.IDLE:
            self.life.spend()


def attempt(pipeline: Pipeline, person: Person, life: Life) -> None:
    """Erase until life ends; the connection ends with it, as that of a killed process does."""
    s3 = boto3.client("s3", endpoint_url=pipeline.environment["AWS_ENDPOINT_URL"])
    for operation in ("PutObject", "DeleteObject"):
        s3.meta.events.register(f"after-call.s3.{operation}", life.spend)
    with MortalConnection.connect(pipeline.owner_dsn, options=OPTIONS, autocommit=True) as connection:
        connection.life = life
        erase(estate_of(pipeline, connection, s3), person, "the test", silent)


@pytest.fixture
def versioned(pipeline: Pipeline) -> Iterator[Pipeline]:
    """Return a pipeline whose raw bucket keeps old versions, as on AWS."""
    for status in ("Enabled", "Suspended"):
        pipeline.s3.put_bucket_versioning(Bucket="raw", VersioningConfiguration={"Status": status})
        if status == "Enabled":
            yield pipeline
        empty_versions(pipeline)


def empty_versions(pipeline: Pipeline) -> None:
    for key, version_id in list(versions(pipeline)):
        pipeline.s3.delete_object(Bucket="raw", Key=key, VersionId=version_id)


def test_erasure_that_is_killed_at_any_step_is_completed_by_the_same_command(versioned: Pipeline) -> None:
    objects = [busy_days(4)[place] for place in (0, 1, 2, -1)]  # Anna on both, Ben, what was rejected
    versioned.put(*objects)
    versioned.run()
    erased(versioned, ANNA_AND_HER_PHONE)
    expected = versioned.content(), versioned.processed()
    whole = certified(versioned)
    life = Life(10**6)
    start_again(versioned, objects)
    attempt(versioned, ANNA_AND_HER_PHONE, life)
    steps_count = 10**6 - life.calls_left
    assert steps_count > 15
    for step in range(1, steps_count + 1):
        start_again(versioned, objects)
        with suppress(Killed):
            attempt(versioned, ANNA_AND_HER_PHONE, Life(step))
        if step % 2:  # the hour strikes before somebody looks
            versioned.run()
        # killed before the browser's rows were gone, it is named; after that the account alone will do
        rows = versioned.query("select count(*) from fact_events where visitor_id = %s", PHONE)
        erased(versioned, ANNA_AND_HER_PHONE if rows[0][0] else Person((ANNA,), ()))
        assert (versioned.content(), versioned.processed()) == expected, step
        assert certified(versioned) == whole, step
        assert places_with(versioned, ANNA) == places_with(versioned, PHONE) == [], step


def start_again(pipeline: Pipeline, objects: list[tuple[str, bytes]]) -> None:
    empty_versions(pipeline)
    pipeline.empty()
    empty_versions(pipeline)
    pipeline.put(*objects)
    pipeline.run()


def certified(pipeline: Pipeline) -> list[tuple[object, ...]]:
    """Return what the certificates say in sum, of erasures that were begun and are complete."""
    return pipeline.query(
        "select sum(lines_count), sum(versions_count), count(*),"
        " (select sum(value::bigint) from etl.erasures, jsonb_each_text(removed_rows))"
        " from etl.erasure_objects inner join etl.erasures using (erasure_id)"
        " where lines_count > 0 and completed_at is not null"
    )
