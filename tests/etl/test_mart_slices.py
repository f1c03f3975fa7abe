"""Which days of a refresh are rewritten together."""

from datetime import date, timedelta

from etl.marts import marts, slices
from hypothesis import given
from hypothesis import strategies as st

FIRST = date(2026, 3, 1)


def days(*counts: int) -> dict[date, int]:
    return {FIRST + timedelta(days=number): count for number, count in enumerate(counts)}


def test_days_are_taken_together_up_to_the_most() -> None:
    found = list(slices(days(3, 3, 4, 1), most=10))
    assert [len(part) for part in found] == [3, 1]


def test_larger_day_stands_alone() -> None:
    assert [len(part) for part in slices(days(1, 50, 1), most=10)] == [1, 1, 1]


@given(st.dictionaries(st.dates(), st.integers(0, 30)), st.integers(1, 40))
def test_every_day_is_rewritten_once(counts: dict[date, int], most: int) -> None:
    found = list(slices(counts, most))
    assert [day for part in found for day in part] == sorted(counts)
    assert all(sum(counts[day] for day in part) <= most or len(part) == 1 for part in found)


def test_what_rows_of_a_mart_follow_from_is_read_in_its_query() -> None:
    by_person = {mart.table: mart.person_column for mart in marts() if mart.person_column}
    assert by_person == {"people_daily": "person_id", "customer_orders_daily": "customer_id"}
    assert set(by_person) <= {mart.table for mart in marts() if mart.reads_people}
