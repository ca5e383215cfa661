"""Storage for strings that are kept for a day: very small ones in memory, the rest in an unnamed temporary file."""

import os
import tempfile
import threading
from dataclasses import dataclass, field
from typing import IO

# About the memory that the reference to a stored string takes.
_IN_MEMORY_BYTES = 100
_SEGMENT_BYTES = 64_000_000


@dataclass(frozen=True, slots=True)
class _Segment:
    """A file without a name: the system frees it with the last string in it."""

    file: IO[bytes] = field(default_factory=tempfile.TemporaryFile)


@dataclass(frozen=True, slots=True)
class Text:
    """A stored string."""

    _data: bytes
    _segment: _Segment | None = None
    _offset: int = 0
    _length: int = 0

    def read(self) -> str:
        """Return the string."""
        if self._segment is None:
            return self._data.decode()
        return os.pread(self._segment.file.fileno(), self._length, self._offset).decode()


class Spool:
    """Stores strings for as long as the ``Text`` that ``keep`` returned is referenced."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._segment = _Segment()
        self._end = 0

    def keep(self, text: str) -> Text:
        """Store a string."""
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
