"""Spark makes the same of raw as one process does: files byte for byte, sessions and account by checksum."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
from etl.database import take_run_lock
from etl.erased import ACCOUNT, hash_key, id_hash
from event_mapping import read_events, read_mapping
from import_events import raw_files

from tests.spark.spark_run import made_by_one_process, made_by_spark, run_spark
from tests.warehouse.erasures import ANNA, busy_days
from tests.warehouse.pipeline import Pipeline
from tests.warehouse.test_any_order import stormy_day

DATA = Path(__file__).parents[1] / "data"


def storms() -> Iterator[tuple[str, bytes]]:
    """Late, repeated, reordered, broken and purchased events, of several storms at once."""
    for seed in range(3):
        for key, body in stormy_day(seed):
            yield key.replace(".json", f"-{seed}.json"), body


def erase_anna(pipeline: Pipeline) -> None:
    """From now on no line of hers is loaded."""
    with psycopg.connect(pipeline.owner_dsn) as connection:
        connection.execute("insert into etl.erasures (id_hashes, requested_by) values ('{}', 'test')")
        hashed = id_hash(hash_key(connection), ACCOUNT, ANNA)
        connection.execute("insert into etl.erased select %s, max(erasure_id) from etl.erasures", [hashed])


def test_storms_in_shares_give_what_one_process_gives(pipeline: Pipeline) -> None:
    pipeline.put(*storms())
    pipeline.run()
    expected = made_by_one_process(pipeline)
    said = run_spark(
        pipeline, 2, "--share-bytes", "3000", "--from", "2026-03-02", "--to", "2026-03-03"
    ).stdout
    assert made_by_spark(pipeline) == expected
    stored, loaded, rejected, duplicate = pipeline.account()
    assert min(loaded, rejected, duplicate) > 0
    assert f"done: {stored} stored = {loaded} loaded + {rejected} rejected + {duplicate} duplicate" in said


def test_people_range_by_range_give_what_one_process_gives(pipeline: Pipeline) -> None:
    """Who is on shared browsers, without her who was erased and whose lines still came.

    The later days first: what comes with the earlier ones takes the place of copies received later.
    """
    erase_anna(pipeline)
    pipeline.put(*busy_days(0))
    assert pipeline.run()["erased_count"] > 0
    assert pipeline.query("select count(*) from warehouse.fact_sessions where person_id is not null") != [
        (0,)
    ]
    expected = made_by_one_process(pipeline)
    run_spark(pipeline, 1, "--from", "2026-03-03", "--to", "2026-03-04")
    run_spark(pipeline, 1, "--from", "2026-03-02", "--to", "2026-03-02")
    assert made_by_spark(pipeline) == expected


def test_real_events_give_what_one_process_gives(pipeline: Pipeline) -> None:
    events = read_events(DATA / "ecom/ecom_events.csv.gz", read_mapping(DATA / "ecom/mapping.yml"))
    pipeline.put(*((file.key, file.body) for file in raw_files("ecom", events)))
    assert pipeline.run()["loaded_count"] == 31_106
    expected = made_by_one_process(pipeline)
    done = run_spark(pipeline, 2, "--from", "2024-01-01", "--to", "2024-06-30")
    assert "3605 sessions in all" in done.stdout
    assert made_by_spark(pipeline) == expected


def test_job_does_not_run_beside_the_etl(pipeline: Pipeline) -> None:
    with psycopg.connect(pipeline.owner_dsn, autocommit=True) as other:
        assert take_run_lock(other)
        refused = run_spark(pipeline, 1, check=False)
    assert refused.returncode == 1
    assert "an ETL run is at work" in refused.stderr
