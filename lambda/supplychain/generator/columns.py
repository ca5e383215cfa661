"""Arrow columns from numpy arrays, without a Python object per row."""

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from supplychain.dataset.arrow import arrow_type
from supplychain.generator.arrays import BoolArray, BytesArray, IntegerArray
from supplychain.schema import MONEY

_MAX_DICTIONARY_CODES = 65_536
"""Most codes to encode as a dictionary: every block carries the whole dictionary."""


def zero_padded(numbers: IntegerArray, width: int, prefix: str = "") -> BytesArray:
    """Each number in decimal, zero-padded to `width`, after `prefix`: ASCII bytes of one length."""
    text = np.empty((len(numbers), len(prefix) + width), dtype=np.uint8)
    text[:, : len(prefix)] = np.frombuffer(prefix.encode(), dtype=np.uint8)
    rest = numbers.astype(np.int64)
    for position in range(text.shape[1] - 1, len(prefix) - 1, -1):
        tens = rest // 10
        text[:, position] = rest - tens * 10 + ord("0")
        rest = tens
    return text.reshape(-1).view(f"S{text.shape[1]}")


def fixed_width_strings(text: BytesArray) -> pa.Array:
    """A string column of ASCII texts, each as long as the array's items."""
    offsets = np.arange(len(text) + 1, dtype=np.int32) * np.int32(text.dtype.itemsize)
    return pa.StringArray.from_buffers(len(text), pa.py_buffer(offsets), pa.py_buffer(text))


def categorical(index: IntegerArray, values: pa.Array | Sequence[str]) -> pa.Array:
    """A dictionary-encoded string column: ``values[index]``."""
    dictionary = values if isinstance(values, pa.Array) else pa.array(values, pa.string())
    return pa.DictionaryArray.from_arrays(pa.array(index.astype(np.int32, copy=False)), dictionary)


def constant(value: str, count: int) -> pa.Array:
    """A dictionary-encoded string column of `count` rows with one value."""
    return categorical(np.zeros(count, dtype=np.int32), (value,))


def codes(index: IntegerArray, *, prefix: str, width: int, total: int) -> pa.Array:
    """Codes such as PROD0001 for indices from 0: a dictionary if the `total` of codes is small, else strings."""
    if total > _MAX_DICTIONARY_CODES:
        return fixed_width_strings(zero_padded(index.astype(np.int64) + 1, width, prefix))
    return categorical(index, fixed_width_strings(zero_padded(np.arange(1, total + 1), width, prefix)))


def money(cents: IntegerArray) -> pa.Array:
    """A decimal column from cents, which must be neither negative nor too large for the column.

    Arrow does not detect an overflow: callers keep the figures within the column's range.
    """
    words = np.zeros((len(cents), 2), dtype=np.int64)
    words[:, 0] = cents
    return pa.Decimal128Array.from_buffers(arrow_type(MONEY), len(cents), [None, pa.py_buffer(words)])


def integers(numbers: IntegerArray) -> pa.Array:
    """An int32 column; callers keep the numbers within its range."""
    return pa.array(numbers.astype(np.int32, copy=False))


def dates(days: IntegerArray, *, null: BoolArray | None = None) -> pa.Array:
    """A date column from days since 1970-01-01, NULL where `null` is true."""
    return pa.array(days.astype(np.int32, copy=False), mask=null).cast(pa.date32())
