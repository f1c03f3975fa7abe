"""Columns by their distinct values equal columns made row by row."""

import pandas as pd
from etl.distinct import combined, numbered, set_columns
from hypothesis import given
from hypothesis import strategies as st

TEXTS = st.lists(st.tuples(st.none() | st.text(max_size=3), st.none() | st.sampled_from("abc")), max_size=30)


def column(texts: list[str | None]) -> pd.Series:
    return pd.Series(texts, dtype="str")


@given(TEXTS)
def test_a_function_of_two_columns_is_asked_once_for_each_pair(
    pairs: list[tuple[str | None, str | None]],
) -> None:
    events = pd.DataFrame({"a": column([a for a, _ in pairs]), "b": column([b for _, b in pairs])})
    a, b = numbered(events["a"]), numbered(events["b"])
    asked: list[tuple[str | None, str | None]] = []

    def pair_of(row: int) -> list[str | None]:
        asked.append((a.value_of(row), b.value_of(row)))
        return [repr(asked[-1]), b.value_of(row)]

    set_columns(events, ["pair", "same"], combined([a, b]), pair_of)
    assert events["pair"].tolist() == [repr(pair) for pair in pairs]
    assert events["same"].astype(object).where(events["same"].notna(), None).tolist() == [b for _, b in pairs]
    assert sorted(map(repr, asked)) == sorted({repr(pair) for pair in pairs})


@given(TEXTS)
def test_values_that_are_the_same_to_a_function_share_a_number(
    pairs: list[tuple[str | None, str | None]],
) -> None:
    texts = [a for a, _ in pairs]
    found = numbered(column(texts)).mapped(lambda text: len(text or ""))
    assert [found.value_of(row) for row in range(len(texts))] == [len(text or "") for text in texts]
    assert len(found.values) == len({len(text or "") for text in texts})
