"""S3 that errs, refuses, stalls and breaks off: a run ends well or tells it, and rejects nothing wrongly."""

from collections import Counter
from random import Random

import pytest

from tests.faults.figures import Figures, seed, trials
from tests.faults.ground import Ground
from tests.faults.journey import phase_of_request
from tests.faults.runs import LOADED, WAITS
from tests.faults.s3_relay import Fault
from tests.faults.storm import storm

# How often each is chosen among the others.
FAULTS = {
    "internal error": 6,
    "slow down": 6,
    "reset": 5,
    "cut short": 5,
    "shortened": 4,
    "forbidden": 2,
    "not found": 2,
    "stall": 1,
}


def test_s3_that_errs_loses_doubles_and_rejects_nothing(ground: Ground, figures: Figures) -> None:
    ground.hold(storm(seed() + 3, hours=3, objects_per_hour=8, events_per_object=6), batches_count=2)
    injected: Counter[str] = Counter()
    told: Counter[str] = Counter()
    for trial in range(trials(24)):
        ground.start_again()
        fault = weather(Random(1000 * seed() + trial), injected)
        for _ in range(2):
            ground.journey()
            ground.s3.fault = fault
            run = ground.begin()
            code = run.end()
            assert code in {LOADED, WAITS}, run.words
            told["loaded" if code == LOADED else "transient"] += 1
            ground.batches_visible()
        ground.complete()
        ground.assert_complete()
    ground.assert_sound()
    figures.values = {
        "seed": seed(),
        "faults": injected.total(),
        "faults_by_kind": dict(injected),
        "runs_told": dict(told),
        "rejected_wrongly": 0,
        "lost": 0,
        "doubled": 0,
    }
    assert injected.total() < 200 or injected.keys() == FAULTS.keys()
    assert min(told.values()) > 0


def weather(chance: Random, injected: Counter[str]) -> Fault:
    """Return what breaks a share of all requests, and counts what it does."""
    share = chance.choice((0.1, 0.2, 0.3, 0.4))

    def fault(method: str, path: str) -> str | None:
        if chance.random() > share:
            return None
        (chosen,) = chance.choices(list(FAULTS), list(FAULTS.values()))
        # a shortened answer that looks whole: only of raw objects is it known how long they are
        if chosen == "shortened" and (method != "GET" or not path.startswith("/raw/")):
            return None
        injected[chosen] += 1
        return chosen

    return fault


@pytest.mark.parametrize("fault", ["shortened", "cut short", "not found", "forbidden"])
def test_object_that_comes_wrong_over_the_wire_is_not_rejected_but_read_by_the_next_run(
    ground: Ground, fault: str
) -> None:
    ground.hold(storm(seed() + 3, hours=1, objects_per_hour=2, events_per_object=5), batches_count=1)
    ground.start_again()
    ground.journey()
    ground.s3.fault = lambda method, path: fault if phase_of_request(method, path) == "read" else None
    run = ground.begin()
    assert run.end() == WAITS, run.words
    assert "can't read events/dt=" in run.words
    assert ground.batches_visible() == 0
    ground.complete()
    ground.assert_complete()
