"""Two ETLs at once: one works, the other says so, and the content is that of one."""

import time
from collections import Counter
from random import Random

from tests.faults.figures import Figures, seed, trials
from tests.faults.ground import Ground
from tests.faults.runs import LOADED, WAITS
from tests.faults.storm import storm


def test_pairs_of_runs_load_everything_once(ground: Ground, figures: Figures) -> None:
    ground.hold(storm(seed() + 4, hours=4, objects_per_hour=2, events_per_object=20), batches_count=2)
    chance = Random(seed())
    ends: Counter[str] = Counter()
    for number in range(trials(60)):
        ground.start_again()
        ground.journey()
        # every other pair is born together and races for the lock
        pause_seconds = 0.0 if number % 2 else chance.uniform(0, ground.run_seconds)
        first = ground.begin()
        time.sleep(pause_seconds)
        pair = (first, ground.begin())
        codes = sorted(run.end() for run in pair)
        for run in pair:
            assert run.words
        words = "".join(run.words for run in pair)
        assert codes in ([LOADED, LOADED], [LOADED, WAITS]), words
        assert codes[1] == LOADED or "another ETL run, a replay" in words
        ends["one waits" if codes[1] == WAITS else "one after the other"] += 1
        ground.assert_complete()
    ground.assert_sound()
    figures.values = {"seed": seed(), "pairs": ends.total(), **ends, "lost": 0, "doubled": 0}
    assert ends["one waits"] > 0
