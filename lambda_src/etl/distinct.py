"""Columns by their distinct values: what costs time is done once for each of them. Pure."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa

Value = TypeVar("Value")
Other = TypeVar("Other")


@dataclass(frozen=True)
class Numbered(Generic[Value]):
    """A column as its distinct values, None among them if it has none somewhere, and each row's number."""

    values: list[Value]
    numbers: np.ndarray[Any, np.dtype[np.int64]]

    def value_of(self, row: int) -> Value:
        """Return the value of a row."""
        return self.values[int(self.numbers[row])]

    def mapped(self, function: Callable[[Value], Other]) -> "Numbered[Other]":
        """Return the column of what the function makes of each value; it is asked once for each."""
        found: dict[Other, int] = {}
        numbers = [found.setdefault(function(value), len(found)) for value in self.values]
        return Numbered(list(found), np.array(numbers, np.int64)[self.numbers])


def numbered(column: pd.Series) -> Numbered[str | None]:
    """Return a column of text by its distinct values."""
    texts = pa.array(column)
    whole = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    encoded = whole.dictionary_encode("encode")
    return Numbered(encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64))


def combined(columns: Sequence[Numbered[Any]]) -> Numbered[int]:
    """Return the distinct combinations of columns, each as the first row that has it."""
    numbers = columns[0].numbers
    for column in columns[1:]:
        if len(column.values) > 1:
            numbers = pd.factorize(numbers * len(column.values) + column.numbers)[0]
    numbers = pd.factorize(numbers)[0].astype(np.int64)
    return Numbered(np.unique(numbers, return_index=True)[1].tolist(), numbers)


def set_columns(
    events: pd.DataFrame,
    names: Sequence[str],
    source: Numbered[Value],
    texts_of: Callable[[Value], Sequence[str | None]],
) -> None:
    """Set columns of text to what the function returns for each row's value; it is asked once for each."""
    found = [texts_of(value) for value in source.values]
    rows = pa.array(source.numbers)
    for position, name in enumerate(names):
        distinct = pa.array([texts[position] for texts in found], pa.large_string())
        events[name] = pd.Series(pd.array(distinct.take(rows), dtype="str"), index=events.index)
