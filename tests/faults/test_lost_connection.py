"""A run killed, vanished or cut off: its lock is free soon, and it leaves the next one's files alone."""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from local_stack.postgres import run_sql
from local_stack.state import StackState
from tests.etl.events import START, event, minutes, raw_object
from tests.faults.figures import Figures
from tests.faults.ground import Ground
from tests.faults.journey import Journey
from tests.faults.runs import KILLED, ROOT, WAITS
from tests.warehouse.pipeline import Pipeline

# Every statement that writes events takes two minutes, and holds a lock meanwhile that tells of it.
SLOW = """
create function warehouse.be_slow() returns trigger language plpgsql as $$
begin
    perform pg_advisory_xact_lock(120);
    perform pg_sleep(120);
    return null;
end
$$;
create trigger be_slow after insert on warehouse.fact_events for each statement
execute function warehouse.be_slow();
"""
# Takes the run lock, then leaves as a machine does that loses its power: the kernel forgets the connection
# and says nothing to the other side (TCP_REPAIR, tcp(7); for root alone).
VANISH = """
import os, socket, sys, time
from etl.database import connect, take_run_lock
connection = connect(sys.stdin.buffer.read())
assert take_run_lock(connection)
print("locked", flush=True)
time.sleep(1)  # until all that the server said is acknowledged: else it says it again, and is refused
one = socket.socket(fileno=os.dup(connection.fileno()))
one.setsockopt(socket.IPPROTO_TCP, 19, 1)
os._exit(0)
"""
LOCK_IS_HELD = "select count(*) > 0 from pg_locks where locktype = 'advisory' and objid = 740031106"
IS_SLOW = "select count(*) > 0 from pg_locks where locktype = 'advisory' and objid = 120"


@contextmanager
def slow_warehouse(pipeline: Pipeline) -> Iterator[None]:
    with psycopg.connect(pipeline.owner_dsn, autocommit=True) as connection:
        connection.execute(SLOW)
        yield
        connection.execute("drop trigger be_slow on warehouse.fact_events; drop function warehouse.be_slow")


def wait_until_free(pipeline: Pipeline, limit_seconds: float) -> float:
    """Return after how many seconds the run lock was free."""
    began_at = time.monotonic()
    while pipeline.query(LOCK_IS_HELD) == [(True,)]:
        assert time.monotonic() - began_at < limit_seconds, "the run lock must be free by now"
        time.sleep(0.1)
    return time.monotonic() - began_at


def test_lock_of_a_run_killed_inside_a_long_statement_is_free_within_seconds(
    ground: Ground, figures: Figures
) -> None:
    ground.pipeline.put(raw_object([event("a", START)], minutes(1)))
    with slow_warehouse(ground.pipeline):
        # straight to the server: the relay would tell it that the client is gone
        run = ground.begin(environment=ground.pipeline.environment)
        deadline = time.monotonic() + 60
        while ground.pipeline.query(IS_SLOW) == [(False,)]:
            assert time.monotonic() < deadline, run.words
            time.sleep(0.05)
        run.kill()
        assert run.end() == KILLED
        refused = ground.begin()
        assert refused.end() == WAITS
        assert "another ETL run, a replay" in refused.words
        free_after = wait_until_free(ground.pipeline, 30)
    assert ground.pipeline.account() == (0, 0, 0, 0)
    ground.complete()
    assert ground.pipeline.account() == (1, 1, 0, 0)
    figures.values = {"statement_seconds": 120, "lock_free_after_seconds": free_after}


def test_lock_of_a_run_whose_machine_vanished_is_free_within_half_a_minute(
    ground: Ground, figures: Figures
) -> None:
    secret = ground.pipeline.s3.get_object(
        Bucket="artifacts", Key=ground.pipeline.environment["WAREHOUSE_SECRET_KEY"]
    )
    path = f"PYTHONPATH={ROOT}/scripts:{ROOT}/lambda_src"
    prefix = ["env", path] if os.geteuid() == 0 else ["sudo", "-n", "env", path]
    done = subprocess.run(
        [*prefix, sys.executable, "-c", VANISH], input=secret["Body"].read(), capture_output=True, check=True
    )
    assert done.stdout == b"locked\n"
    assert ground.pipeline.query(LOCK_IS_HELD) == [(True,)], "the server has heard nothing of it"
    free_after = wait_until_free(ground.pipeline, 40)
    assert free_after > 5, "it must be the silence that the server noticed"
    figures.values = {"lock_free_after_seconds": free_after}


def test_run_that_lost_its_lock_leaves_the_files_of_the_next_one_alone(
    ground: Ground, postgres: StackState
) -> None:
    pipeline = ground.pipeline
    pipeline.put(raw_object([event("a", START)], minutes(1)))
    is_held, may_go_on = threading.Event(), threading.Event()

    def end() -> bool:
        is_held.set()
        may_go_on.wait()
        return False

    # the run has listed the one object, and reads next
    ground.journey(Journey(lambda _number, step: "etl.erased" in step.what and step.is_answer, end))
    held_up = ground.begin()
    assert is_held.wait(60)
    run_sql(postgres, "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'etl'")
    pipeline.put(raw_object([event("b", minutes(2))], minutes(3)))
    ground.complete()
    files = ground.files()
    may_go_on.set()
    assert held_up.end() == WAITS, held_up.words
    assert "the warehouse went away" in held_up.words
    assert pipeline.account() == (2, 2, 0, 0)
    assert ground.files() == files
