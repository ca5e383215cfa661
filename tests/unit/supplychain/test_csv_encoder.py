"""CSV encoding: quoting, NULL, numbers, and reading back."""

import csv
import datetime as dt
import io
from decimal import Decimal

import pyarrow as pa
import pyarrow.csv
from hypothesis import given
from hypothesis import strategies as st

from supplychain.dataset import csv_encoder
from supplychain.dataset.csv_encoder import csv_header, csv_lines

TEXTS = st.one_of(st.none(), st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12))


def table(texts: list[str | None]) -> pa.Table:
    numbers = pa.array(range(len(texts)), pa.int32())
    return pa.table({"a": pa.array(texts, pa.string()), "n": numbers, "z": pa.array(texts, pa.string())})


def encoded(rows: pa.Table) -> bytes:
    return b"".join(csv_lines(rows))


@given(st.lists(TEXTS, min_size=1, max_size=8))
def test_csv_reads_back_as_the_same_rows(texts):
    """Any text is preserved: quotes, commas, line breaks, the word NULL, and empty text as distinct from NULL."""
    rows = table(texts)
    text = csv_header(rows.column_names) + encoded(rows)
    read = pa.csv.read_csv(
        io.BytesIO(text),
        parse_options=pa.csv.ParseOptions(newlines_in_values=True),
        convert_options=pa.csv.ConvertOptions(
            column_types=rows.schema, strings_can_be_null=True, quoted_strings_can_be_null=False, null_values=[""]
        ),
    )
    assert read.to_pylist() == rows.to_pylist()


def test_csv_quotes_only_what_needs_it():
    """Plain values are not quoted; commas and quotes are; NULL is empty, and empty text is quoted."""
    rows = pa.table(
        {
            "a": pa.array(["plain", "a, b", 'say "x"', "", None]).dictionary_encode(),
            "d": pa.array([dt.date(2026, 1, 31)] * 4 + [None]),
            "m": pa.array([Decimal("1.50")] * 5, pa.decimal128(10, 2)),
        }
    )
    assert encoded(rows).decode().splitlines() == [
        "plain,2026-01-31,1.50",
        '"a, b",2026-01-31,1.50',
        '"say ""x""",2026-01-31,1.50',
        '"",2026-01-31,1.50',
        ",,1.50",
    ]


def test_csv_agrees_with_the_standard_librarys_reader():
    """The dialect is the one of the csv module."""
    rows = table(["a\nb", 'q"q', "é, ü"])
    assert [line[0] for line in csv.reader(io.StringIO(encoded(rows).decode()))] == ["a\nb", 'q"q', "é, ü"]


NUMBERS = st.one_of(st.integers(-(2**31), 2**31 - 1), st.integers(0, 20_000), st.sampled_from([0, 9999, 10_000, 10**8]))
MONEY = st.one_of(st.integers(-(10**10) + 1, 10**10 - 1), st.integers(0, 2_000_000)).map(
    lambda cents: Decimal(cents) / 100
)
DAYS = st.one_of(st.dates(), st.dates(dt.date(2025, 1, 1), dt.date(2026, 12, 31)))


@given(st.data())
def test_numbers_and_dates_are_written_as_python_writes_them(data):
    """Integers, money and dates: large, small, negative or NULL, alike in a column or mixed."""
    kinds = {"n": (NUMBERS, pa.int32()), "m": (MONEY, pa.decimal128(10, 2)), "d": (DAYS, pa.date32())}
    count = data.draw(st.integers(1, 6))
    columns = {
        name: pa.array(
            data.draw(
                st.lists(
                    st.one_of(st.none(), some) if data.draw(st.booleans()) else some, min_size=count, max_size=count
                )
            ),
            kind,
        )
        for name, (some, kind) in kinds.items()
    }
    expected = [
        ",".join("" if value is None else f"{value:.2f}" if isinstance(value, Decimal) else str(value) for value in row)
        for row in zip(*(column.to_pylist() for column in columns.values()), strict=True)
    ]
    assert encoded(pa.table(columns)).decode().splitlines() == expected


def test_chunks_do_not_show_in_the_lines(monkeypatch):
    """The lines are the same for any size of the encoder's chunks, for slices and for columns of several chunks."""
    rows = table([f"text, {number}" for number in range(50)])
    whole = encoded(rows)
    monkeypatch.setattr(csv_encoder, "_CHUNK_ROWS", 7)
    assert encoded(rows) == whole
    assert encoded(pa.concat_tables([rows[:13], rows[13:]])) == whole
    assert encoded(rows[:13]) + encoded(rows[13:]) == whole
    assert encoded(rows[:0]) == b""


def test_dictionaries_may_hold_null_and_differ_by_chunk():
    """NULL in a dictionary column is empty, and the chunks of a column may have different dictionaries."""
    first, second = pa.array(["x", None]).dictionary_encode(), pa.array(["y", "x"]).dictionary_encode()
    assert encoded(pa.table({"a": pa.chunked_array([first, second])})) == b"x\n\ny\nx\n"
