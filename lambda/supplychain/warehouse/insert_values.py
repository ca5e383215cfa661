"""Rows as the value lists of INSERT statements, made by columns."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def value_lists(rows: pa.Table, most_rows: int, most_bytes: int) -> Iterator[tuple[str, int]]:
    """The rows as ``(…),(…)``, such as follow VALUES, cut by rows and by bytes of UTF-8; each text with its rows.

    Raises
    ------
    ValueError
        Where a single row takes more than `most_bytes`.
    """
    joined = _joined(rows)
    text = _bytes(joined)
    ends = _offsets(joined)
    first = 0
    while first < len(joined):
        # The last comma is not sent, hence the byte more.
        last = int(np.searchsorted(ends, ends[first] + most_bytes + 1, side="right")) - 1
        last = min(last, first + most_rows)
        if last == first:
            raise ValueError(f"a row of {ends[first + 1] - ends[first]} bytes passes the {most_bytes} of a statement")
        yield str(text[ends[first] : ends[last] - 1], "utf-8"), last - first
        first = last


def sql_literals(texts: pa.StringArray) -> pa.StringArray:
    r"""The texts as SQL literals that Redshift and PostgreSQL read alike.

    A backslash is written as ``chr(92)``: Redshift takes ``\`` in a literal for an escape, standard SQL does not.
    """
    texts = pc.replace_substring(texts, "'", "''")
    quoted = pc.binary_join_element_wise("'", texts, "'", "")
    if pc.any(pc.match_substring(texts, "\\")).as_py():
        quoted = pc.replace_substring(quoted, "\\", "'||chr(92)||'")
    return quoted


def _joined(rows: pa.Table) -> pa.StringArray:
    columns = [_as_text(column.combine_chunks()) for column in rows.columns]
    columns[0] = pc.binary_join_element_wise("(", columns[0], "", null_handling="replace", null_replacement="NULL")
    columns[-1] = pc.binary_join_element_wise(columns[-1], "),", "", null_handling="replace", null_replacement="NULL")
    joined = pc.binary_join_element_wise(*columns, ",", null_handling="replace", null_replacement="NULL")
    return joined if isinstance(joined, pa.Array) else joined.combine_chunks()


def _as_text(column: pa.Array | pa.ChunkedArray) -> pa.StringArray:
    if isinstance(column, pa.ChunkedArray):
        column = pa.concat_arrays(column.chunks) if column.num_chunks else pa.array([], column.type)
    if pa.types.is_dictionary(column.type):  # escaped once a value, not once a row
        return sql_literals(column.dictionary).take(column.indices)
    if pa.types.is_string(column.type):
        return sql_literals(column)
    text = column.cast(pa.string())
    return sql_literals(text) if pa.types.is_date(column.type) else text


def _offsets(texts: pa.StringArray) -> "np.ndarray[tuple[int], np.dtype[np.int64]]":
    offsets = np.frombuffer(texts.buffers()[1], dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return offsets.astype(np.int64)


def _bytes(texts: pa.StringArray) -> memoryview:
    """The texts end to end, from where the first of `_offsets` points."""
    data = texts.buffers()[2]
    return memoryview(data) if data else memoryview(b"")
