"""The content of warehouse and processed bucket is a function of raw alone: any order, any number of runs."""

from pathlib import Path
from random import Random
from typing import Any

import pytest
from event_mapping import read_events, read_mapping
from import_events import raw_files

from tests.etl.events import event, minutes, raw_object
from tests.warehouse.pipeline import Pipeline

DATA = Path(__file__).parents[1] / "data"


def stormy_day(seed: int) -> list[tuple[str, bytes]]:
    """Return raw objects full of late, repeated, reordered, broken and purchased events."""
    chance = Random(seed)
    names = ["page_view", "view_item", "add_to_cart", "purchase", "search"]
    objects = []
    for batch in range(40):
        events: list[dict[str, Any]] = []
        for _ in range(chance.randint(1, 6)):
            number = chance.randint(0, 120)
            # the same number is the same event, in whatever batch it comes
            fixed = Random(number)
            at = minutes(fixed.choice([0, 0, 600, 835]) + fixed.randint(0, 90))
            params = {"transaction_id": f"t{number % 7}", "value": number, "currency": "EUR"}
            items = [{"item_id": f"sku-{number % 5}", "price": 1.5, "quantity": 1}] if number % 3 == 0 else []
            name = fixed.choice(names)
            made = event(
                f"e{number}", at, visitor=f"v{number % 4}", event_name=name, params=params, items=items
            )
            events.append(made if chance.random() > 0.05 else {**made, "event_time": "broken"})
        received_at = minutes(chance.randint(0, 1500))
        objects.append(raw_object(events, received_at, batch=str(batch)))
    objects.append(("events/dt=2026-03-02/hr=11/poison.json.gz", b"this is no gzip"))
    return objects


@pytest.mark.parametrize("seed", range(4))
def test_content_does_not_depend_on_order_or_number_of_runs(pipeline: Pipeline, seed: int) -> None:
    objects = stormy_day(seed)
    pipeline.put(*objects)
    pipeline.run()
    at_once = pipeline.content(), pipeline.processed()
    assert pipeline.broken_checks() == []
    pipeline.empty()
    chance = Random(seed + 1000)
    chance.shuffle(objects)
    while objects:
        part, objects = objects[:7], objects[7:]
        pipeline.put(*part)
        pipeline.run()
    assert (pipeline.content(), pipeline.processed()) == at_once


def test_real_events_are_all_there_in_one_run_or_in_many(pipeline: Pipeline) -> None:
    """31,106 events of the ecom data: all of them, 3,605 sessions; the months in reverse give the same."""
    files = list(
        raw_files(
            "ecom", read_events(DATA / "ecom/ecom_events.csv.gz", read_mapping(DATA / "ecom/mapping.yml"))
        )
    )
    pipeline.put(*((file.key, file.body) for file in files))
    assert pipeline.run()["loaded_count"] == 31_106
    at_once = pipeline.content()
    counts = "select (select count(*) from fact_sessions), (select count(*) from fact_orders)"
    assert pipeline.query(counts) == [(3605, 470)]
    assert pipeline.broken_checks() == []
    pipeline.empty_warehouse()
    for month in ("05", "06", "03", "01", "04", "02"):
        pipeline.run(
            {"from_date": f"2024-{month}-01", "to_date": f"2024-{month}-{28 if month == '02' else 30}"}
        )
    for day in ("2024-01-31", "2024-02-29", "2024-03-31", "2024-05-31"):
        pipeline.run({"from_date": day, "to_date": day})
    assert pipeline.content() == at_once
