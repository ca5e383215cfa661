"""Map a function over items in this process or in several worker processes, with results in the order of the items.

An argument that all calls share, such as the plan of a data set, is pickled into a file once and read once by each
process.
"""

import os
import pickle
import signal
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from functools import lru_cache
from multiprocessing import get_context, parent_process
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar, cast

from supplychain.dataset.memory import keep_freed_memory
from supplychain.settings import SeedSettings

Shared = TypeVar("Shared")
Item = TypeVar("Item")
Outcome = TypeVar("Outcome")

_QUEUED_CALLS: Final = 2
"""Calls submitted ahead for each process, so that no process waits for its next call."""

MAX_FILES: Final = 6
"""The largest number of files that an `OffsetAllocator` manages: one for each table."""

_MULTIPROCESS_ROWS: Final = 2_000_000
"""A single process generates fewer rows than this before other processes have started."""


class ProcessLostError(Exception):
    """A worker process was killed before its work was done."""


class OffsetAllocator:
    """Allocates ranges of shared files to chunks that processes write concurrently, in the order of the chunks."""

    def __init__(self, condition: Any, next_number: Any, ends: Any) -> None:
        self._condition = condition
        self._next_number = next_number
        self._ends = ends

    def allocate(self, number: int, sizes: Sequence[int]) -> list[int]:
        """Return the offset of chunk `number` in each file, after waiting until all earlier chunks have theirs.

        Every chunk must call this, or later ones wait forever: a chunk that failed allocates 0 bytes.
        """
        with self._condition:
            self._condition.wait_for(lambda: self._next_number[0] == number)
            offsets = list(self._ends[: len(sizes)])
            for file, size in enumerate(sizes):
                self._ends[file] += size
            self._next_number[0] += 1
            self._condition.notify_all()
        return offsets


class Workers(Protocol):
    """Maps module-level functions over items."""

    def map(
        self, function: Callable[[Shared, Item], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        """Yield the results of ``function(shared, item)`` in the order of `items`.

        Raises
        ------
        ProcessLostError
            If a process was killed. Errors of calls are raised here too.
        """

    def map_with_offsets(
        self, function: Callable[[Shared, Item, OffsetAllocator], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        """Do the same for calls that append to at most MAX_FILES shared files. To be called once per pool."""


class InProcessWorkers:
    """Runs the calls sequentially in this process."""

    def map(
        self, function: Callable[[Shared, Item], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        return (function(shared, item) for item in items)

    def map_with_offsets(
        self, function: Callable[[Shared, Item, OffsetAllocator], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        allocator = OffsetAllocator(threading.Condition(), [0], [0] * MAX_FILES)
        return (function(shared, item, allocator) for item in items)


class _ProcessPool:
    """Runs the calls in worker processes."""

    def __init__(self, executor: ProcessPoolExecutor, processes: int, folder: Path) -> None:
        self._executor = executor
        self._max_pending = processes * _QUEUED_CALLS
        self._folder = folder

    def map(
        self, function: Callable[[Shared, Item], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        return self._results(_call, function, shared, items)

    def map_with_offsets(
        self, function: Callable[[Shared, Item, OffsetAllocator], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        return self._results(_call_with_offsets, function, shared, items)

    def _results(
        self, call: Callable[..., Any], function: Callable[..., Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        with tempfile.NamedTemporaryFile(dir=self._folder) as file:
            pickle.dump(shared, file, protocol=pickle.HIGHEST_PROTOCOL)
            file.flush()
            pending: deque[Future[Outcome]] = deque()
            with _report_killed_process():
                for item in items:
                    pending.append(self._executor.submit(call, file.name, function, item))
                    if len(pending) > self._max_pending:
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()


@contextmanager
def start_workers(processes: int) -> Iterator[Workers]:
    """Run `processes` worker processes for the duration of the context; for 1, use this process."""
    if processes == 1:
        yield InProcessWorkers()
        return
    spawn = get_context("spawn")  # the only start method that is safe with Arrow's threads, and available everywhere
    allocator = OffsetAllocator(
        spawn.Condition(), spawn.Array("q", 1, lock=False), spawn.Array("q", MAX_FILES, lock=False)
    )
    with tempfile.TemporaryDirectory(prefix="supplychain-") as folder:
        executor = ProcessPoolExecutor(processes, mp_context=spawn, initializer=_start, initargs=(allocator,))
        try:
            yield _ProcessPool(executor, processes, Path(folder))
        except (KeyboardInterrupt, SystemExit):
            for process in list(executor._processes.values()):  # noqa: SLF001  # a method of Python 3.14 does this
                process.terminate()
            raise
        finally:
            executor.shutdown(cancel_futures=True)


def default_processes(settings: SeedSettings) -> int:
    """Return the number of processors for a large data set, 1 for a small one."""
    return 1 if settings.expected_rows < _MULTIPROCESS_ROWS else available_cpus()


def available_cpus() -> int:
    """Return the number of processors that this process may use."""
    with suppress(AttributeError):  # not available on macOS
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _report_killed_process() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool:
        raise ProcessLostError(
            "a worker process was killed, perhaps for lack of memory: use fewer --processes"
        ) from None


_allocator: OffsetAllocator | None = None


def _start(allocator: OffsetAllocator) -> None:
    """Prepare a worker process."""
    global _allocator  # noqa: PLW0603  # calls can reach an argument of the initializer in no other way
    _allocator = allocator
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent gets Ctrl-C too and stops its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Exit when the parent was killed; otherwise the processes of an executor wait for calls forever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _call(path: str, function: Callable[[Any, Any], Any], item: Any) -> Any:
    return function(_shared(path), item)


def _call_with_offsets(path: str, function: Callable[[Any, Any, OffsetAllocator], Any], item: Any) -> Any:
    return function(_shared(path), item, cast("OffsetAllocator", _allocator))


@lru_cache(maxsize=1)
def _shared(path: str) -> Any:
    return pickle.loads(Path(path).read_bytes())  # noqa: S301  # the parent process wrote it
