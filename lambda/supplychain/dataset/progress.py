"""Progress of work on a data set, in rows."""

from collections.abc import Callable

Progress = Callable[[int, int], None]
"""Called with the number of rows done and the total number of rows."""


def row_counter(progress: Progress | None, total: int) -> Callable[[int], None]:
    """Return a function that takes the rows of each step and reports the rows of all steps so far to `progress`."""
    done = 0

    def add(rows: int) -> None:
        nonlocal done
        done += rows
        if progress is not None:
            progress(done, total)

    return add
