"""Whose lines are an erased person's: an account's by its token, a browser's only without one."""

import gzip

import pandas as pd
import pytest
from etl.erased import ACCOUNT, BROWSER, NOBODY, ErasedPeople, id_hash
from etl.parse import Parsed
from hypothesis import given
from hypothesis import strategies as st

from tests.etl.events import event, minutes, raw_object

KEY = b"k" * 32
PEOPLE = ErasedPeople(KEY, frozenset({id_hash(KEY, ACCOUNT, "anna"), id_hash(KEY, BROWSER, "phone")}))


@pytest.mark.parametrize(
    ("user_id", "anonymous_id", "is_covered"),
    [
        ("anna", "tablet", True),
        ("anna", "phone", True),
        (None, "phone", True),
        ("ben", "phone", False),
        (None, "tablet", False),
        ("phone", "anna", False),
        (None, "anna", False),
    ],
)
def test_line_is_its_accounts_or_without_one_its_browsers(
    user_id: str | None, anonymous_id: str, is_covered: bool
) -> None:
    assert PEOPLE.cover(user_id, anonymous_id) is is_covered


USERS = st.none() | st.sampled_from(["anna", "ben", "phone"])


@given(st.lists(st.tuples(USERS, st.sampled_from(["phone", "tablet", "anna"]))))
def test_rows_of_a_frame_are_those_that_are_covered_one_by_one(pairs: list[tuple[str | None, str]]) -> None:
    frame = pd.DataFrame(pairs, columns=["user_id", "anonymous_id"], index=range(5, 5 + len(pairs)))
    assert PEOPLE.rows_of(frame).tolist() == [PEOPLE.cover(*pair) for pair in pairs]
    assert not NOBODY.rows_of(frame).any()


def test_hash_says_nothing_without_the_key() -> None:
    assert id_hash(KEY, ACCOUNT, "anna") != id_hash(b"other", ACCOUNT, "anna")
    assert id_hash(KEY, ACCOUNT, "anna") != id_hash(KEY, BROWSER, "anna")


def test_mark_in_the_place_of_a_line_is_neither_event_nor_reject() -> None:
    _, body = raw_object([event("a", minutes(0)), event("b", minutes(1))], minutes(2))
    _, second, _ = gzip.decompress(body).split(b"\n")
    parsed = Parsed()
    parsed.add_object(7, gzip.compress(b'{"erased":true}\n' + second + b"\n" + b'{"erased":1}\n'))
    assert (parsed.erased_ids, parsed.frame()["line_number"].tolist()) == ([7], [2])
    assert [reject.line_number for reject in parsed.rejects] == [3]
