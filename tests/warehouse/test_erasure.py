"""Who was erased is nowhere, does not come back, and everybody else is untouched."""

import gzip
import io
from collections.abc import Iterator
from datetime import date

import psycopg
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from contract.raw_object import ERASED_LINE
from erasure.person import Person, browsers_of, rows_of
from etl.database import take_run_lock
from etl.errors import TransientError
from etl.plan import Window
from etl.replay import Replayed
from etl.spark import files
from etl.spark.job import MADE
from etl.spark.sessionise import arrow_schema
from replay import replay_and_prove

from tests.etl.events import event, minutes, raw_object, signed_in_object
from tests.warehouse.erasures import (
    ANNA,
    ANNA_AND_HER_PHONE,
    BEN,
    PHONE,
    STRANGER,
    TABLET,
    busy_days,
    connected,
    erased,
    estate_of,
    places_with,
    versions,
)
from tests.warehouse.pipeline import Pipeline

WINDOW = Window(date(2026, 3, 2), date(2026, 3, 4))


@pytest.fixture
def shop(pipeline: Pipeline) -> Iterator[Pipeline]:
    """Return a pipeline whose raw bucket keeps old versions, as on AWS."""
    _keep_versions(pipeline, is_kept=True)
    yield pipeline
    _keep_versions(pipeline, is_kept=False)


def _keep_versions(pipeline: Pipeline, *, is_kept: bool) -> None:
    for key, version_id in list(versions(pipeline)):
        pipeline.s3.delete_object(Bucket="raw", Key=key, VersionId=version_id)
    status = {"Status": "Enabled" if is_kept else "Suspended"}
    pipeline.s3.put_bucket_versioning(Bucket="raw", VersioningConfiguration=status)


def counts(pipeline: Pipeline) -> tuple[int, ...]:
    """Return (stored, erased) over all objects."""
    return pipeline.query("select sum(stored_count)::int, sum(erased_count)::int from etl.objects")[0]


def others(pipeline: Pipeline) -> list[tuple[object, ...]]:
    """Return every event that is not Anna's."""
    query = (
        "select event_id, event_date, visitor_id, user_id, params::text, object_id, line_number"
        " from fact_events where user_id is distinct from %s and not (user_id is null and visitor_id = %s)"
        " order by 1"
    )
    return pipeline.query(query, ANNA, PHONE)


@pytest.mark.parametrize(("seed", "is_versioned"), [(0, True), (1, True), (2, False)])
def test_erased_person_is_nowhere_and_all_others_are_untouched(
    shop: Pipeline, seed: int, is_versioned: bool
) -> None:
    _keep_versions(shop, is_kept=is_versioned)
    shop.put(*busy_days(seed))
    shop.run()
    assert len(places_with(shop, ANNA)) > 5
    before, stored = others(shop), counts(shop)[0]
    outcome = erased(shop, ANNA_AND_HER_PHONE)
    assert places_with(shop, ANNA) == places_with(shop, PHONE) == []
    assert others(shop) == before
    assert places_with(shop, STRANGER)
    assert counts(shop) == (
        stored,
        outcome.erasure.lines_count - 1,
    )  # the rejected object is not in the ledger
    assert shop.broken_checks() == []
    assert len(list(versions(shop))) == len(busy_days(seed))


def test_warehouse_is_what_raw_gives_with_and_without_the_list_of_the_erased(shop: Pipeline) -> None:
    shop.put(*busy_days(3))
    shop.run()
    erased(shop, ANNA_AND_HER_PHONE)
    after = shop.content(), shop.processed()
    with connected(shop.owner_dsn) as connection:
        stores = estate_of(shop, connection).stores
        assert replay_and_prove(stores, WINDOW, minutes(0), Replayed()).is_identical
    shop.empty_warehouse()
    shop.run()
    assert (shop.content(), shop.processed()) == after


def test_their_events_are_not_loaded_when_they_come_again(shop: Pipeline) -> None:
    visit = [event("a", minutes(0), visitor=PHONE), event("b", minutes(1), visitor=PHONE)]
    shop.put(signed_in_object(ANNA, visit, minutes(2), batch="1"))
    shop.run()
    erased(shop, ANNA_AND_HER_PHONE)
    shop.put(
        signed_in_object(ANNA, visit, minutes(70), batch="2"),
        signed_in_object(None, visit[:1], minutes(80), batch="3"),
        signed_in_object(BEN, [event("c", minutes(3), visitor=PHONE)], minutes(80), batch="4"),
    )
    assert shop.run()["erased_count"] == 3
    assert shop.query("select user_id from fact_events") == [(BEN,)]
    assert counts(shop) == (6, 5)
    assert shop.broken_checks() == []
    assert erased(shop, ANNA_AND_HER_PHONE).erasure.lines_count == 3
    assert places_with(shop, ANNA) == []
    assert counts(shop) == (6, 5)


def test_account_keeps_its_sums_hour_by_hour(shop: Pipeline) -> None:
    shop.put(*busy_days(1))
    shop.run()
    hours = "select received_hour, stored_count from mart.account_hourly order by 1"
    before = shop.query(hours)
    erased(shop, ANNA_AND_HER_PHONE)
    assert shop.query(hours) == before
    balance = "stored_count = loaded_count + rejected_count + duplicate_count + erased_count"
    assert shop.query(f"select bool_and({balance}) from mart.account_hourly") == [(True,)]  # noqa: S608


