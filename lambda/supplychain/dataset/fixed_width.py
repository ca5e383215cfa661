"""Texts as byte rows of one width, NUL-padded: numpy gathers, hashes and writes them without Python objects."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
"""A row for each text, a column for each byte; shape (texts, width)."""
Lengths = npt.NDArray[np.integer]
"""The length of each text in bytes; a single element if all texts have the same length."""


def to_fixed_width(texts: pa.StringArray, multiple_of: int = 1) -> tuple[Bytes, Lengths]:
    """Return the UTF-8 bytes of texts, none of which may be NULL, and their lengths.

    The width is that of the longest text, rounded up to a multiple of `multiple_of`. Texts of equal length are the
    common case, and the fast one.
    """
    offsets, data = offsets_and_bytes(texts)
    lengths = np.diff(offsets)
    longest = int(lengths.max(initial=0))
    width = max(-(-longest // multiple_of), 1) * multiple_of
    if len(lengths) and longest == int(lengths.min()):
        equal = data[offsets[0] : offsets[-1]].reshape(len(lengths), longest)
        return equal if longest == width else _pad(equal, width), lengths[:1]
    out = np.zeros((len(lengths), width), dtype=np.uint8)
    for length in np.unique(lengths).tolist():
        of_length = np.flatnonzero(lengths == length)
        out[of_length, :length] = data[offsets[of_length, None] + np.arange(length)]
    return out, lengths


def _pad(rows: Bytes, width: int) -> Bytes:
    out = np.zeros((len(rows), width), dtype=np.uint8)
    out[:, : rows.shape[1]] = rows
    return out


def offsets_and_bytes(texts: pa.StringArray) -> tuple[npt.NDArray[np.int32], Bytes]:
    """Return the offset of each text and the end of the last one, and the bytes that they point into."""
    if not len(texts):
        return np.zeros(1, dtype=np.int32), np.zeros(0, dtype=np.uint8)
    _, offset_buffer, data = texts.buffers()
    offsets = np.frombuffer(offset_buffer, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return offsets, np.frombuffer(data or b"", dtype=np.uint8)


def cache_key(texts: pa.StringArray) -> bytes:
    """Return bytes that are equal if and only if the texts are."""
    offsets, data = offsets_and_bytes(texts)
    if not len(texts):
        return b""
    key: bytes = (offsets - offsets[0]).tobytes() + b"|" + data[offsets[0] : offsets[-1]].tobytes()
    return key
