"""A digest of a table's rows that depends on their values and their order alone.

Files with the same rows have the same digest, whatever their format, compression, chunks and encoding, and however many
processes wrote them. It detects accidental changes: rows that were changed, lost, duplicated or reordered. It is not
cryptographic and does not protect against forgery.

Each value has a 64-bit code: a number its value, a date the days since 1970-01-01, a decimal its unscaled value, NULL
a constant. A text is read as little-endian 64-bit words of its UTF-8 bytes; its code is the sum of the words, each
times a factor of its position, and of the length times another factor. The sum of a column, modulo 2^64, adds up its
codes, each times a factor of the row's position. Factors are odd, so every change of a single value changes the sum.
The digest is SHA-256 over the number of rows and the name, type and sum of each column.
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
from supplychain.dataset.fixed_width import cache_key, to_fixed_width

Codes = npt.NDArray[np.uint64]

_MASK: Final = (1 << 64) - 1
_NULL_CODE: Final = 0xD1B54A32D192ED03
_LENGTH_FACTOR: Final = 0x8CB92BA72F3D8DD7

_SEGMENT_ROWS: Final = 1 << 16
"""A row's factor is the product of a factor of its position in its segment and a factor of the segment."""

_FIRST_WORD_FACTOR: Final = 1 << 32
_FIRST_SEGMENT_FACTOR: Final = 1 << 33
"""Positions, in the series of factors, of those of a text's words and of the segments."""

_MAX_CACHED_DICTIONARIES: Final = 64
_dictionary_codes_cache: dict[bytes, Codes] = {}
"""The codes of dictionaries by their values: dictionaries rarely differ between chunks."""


class TableDigest:
    """The digest of a table, computed from chunks of rows or from the sums of chunks that other processes computed."""

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._sums = [0] * len(schema)
        self._rows = 0

    def update(self, chunk: pa.Table) -> None:
        """Add the rows of a chunk, which has the columns of the schema, dictionary-encoded or not."""
        self.add(chunk.num_rows, column_sums(self._schema, chunk, self._rows))

    def add(self, rows: int, sums: Sequence[int]) -> None:
        """Add rows by their `column_sums` at their position in the table."""
        self._rows += rows
        self._sums = [(old + new) & _MASK for old, new in zip(self._sums, sums, strict=True)]

    def hexdigest(self) -> str:
        """Return the digest of all rows so far, 64 hexadecimal digits."""
        whole = hashlib.sha256(str(self._rows).encode())
        for field, column in zip(self._schema, self._sums, strict=True):
            whole.update(f"\n{field.name} {field.type} {column:016x}".encode())
        return whole.hexdigest()


def column_sums(schema: pa.Schema, chunk: pa.Table, first_row: int) -> list[int]:
    """Return the sum of each column of a chunk that begins at row `first_row` of the table, counted from 0."""
    return [_column_sum(chunk.column(field.name), field.type, first_row) for field in schema]


def _column_sum(column: pa.ChunkedArray, kind: pa.DataType, first_row: int) -> int:
    total, row = 0, first_row
    for array in column.chunks:
        if len(array):
            total += _weighted_sum(_codes(array, kind), row)
            row += len(array)
    return total & _MASK


def _weighted_sum(codes: Codes, first_row: int) -> int:
    factors = _row_factors()
    total = 0
    for start, stop in _segments(first_row, first_row + len(codes)):
        low = start % _SEGMENT_ROWS
        segment_sum = np.dot(codes[start - first_row : stop - first_row], factors[low : low + stop - start])
        total += int(segment_sum) * int(_factors(_FIRST_SEGMENT_FACTOR + start // _SEGMENT_ROWS, 1)[0])
    return total


def _segments(start: int, stop: int) -> Iterator[tuple[int, int]]:
    while start < stop:
        end = min((start // _SEGMENT_ROWS + 1) * _SEGMENT_ROWS, stop)
        yield start, end
        start = end


def _codes(array: pa.Array, kind: pa.DataType) -> Codes:
    if pa.types.is_dictionary(array.type):
        indices = pc.fill_null(array.indices, 0) if array.null_count else array.indices
        known = _dictionary_codes(array.dictionary, kind)
        codes = known.take(indices.to_numpy(), mode="clip") if len(known) > 1 else np.broadcast_to(known, len(array))
    elif pa.types.is_string(kind):
        codes = _text_codes(pc.fill_null(array, "") if array.null_count else array)
    elif pa.types.is_decimal(kind):
        halves = np.frombuffer(array.buffers()[1], dtype=np.uint64).reshape(-1, 2)
        codes = halves[array.offset : array.offset + len(array), 0]
    else:
        numbers = np.frombuffer(array.buffers()[1], dtype=np.int32)[array.offset : array.offset + len(array)]
        codes = numbers.astype(np.uint64)
    if not array.null_count:
        return codes
    return np.where(array.is_null().to_numpy(zero_copy_only=False), np.uint64(_NULL_CODE), codes)


def _dictionary_codes(dictionary: pa.Array, kind: pa.DataType) -> Codes:
    if not pa.types.is_string(kind) or dictionary.null_count:
        return _codes(dictionary, kind)
    key = cache_key(dictionary)
    if key not in _dictionary_codes_cache:
        if len(_dictionary_codes_cache) >= _MAX_CACHED_DICTIONARIES:
            _dictionary_codes_cache.clear()
        _dictionary_codes_cache[key] = _text_codes(dictionary)
    return _dictionary_codes_cache[key]


def _text_codes(texts: pa.StringArray) -> Codes:
    text, lengths = to_fixed_width(texts, multiple_of=8)
    words = text.view("<u8")
    codes = (lengths + 1).astype(np.uint64) * np.uint64(_LENGTH_FACTOR)
    for position, factor in enumerate(_factors(_FIRST_WORD_FACTOR, words.shape[1])):
        codes = codes + words[:, position] * factor
    return codes


@cache
def _row_factors() -> Codes:
    return _factors(0, _SEGMENT_ROWS)


def _factors(first: int, count: int) -> Codes:
    """Return `count` odd factors from number `first` on: outputs of SplitMix64 from state 0 with the lowest bit set."""
    states = np.arange(first + 1, first + count + 1, dtype=np.uint64) * np.uint64(splitmix64.GAMMA)
    return splitmix64.mix(states) | np.uint64(1)
