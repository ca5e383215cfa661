"""A digest of a table's rows that depends on nothing but the values and their order.

Two files with the same rows have the same digest, whatever their format, compression, chunks or encoding.
"""

import hashlib
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


class TableDigest:
    """SHA-256 over the columns of a table, fed chunk by chunk.

    A column is hashed as its values in little-endian bytes (text as lengths and UTF-8 bytes, dates as days since 1970,
    decimals as 16-byte integers), with a NULL as zero, beside one byte a row that says which values are NULL. Where a
    chunk ends leaves no trace.
    """

    def __init__(self, schema: pa.Schema) -> None:
        self._schema = schema
        self._hashes = [[hashlib.sha256() for _ in range(3)] for _ in schema]
        self._rows = 0

    def update(self, chunk: pa.Table) -> None:
        """Add the rows of a chunk whose columns are those of the schema, dictionary-encoded or not."""
        self._rows += chunk.num_rows
        for index, field in enumerate(self._schema):
            nulls, values, lengths = self._hashes[index]
            for part in chunk.column(field.name).chunks:
                array = part.cast(field.type) if pa.types.is_dictionary(part.type) else part
                nulls.update(_bytes_of(array.is_valid().cast(pa.uint8())))
                if pa.types.is_string(field.type):
                    array = pc.fill_null(array, "")
                    lengths.update(_bytes_of(pc.binary_length(array)))
                    values.update(_text_bytes(array))
                else:
                    values.update(_bytes_of(_without_nulls(array)))

    def hexdigest(self) -> str:
        """The digest of all rows so far, 64 hexadecimal digits."""
        whole = hashlib.sha256(str(self._rows).encode())
        for field, hashes in zip(self._schema, self._hashes, strict=True):
            whole.update(f"\n{field.name} {field.type} ".encode())
            whole.update(b"".join(part.digest() for part in hashes))
        return whole.hexdigest()


def _without_nulls(array: pa.Array) -> pa.Array:
    zero = pa.scalar(Decimal(0) if pa.types.is_decimal(array.type) else 0, array.type)
    return pc.fill_null(array, zero) if array.null_count else array


def _bytes_of(array: pa.Array) -> memoryview:
    """The values of a fixed-width array without NULLs, as bytes."""
    width = array.type.bit_width // 8
    data = array.buffers()[1]
    return (
        memoryview(data)[array.offset * width : (array.offset + len(array)) * width] if len(array) else memoryview(b"")
    )


def _text_bytes(array: pa.StringArray) -> memoryview:
    if not len(array):
        return memoryview(b"")
    _, offsets, data = array.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)
    return memoryview(data)[ends[array.offset] : ends[array.offset + len(array)]] if data else memoryview(b"")
