"""Arrow columns from numpy arrays, without a Python object per row."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from supplychain.dataset.arrow import arrow_type
from supplychain.schema import MONEY

Integers = npt.NDArray[np.integer]
Text = npt.NDArray[np.bytes_]

_CODES_AS_DICTIONARY = 65_536
"""Most distinct codes that a dictionary is worth: each block carries it whole."""


def digits(numbers: Integers, width: int, prefix: str = "") -> Text:
    """Each number in decimal, zero-padded to `width`, after `prefix`: a fixed-width array of ASCII bytes."""
    text = np.empty((len(numbers), len(prefix) + width), dtype=np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    rest = numbers.astype(np.int64)
    for place in range(text.shape[1] - 1, len(prefix) - 1, -1):
        tens = rest // 10
        text[:, place] = rest - tens * 10 + ord("0")
        rest = tens
    return text.reshape(-1).view(f"S{text.shape[1]}")


def fixed_text(text: Text) -> pa.Array:
    """A string column of ASCII texts that are all as long as the array's items."""
    ends = np.arange(len(text) + 1, dtype=np.int32) * np.int32(text.dtype.itemsize)
    return pa.StringArray.from_buffers(len(text), pa.py_buffer(ends), pa.py_buffer(text))


def category(index: Integers, values: pa.Array | Sequence[str]) -> pa.Array:
    """A dictionary-encoded string column: `values` by `index`."""
    dictionary = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32, copy=False)), dictionary)


def constant(value: str, count: int) -> pa.Array:
    """A dictionary-encoded string column with one value throughout."""
    return category(np.zeros(count, dtype=np.int32), (value,))


def code(index: Integers, *, prefix: str, width: int, known: int) -> pa.Array:
    """Codes such as PROD0001 for indices from 0: a dictionary where `known` codes are few enough, else plain text."""
    if known > _CODES_AS_DICTIONARY:
        return fixed_text(digits(index.astype(np.int64) + 1, width, prefix))
    return category(index, fixed_text(digits(np.arange(1, known + 1), width, prefix)))


def money(cents: Integers) -> pa.Array:
    """A decimal column from cents; they must not be negative, and fit the column.

    Arrow does not notice an overflow: the callers' limits keep the figures within the column.
    """
    wide = np.zeros((len(cents), 2), dtype=np.int64)
    wide[:, 0] = cents
    return pa.Decimal128Array.from_buffers(arrow_type(MONEY), len(cents), [None, pa.py_buffer(wide)])


def integers(numbers: Integers) -> pa.Array:
    """An int32 column; the callers' limits keep the numbers within it."""
    return pa.array(numbers.astype(np.int32, copy=False))


def dates(days: Integers, *, empty: npt.NDArray[np.bool_] | None = None) -> pa.Array:
    """A date column from days since 1970-01-01, NULL where `empty`."""
    return pa.array(days.astype(np.int32, copy=False), mask=empty).cast(pa.date32())
