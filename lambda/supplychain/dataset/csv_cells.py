"""Parts of CSV lines as cells of a fixed width, padded with NUL, and lookup tables of the cells that repeat."""

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from supplychain.dataset.fixed_width import Bytes, to_fixed_width

Cells = npt.NDArray[np.void]
"""Cells of one width, padded with NUL at any position."""
Integers = npt.NDArray[np.integer]

DIGIT_GROUP: Final = 10_000
"""Numbers are looked up in groups of four decimal digits."""

PAGE_BITS: Final = 12
"""A table of dates consists of pages of 4,096 days."""

_FAST_WIDTHS: Final = (1, 2, 4, 8, 16)
"""Widths that numpy copies in one move. Wider cells are as wide as their content."""


class Field(Protocol):
    """A part of every line: a column, or a part of one."""

    @property
    def dtype(self) -> np.dtype[np.void]:
        """The type of a cell, which is its width."""

    def cells(self, start: int, stop: int) -> Cells:
        """Return the cells of the rows from `start` up to `stop`, or a single cell that all rows share."""


@dataclass(frozen=True)
class ConstantField:
    """A field with the same cell in every row."""

    cell: Cells

    @property
    def dtype(self) -> np.dtype[np.void]:
        return self.cell.dtype

    def cells(self, start: int, stop: int) -> Cells:  # noqa: ARG002  # all rows share the cell
        return self.cell


@dataclass(frozen=True)
class PlainField:
    """A field with a stored cell for each row."""

    stored: Cells

    @property
    def dtype(self) -> np.dtype[np.void]:
        return self.stored.dtype

    def cells(self, start: int, stop: int) -> Cells:
        return self.stored[start:stop]


@dataclass(frozen=True)
class LookupField:
    """A field whose cells are looked up in a table."""

    table: Cells
    index: Integers

    @property
    def dtype(self) -> np.dtype[np.void]:
        return self.table.dtype

    def cells(self, start: int, stop: int) -> Cells:
        return self.table.take(self.index[start:stop], mode="clip")


def text_cells(texts: pa.StringArray, end: bytes) -> Cells:
    """Return a cell for each text, none of which may be NULL, followed by `end`."""
    return _to_cells(to_fixed_width(texts)[0], end)


@cache
def number_table(count: int, end: bytes) -> Cells:
    """Return the cells of 0 to `count`: no leading zeros below `DIGIT_GROUP`, from there on the last four digits."""
    texts = [f"{number}" for number in range(min(count, DIGIT_GROUP))]
    return _text_table([*texts, *(f"{number:04}" for number in range(count - len(texts)))], end)


@cache
def leading_digits_table() -> Cells:
    """Return the cells of the digits before the last four: empty for 0."""
    return _text_table(["", *(f"{number}" for number in range(1, DIGIT_GROUP))], b"")


@cache
def cents_table(end: bytes) -> Cells:
    """Return the cells of a decimal point and two decimal places."""
    return _text_table([f".{number:02}" for number in range(100)], end)


@lru_cache(maxsize=8)
def date_table(first_page: int, last_page: int, end: bytes) -> Cells:
    """Return the cells of all ISO dates of some pages, counted from 1970-01-01."""
    days = pa.array(np.arange(first_page << PAGE_BITS, (last_page + 1) << PAGE_BITS, dtype=np.int32))
    return text_cells(days.cast(pa.date32()).cast(pa.string()), end)


def _text_table(texts: list[str], end: bytes) -> Cells:
    return text_cells(pa.array(texts, pa.string()), end)


def _to_cells(text: Bytes, end: bytes) -> Cells:
    needed = text.shape[1] + len(end)
    width = next((fast for fast in _FAST_WIDTHS if fast >= needed), needed)
    cells = np.zeros((len(text), width), dtype=np.uint8)
    cells[:, : text.shape[1]] = text
    cells[:, text.shape[1] : needed] = np.frombuffer(end, dtype=np.uint8)
    return cells.reshape(-1).view(f"V{width}")
