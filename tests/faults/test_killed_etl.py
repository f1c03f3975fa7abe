"""The ETL killed by SIGKILL, anywhere: readers never see half of a batch, and nothing is lost or doubled."""

import threading
import time
from collections import Counter
from random import Random

from tests.faults.figures import Figures, seed, trials
from tests.faults.ground import Ground, is_killed
from tests.faults.journey import PHASES, Journey
from tests.faults.runs import Run
from tests.faults.storm import storm

# Where a run is long enough for a moment that is drawn at random.
LONG_PHASES = {"read", "parse", "facts", "sessions", "marts"}


def test_etl_killed_at_random_times_loses_and_doubles_nothing(ground: Ground, figures: Figures) -> None:
    ground.hold(storm(seed(), hours=6, objects_per_hour=4, events_per_object=85), batches_count=3)
    chance = Random(seed())
    killed_in: Counter[str] = Counter()
    loads_count = 0
    while killed_in.total() < trials(300):
        ground.start_again()
        left = 1.0
        while left and killed_in.total() < trials(300):
            share = chance.uniform(0, left)
            kill = killed_after_time if killed_in.total() % 2 else killed_after_step
            if not (phase := kill(ground, share, chance)):
                break  # it was quicker than thought
            killed_in[phase] += 1
            left = 1 - ground.batches_visible() / ground.batches_count
            ground.await_quiet()
        ground.complete()
        ground.assert_complete()
        loads_count += 1
    ground.assert_sound()
    figures.values = {
        "seed": seed(),
        "lines": ground.lines_count,
        "batches": ground.batches_count,
        "kills": killed_in.total(),
        "kills_in": {phase: killed_in[phase] for phase in PHASES},
        "loads_completed": loads_count,
        "lost": 0,
        "doubled": 0,
        "longest_wait_for_a_killed_connection_seconds": ground.longest_wait_seconds,
    }
    assert killed_in.total() < 100 or killed_in.keys() >= LONG_PHASES


def killed_after_time(ground: Ground, share: float, _chance: Random) -> str:
    """Kill a run after this share of a whole run's time; return where it was, or nothing if it ended well."""
    journey = ground.journey()
    run = ground.begin()
    time.sleep(share * ground.run_seconds)
    phase = journey.phase
    run.kill()
    return phase if is_killed(run.end(), run) else ""


def killed_after_step(ground: Ground, share: float, chance: Random) -> str:
    """Kill a run some moments after this share of a whole run's steps, while the step is being done."""
    last = round(share * ground.steps_count)
    is_there = threading.Event()

    def end() -> bool:
        is_there.set()
        return False

    journey = ground.journey(Journey(lambda number, _step: number > last, end))
    run = ground.begin()
    # a run that has less left than thought ends without having been there
    while not is_there.wait(0.05) and run.is_at_work():
        pass
    time.sleep(chance.uniform(0, 0.02))
    phase = journey.phase
    run.kill()
    return phase if is_killed(run.end(), run) else ""


def test_etl_killed_at_every_step_loses_and_doubles_nothing(ground: Ground, figures: Figures) -> None:
    ground.hold(storm(seed() + 1, hours=1, objects_per_hour=3, events_per_object=12), batches_count=1)
    ground.start_again()
    killed_at: Counter[str] = Counter()
    commits_count = 0
    while phase := killed_at_step(ground, killed_at.total() + 1):
        killed_at[phase] += 1
        batches_count = ground.batches_visible()
        ground.await_quiet()
        if batches_count:
            ground.assert_complete()
            ground.start_again()
        commits_count += batches_count
    ground.assert_complete()
    ground.assert_sound()
    figures.values = {
        "seed": seed() + 1,
        "kills": killed_at.total(),
        "kills_at": {phase: killed_at[phase] for phase in PHASES},
        "kills_after_commit": commits_count,
        "lost": 0,
        "doubled": 0,
    }
    assert set(PHASES) == killed_at.keys()
    assert 0 < commits_count < killed_at.total()


def killed_at_step(ground: Ground, step: int) -> str:
    """Begin a run that dies at this step; return where it was, or nothing if it had ended well."""
    born = threading.Event()
    runs: list[Run] = []

    def end() -> bool:
        born.wait()
        runs[0].kill()
        return True

    journey = ground.journey(Journey(lambda number, _step: number == step, end))
    runs.append(ground.begin())
    born.set()
    return journey.phase if is_killed(runs[0].end(), runs[0]) else ""
