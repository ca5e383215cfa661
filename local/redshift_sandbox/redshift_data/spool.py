"""Texts that are kept for a day: in a file that nobody else sees, unless they are very small."""

import os
import tempfile
import threading
from dataclasses import dataclass, field
from typing import IO

# About what it takes to know where a text lies.
_IN_MEMORY_BYTES = 100
_SEGMENT_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class _Segment:
    """A file without a name: the system frees it with the last text in it."""

    file: IO[bytes] = field(default_factory=tempfile.TemporaryFile)


@dataclass(frozen=True, slots=True)
class Text:
    """A text that is kept."""

    _data: bytes
    _segment: _Segment | None = None
    _offset: int = 0
    _length: int = 0

    def read(self) -> str:
        """Return it."""
        if self._segment is None:
            return self._data.decode()
        return os.pread(self._segment.file.fileno(), self._length, self._offset).decode()


class Spool:
    """Keeps texts for as long as somebody holds what ``keep`` returned."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._segment = _Segment()
        self._end = 0

    def keep(self, text: str) -> Text:
        """Keep a text."""
        data = text.encode()
        if len(data) <= _IN_MEMORY_BYTES:
            return Text(data)
        with self._lock:
            if self._end + len(data) > _SEGMENT_BYTES and self._end:
                self._segment, self._end = _Segment(), 0
            segment, offset = self._segment, self._end
            self._end += len(data)
        written = 0
        while written < len(data):
            written += os.pwrite(segment.file.fileno(), data[written:], offset + written)
        return Text(b"", segment, offset, len(data))


SPOOL = Spool()
