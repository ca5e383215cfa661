"""Records of text files: delimited text, CSV and JSON."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from redshift_sandbox.redshift_data.columns import Column
from redshift_sandbox.redshift_data.load_values import BadValueError
from redshift_sandbox.redshift_data.s3_files import File
from redshift_sandbox.sql.copy import Format
from redshift_sandbox.sql.errors import SqlError

_STEP = re.compile(r"\.([A-Za-z_][\w]*)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")
csv.field_size_limit(16 * 1024 * 1024)


@dataclass(frozen=True)
class Record:
    """One record: line number, text, and a string or None (in JSON, null or missing) for each column."""

    line: int
    raw: str
    fields: tuple[str | None, ...]
    problem: BadValueError | None = None


def records(body: bytes, form: Format, columns: list[Column], source: File) -> Iterator[Record]:
    """Split a file into records, skipping the lines of IGNOREHEADER.

    Raises
    ------
    SqlError
        If the file as a whole cannot be read.
    """
    text = _decoded(body, form, source.url)
    if form.kind == "JSON":
        yield from _json(text, form, columns, source)
        return
    split = _csv(text, form) if form.kind == "CSV" else _delimited(text, form)
    for line, raw, fields in split:
        if line <= form.ignore_header or (not raw and form.ignore_blank_lines):
            continue
        yield _fitted(line, raw, fields, form, len(columns))


def _decoded(body: bytes, form: Format, url: str) -> str:
    try:
        return body.decode(form.encoding).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        if form.replace_invalid is not None:
            return body.decode(form.encoding, errors="replace").replace("\ufffd", form.replace_invalid)
        sequence = f"{body[error.start]:x} ({url})"
        raise SqlError(
            f"String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {sequence}"
        ) from error


def _fitted(line: int, raw: str, fields: list[str], form: Format, width: int) -> Record:
    if len(fields) > width:
        return Record(line, raw, (), BadValueError(1202, "Extra column(s) found"))
    if len(fields) < width:
        if not form.fill_record:
            return Record(line, raw, (), BadValueError(1214, "Delimiter not found"))
        return Record(line, raw, (*fields, *([None] * (width - len(fields)))))
    return Record(line, raw, tuple(fields))


def _csv(text: str, form: Format) -> Iterator[tuple[int, str, list[str]]]:
    reader = csv.reader(
        io.StringIO(text, newline=""), delimiter=form.delimiter, quotechar=form.quote, doublequote=True, strict=True
    )
    before = 0
    while True:
        try:
            fields = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise SqlError(f"Invalid quote formatting for CSV: {error}, line {reader.line_num}") from error
        yield before + 1, form.delimiter.join(fields), fields or [""]
        before = reader.line_num


def _delimited(text: str, form: Format) -> Iterator[tuple[int, str, list[str]]]:
    mark = re.escape(form.delimiter)
    if form.escape:
        lines = re.findall(r"(?:[^\\\n]|\\.)+|(?<=\n)(?=\n)|^(?=\n)", text, re.DOTALL)
        fields_of = re.compile(rf"(?:[^\\{mark}]|\\.)*", re.DOTALL)
    else:
        lines = text.split("\n")
        if lines and lines[-1] == "":
            lines.pop()
    number = 1
    for raw in lines:
        line = raw.removesuffix("\r")
        fields = _escaped(line, fields_of, form) if form.escape else line.split(form.delimiter)
        if form.remove_quotes:
            fields = [_unquoted(value) for value in fields]
        yield number, line, fields
        number += 1 + raw.count("\n")


def _escaped(line: str, fields_of: re.Pattern[str], form: Format) -> list[str]:
    fields, position = [], 0
    while True:
        match = fields_of.match(line, position)
        value = match[0] if match else ""
        # \N means NULL and is not an escape.
        fields.append(value if value == form.null_as else re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL))
        position += len(value)
        if position >= len(line):
            return fields
        position += 1


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value


def _json(text: str, form: Format, columns: list[Column], source: File) -> Iterator[Record]:
    paths = _paths(form, columns, source)
    decoder = json.JSONDecoder(parse_float=Decimal)
    position = 0
    while True:
        while position < len(text) and text[position] in " \t\r\n,[]":
            position += 1
        if position >= len(text):
            return
        line = text.count("\n", 0, position) + 1
        try:
            value, end = decoder.raw_decode(text, position)
        except ValueError:
            yield Record(line, text[position : position + 1024], (), BadValueError(1224, "Invalid JSON"))
            return
        raw = text[position:end]
        position = end
        if form.json_paths == "noshred":
            yield Record(line, raw, (raw,))
        elif not isinstance(value, dict) and paths is None:
            yield Record(line, raw, (), BadValueError(1224, "Invalid JSON: an object is expected"))
        else:
            yield Record(line, raw, tuple(_fields(value, paths, form, columns)))


def _fields(
    value: Any, paths: list[list[str | int]] | None, form: Format, columns: list[Column]
) -> Iterator[str | None]:
    if paths is not None:
        for path in paths:
            yield _plain(_follow(value, path))
        return
    if form.json_paths == "auto ignorecase":
        value = {key.lower(): part for key, part in value.items()}
    for column in columns:
        yield _plain(value.get(column.name))


def _plain(value: Any) -> str | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (dict, list)):
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False, default=float)
    return str(value)


def _paths(form: Format, columns: list[Column], source: File) -> list[list[str | int]] | None:
    if not form.json_paths.startswith("s3://"):
        if form.json_paths not in ("auto", "auto ignorecase", "noshred"):
            accepted = "'auto', 'auto ignorecase', 'noshred' or an S3 path is expected"
            raise SqlError(f"Invalid JSON option: '{form.json_paths}': {accepted}")
        return None
    bucket, _, key = form.json_paths.removeprefix("s3://").partition("/")
    file = source.beside(bucket, key)
    try:
        listed = [str(path) for path in json.loads(file.read())["jsonpaths"]]
    except (ValueError, KeyError, TypeError) as error:
        raise SqlError(f"Invalid JSONPaths file {file.url}: it needs a list named jsonpaths") from error
    if len(listed) != len(columns):
        sizes = f"JSONPath size: {len(listed)}, Number of columns: {len(columns)}"
        raise SqlError(f"Number of jsonpaths and the number of columns should match. {sizes}")
    return [_steps(path) for path in listed]


def _steps(path: str) -> list[str | int]:
    steps: list[str | int] = []
    position = 1
    while position < len(path):
        match = _STEP.match(path, position)
        if match is None or not path.startswith("$"):
            raise SqlError(f"Invalid JSONPath format: {path}")
        word = match[1] or match[2] or match[3]
        steps.append(word if word is not None else int(match[4]))
        position = match.end()
    return steps


def _follow(value: Any, steps: list[str | int]) -> Any:
    for step in steps:
        if isinstance(step, int):
            value = value[step] if isinstance(value, list) and step < len(value) else None
        else:
            value = value.get(step) if isinstance(value, dict) else None
    return value
