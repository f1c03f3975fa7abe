"""What a run publishes about itself and about the warehouse."""

from datetime import UTC, datetime, timedelta

from etl.health import Health
from etl.ledger import Counts
from etl.metrics import of_packages, of_run, of_warehouse
from etl.run import RunSummary

AT = datetime(2026, 11, 22, 12, tzinfo=UTC)


def test_a_run_counts_what_became_of_every_line() -> None:
    counts = Counts(objects_count=2, stored_count=9, loaded_count=6, rejected_count=2, duplicate_count=1)
    published = {name: value for name, (_, value) in of_run(RunSummary(1, counts, 3, 40)).items()}
    assert published["UnloadedObjects"] == 40
    parts = ("EventsLoaded", "EventsRejected", "EventsDuplicate")
    assert [published[part] for part in parts] == [6, 2, 1]


def test_the_age_is_that_of_the_instant_up_to_which_all_is_loaded() -> None:
    health = Health(AT - timedelta(hours=2), 5_000_000, 0)
    assert of_warehouse(health, AT)["DataAge"] == ("Seconds", 7200)
    assert "DataAge" not in of_warehouse(Health(None, 5_000_000, 0), AT)


def test_a_difference_counts_whichever_side_has_more() -> None:
    for difference in (-3, 3):
        assert of_warehouse(Health(AT, 1, difference), AT)["AccountDifference"] == ("Count", 3)


def test_a_warehouse_that_cannot_be_asked_says_only_that_it_is_not_up() -> None:
    assert of_warehouse(None, AT) == {"WarehouseUp": ("None", 0)}
    assert of_warehouse(Health(AT, 1, 0), AT)["WarehouseUp"] == ("None", 1)


def test_packages_that_expired_are_counted_and_those_that_nobody_could_ask_for_are_not() -> None:
    assert of_packages(0.0) == {"PackagesValid": ("Seconds", 0.0)}
    assert of_packages(None) == {}
