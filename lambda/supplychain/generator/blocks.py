"""How a data set is cut into blocks: the unit of work, and what bounds the memory of a process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supplychain import schema
from supplychain.generator.draws import Ints
from supplychain.generator.history import Chunk
from supplychain.generator.replenishment import MOST_LINES

SEGMENT_ROWS = 262_144
"""About the most rows that a block has of one table. No byte of the data depends on it."""


@dataclass(frozen=True)
class Block:
    """A part of the data set: some products, warehouse products, purchase orders, and one chunk of sales orders."""

    rows: Mapping[str, int]
    """Rows of each of the six tables."""
    products: range = range(0)
    series: range = range(0)
    chunk: int | None = None
    purchases: range = range(0)

    @property
    def total_rows(self) -> int:
        """Rows of all tables together."""
        return sum(self.rows.values())


def cut(
    *, products: int, series: int, chunks: Sequence[Chunk], chunk_lines: Sequence[int], purchase_lines: Ints
) -> tuple[Block, ...]:
    """The blocks of a data set, each table's rows in key order over them.

    Parameters
    ----------
    products, series
        How many products and warehouse products.
    chunks, chunk_lines
        The chunks of sales orders, and the lines of each.
    purchase_lines
        First line of each purchase order, and one item more: the number of lines.
    """
    parts = [Block(_rows(product=len(some)), products=some) for some in _ranges(products, SEGMENT_ROWS)]
    parts += [Block(_rows(warehouse_product=len(some)), series=some) for some in _ranges(series, SEGMENT_ROWS)]
    parts += [
        Block(_rows(sales_order_header=chunk.stop - chunk.start, sales_order_line=lines), chunk=number)
        for number, (chunk, lines) in enumerate(zip(chunks, chunk_lines, strict=True))
    ]
    for some in _ranges(len(purchase_lines) - 1, SEGMENT_ROWS // MOST_LINES):
        lines = int(purchase_lines[some.stop] - purchase_lines[some.start])
        parts.append(Block(_rows(purchase_order_header=len(some), purchase_order_line=lines), purchases=some))
    return _packed(parts)


def _rows(**rows: int) -> dict[str, int]:
    return dict.fromkeys(schema.TABLE_NAMES, 0) | rows


def _ranges(count: int, most: int) -> list[range]:
    """0 … count − 1 in ranges of at most `most`, alike in length."""
    parts = -(-count // most)
    return [range(count * part // parts, count * (part + 1) // parts) for part in range(parts)]


def _packed(parts: Sequence[Block]) -> tuple[Block, ...]:
    """The same with neighbours of different tables put together while they are small: a small data set is one block."""
    packed = [parts[0]]
    for part in parts[1:]:
        last = packed[-1]
        apart = not any(last.rows[name] and part.rows[name] for name in schema.TABLE_NAMES)
        if apart and last.total_rows + part.total_rows <= SEGMENT_ROWS:
            packed[-1] = Block(
                rows={name: last.rows[name] + part.rows[name] for name in schema.TABLE_NAMES},
                products=last.products or part.products,
                series=last.series or part.series,
                chunk=part.chunk if last.chunk is None else last.chunk,
                purchases=last.purchases or part.purchases,
            )
        else:
            packed.append(part)
    return tuple(packed)
