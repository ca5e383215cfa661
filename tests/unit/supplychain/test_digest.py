"""The digest depends on values and their order alone."""

import datetime as dt
from decimal import Decimal

import pyarrow as pa

from supplychain.dataset.digest import TableDigest, column_sums

SCHEMA = pa.schema([("t", pa.string()), ("n", pa.int32()), ("d", pa.date32()), ("m", pa.decimal128(10, 2))])
ROWS = pa.table(
    {
        "t": ["a", "bc", "", None, "é"],
        "n": [1, 2, 3, None, 5],
        "d": [dt.date(2026, 1, day) for day in (1, 2, 3, 4)] + [None],
        "m": [Decimal("1.50"), Decimal("-2.25"), None, Decimal("0.00"), Decimal("99999999.99")],
    },
    schema=SCHEMA,
)


def digest(*chunks: pa.Table) -> str:
    made = TableDigest(SCHEMA)
    for chunk in chunks:
        made.update(chunk)
    return made.hexdigest()


def test_chunks_do_not_change_the_digest():
    """One chunk, several chunks and empty chunks have the same digest."""
    assert digest(ROWS) == digest(ROWS[:2], ROWS[2:2], ROWS[2:]) == digest(*(ROWS[n : n + 1] for n in range(5)))


def test_sums_of_chunks_add_up():
    """The sums of chunks, added in any order, give the digest of all rows."""
    whole = TableDigest(SCHEMA)
    for start, stop in ((3, 5), (0, 1), (1, 3)):
        whole.add(stop - start, column_sums(SCHEMA, ROWS[start:stop], start))
    assert whole.hexdigest() == digest(ROWS)


def test_positions_beyond_the_first_segment_matter():
    """Moving a row by 65,536 rows, or swapping two rows that far apart, changes the digest."""
    many = pa.table(
        {"t": ["x"] * 70_000, "n": range(70_000), "d": [None] * 70_000, "m": [None] * 70_000}, schema=SCHEMA
    )
    swapped = many.take([*range(4463), 69_999, *range(4464, 69_999), 4463])
    assert len({digest(many), digest(swapped), digest(many[1:], many[:1])}) == 3
    assert digest(many[:65_000], many[65_000:]) == digest(many)


def test_encoding_does_not_change_the_digest():
    """A dictionary-encoded column has the digest of its values."""
    encoded = ROWS.set_column(0, "t", ROWS.column("t").dictionary_encode())
    assert digest(encoded) == digest(ROWS)


def test_order_and_values_matter():
    """Another order, another value, and NULL instead of empty text or zero each change the digest."""
    reordered = ROWS.take([1, 0, 2, 3, 4])
    no_null = ROWS.set_column(0, "t", pa.array(["a", "bc", "", "", "é"]))
    moved = ROWS.set_column(0, "t", pa.array(["ab", "c", "", None, "é"]))
    zero = ROWS.set_column(1, "n", pa.array([1, 2, 3, 0, 5], pa.int32()))
    assert len({digest(table) for table in (ROWS, reordered, no_null, moved, zero)}) == 5


def test_the_digest_is_the_same_on_every_machine():
    """The digest is pinned: its definition is part of the data format."""
    assert digest(ROWS) == "24b4d065098accf0dd293734db3472a0b34028fc07f7e4f64b806d822a140b48"
