"""Worker processes: the same calls in this process or in several, results in the order of the items.

What all calls share (a plan of the data set, say) is pickled into a file once, and read once by each process.
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

_AHEAD: Final = 2
"""Calls submitted for each process beyond those whose results were taken: enough that no process waits."""

MOST_FILES: Final = 6
"""Files that calls may append to: one for each table."""

_WORTHWHILE_ROWS: Final = 2_000_000
"""A single process makes fewer rows before others have started."""


class ProcessLostError(Exception):
    """A worker process was killed before its work was done."""


class Turns:
    """Assigns places in shared files to pieces that processes make at the same time, in the order of the pieces."""

    def __init__(self, condition: Any, following: Any, ends: Any) -> None:
        self._condition = condition
        self._following = following
        self._ends = ends

    def place(self, number: int, sizes: Sequence[int]) -> list[int]:
        """The offset in each file of piece `number`, of so many bytes; waits until all earlier pieces have theirs.

        Every piece must ask, or later ones wait for ever: one that could not be made asks for 0 bytes.
        """
        with self._condition:
            self._condition.wait_for(lambda: self._following[0] == number)
            offsets = list(self._ends[: len(sizes)])
            for file, size in enumerate(sizes):
                self._ends[file] += size
            self._following[0] += 1
            self._condition.notify_all()
        return offsets


class Workers(Protocol):
    """Runs calls of a module's function."""

    def map(
        self, function: Callable[[Shared, Item], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        """The results of ``function(shared, item)`` in the order of `items`.

        Raises
        ------
        ProcessLostError
            If a process was killed. What a call raises is raised here.
        """

    def map_in_turns(
        self, function: Callable[[Shared, Item, Turns], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        """The same for calls that append to shared files, at most MOST_FILES. At most once in the workers' life."""


class ThisProcess:
    """Runs the calls one after the other in this process."""

    def map(
        self, function: Callable[[Shared, Item], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        return (function(shared, item) for item in items)

    def map_in_turns(
        self, function: Callable[[Shared, Item, Turns], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        turns = Turns(threading.Condition(), [0], [0] * MOST_FILES)
        return (function(shared, item, turns) for item in items)


class _Pool:
    """Runs the calls in several processes."""

    def __init__(self, executor: ProcessPoolExecutor, processes: int, folder: Path) -> None:
        self._executor = executor
        self._most_pending = processes * _AHEAD
        self._folder = folder

    def map(
        self, function: Callable[[Shared, Item], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        return self._results(_call, function, shared, items)

    def map_in_turns(
        self, function: Callable[[Shared, Item, Turns], Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        return self._results(_call_in_turns, function, shared, items)

    def _results(
        self, call: Callable[..., Any], function: Callable[..., Outcome], shared: Shared, items: Iterable[Item]
    ) -> Iterator[Outcome]:
        with tempfile.NamedTemporaryFile(dir=self._folder) as file:
            pickle.dump(shared, file, protocol=pickle.HIGHEST_PROTOCOL)
            file.flush()
            pending: deque[Future[Outcome]] = deque()
            with _noticing_losses():
                for item in items:
                    pending.append(self._executor.submit(call, file.name, function, item))
                    if len(pending) > self._most_pending:
                        yield pending.popleft().result()
                while pending:
                    yield pending.popleft().result()


@contextmanager
def start_workers(processes: int) -> Iterator[Workers]:
    """So many worker processes, or this one alone for 1; they have ended when the context ends."""
    if processes == 1:
        yield ThisProcess()
        return
    spawn = get_context("spawn")  # the only start method that is safe beside Arrow's threads, and the same everywhere
    turns = Turns(spawn.Condition(), spawn.Array("q", 1, lock=False), spawn.Array("q", MOST_FILES, lock=False))
    with tempfile.TemporaryDirectory(prefix="supplychain-") as folder:
        executor = ProcessPoolExecutor(processes, mp_context=spawn, initializer=_start, initargs=(turns,))
        try:
            yield _Pool(executor, processes, Path(folder))
        finally:
            executor.shutdown(cancel_futures=True)


def worthwhile_processes(settings: SeedSettings) -> int:
    """As many processes as there are processors for much data, one for little."""
    return 1 if settings.expected_rows < _WORTHWHILE_ROWS else available_processors()


def available_processors() -> int:
    """Processors that this process may use."""
    with suppress(AttributeError):  # macOS has no such call
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _noticing_losses() -> Iterator[None]:
    try:
        yield
    except BrokenProcessPool:
        raise ProcessLostError("a process was killed, perhaps for lack of memory: use fewer --processes") from None


_turns: Turns | None = None


def _start(turns: Turns) -> None:
    """Prepare a worker process."""
    global _turns  # noqa: PLW0603  # an executor hands its initializer's arguments to calls in no other way
    _turns = turns
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the parent too, which ends its workers
    threading.Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """Exit when the parent was killed: an executor's processes would wait for its calls for ever."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _call(path: str, function: Callable[[Any, Any], Any], item: Any) -> Any:
    return function(_shared(path), item)


def _call_in_turns(path: str, function: Callable[[Any, Any, Turns], Any], item: Any) -> Any:
    return function(_shared(path), item, cast("Turns", _turns))


@lru_cache(maxsize=1)
def _shared(path: str) -> Any:
    return pickle.loads(Path(path).read_bytes())  # noqa: S301  # the parent process wrote it
