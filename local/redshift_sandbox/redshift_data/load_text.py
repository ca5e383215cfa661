"""Records of text files: delimited text, CSV and JSON."""

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import IO, Any, TextIO

from redshift_sandbox.redshift_data.columns import Column
from redshift_sandbox.redshift_data.load_values import BadValueError
from redshift_sandbox.redshift_data.s3_files import File
from redshift_sandbox.sql.copy import Format
from redshift_sandbox.sql.errors import SqlError

_STEP = re.compile(r"\.([A-Za-z_][\w]*)|\['([^']*)'\]|\[\"([^\"]*)\"\]|\[(\d+)\]")
# An odd number of backslashes before the end of a line.
_ESCAPED_END = re.compile(r"(?<!\\)(?:\\\\)*\\\n\Z")
_BETWEEN_VALUES = re.compile(r"[ \t\r\n,\[\]]*")
_INVALID = object()
# From the documentation of COPY: "The maximum size of a single input row from any source is 4 MB."
_MAX_ROW = 4 * 1024 * 1024
_PART = 64 * 1024
csv.field_size_limit(_MAX_ROW)


@dataclass(frozen=True)
class Record:
    """One record: line number, text, and a string or None (in JSON, null or missing) for each column."""

    line: int
    raw: str
    fields: tuple[str | None, ...]
    problem: BadValueError | None = None


def records(body: IO[bytes], form: Format, columns: list[Column], source: File) -> Iterator[Record]:
    """Split a file into records while it is read, skipping the lines of IGNOREHEADER.

    Raises
    ------
    SqlError
        If the file as a whole cannot be read, or a row is larger than Redshift accepts.
    """
    replaced = form.replace_invalid is not None
    newline = "" if form.kind == "CSV" else "\n"
    text = io.TextIOWrapper(body, form.encoding, "replace" if replaced else "strict", newline)
    try:
        if form.kind == "JSON":
            yield from _json(text, form, columns, source)
            return
        lines = _lines(text, form, source)
        for line, raw, fields in _csv(lines, form) if form.kind == "CSV" else _delimited(lines, form):
            if line <= form.ignore_header or (not raw and form.ignore_blank_lines):
                continue
            yield _fitted(line, raw, fields, form, len(columns))
    except UnicodeDecodeError as error:
        sequence = f"{error.object[error.start]:x} ({source.url})"
        raise SqlError(
            f"String contains invalid or unsupported UTF8 codepoints. Bad UTF8 hex sequence: {sequence}"
        ) from error
    finally:
        text.detach()  # the file is its owner's to close


def _lines(text: TextIO, form: Format, source: File) -> Iterator[str]:
    """Yield the lines of a file with their ends, without a byte order mark, and with invalid characters replaced."""
    first = True
    while line := text.readline(_MAX_ROW + 1):
        if len(line) > _MAX_ROW:
            raise _too_large(source)
        yield _cleaned(line, form, first=first)
        first = False


def _cleaned(text: str, form: Format, *, first: bool) -> str:
    if first:
        text = text.removeprefix("\ufeff")
    return text if form.replace_invalid is None else text.replace("\ufffd", form.replace_invalid)


def _too_large(source: File) -> SqlError:
    return SqlError(f"A row of {source.url} is larger than {_MAX_ROW} bytes, the maximum size of an input row")


def _fitted(line: int, raw: str, fields: list[str], form: Format, width: int) -> Record:
    if len(fields) > width:
        return Record(line, raw, (), BadValueError(1202, "Extra column(s) found"))
    if len(fields) < width:
        if not form.fill_record:
            return Record(line, raw, (), BadValueError(1214, "Delimiter not found"))
        return Record(line, raw, (*fields, *([None] * (width - len(fields)))))
    return Record(line, raw, tuple(fields))


def _csv(lines: Iterator[str], form: Format) -> Iterator[tuple[int, str, list[str]]]:
    reader = csv.reader(lines, delimiter=form.delimiter, quotechar=form.quote, doublequote=True, strict=True)
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


def _delimited(lines: Iterator[str], form: Format) -> Iterator[tuple[int, str, list[str]]]:
    mark = re.escape(form.delimiter)
    fields_of = re.compile(rf"(?:[^\\{mark}]|\\.)*", re.DOTALL)
    number = 1
    for raw in _joined(lines) if form.escape else lines:
        line = raw.removesuffix("\n").removesuffix("\r")
        fields = _escaped(line, fields_of, form) if form.escape else line.split(form.delimiter)
        if form.remove_quotes:
            fields = [_unquoted(value) for value in fields]
        yield number, line, fields
        number += raw.count("\n")


def _joined(lines: Iterator[str]) -> Iterator[str]:
    """Join the lines whose end is escaped with the following ones."""
    raw = ""
    for line in lines:
        raw += line
        if _ESCAPED_END.search(raw) is None:
            yield raw
            raw = ""
    if raw:
        yield raw


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


def _json(text: TextIO, form: Format, columns: list[Column], source: File) -> Iterator[Record]:
    paths = _paths(form, columns, source)
    for line, raw, value in _json_values(text, form, source):
        if value is _INVALID:
            yield Record(line, raw, (), BadValueError(1224, "Invalid JSON"))
        elif form.json_paths == "noshred":
            yield Record(line, raw, (raw,))
        elif not isinstance(value, dict) and paths is None:
            yield Record(line, raw, (), BadValueError(1224, "Invalid JSON: an object is expected"))
        else:
            yield Record(line, raw, tuple(_fields(value, paths, form, columns)))


def _json_values(text: TextIO, form: Format, source: File) -> Iterator[tuple[int, str, Any]]:
    """Yield each value with its line and its text; at the first that is not JSON, ``_INVALID``, and stop."""
    decoder = json.JSONDecoder(parse_float=Decimal)
    buffer, at, line, first, more = "", 0, 1, True, True
    while True:
        start = _BETWEEN_VALUES.match(buffer, at).end()  # type: ignore[union-attr]  # it matches everywhere
        line += buffer.count("\n", at, start)
        value, at = _decoded_value(decoder, buffer, start)
        if more and (value is _INVALID or at == len(buffer)):  # it may continue
            if len(buffer) - start > _MAX_ROW:
                raise _too_large(source)
            part = text.read(max(_PART, len(buffer) - start))
            more, buffer, at = bool(part), buffer[start:] + _cleaned(part, form, first=first), 0
            first = False
            continue
        if start == len(buffer):
            return
        yield line, buffer[start:at] or buffer[start : start + 1024], value
        if value is _INVALID:
            return
        line += buffer.count("\n", start, at)


def _decoded_value(decoder: json.JSONDecoder, buffer: str, start: int) -> tuple[Any, int]:
    try:
        return decoder.raw_decode(buffer, start)
    except ValueError:
        return _INVALID, start


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
