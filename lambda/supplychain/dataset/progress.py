"""Progress of work on a data set, in rows."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with the rows done so far and the rows to come in all."""


def counted(progress: Progress | None, total: int) -> Callable[[int], None]:
    """A function that takes the rows of each step, and calls `progress` with those of all steps so far."""
    done = 0

    def add(rows: int) -> None:
        nonlocal done
        done += rows
        if progress is not None:
            progress(done, total)

    return add
