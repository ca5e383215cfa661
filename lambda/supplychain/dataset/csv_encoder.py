r"""Rows as CSV lines: UTF-8, ISO dates, empty for NULL, quoted where needed (RFC 4180), terminated by ``\n``.

Every field is written into a column of fixed width, padded with NUL, because numpy gathers and copies whole columns
fast. The padding is then removed from many rows at once.
"""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from supplychain.dataset.csv_cells import (
    DIGIT_GROUP,
    PAGE_BITS,
    ConstantField,
    Field,
    Integers,
    LookupField,
    PlainField,
    cents_table,
    date_table,
    leading_digits_table,
    number_table,
    text_cells,
)
from supplychain.dataset.fixed_width import offsets_and_bytes

_CHUNK_ROWS: Final = 8_192
"""Rows encoded at once; they fit into the processor's cache."""

_SMALL_NUMBER_TABLE: Final = 1_000
_ONE_VALUE_AND_NULL: Final = 2
_INT32_MAX: Final = 2**31 - 1
_MONEY_SCALE: Final = 2
_INT64_DIGITS: Final = 18
_MAX_DATE_PAGES: Final = 32


def csv_header(names: Sequence[str]) -> bytes:
    """Return the header line of a CSV file."""
    return (",".join(names) + "\n").encode()


def csv_lines(rows: pa.Table) -> Iterator[bytearray]:
    """Yield the lines of some rows in chunks, without the NUL characters of texts, which Redshift does not accept."""
    if not rows.num_rows:  # most blocks have rows of a few tables only, and the fields of all of them take long to make
        return
    fields: list[Field] = []
    for number, name in enumerate(rows.column_names, start=1):
        fields += _fields(_single_array(rows.column(name)), b"," if number < rows.num_columns else b"\n")
    line = np.dtype([(str(number), field.dtype) for number, field in enumerate(fields)])
    for start in range(0, rows.num_rows, _CHUNK_ROWS):
        stop = min(start + _CHUNK_ROWS, rows.num_rows)
        text = bytearray((stop - start) * line.itemsize)
        lines = np.frombuffer(text, dtype=line)
        for number, field in enumerate(fields):
            lines[str(number)] = field.cells(start, stop)
        yield text.translate(None, b"\0")


def _fields(column: pa.Array, end: bytes) -> Iterator[Field]:
    """Yield the fields of a column, the last of them followed by `end`."""
    kind = column.type
    if pa.types.is_dictionary(kind):
        yield _dictionary_field(column, end)
    elif pa.types.is_string(kind):
        yield _text_field(_quoted(column), end)
    elif column.null_count or not len(column):
        yield _text_field(column.cast(pa.string()), end)
    elif pa.types.is_date32(kind):
        yield _date_field(column, end)
    elif pa.types.is_int32(kind) and _have_tables(column.to_numpy()):
        yield from _number_fields(column.to_numpy(), end)
    elif pa.types.is_decimal128(kind) and kind.scale == _MONEY_SCALE and kind.precision <= _INT64_DIGITS:
        yield from _money_fields(column, end)
    else:
        yield _text_field(column.cast(pa.string()), end)


def _dictionary_field(column: pa.DictionaryArray, end: bytes) -> Field:
    """Quote the values of the dictionary instead of the rows. NULL is an empty cell after the values."""
    values = pa.concat_arrays([_quoted(column.dictionary).fill_null(""), pa.array([""])])
    indices = column.indices.fill_null(len(values) - 1) if column.indices.null_count else column.indices
    table = text_cells(values, end)
    if len(values) == _ONE_VALUE_AND_NULL and not column.indices.null_count:
        return ConstantField(table[:1])
    return LookupField(table, indices.to_numpy())


def _text_field(texts: pa.StringArray, end: bytes) -> Field:
    return PlainField(text_cells(texts.fill_null("") if texts.null_count else texts, end))


def _date_field(column: pa.Date32Array, end: bytes) -> Field:
    days = column.view(pa.int32()).to_numpy()
    first_page, last_page = int(days.min()) >> PAGE_BITS, int(days.max()) >> PAGE_BITS
    if last_page - first_page >= _MAX_DATE_PAGES:
        return _text_field(column.cast(pa.string()), end)
    return LookupField(date_table(first_page, last_page, end), days - np.int32(first_page << PAGE_BITS))


def _money_fields(column: pa.Decimal128Array, end: bytes) -> Iterator[Field]:
    halves = np.frombuffer(column.buffers()[1], dtype=np.int64).reshape(-1, 2)
    cents = halves[column.offset : column.offset + len(column), 0]
    if cents.min() < 0 or cents.max() > _INT32_MAX:
        yield _text_field(column.cast(pa.string()), end)
        return
    small = cents.astype(np.int32)
    whole = small // np.int32(100)
    yield from _number_fields(whole, b"")
    yield LookupField(cents_table(end), small - whole * np.int32(100))


def _have_tables(numbers: Integers) -> bool:
    return int(numbers.min()) >= 0 and int(numbers.max()) < DIGIT_GROUP * DIGIT_GROUP


def _number_fields(numbers: Integers, end: bytes) -> Iterator[Field]:
    """Yield the fields of integers of at most eight digits, four digits each."""
    largest = int(numbers.max())
    if largest < DIGIT_GROUP:
        yield LookupField(
            number_table(DIGIT_GROUP if largest >= _SMALL_NUMBER_TABLE else _SMALL_NUMBER_TABLE, end), numbers
        )
        return
    leading = numbers // np.int32(DIGIT_GROUP)
    yield LookupField(leading_digits_table(), leading)
    # After leading digits, the entries from DIGIT_GROUP on are used, which have their leading zeros.
    yield LookupField(number_table(2 * DIGIT_GROUP, end), numbers - (leading - (leading > 0)) * np.int32(DIGIT_GROUP))


def _quoted(texts: pa.StringArray) -> pa.StringArray:
    # Empty text is quoted to distinguish it from NULL.
    if not _may_need_quotes(texts):
        return texts
    needed = pc.or_(pc.match_substring_regex(texts, '[",\r\n]'), pc.equal(texts, ""))
    if not pc.any(needed).as_py():
        return texts
    quoted = pc.binary_join_element_wise('"', pc.replace_substring(texts, '"', '""'), '"', "")
    return pc.if_else(needed, quoted, texts)


def _may_need_quotes(texts: pa.StringArray) -> bool:
    """Return whether a text is empty or the bytes of the texts include a character that requires quotes."""
    offsets, data = offsets_and_bytes(texts)
    used = data[offsets[0] : offsets[-1]]
    return bool((np.diff(offsets) == 0).any()) or any((used == ord(special)).any() for special in '",\r\n')


def _single_array(column: pa.ChunkedArray) -> pa.Array:
    if column.num_chunks == 1:
        return column.chunk(0)
    return pa.concat_arrays(column.unify_dictionaries().chunks) if column.num_chunks else pa.array([], column.type)
