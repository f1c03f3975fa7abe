"""How tests are shared out to worker processes: what belongs together stays together."""

import gzip
import re
from itertools import groupby

import pytest

from tests.repository import tree
from tests.workers import UNITS, in_order, unit_of

TESTS = [f"{path}::test_it" for path in tree.paths_ending(".py") if "/test_" in path]


def test_every_place_of_a_unit_holds_tests() -> None:
    places = [place for _, unit_places in UNITS for place in unit_places]
    assert [place for place in places if not any(test.startswith(place) for test in TESTS)] == []


def test_a_folder_whose_conftest_starts_a_stack_is_in_one_unit() -> None:
    for path in tree.paths_ending("/conftest.py"):
        folder = path.removesuffix("conftest.py")
        if "private_stack(" in tree.text(path) or "golden_warehouse(" in tree.text(path):
            below = {unit_of(test) for test in TESTS if test.rpartition("/")[0] + "/" == folder}
            assert len(below) == 1, folder
            assert below <= {unit for unit, _ in UNITS}, folder


def test_what_writes_the_built_sdk_is_in_one_unit() -> None:
    users = [
        path for path in tree.paths_ending(".py") if re.search(r"(?m)^from tests\.sdk\.npm ", tree.text(path))
    ]
    assert users
    assert {unit_of(path) for path in users} == {"the built SDK"}


def test_units_are_taken_up_whole_and_the_longest_first() -> None:
    units = [unit_of(TESTS[place]) for place in in_order(TESTS)]
    taken = [unit for unit, _ in groupby(units)]
    assert len(taken) == len(set(taken))
    assert taken[: len(UNITS)] == [unit for unit, _ in UNITS]
    assert sorted(in_order(TESTS)) == list(range(len(TESTS)))


def test_no_test_is_named_by_bytes_which_worker_processes_may_write_differently(
    request: pytest.FixtureRequest,
) -> None:
    named = request.config.hook.pytest_make_parametrize_id(
        config=request.config, val=gzip.compress(b"x", mtime=1), argname="body"
    )
    assert named == "body"
