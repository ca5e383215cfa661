r"""Rows as CSV lines: UTF-8, ISO dates, empty for NULL, quoted where needed (RFC 4180), ended by ``\n``.

Every field is laid into a column of fixed width, padded with NUL, as numpy gathers and copies whole columns fast; then
the padding is taken out of all rows at once.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from supplychain.dataset.fixed_width import Bytes, buffers, padded

Items = npt.NDArray[np.void]
"""Items of one width, padded with NUL, which may stand anywhere in them."""
Ints = npt.NDArray[np.integer]

_PIECE: Final = 8_192
"""Rows that are laid out at once: they stay in the processor's cache."""

_WIDTHS: Final = (1, 2, 4, 8, 16)
"""Widths that numpy copies in one move; longer items are as long as they are."""

_SPLIT: Final = 10_000
"""Whole numbers are written by tables, four digits at a time, up to the square of this."""

_FEW: Final = 1_000
"""Numbers below this have a smaller table."""

_ONE_AND_NULL: Final = 2
_INT32_MOST: Final = 2**31 - 1
_MONEY_SCALE: Final = 2
_INT64_DIGITS: Final = 18
_PAGE_BITS: Final = 12
"""Dates are written by tables of whole pages, of 4,096 days each."""
_MOST_PAGES: Final = 32


def csv_header(names: Sequence[str]) -> bytes:
    """The header line of a CSV file."""
    return (",".join(names) + "\n").encode()


def csv_lines(rows: pa.Table) -> Iterator[bytearray]:
    """The lines of some rows, in pieces. A NUL in a text, which no warehouse can hold, is left out."""
    fields: list[Field] = []
    for number, name in enumerate(rows.column_names, start=1):
        fields += _fields(_one_array(rows.column(name)), b"," if number < rows.num_columns else b"\n")
    layout = np.dtype([(str(number), field.item) for number, field in enumerate(fields)])
    for start in range(0, rows.num_rows, _PIECE):
        stop = min(start + _PIECE, rows.num_rows)
        lines = bytearray((stop - start) * layout.itemsize)
        laid = np.frombuffer(lines, dtype=layout)
        for number, field in enumerate(fields):
            laid[str(number)] = field.items(start, stop)
        yield lines.translate(None, b"\0")


class Field(Protocol):
    """A part of every line."""

    @property
    def item(self) -> np.dtype[np.void]:
        """The type, which is the width, of an item."""

    def items(self, start: int, stop: int) -> Items:
        """The items of the rows from `start` to before `stop`, or one for all."""


@dataclass(frozen=True)
class Constant:
    """The same item in every row."""

    table: Items

    @property
    def item(self) -> np.dtype[np.void]:
        return self.table.dtype

    def items(self, start: int, stop: int) -> Items:  # noqa: ARG002  # the same for all
        return self.table


@dataclass(frozen=True)
class Each:
    """An item for each row."""

    table: Items

    @property
    def item(self) -> np.dtype[np.void]:
        return self.table.dtype

    def items(self, start: int, stop: int) -> Items:
        return self.table[start:stop]


@dataclass(frozen=True)
class Lookup:
    """Each row's item stands in a table."""

    table: Items
    index: Ints

    @property
    def item(self) -> np.dtype[np.void]:
        return self.table.dtype

    def items(self, start: int, stop: int) -> Items:
        return self.table.take(self.index[start:stop], mode="clip")


