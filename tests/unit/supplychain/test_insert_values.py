"""Rows as SQL literals: quoting, NULL, limits."""

import pyarrow as pa
import pytest
import sqlglot
from hypothesis import given, settings
from hypothesis import strategies as st

from supplychain.warehouse.insert_values import sql_literals, value_lists
from supplychain.warehouse.record import sql_literal

TEXTS = st.one_of(st.none(), st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\x00"), max_size=12))


def table(texts: list[str | None]) -> pa.Table:
    numbers = pa.array(range(len(texts)), pa.int32())
    return pa.table({"a": pa.array(texts, pa.string()), "n": numbers, "z": pa.array(texts, pa.string())})


@settings(deadline=None)  # the first example loads the parser's dialect
@given(st.lists(TEXTS, min_size=1, max_size=8), st.integers(1, 4))
def test_literals_parse_as_their_rows(texts, max_rows):
    """The values of an INSERT, parsed by an independent parser, are the rows, whatever text they contain."""
    rows = table(texts)
    parsed = []
    for values, count in value_lists(rows, max_rows, 10_000):
        select = sqlglot.parse_one(f"select * from (values {values}) as t", read="redshift")
        tuples = select.find(sqlglot.exp.Values).expressions
        assert len(tuples) == count <= max_rows
        parsed += [[_python(value) for value in row.expressions] for row in tuples]
    assert parsed == [[row["a"], row["n"], row["z"]] for row in rows.to_pylist()]


@given(st.text(max_size=12))
def test_a_single_text_is_quoted_like_a_column_of_texts(text):
    """The settings in the load record are quoted without Arrow, in the same way."""
    assert sql_literal(text) == sql_literals(pa.array([text]))[0].as_py()


def _python(value: sqlglot.exp.Expression) -> object:
    if isinstance(value, sqlglot.exp.Null):
        return None
    if isinstance(value, sqlglot.exp.DPipe | sqlglot.exp.Concat):
        return "".join(str(_python(part)) for part in (value.this, value.expression))
    if isinstance(value, sqlglot.exp.Chr):
        return chr(int(value.expressions[0].this))
    return value.this if value.is_string else int(value.this)


def test_no_literal_contains_a_backslash():
    """Redshift would interpret it as an escape."""
    ((values, _),) = value_lists(table(["a\\b", "\\"]), 10, 1000)
    assert "\\" not in values


def test_statements_are_limited_in_rows_and_bytes():
    """Neither limit is exceeded, and no row is lost or duplicated."""
    rows = table([f"text {number}" for number in range(100)])
    pieces = [text for text, _ in value_lists(rows, 30, 500)]
    assert all(len(piece.encode()) <= 500 and piece.count("),(") < 30 for piece in pieces)
    assert sum(piece.count("),(") + 1 for piece in pieces) == 100
    assert len(next(value_lists(rows, 30, 100_000))[0].split("),(")) == 30


def test_bytes_are_counted_not_characters():
    """A text of two-byte characters counts twice its length."""
    assert len(list(value_lists(table(["é" * 100] * 2), 10, 430))) == 2


def test_a_row_longer_than_a_statement_is_an_error():
    """Rows are never split."""
    with pytest.raises(ValueError, match="bytes exceeds the limit of 100"):
        list(value_lists(table(["x" * 200]), 10, 100))
