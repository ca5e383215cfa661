"""Results of statements as tables, CSV, TSV, JSON and Parquet."""

import datetime as dt
import json
from decimal import Decimal

import pytest
from pyarrow import parquet

from supplychain.cli.result_formats import print_result, write_result
from supplychain.warehouse.results import Result, ResultColumn

RESULT = Result(
    (
        ResultColumn("name", "varchar", 0, 0),
        ResultColumn("n", "int8", 0, 0),
        ResultColumn("cost", "numeric", 10, 2),
        ResultColumn("open", "bool", 0, 0),
    ),
    [("a, b", 1234, "1.50", True), (None, None, None, None)],
)


def test_a_result_as_a_table_aligns_numbers_and_shows_null(capsys):
    """Numbers are right-aligned, NULL is a word, and the number of rows is at the end."""
    print_result(RESULT, "table")
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["name", "n", "cost", "open"]
    assert lines[2].split() == ["a,", "b", "1234", "1.50", "true"]
    assert lines[3].split() == ["NULL"] * 4
    assert lines[4] == "(2 rows)"


def test_a_result_as_csv(capfdbinary):
    """Quoted where needed, empty for NULL."""
    print_result(RESULT, "csv")
    assert capfdbinary.readouterr().out == b'name,n,cost,open\n"a, b",1234,1.50,true\n,,,\n'


def test_a_result_as_json(capsys):
    """Numbers are numbers, with the digits that the column has; NULL is null."""
    print_result(RESULT, "json")
    assert json.loads(capsys.readouterr().out, parse_float=Decimal) == [
        {"name": "a, b", "n": 1234, "cost": Decimal("1.50"), "open": True},
        {"name": None, "n": None, "cost": None, "open": None},
    ]


def test_no_rows_as_json(capsys):
    """An empty array, and no lines."""
    print_result(Result(RESULT.columns, []), "json")
    assert json.loads(capsys.readouterr().out) == []
    print_result(Result(RESULT.columns, []), "jsonl")
    assert capsys.readouterr().out == ""


def test_a_result_as_json_lines(capsys):
    """An object on each line."""
    print_result(RESULT, "jsonl")
    assert capsys.readouterr().out.splitlines() == [
        '{"name": "a, b", "n": 1234, "cost": 1.50, "open": true}',
        '{"name": null, "n": null, "cost": null, "open": null}',
    ]


@pytest.mark.parametrize("text", ["12345678901234567890123456789012345.678", "-0.10", "0.00", "1E+2", "NaN", "01"])
def test_a_decimal_in_json_has_all_its_digits(capsys, text):
    """More than a float has; what is no number of JSON is text."""
    print_result(Result((ResultColumn("n", "numeric", 38, 3),), [(text,)]), "jsonl")
    (value,) = json.loads(capsys.readouterr().out, parse_float=str).values()
    assert value == text


def test_a_result_as_tsv(capfdbinary):
    """Like CSV, with tabs: a comma needs no quotes, a tab does."""
    columns = (ResultColumn("a", "varchar", 0, 0), ResultColumn("b", "varchar", 0, 0))
    print_result(Result(columns, [("x, y", "p\tq"), (None, "")]), "tsv")
    assert capfdbinary.readouterr().out == b'a\tb\nx, y\t"p\tq"\n\t""\n'


TYPED = Result(
    (
        ResultColumn("small", "int2", 0, 0),
        ResultColumn("n", "int8", 0, 0),
        ResultColumn("ratio", "float8", 0, 0),
        ResultColumn("cost", "numeric", 10, 2),
        ResultColumn("open", "bool", 0, 0),
        ResultColumn("day", "date", 0, 0),
        ResultColumn("at", "timestamp", 0, 0),
        ResultColumn("zoned", "timestamptz", 0, 0),
        ResultColumn("text", "varchar", 200, 0),  # its length in bytes
    ),
    [
        (7, 2**40, 0.25, "1.50", False, "2026-01-31", "2026-01-31 12:30:00.5", "2026-01-31 12:30:00+00", "ä"),
        (None,) * 9,
    ],
)


def test_a_result_as_parquet(tmp_path):
    """Each column has the type of the warehouse."""
    file = tmp_path / "result.parquet"
    write_result(TYPED, "parquet", file)
    table = parquet.read_table(file)
    assert [str(kind) for kind in table.schema.types] == [
        "int16",
        "int64",
        "double",
        "decimal128(10, 2)",
        "bool",
        "date32[day]",
        "timestamp[us]",
        "timestamp[us, tz=UTC]",
        "string",
    ]
    at = dt.datetime(2026, 1, 31, 12, 30)  # noqa: DTZ001  # Redshift's timestamp has no zone
    expected = [7, 2**40, 0.25, Decimal("1.50"), False, dt.date(2026, 1, 31), at.replace(microsecond=500_000)]
    first, second = table.to_pylist()
    assert list(first.values()) == [*expected, at.replace(tzinfo=dt.UTC), "ä"]
    assert list(second.values()) == [None] * 9


