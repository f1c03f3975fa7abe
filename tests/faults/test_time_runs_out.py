"""Lambda's time limit draws near: a run stops cleanly at any moment, and the next goes on where it was."""

from itertools import count

import psycopg
from list_rejects import Selection, mark

from tests.etl.events import event, minutes, raw_object
from tests.faults.figures import Figures, seed
from tests.faults.ground import Ground
from tests.faults.storm import storm
from tests.warehouse.test_unloadable import REFUSE


def test_run_stops_after_any_number_of_batches_and_the_next_one_goes_on(
    ground: Ground, figures: Figures
) -> None:
    ground.hold(storm(seed() + 5, hours=4, objects_per_hour=2, events_per_object=10), batches_count=4)
    stops_count = 0
    for batches_count in range(ground.batches_count + 1):
        ground.start_again()
        words = ground.complete(questions=batches_count)
        assert ground.batches_visible() == batches_count
        is_over = batches_count == ground.batches_count
        assert ("'backlog_hours_count': 0" in words) == is_over
        ground.assert_sound()
        stops_count += not is_over
        ground.complete()
        ground.assert_complete()
    figures.values = {"seed": seed() + 5, "batches": ground.batches_count, "stops": stops_count, "lost": 0}


def test_run_whose_time_ends_while_it_sifts_rejects_together_what_comes_back_on_request(
    ground: Ground, figures: Figures
) -> None:
    good = storm(seed() + 6, hours=1, objects_per_hour=2, events_per_object=8)
    refused = {"search_term": "refuse 22003"}
    bad = [event(f"bad {number}", minutes(725), params=refused) for number in range(4)]
    ground.pipeline.put(*good, raw_object(bad, minutes(730)))
    lines_together = []
    with psycopg.connect(ground.pipeline.owner_dsn, autocommit=True) as connection:
        connection.execute(REFUSE)
        ground.complete()
        ground.after_batches, ground.processed = [ground.content()], ground.files()
        for questions in count(1):
            ground.start_again()
            ground.complete(questions=questions)
            ground.assert_sound()
            together = "select count(*) from etl.rejects where detail like 'one of %'"
            ((lines_count,),) = ground.pipeline.query(together)
            if not lines_count:
                break
            lines_together.append(lines_count)
            mark(connection, Selection(reason="unloadable"))
            ground.complete()
            ground.assert_complete()
        connection.execute("drop trigger refuse on warehouse.fact_events; drop function warehouse.refuse")
    ground.assert_complete()
    assert len(lines_together) > 3
    figures.values = {
        "stops": len(lines_together),
        "most_lines_rejected_together": max(lines_together),
        "lost": 0,
    }
