"""Texts as items of one width, NUL-padded: what numpy can gather, hash and write without a Python object per row."""

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
"""One row a text, one column a byte; shape (texts, width)."""
Lengths = npt.NDArray[np.integer]
"""Bytes of each text, or one item for texts of one length."""


def padded(texts: pa.StringArray, multiple: int = 1) -> tuple[Bytes, Lengths]:
    """The UTF-8 bytes of texts, none of them NULL, padded with NUL to the longest or a `multiple` above; and lengths.

    Texts that are all of one length have one item for a length: that is the common case, and the quick one.
    """
    ends, data = buffers(texts)
    lengths = np.diff(ends)
    longest = int(lengths.max(initial=0))
    width = max(-(-longest // multiple), 1) * multiple
    if len(lengths) and longest == int(lengths.min()):
        even = data[ends[0] : ends[-1]].reshape(len(lengths), longest)
        return even if longest == width else _widened(even, width), lengths[:1]
    out = np.zeros((len(lengths), width), dtype=np.uint8)
    for length in np.unique(lengths).tolist():
        of_length = np.flatnonzero(lengths == length)
        out[of_length, :length] = data[ends[of_length, None] + np.arange(length)]
    return out, lengths


def _widened(even: Bytes, width: int) -> Bytes:
    out = np.zeros((len(even), width), dtype=np.uint8)
    out[:, : even.shape[1]] = even
    return out


def buffers(texts: pa.StringArray) -> tuple[npt.NDArray[np.int32], Bytes]:
    """Where each text begins, and where the last ends, in the bytes that follow."""
    if not len(texts):
        return np.zeros(1, dtype=np.int32), np.zeros(0, dtype=np.uint8)
    _, offsets, data = texts.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return ends, np.frombuffer(data or b"", dtype=np.uint8)


def contents(texts: pa.StringArray) -> bytes:
    """Bytes that are the same for the same texts, and no others: a key for what was made of them before."""
    ends, data = buffers(texts)
    return (ends - ends[0]).tobytes() + b"|" + data[ends[0] : ends[-1]].tobytes() if len(texts) else b""
