"""Make all blocks of a plan and write them into files: here, or with several processes side by side.

The processes first draw, by turns, the demand that the plan is made of. Then process n of N makes the blocks n, n + N,
n + 2N …, tells this one how large their pieces are, hears where in which files they go, and writes them there itself.
The sizes are told in the order of the blocks, so the files do not depend on N, and no process holds more than a few
blocks.
"""

import os
import signal
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Any, Final

from supplychain import generator, schema
from supplychain.dataset.memory import keep_freed_memory
from supplychain.dataset.writers import Encoded, Format, Piece, TableFiles, encode, write_at
from supplychain.generator.demand import Demand
from supplychain.generator.history import Chunk, ChunkDemand, draw_here
from supplychain.settings import SeedSettings

Placed = Callable[[int], None]
"""Called with the rows of each block once it has its place."""

_HELD_BLOCKS: Final = 2
"""Blocks that a process makes ahead of hearing where they go."""

_STOP_SECONDS: Final = 5.0

_WORTHWHILE_ROWS: Final = 2_000_000
"""Fewer are made before other processes have started."""


class ProcessLostError(Exception):
    """One of the processes ended before its work was done."""


@dataclass(frozen=True)
class Work:
    """A share of the blocks: every `step`-th from `first` on, in one format."""

    plan: generator.Plan
    files: Format
    first: int = 0
    step: int = 1

    def encoded(self) -> Iterator[dict[str, Encoded]]:
        """The share's blocks in order, each as its pieces by table; tables without rows in a block are left out."""
        rows_before = dict.fromkeys(schema.TABLE_NAMES, 0)
        for index, block in enumerate(self.plan.blocks):
            if index % self.step == self.first:
                made = generator.make_block(self.plan, index)
                yield {
                    table.name: encode(table, made[table.name], rows_before[table.name], self.files)
                    for table in schema.TABLES
                    if made[table.name].num_rows
                }
            for name, rows in block.rows.items():
                rows_before[name] += rows


def produce_here(work: Work, tables: Mapping[str, TableFiles], placed: Placed) -> None:
    """Make and write all blocks in this process."""
    for block in work.encoded():
        for name, made in block.items():
            tables[name].add(made)
        placed(sum(made.piece.rows for made in block.values()))


@dataclass(frozen=True)
class Draws:
    """Demand to be drawn for the plan."""

    demand: Demand
    chunks: Sequence[Chunk]


class Crew:
    """Processes that start before there is a plan, as starting takes them a while."""

    def __init__(self, processes: list[BaseProcess], connections: list[Connection]) -> None:
        self._processes = processes
        self._connections = connections

    def draw(self, demand: Demand, chunks: Sequence[Chunk]) -> Iterator[ChunkDemand]:
        """The demand of chunks in their order, drawn by the processes by turns. Raises as `produce` does."""
        count = len(self._connections)
        with _noticing_losses():
            for number, connection in enumerate(self._connections):
                connection.send(Draws(demand, chunks[number::count]))
            for index in range(len(chunks)):
                yield _received(self._connections[index % count])

    def produce(self, plan: generator.Plan, files: Format, tables: Mapping[str, TableFiles], placed: Placed) -> None:
        """Make and write all blocks, into files that have names.

        Raises
        ------
        ProcessLostError
            Where a process was killed.
        """
        count = len(self._connections)
        with _noticing_losses():
            for number, connection in enumerate(self._connections):
                connection.send(Work(plan, files, first=number, step=count))
            for index in range(len(plan.blocks)):
                connection = self._connections[index % count]
                pieces: dict[str, Piece] = _received(connection)
                targets = {name: tables[name].place(piece) for name, piece in pieces.items()}
                connection.send({name: (target.file.name, target.offset) for name, target in targets.items()})
                placed(sum(piece.rows for piece in pieces.values()))
            for connection in self._connections:
                _received(connection)  # it has written everything

    def stop(self) -> None:
        """End the processes that still run."""
        for connection in self._connections:
            connection.close()
        for process in self._processes:
            process.join(_STOP_SECONDS)
            if process.is_alive():
                process.terminate()


@contextmanager
def crew(count: int) -> Iterator[Crew]:
    """Processes that wait for work, and that are gone in the end."""
    spawning = get_context("spawn")  # the only way that is safe beside Arrow's threads, and the same everywhere
    processes: list[BaseProcess] = []
    connections: list[Connection] = []
    with ExitStack() as ending:
        ending.callback(Crew(processes, connections).stop)
        for _ in range(count):
            ours, theirs = spawning.Pipe()
            process = spawning.Process(target=_work, args=(theirs,), daemon=True)
            process.start()
            theirs.close()
            processes.append(process)
            connections.append(ours)
        yield Crew(processes, connections)


def worthwhile_processes(settings: SeedSettings) -> int:
    """As many processes as there are processors, where there is enough to do; else one."""
    few = settings.expected_rows < _WORTHWHILE_ROWS
    return 1 if few else available_processors()


def available_processors() -> int:
    """Processors that this process may use."""
    with suppress(AttributeError):  # macOS does not say
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def _noticing_losses() -> Iterator[None]:
    try:
        yield
    except (EOFError, ConnectionError):
        raise ProcessLostError("a process was killed, perhaps for lack of memory: use fewer --processes") from None


def _received(connection: Connection) -> Any:
    answer = connection.recv()
    if isinstance(answer, Exception):
        raise answer
    return answer


def _work(connection: Connection) -> None:
    """What a process does until the other end is closed: hears of work, and does it."""
    keep_freed_memory()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the one that started us is interrupted too, and ends us
    with suppress(EOFError, ConnectionError):  # it is gone
        while True:
            task: Draws | Work = connection.recv()
            try:
                if isinstance(task, Draws):
                    for summed in draw_here(task.demand, task.chunks):
                        connection.send(summed)
                else:
                    _make_and_write(task, connection)
                    connection.send(None)
            except ConnectionError:
                raise
            except (OSError, ValueError, MemoryError) as error:
                connection.send(error)


def _make_and_write(work: Work, connection: Connection) -> None:
    held: deque[dict[str, Encoded]] = deque()
    for block in work.encoded():
        connection.send({name: made.piece for name, made in block.items()})
        held.append(block)
        while len(held) > _HELD_BLOCKS or (held and connection.poll()):
            _write(held.popleft(), connection.recv())
    while held:
        _write(held.popleft(), connection.recv())


def _write(block: dict[str, Encoded], targets: dict[str, tuple[str, int]]) -> None:
    for name, made in block.items():
        path, offset = targets[name]
        descriptor = os.open(path, os.O_WRONLY)
        try:
            write_at(descriptor, offset, made.data)
        finally:
            os.close(descriptor)
