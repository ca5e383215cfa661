r"""Codes of rows that SQL computes too, so that the rows of a warehouse can be compared with those of files.

The digest of a table needs the order of its rows, which a warehouse does not keep. The code of a row does not: it is
the first 60 bits of the MD5 of its values as text, separated by ``\x1f``, with ``\x1e`` for NULL. The sum of the codes
of a table changes with any value, and with values exchanged between rows. Like the digest it detects accidents, not
forgery.
`supplychain.warehouse.comparison` has the same definition in SQL.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Codes = npt.NDArray[np.uint64]

SEPARATOR: Final = 0x1F
NULL: Final = 0x1E
"""Characters that stand for the end of a value and for NULL."""

CODE_DIGITS: Final = 15
"""Hexadecimal digits of a code, which fits a signed 64-bit integer."""

_HASH_BYTES: Final = 16
_LOW_BITS: Final = 32


@dataclass(frozen=True)
class RowSum:
    """The number of some rows, and the sum of their codes."""

    rows: int = 0
    total: int = 0

    def plus(self, codes: Codes) -> "RowSum":
        """Return the sum with the codes of further rows."""
        high, low = codes >> np.uint64(_LOW_BITS), codes & np.uint64((1 << _LOW_BITS) - 1)
        return RowSum(self.rows + len(codes), self.total + (int(high.sum()) << _LOW_BITS) + int(low.sum()))


def row_codes(rows: pa.Table, columns: Sequence[str]) -> Codes:
    """Return the code of these columns of each row."""
    texts = row_texts(rows, columns)
    joined = pc.binary_join_element_wise(
        *texts, chr(SEPARATOR), null_handling="replace", null_replacement=chr(NULL)
    ).cast(pa.binary())
    hashes = b"".join([hashlib.md5(row, usedforsecurity=False).digest() for row in joined.to_pylist()])
    first_halves = np.frombuffer(hashes, dtype=">u8").reshape(-1, _HASH_BYTES // 8)[:, 0].astype(np.uint64)
    return first_halves >> np.uint64(64 - 4 * CODE_DIGITS)


def row_texts(rows: pa.Table, columns: Sequence[str]) -> list[pa.ChunkedArray]:
    """Return columns as text: dates as in ISO 8601, decimals with all places."""
    return [rows.column(name).cast(pa.string()) for name in columns]
