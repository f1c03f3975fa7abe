"""Poison of every kind is listed with its reason, and loaded on request when its object has been mended."""

import gzip
import subprocess
import sys

import pytest
from contract.raw_lines import MAX_LINES

from local_stack.state import StackState
from tests.etl.events import START, event, minutes, raw_object
from tests.faults.figures import Figures
from tests.faults.runs import ROOT
from tests.warehouse.pipeline import Pipeline
from tests.warehouse.test_poison_objects import POISON, peak_bytes_of_a_run

GOOD = raw_object([event("a", START), event("b", minutes(1))], minutes(2))
OTHER = raw_object([event("c", minutes(3))], minutes(4))
BAD_KEY = "events/dt=2026-03-02/hr=10/poison.json.gz"


def list_rejects(postgres: StackState, *arguments: str) -> str:
    """Run the command as whoever is on call does."""
    login = postgres.libpq_fields("loader")
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": f"{ROOT}/scripts:{ROOT}/lambda_src",
        "PGHOST": str(login["host"]),
        "PGPORT": str(login["port"]),
        "PGDATABASE": str(login["dbname"]),
        "PGUSER": str(login["user"]),
        "PGPASSWORD": str(login["password"]),
    }
    command = [sys.executable, str(ROOT / "scripts/list_rejects.py"), *arguments]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=60)
    return done.stdout


def test_poison_of_every_kind_is_listed_and_loaded_when_it_was_mended(
    pipeline: Pipeline, postgres: StackState, figures: Figures
) -> None:
    keys = {kind: BAD_KEY.replace("poison", f"poison-{number}") for number, kind in enumerate(POISON)}
    pipeline.put(OTHER, *((keys[kind], POISON[kind][0]) for kind in POISON))
    pipeline.run()
    assert pipeline.query(
        "select count(*) from fact_events where object_id not in (select object_id from etl.rejects)"
    ) == [(1,)], "what is whole is loaded beside it"
    listed = list_rejects(postgres, "--lines", "--limit", "1000")
    for kind, (_, rejects, _) in POISON.items():
        for reason, line_number in rejects:
            assert f"{keys[kind]}:{line_number}  {reason} (" in listed, kind
    rejected_count = pipeline.account()[2]
    mended = {kind: mended_object(rejects, kind) for kind, (_, rejects, _) in POISON.items()}
    pipeline.put(*((keys[kind], mended[kind]) for kind in POISON))
    assert list_rejects(postgres, "--reload").startswith(f"{len(POISON)} objects will be loaded once more")
    pipeline.run({})
    assert list_rejects(postgres) == "nothing is rejected\n"
    stored, loaded, rejected, duplicates = pipeline.account()
    assert (loaded, rejected) == (1 + 2 + rejected_count, 0)
    assert stored == loaded + duplicates
    assert pipeline.broken_checks() == []
    redriven = pipeline.content(), pipeline.processed()
    pipeline.empty_warehouse()
    pipeline.run()
    assert (pipeline.content(), pipeline.processed()) == redriven, "as if it had never been broken"
    figures.values = {
        "kinds": len(POISON),
        "rejects": rejected_count,
        "loaded_after_mending": rejected_count,
        "lost": 0,
    }


def mended_object(rejects: set[tuple[str, int]], kind: str) -> bytes:
    """Return the object with an event in place of each bad line, and the two good ones in theirs."""
    bad = {max(line_number, 1) for _, line_number in rejects}
    good = iter([event("a", START), event("b", minutes(1))])
    events = [
        event(f"{kind} {number}", minutes(5)) if number in bad else next(good, None)
        for number in range(1, max(bad) + 3)
    ]
    return raw_object([found for found in events if found], minutes(2))[1]


@pytest.mark.parametrize(
    "text",
    [b"x\n" * (MAX_LINES + 1), (b"x" * 200_000 + b"\n") * 1_400],
    ids=["many lines", "many long lines"],
)
def test_object_of_too_much_is_one_reject_in_bounded_memory(
    pipeline: Pipeline, figures: Figures, text: bytes
) -> None:
    pipeline.put(GOOD)
    usual_bytes = peak_bytes_of_a_run(pipeline)
    pipeline.empty_warehouse()
    bomb = gzip.compress(text)
    pipeline.put((BAD_KEY, bomb))
    bytes_more = peak_bytes_of_a_run(pipeline) - usual_bytes
    assert pipeline.query("select reason, line_number from etl.rejects") == [("too_large", 0)]
    assert pipeline.account() == (3, 2, 1, 0)
    assert bytes_more < 384 * 1024 * 1024
    figures.values = {
        "object_bytes": len(bomb),
        "text_bytes": len(text),
        "more_memory_bytes": bytes_more,
    }
