"""The benchmark of the functions' answers measures what it says, at a size that says nothing about speed."""

import itertools
from typing import Any

import pytest

from tests.bench.handler_times import milliseconds, percentiles
from tests.bench.handlers import ingest_figures
from tests.bench.ingest_handler import BATCHES


def test_ingest_answers_batches_of_every_size() -> None:
    found = ingest_figures(requests_count=3)
    assert len(found) == len(BATCHES)
    assert all(0 < times["p50_ms"] <= times["p99_ms"] for times in found.values())


def test_an_answer_that_is_not_well_is_no_figure() -> None:
    def refuse(_event: dict[str, Any]) -> dict[str, Any]:
        return {"statusCode": 400}

    with pytest.raises(RuntimeError, match="must be answered well"):
        milliseconds(refuse, itertools.repeat({}), 3)


def test_percentiles_are_of_all_requests() -> None:
    assert percentiles([float(number) for number in range(1, 100)]) == {"p50_ms": 50.0, "p99_ms": 99.0}
