"""Which receive hours a run takes, and in which batches."""

from datetime import UTC, date, datetime

import pytest
from etl.plan import Hour, RawObject, Window, batches, groups, hours_to_load, window_of

TODAY = date(2026, 3, 10)


def raw(hour: str, name: str, size_bytes: int = 10) -> RawObject:
    return RawObject(f"events/dt=2026-03-0{hour[0]}/hr={hour[1:]}/{name}.json.gz", size_bytes)


def test_object_id_is_a_function_of_the_key() -> None:
    assert raw("101", "a").object_id == raw("101", "a", 99).object_id != raw("101", "b").object_id
    assert 0 <= raw("101", "a").object_id < 2**63


def test_key_without_a_day_is_refused() -> None:
    with pytest.raises(ValueError, match="must begin with events/dt="):
        _ = RawObject("events/stray.json.gz", 1).received_hour


def test_hour_with_a_new_object_is_taken_whole() -> None:
    old, new, other = raw("101", "b"), raw("101", "a"), raw("102", "c")
    hours = hours_to_load([other, old, new], {old.object_id, other.object_id})
    expected = Hour(datetime(2026, 3, 1, 1, tzinfo=UTC), (new, old), frozenset({new.object_id}))
    assert hours == [expected]


def test_batches_stay_below_the_limit_and_a_large_hour_stands_alone() -> None:
    sizes = [40, 40, 40, 200, 10]
    hours = hours_to_load([raw(f"10{i}", "a", size) for i, size in enumerate(sizes)], set())
    taken = [[hour.size_bytes for hour in batch] for batch in batches(hours, max_bytes=100)]
    assert taken == [[40, 40], [40], [200], [10]]
    together = [
        [sum(hour.size_bytes for hour in batch) for batch in group]
        for group in groups(hours, max_bytes=120, max_batch_bytes=100)
    ]
    assert together == [[80, 40], [200], [10]]


def test_window_is_the_last_days() -> None:
    assert window_of({}, TODAY, 7, None) == Window(date(2026, 3, 3), TODAY)
    assert len(list(window_of({}, TODAY, 7, None).dates())) == 8


def test_window_of_the_first_run_is_all_there_is() -> None:
    assert window_of({}, TODAY, 1, date(2024, 1, 4)).first_date == date(2024, 1, 3)


def test_window_reaches_back_to_before_an_outage() -> None:
    assert window_of({}, TODAY, 7, date(2026, 2, 1)).first_date == date(2026, 1, 31)


def test_window_is_what_was_asked_for() -> None:
    asked = {"from_date": "2024-01-04", "to_date": "2024-06-29"}
    assert window_of(asked, TODAY, 7, None) == Window(date(2024, 1, 4), date(2024, 6, 29))


def test_window_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="must not be after"):
        window_of({"from_date": "2026-03-11"}, TODAY, 7, None)