def test_shared_browser_keeps_what_is_not_the_accounts(shop: Pipeline) -> None:
    shop.put(*busy_days(2))
    shop.run()
    erased(shop, Person((ANNA,), ()))
    left = "select distinct coalesce(user_id, 'nobody'), visitor_id from fact_events order by 1, 2"
    assert shop.query(left) == [
        (BEN, TABLET), ("nobody", PHONE), ("nobody", STRANGER), ("nobody", TABLET),
    ]  # fmt: skip


def test_other_lines_keep_their_bytes_and_their_numbers(shop: Pipeline) -> None:
    key, body = raw_object(
        [event(visitor, minutes(0), visitor=visitor) for visitor in (STRANGER, PHONE)], minutes(1)
    )
    shop.put((key, body))
    shop.run()
    erased(shop, Person((), (PHONE,)))
    found = gzip.decompress(shop.s3.get_object(Bucket="raw", Key=key)["Body"].read()).split(b"\n")
    assert found == [gzip.decompress(body).split(b"\n")[0], ERASED_LINE, b""]


def test_rows_go_though_raw_has_expired(shop: Pipeline) -> None:
    key, body = raw_object([event("a", minutes(0), visitor=PHONE), event("b", minutes(0))], minutes(1))
    shop.put((key, body))
    shop.run()
    for found, version_id in list(versions(shop)):
        shop.s3.delete_object(Bucket="raw", Key=found, VersionId=version_id)
    outcome = erased(shop, Person((), (PHONE,)))
    assert outcome.erasure.removed_rows["warehouse.fact_events"] == 1
    assert counts(shop) == (2, 1)
    assert shop.query("select visitor_id from fact_events") == [("v1",)]
    assert shop.broken_checks() == []


def test_version_of_an_object_that_was_deleted_goes_too(shop: Pipeline) -> None:
    key, body = raw_object([event("a", minutes(0), visitor=PHONE)], minutes(1))
    shop.put((key, body))
    shop.s3.delete_object(Bucket="raw", Key=key)
    outcome = erased(shop, Person((), (PHONE,)))
    assert (outcome.erasure.lines_count, outcome.erasure.versions_count) == (1, 1)
    assert shop.keys("raw") == []
    assert len(list(versions(shop))) == 1  # the mark of the deletion


def test_object_that_can_not_be_searched_is_named_and_left(shop: Pipeline) -> None:
    shop.put(("events/dt=2026-03-02/hr=10/broken.json.gz", b"no gzip"))
    outcome = erased(shop, ANNA_AND_HER_PHONE)
    assert list(outcome.unsearchable) == ["events/dt=2026-03-02/hr=10/broken.json.gz"]


def test_browsers_of_an_account_are_shown_with_who_else_used_them(pipeline: Pipeline) -> None:
    pipeline.put(*busy_days(0))
    pipeline.run()
    with connected(pipeline.owner_dsn) as connection:
        phone, tablet = browsers_of(connection, (ANNA,))
        assert (phone.anonymous_id, phone.is_shared, tablet.anonymous_id, tablet.is_shared) == (
            PHONE, False, TABLET, True,
        )  # fmt: skip
        assert phone.own_events_count > 0
        assert phone.anonymous_events_count > 0
        assert all(rows_of(connection, ANNA_AND_HER_PHONE).values())


def test_erasure_waits_for_the_etl_and_another_erasure_is_refused(pipeline: Pipeline) -> None:
    with connected(pipeline.owner_dsn) as other:
        assert take_run_lock(other)
        with pytest.raises(TransientError, match="still at work"):
            erased(pipeline, ANNA_AND_HER_PHONE)
    assert pipeline.query("select count(*) from etl.erased") == [(0,)]
    with psycopg.connect(pipeline.owner_dsn, autocommit=True) as other:
        other.execute("select pg_advisory_lock(740031108)")
        with pytest.raises(TransientError, match="another erasure"):
            erased(pipeline, ANNA_AND_HER_PHONE)


def test_sessions_and_account_that_spark_made_are_emptied(shop: Pipeline) -> None:
    shop.put(*busy_days(0))
    shop.run()
    for prefix, fields in MADE.items():
        row = {name: ANNA if of_type == "string" else None for name, of_type in fields.items()}
        body = files.parquet(pa.Table.from_pylist([row], arrow_schema(fields)))
        shop.s3.put_object(Bucket="processed", Key=files.day_key(prefix, minutes(0).date()), Body=body)
    assert places_with(shop, ANNA)
    erased(shop, ANNA_AND_HER_PHONE)
    assert places_with(shop, ANNA) == []
    for prefix, fields in MADE.items():
        key = files.day_key(prefix, minutes(0).date())
        left = pq.read_table(io.BytesIO(shop.s3.get_object(Bucket="processed", Key=key)["Body"].read()))
        assert (left.num_rows, left.schema) == (0, arrow_schema(fields))
