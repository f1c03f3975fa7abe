"""PostgreSQL killed while the ETL works: the run says so, the next goes on, nothing is lost or doubled."""

import threading
from collections import Counter
from collections.abc import Callable
from random import Random

from local_stack.state import StackState
from tests.faults.figures import Figures, seed, trials
from tests.faults.ground import Ground
from tests.faults.journey import Journey, Step
from tests.faults.runs import LOADED, WAITS
from tests.faults.server import Server
from tests.faults.storm import storm

WAYS: dict[str, Callable[[Server], None]] = {
    "SIGKILL of all": Server.kill_all,
    "immediate stop": Server.stop_at_once,
    "SIGKILL of a backend": Server.kill_backend,
}
TOLD = ("TransientError: the warehouse went away", "TransientError: can't reach the warehouse")
MOMENTS = ("at random", "before commit", "during commit", "after commit")


def test_postgresql_killed_at_any_moment_loses_and_doubles_nothing(
    ground: Ground, figures: Figures, postgres: StackState
) -> None:
    ground.hold(storm(seed() + 2, hours=4, objects_per_hour=3, events_per_object=30), batches_count=2)
    server, chance = Server(postgres), Random(seed())
    kills: Counter[str] = Counter()
    told: Counter[str] = Counter()
    recoveries = []
    ground.start_again()
    for number in range(trials(36)):
        # every way at every moment in turn
        way, moment = list(WAYS)[number % 3], MOMENTS[number // 3 % 4]
        words, code = disturbed_run(ground, lambda way=way: WAYS[way](server), moment, chance)  # type: ignore[misc]
        recoveries.append(server.bring_back())
        kills[f"{way}, {moment}"] += 1
        told["loaded" if code == LOADED else "transient"] += 1
        assert code in {LOADED, WAITS}, words
        assert code == LOADED or any(told_so in words for told_so in TOLD), words
        if ground.batches_visible() == ground.batches_count:
            ground.complete()
            ground.assert_complete()
            ground.start_again()
    ground.complete()
    ground.assert_complete()
    ground.assert_sound()
    figures.values = {
        "seed": seed(),
        "kills": kills.total(),
        "kills_by_way_and_moment": dict(sorted(kills.items())),
        "runs_told": dict(told),
        "longest_recovery_seconds": max(recoveries),
        "lost": 0,
        "doubled": 0,
    }


def disturbed_run(ground: Ground, kill: Callable[[], None], moment: str, chance: Random) -> tuple[str, int]:
    """Run the ETL and kill its server at this moment; return what it wrote and how it ended."""
    timers = []

    def is_moment(_number: int, step: Step) -> bool:
        return step.phase == "commit" and step.is_answer == (moment == "after commit")

    def end() -> bool:
        if moment == "during commit":
            timers.append(threading.Timer(chance.uniform(0, 0.004), kill))
            timers[0].start()
            return False  # the statement goes its way, and the signal, too
        kill()
        return True

    if moment == "at random":
        ground.journey()
        timers.append(threading.Timer(chance.uniform(0, ground.run_seconds), kill))
        timers[0].start()
    else:
        ground.journey(Journey(is_moment, end))
    run = ground.begin()
    code = run.end()
    for timer in timers:
        timer.join()
    return run.words, code


def test_run_that_finds_no_server_says_so(ground: Ground, postgres: StackState) -> None:
    ground.hold(storm(seed() + 2, hours=1, objects_per_hour=2, events_per_object=5), batches_count=1)
    ground.start_again()
    server = Server(postgres)
    server.kill_all()
    run = ground.begin()
    assert run.end() == WAITS
    assert "can't reach the warehouse" in run.words
    assert '"WarehouseUp": 0' in run.words
    server.bring_back()
    ground.complete()
    ground.assert_complete()