def _fields(column: pa.Array, end: bytes) -> Iterator[Field]:
    """The fields that write a column and the `end` of its values."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        yield _dictionary(column, end)
    elif pa.types.is_string(kind):
        yield _texts(_quoted(column), end)
    elif column.null_count or not len(column):
        yield _texts(column.cast(pa.string()), end)
    elif pa.types.is_date32(kind):
        yield _dates(column, end)
    elif pa.types.is_int32(kind):
        numbers = column.to_numpy()
        yield from _numbers(numbers, end) if _in_tables(numbers) else [_texts(column.cast(pa.string()), end)]
    elif pa.types.is_decimal128(kind) and kind.scale == _MONEY_SCALE and kind.precision <= _INT64_DIGITS:
        yield from _money(column, end)
    else:
        yield _texts(column.cast(pa.string()), end)


def _dictionary(column: pa.DictionaryArray, end: bytes) -> Field:
    """A dictionary is quoted once a value, not once a row; NULL is an empty item behind its values."""
    values = pa.concat_arrays([_quoted(column.dictionary).fill_null(""), pa.array([""])])
    indices = column.indices.fill_null(len(values) - 1) if column.indices.null_count else column.indices
    table = _items(padded(values)[0], end)
    if len(values) == _ONE_AND_NULL and not column.indices.null_count:
        return Constant(table[:1])
    return Lookup(table, indices.to_numpy())


def _texts(texts: pa.StringArray, end: bytes) -> Field:
    return Each(_items(padded(texts.fill_null("") if texts.null_count else texts)[0], end))


def _dates(column: pa.Date32Array, end: bytes) -> Field:
    days = column.view(pa.int32()).to_numpy()
    low, high = int(days.min()) >> _PAGE_BITS, int(days.max()) >> _PAGE_BITS
    if high - low >= _MOST_PAGES:
        return _texts(column.cast(pa.string()), end)
    return Lookup(_date_table(low, high, end), days - np.int32(low << _PAGE_BITS))


def _money(column: pa.Decimal128Array, end: bytes) -> Iterator[Field]:
    words = np.frombuffer(column.buffers()[1], dtype=np.int64).reshape(-1, 2)
    cents = words[column.offset : column.offset + len(column), 0]
    if cents.min() < 0 or cents.max() > _INT32_MOST:
        yield _texts(column.cast(pa.string()), end)
        return
    small = cents.astype(np.int32)
    whole = small // np.int32(100)
    yield from _numbers(whole, b"")
    yield Lookup(_cents_table(end), small - whole * np.int32(100))


def _in_tables(numbers: Ints) -> bool:
    return int(numbers.min()) >= 0 and int(numbers.max()) < _SPLIT * _SPLIT


def _numbers(numbers: Ints, end: bytes) -> Iterator[Field]:
    """Whole numbers from 0 to below the square of `_SPLIT`, four digits at a time."""
    most = int(numbers.max())
    if most < _SPLIT:
        yield Lookup(_number_table(_SPLIT if most >= _FEW else _FEW, end), numbers)
        return
    high = numbers // np.int32(_SPLIT)
    yield Lookup(_leading_table(), high)
    # Behind a leading part the entries from _SPLIT on are taken, which keep their zeros.
    yield Lookup(_number_table(2 * _SPLIT, end), numbers - (high - (high > 0)) * np.int32(_SPLIT))


def _quoted(texts: pa.StringArray) -> pa.StringArray:
    # Empty text is quoted, so that it differs from NULL.
    if not _may_need_quotes(texts):
        return texts
    needed = pc.or_(pc.match_substring_regex(texts, '[",\r\n]'), pc.equal(texts, ""))
    if not pc.any(needed).as_py():
        return texts
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
    return pc.if_else(needed, quoted, texts)


def _may_need_quotes(texts: pa.StringArray) -> bool:
    """Whether one of the texts is empty, or their bytes hold a character to quote for."""
    ends, data = buffers(texts)
    there = data[ends[0] : ends[-1]]
    return bool((np.diff(ends) == 0).any()) or any((there == ord(special)).any() for special in '",\r\n')


def _one_array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.unify_dictionaries().chunks) if column.num_chunks else pa.array([], column.type)


def _items(text: Bytes, end: bytes) -> Items:
    """Rows of bytes with an end as items, as wide as numpy likes."""
    needed = text.shape[1] + len(end)
    width = next((wide for wide in _WIDTHS if wide >= needed), needed)
    wide = np.zeros((len(text), width), dtype=np.uint8)
    wide[:, : text.shape[1]] = text
    wide[:, text.shape[1] : needed] = np.frombuffer(end, dtype=np.uint8)
    return wide.reshape(-1).view(f"V{width}")


def _table(texts: list[str], end: bytes) -> Items:
    return _items(padded(pa.array(texts, pa.string()))[0], end)


@cache
def _number_table(count: int, end: bytes) -> Items:
    """0 to `count` without leading zeros; from `_SPLIT` on the last four digits, with them."""
    texts = [f"{number}" for number in range(min(count, _SPLIT))]
    return _table([*texts, *(f"{number:04}" for number in range(count - len(texts)))], end)


@cache
def _leading_table() -> Items:
    """What stands before the last four digits: nothing for 0."""
    return _table(["", *(f"{number}" for number in range(1, _SPLIT))], b"")


@cache
def _cents_table(end: bytes) -> Items:
    return _table([f".{number:02}" for number in range(100)], end)


@lru_cache(maxsize=8)
def _date_table(low: int, high: int, end: bytes) -> Items:
    days = pa.array(np.arange(low << _PAGE_BITS, (high + 1) << _PAGE_BITS, dtype=np.int32))
    return _items(padded(days.cast(pa.date32()).cast(pa.string()))[0], end)
