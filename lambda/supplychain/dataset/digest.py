"""A digest of a table's rows that depends on nothing but the values and their order.

Two files with the same rows have the same digest, whatever their format, compression, chunks or encoding, and whichever
processes wrote them. It finds out what was changed, lost, doubled or put in another order by accident; it is no
signature, which would withstand somebody who means to deceive.

A column is a sum modulo 2^64: each row adds its value's word times a factor of the row's position. The word of a number
is the number, of a date the days since 1970-01-01, of a decimal the number without its point, of a text the sum of its
UTF-8 bytes in little-endian words, each times a factor of its place, and of its length; NULL has a word of its own. The
factors are odd, so that no change of a single value goes unseen. The digest is SHA-256 over the number of rows and the
name, type and sum of each column.
"""

import hashlib
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from supplychain.dataset import splitmix64
from supplychain.dataset.fixed_width import contents, padded

Words = npt.NDArray[np.uint64]

_MASK: Final = (1 << 64) - 1
_NULL: Final = 0xD1B54A32D192ED03
"""The word of NULL."""
_LENGTH: Final = 0x8CB92BA72F3D8DD7
"""Factor of a text's length."""
_STRETCH: Final = 1 << 16
"""Rows whose factors are drawn one by one; the n-th stretch has them all times a factor of its own."""

_TEXT_PLACES: Final = 1 << 32
_STRETCHES: Final = 1 << 33
"""Where the factors of a text's words, and of the stretches, begin in the series of factors."""


_MOST_RECENT: Final = 64
_recent: dict[bytes, Words] = {}
"""The words of dictionaries by their contents: they hardly differ from chunk to chunk."""


class TableDigest:
    """The digest of a table, fed chunk by chunk, or with the sums of chunks that other processes made."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._sums = [0] * len(schema)
        self._rows = 0

    def update(self, chunk: pa.Table) -> None:
        """Add the rows of a chunk whose columns are those of the schema, dictionary-encoded or not."""
        self.add(chunk.num_rows, column_sums(self._schema, chunk, self._rows))

    def add(self, rows: int, sums: Sequence[int]) -> None:
        """Add rows by the `column_sums` of them at their place in the table."""
        self._rows += rows
        self._sums = [(old + new) & _MASK for old, new in zip(self._sums, sums, strict=True)]

    def hexdigest(self) -> str:
        """The digest of all rows so far, 64 hexadecimal digits."""
        whole = hashlib.sha256(str(self._rows).encode())
        for field, column in zip(self._schema, self._sums, strict=True):
            whole.update(f"\n{field.name} {field.type} {column:016x}".encode())
        return whole.hexdigest()


def column_sums(schema: pa.Schema, chunk: pa.Table, first_row: int) -> list[int]:
    """The sum of each column of a chunk whose first row is the table's row `first_row`, from 0."""
    return [_column_sum(chunk.column(field.name), field.type, first_row) for field in schema]


def _column_sum(column: pa.ChunkedArray, kind: pa.DataType, first_row: int) -> int:
    total, row = 0, first_row
    for array in column.chunks:
        if len(array):
            total += _position_sum(_words(array, kind), row)
            row += len(array)
    return total & _MASK


def _position_sum(words: Words, first_row: int) -> int:
    factors = _stretch_factors()
    total = 0
    for start, stop in _stretches(first_row, first_row + len(words)):
        low = start % _STRETCH
        inner = np.dot(words[start - first_row : stop - first_row], factors[low : low + stop - start])
        total += int(inner) * int(_factors(_STRETCHES + start // _STRETCH, 1)[0])
    return total


def _stretches(start: int, stop: int) -> Iterator[tuple[int, int]]:
    while start < stop:
        end = min((start // _STRETCH + 1) * _STRETCH, stop)
        yield start, end
        start = end


def _words(array: pa.Array, kind: pa.DataType) -> Words:
    if pa.types.is_dictionary(array.type):
        indices = pc.fill_null(array.indices, 0) if array.null_count else array.indices
        known = _dictionary_words(array.dictionary, kind)
        words = known.take(indices.to_numpy(), mode="clip") if len(known) > 1 else np.broadcast_to(known, len(array))
    elif pa.types.is_string(kind):
        words = _text_words(pc.fill_null(array, "") if array.null_count else array)
    elif pa.types.is_decimal(kind):
        pairs = np.frombuffer(array.buffers()[1], dtype=np.uint64).reshape(-1, 2)
        words = pairs[array.offset : array.offset + len(array), 0]
    else:
        numbers = np.frombuffer(array.buffers()[1], dtype=np.int32)[array.offset : array.offset + len(array)]
        words = numbers.astype(np.uint64)
    if not array.null_count:
        return words
    return np.where(array.is_null().to_numpy(zero_copy_only=False), np.uint64(_NULL), words)


def _dictionary_words(dictionary: pa.Array, kind: pa.DataType) -> Words:
    """The words of a dictionary; that of the last chunk's is mostly the same."""
    if not pa.types.is_string(kind) or dictionary.null_count:
        return _words(dictionary, kind)
    key = contents(dictionary)
    if key not in _recent:
        if len(_recent) >= _MOST_RECENT:
            _recent.clear()
        _recent[key] = _text_words(dictionary)
    return _recent[key]


def _text_words(texts: pa.StringArray) -> Words:
    text, lengths = padded(texts, multiple=8)
    by_place = text.view("<u8")
    words = (lengths + 1).astype(np.uint64) * np.uint64(_LENGTH)
    for place, factor in enumerate(_factors(_TEXT_PLACES, by_place.shape[1])):
        words = words + by_place[:, place] * factor
    return words


@cache
def _stretch_factors() -> Words:
    return _factors(0, _STRETCH)


def _factors(first: int, count: int) -> Words:
    """The odd factors from the `first` on: the outputs of SplitMix64 from state 0, with the lowest bit set."""
    states = np.arange(first + 1, first + count + 1, dtype=np.uint64) * np.uint64(splitmix64.GAMMA)
    return splitmix64.mix(states) | np.uint64(1)
