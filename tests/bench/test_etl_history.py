"""The benchmark of history makes the history that it says, at a size that says nothing about speed."""

from tests.bench.etl_history import Asked, growth, run

PER_DAY, BATCH = 1000, 500


def test_hours_are_measured_behind_more_history_and_more_partitions() -> None:
    *_, found = run(Asked([2 * PER_DAY, 4 * PER_DAY], [10], PER_DAY, BATCH, 1))
    assert [size["history_events"] for size in found] == [2 * PER_DAY, 2 * PER_DAY, 4 * PER_DAY]
    few, many, more = (size["partitions"] for size in found)
    assert few < many <= more
    for size in found:
        assert [hour["events"] for hour in size["hours"]] == [BATCH]
        written = {name for name, one in size["statements"].items() if one["blocks"] > 0}
        assert "insert into mart.traffic_hourly" in written
        assert any(name.startswith("copy warehouse.fact_events") for name in written)
    assert [ratio["history_events"] for ratio in growth(found)] == [2 * PER_DAY, 2 * PER_DAY, 4 * PER_DAY]
    assert growth(found)[0]["cpu_ratio"] == 1
