"""What is taken together: batches of hours, objects of a part, days of a refresh."""

from etl.portions import portions
from hypothesis import given
from hypothesis import strategies as st


def sizes(things: list[int], most: int) -> list[list[int]]:
    return list(portions(things, lambda size: size, most))


def test_things_are_taken_together_up_to_the_most() -> None:
    assert sizes([3, 3, 4, 1], most=10) == [[3, 3, 4], [1]]


def test_larger_thing_stands_alone() -> None:
    assert sizes([1, 50, 1], most=10) == [[1], [50], [1]]


@given(st.lists(st.integers(0, 30)), st.integers(1, 40))
def test_every_thing_is_taken_once_and_in_order(things: list[int], most: int) -> None:
    found = sizes(things, most)
    assert [size for portion in found for size in portion] == things
    assert all(sum(portion) <= most or len(portion) == 1 for portion in found)
