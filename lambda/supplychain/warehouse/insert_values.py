"""Rows as the value lists of INSERT statements, converted column by column."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def value_lists(rows: pa.Table, max_rows: int, max_bytes: int) -> Iterator[tuple[str, int]]:
    """Yield the rows as ``(…),(…)`` to follow VALUES, limited in rows and UTF-8 bytes, with the number of rows of each.

    Raises
    ------
    ValueError
        If a single row is longer than `max_bytes`.
    """
    lines = _row_texts(rows)
    text = _bytes(lines)
    ends = _offsets(lines)
    first = 0
    while first < len(lines):
        # One byte more, because the last comma is not sent.
        last = int(np.searchsorted(ends, ends[first] + max_bytes + 1, side="right")) - 1
        last = min(last, first + max_rows)
        if last == first:
            raise ValueError(
                f"a row of {ends[first + 1] - ends[first]} bytes exceeds the limit of {max_bytes} for a statement"
            )
        yield str(text[ends[first] : ends[last] - 1], "utf-8"), last - first
        first = last


def sql_literals(texts: pa.StringArray) -> pa.StringArray:
    r"""Return texts as SQL literals that mean the same to Redshift and PostgreSQL.

    A backslash is written as ``chr(92)``, because Redshift interprets ``\`` in a literal as an escape and standard SQL
    does not.
    """
    texts = pc.replace_substring(texts, "'", "''")
    quoted = pc.binary_join_element_wise("'", texts, "'", "")
    if pc.any(pc.match_substring(texts, "\\")).as_py():
        quoted = pc.replace_substring(quoted, "\\", "'||chr(92)||'")
    return quoted


def _row_texts(rows: pa.Table) -> pa.StringArray:
    columns = [_column_text(column.combine_chunks()) for column in rows.columns]
    columns[0] = pc.binary_join_element_wise("(", columns[0], "", null_handling="replace", null_replacement="NULL")
    columns[-1] = pc.binary_join_element_wise(columns[-1], "),", "", null_handling="replace", null_replacement="NULL")
    joined = pc.binary_join_element_wise(*columns, ",", null_handling="replace", null_replacement="NULL")
    return joined if isinstance(joined, pa.Array) else joined.combine_chunks()


def _column_text(column: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if pa.types.is_dictionary(column.type):  # quote each value once, not each row
        return sql_literals(column.dictionary).take(column.indices)
    if pa.types.is_string(column.type):
        return sql_literals(column)
    text = column.cast(pa.string())
    return sql_literals(text) if pa.types.is_date(column.type) else text


def _offsets(texts: pa.StringArray) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return offsets.astype(np.int64)


def _bytes(texts: pa.StringArray) -> memoryview:
    """Return the buffer of the texts that `_offsets` point into."""
    data = texts.buffers()[2]
    return memoryview(data) if data else memoryview(b"")
