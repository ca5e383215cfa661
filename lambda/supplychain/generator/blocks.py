"""How the rows of a data set are split into blocks, the unit of work: this limits the memory of a process."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from supplychain import schema
from supplychain.generator.arrays import Int64Array
from supplychain.generator.history import Chunk
from supplychain.generator.replenishment import MAX_LINES

_BLOCK_ROWS = 262_144
"""Approximate upper limit of a block's rows in each table. The data does not depend on it."""


@dataclass(frozen=True)
class Block:
    """Some products, warehouse products (series) and purchase orders, and a chunk of sales orders; each may be none."""

    rows: Mapping[str, int]
    """Rows in each of the six tables."""
    products: range = range(0)
    series: range = range(0)
    chunk: int | None = None
    purchase_orders: range = range(0)

    @property
    def total_rows(self) -> int:
        """Rows in all tables."""
        return sum(self.rows.values())


def make_blocks(
    *,
    products: int,
    series: int,
    chunks: Sequence[Chunk],
    chunk_lines: Sequence[int],
    purchase_line_offsets: Int64Array,
) -> tuple[Block, ...]:
    """The blocks of a data set; their concatenation has each table in key order.

    Parameters
    ----------
    products, series
        Number of products and of warehouse products.
    chunks, chunk_lines
        The chunks of sales orders, and the number of lines in each.
    purchase_line_offsets
        First line of each purchase order, and the number of lines as one item more.
    """
    blocks = [Block(_rows(product=len(part)), products=part) for part in _split(products, _BLOCK_ROWS)]
    blocks += [Block(_rows(warehouse_product=len(part)), series=part) for part in _split(series, _BLOCK_ROWS)]
    blocks += [
        Block(_rows(sales_order_header=chunk.stop - chunk.start, sales_order_line=lines), chunk=number)
        for number, (chunk, lines) in enumerate(zip(chunks, chunk_lines, strict=True))
    ]
    for part in _split(len(purchase_line_offsets) - 1, _BLOCK_ROWS // MAX_LINES):
        lines = int(purchase_line_offsets[part.stop] - purchase_line_offsets[part.start])
        blocks.append(Block(_rows(purchase_order_header=len(part), purchase_order_line=lines), purchase_orders=part))
    return _merge_small(blocks)


def _rows(**rows: int) -> dict[str, int]:
    return dict.fromkeys(schema.TABLE_NAMES, 0) | rows


def _split(count: int, most: int) -> list[range]:
    """0 … count − 1 in ranges of at most `most`, of about the same length."""
    parts = -(-count // most)
    return [range(count * part // parts, count * (part + 1) // parts) for part in range(parts)]


def _merge_small(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Merge consecutive small blocks of different tables, so that a small data set is one block."""
    merged = [blocks[0]]
    for block in blocks[1:]:
        last = merged[-1]
        disjoint = not any(last.rows[name] and block.rows[name] for name in schema.TABLE_NAMES)
        if disjoint and last.total_rows + block.total_rows <= _BLOCK_ROWS:
            merged[-1] = Block(
                rows={name: last.rows[name] + block.rows[name] for name in schema.TABLE_NAMES},
                products=last.products or block.products,
                series=last.series or block.series,
                chunk=block.chunk if last.chunk is None else last.chunk,
                purchase_orders=last.purchase_orders or block.purchase_orders,
            )
        else:
            merged.append(block)
    return tuple(merged)