def test_no_rows_as_parquet(tmp_path):
    """The columns and their types remain."""
    write_result(Result(TYPED.columns, []), "parquet", tmp_path / "result.parquet")
    table = parquet.read_table(tmp_path / "result.parquet")
    assert (table.num_rows, table.column_names) == (0, TYPED.names)


def test_a_value_that_does_not_fit_parquet_is_an_error():
    """Its column is named; nothing is written."""
    result = Result((ResultColumn("cost", "numeric", 3, 2),), [("12345.67",)])
    with pytest.raises(ValueError, match=r"^column cost \(numeric\) does not fit Parquet: "):
        print_result(result, "parquet")


@pytest.mark.parametrize(("form", "start"), [("csv", b"name,n,cost"), ("json", b"[\n"), ("parquet", b"PAR1")])
def test_a_result_in_a_file(tmp_path, form, start):
    """In UTF-8; a file for a statement without rows, or with a table, is refused."""
    write_result(RESULT, form, tmp_path / "result")
    assert (tmp_path / "result").read_bytes().startswith(start)
    with pytest.raises(ValueError, match="returns no rows"):
        write_result(Result((), []), form, tmp_path / "other")
    with pytest.raises(ValueError, match="a table is for the terminal"):
        write_result(RESULT, "table", tmp_path / "other")
    assert not (tmp_path / "other").exists()


def test_a_table_wider_than_the_terminal_is_expanded(monkeypatch, capsys):
    """A line for each value, as psql's `x` does; a value is never wrapped."""
    monkeypatch.setenv("COLUMNS", "40")
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    long = "a name that is longer than the whole terminal is wide"
    wide = Result((ResultColumn("product_name", "varchar", 0, 0), ResultColumn("n", "int4", 0, 0)), [(long, 1)])
    print_result(wide, "table")
    record, name, number, count = capsys.readouterr().out.splitlines()
    assert record.startswith("-[ RECORD 1 ]+-----")
    assert (name, number, count) == (f"product_name | {long}", "n            | 1", "(1 row)")
    print_result(wide, "table", "off")
    assert f"{long} " in capsys.readouterr().out
    print_result(RESULT, "table")
    assert "RECORD" not in capsys.readouterr().out
    print_result(RESULT, "table", "on")
    assert "RECORD 2" in capsys.readouterr().out


def test_json_cannot_have_two_columns_of_one_name():
    """A refusal, rather than rows without one of the columns; tables and CSV show both."""
    twice = Result((RESULT.columns[0], RESULT.columns[0]), [("a", "b")])
    with pytest.raises(ValueError, match=r"^JSON cannot have two columns 'name': name them with AS, or use --format"):
        print_result(twice, "json")


def test_a_csv_shows_two_columns_of_one_name(capfdbinary):
    """And quotes names as it quotes values."""
    columns = [ResultColumn(name, "varchar", 0, 0) for name in ("a", "a", 'b "c", d')]
    print_result(Result(tuple(columns), [("1", "2", ""), (None, 'say "x"', "two\nlines")]), "csv")
    assert capfdbinary.readouterr().out == b'a,a,"b ""c"", d"\n1,2,""\n,"say ""x""","two\nlines"\n'


CONTROLS = Result((ResultColumn("\x1b[31mname", "varchar", 0, 0),), [("\x1b]0;title\x07\r\n\x9b2J\u202eä",)])


def test_control_characters_of_data_do_not_reach_the_terminal(capsys):
    """A table shows them escaped, JSON in its own way; both keep what can be shown."""
    print_result(CONTROLS, "table")
    name, _, value, _ = (line.strip() for line in capsys.readouterr().out.splitlines())
    assert (name, value) == (r"\x1b[31mname", r"\x1b]0;title\x07\r\n\x9b2J\u202eä")
    print_result(CONTROLS, "json")
    text = capsys.readouterr().out
    assert json.loads(text) == [{CONTROLS.names[0]: CONTROLS.rows[0][0]}]
    assert all(line.isprintable() for line in text.splitlines())


def test_json_has_text_for_numbers_that_it_does_not_have(capsys):
    """Infinity and NaN, of floats and of numerics."""
    columns = (ResultColumn("f", "float8", 0, 0), ResultColumn("n", "numeric", 10, 2))
    print_result(Result(columns, [(float("inf"), "NaN")]), "json")
    assert json.loads(capsys.readouterr().out) == [{"f": "inf", "n": "NaN"}]
