"""How a process that makes data treats memory that it has freed."""

import ctypes
from contextlib import suppress
from typing import Final

import pyarrow as pa

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3
"""Parameters of glibc's mallopt."""

_LARGEST: Final = 32 << 20
"""Most bytes that glibc accepts as the size from which on an allocation is mapped by itself."""

_KEPT: Final = 256 << 20


def keep_freed_memory() -> None:
    """Have the C library keep what is freed for the next block's arrays, where it is glibc.

    It would return large arrays to the system and take them back page by page, for each block anew: a tenth of the
    time. Arrow takes what its own arrays need from jemalloc where it has that, which of its allocators holds the least
    memory here (at 10^8 rows a process holds 205 MiB at most, 218 with the default).
    """
    with suppress(NotImplementedError):  # a build of Arrow without jemalloc
        pa.set_memory_pool(pa.jemalloc_memory_pool())
    with suppress(OSError, AttributeError):  # another C library
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_MMAP_THRESHOLD, _LARGEST)
        mallopt(_TRIM_THRESHOLD, _KEPT)
