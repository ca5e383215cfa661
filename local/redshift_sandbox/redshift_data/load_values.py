"""Conversion of values in text files to the types of a table's columns."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_HALF_UP, Decimal, InvalidOperation

from redshift_sandbox.redshift_data import oids
from redshift_sandbox.redshift_data.columns import Column
from redshift_sandbox.redshift_data.types import precision_and_scale
from redshift_sandbox.sql.copy import Format

Convert = Callable[[str], str]

_BOOLEANS = {
    **dict.fromkeys(("1", "t", "true", "y", "yes"), "t"),
    **dict.fromkeys(("0", "f", "false", "n", "no"), "f"),
}
_INTEGERS = {oids.SMALLINT: (2**15, "Short"), oids.INTEGER: (2**31, "Integer"), oids.BIGINT: (2**63, "Long")}
_WHOLE = re.compile(r"\s*[-+]?\d+\s*")
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001  # Redshift's timestamps have no time zone


@dataclass(frozen=True)
class BadValueError(Exception):
    """A value that a column does not accept: error code and message for SYS_LOAD_ERROR_DETAIL."""

    code: int
    message: str


def converter(column: Column, form: Format) -> Convert:
    """Return a function that converts a column's values to PostgreSQL's text format, or raises BadValueError."""
    if column.oid in _INTEGERS:
        limit, name = _INTEGERS[column.oid]
        return lambda text: _whole(text, limit, name)
    if column.oid in oids.STRINGS:
        return _text(column, form)
    known: dict[int, Convert] = {
        oids.BOOLEAN: _boolean,
        oids.REAL: _double,
        oids.DOUBLE: _double,
        oids.NUMERIC: _decimal(column, form),
        oids.DATE: lambda text: _date(text, form.date_format),
        oids.TIMESTAMP: lambda text: _timestamp(text, form.time_format),
        oids.TIMESTAMPTZ: lambda text: _timestamptz(text, form.time_format),
        oids.JSON: _json,
    }
    return known.get(column.oid, lambda text: text)


def is_null(text: str, column: Column, form: Format) -> bool:
    """Return whether a field means NULL."""
    if text == form.null_as:
        return True
    if text == "":
        return form.empty_as_null or column.oid not in oids.STRINGS
    return form.blanks_as_null and text.isspace() and column.oid in oids.STRINGS


def _whole(text: str, limit: int, name: str) -> str:
    if not _WHOLE.fullmatch(text):
        stripped = text.strip()
        position = next(
            (i for i, letter in enumerate(text) if not (letter.isdigit() or (i == 0 and letter in "+-"))), 0
        )
        found = text[position] if stripped else ""
        raise BadValueError(1207, f"Invalid digit, Value '{found}', Pos {position}, Type: {name}")
    if not -limit <= int(text) < limit:
        raise BadValueError(1208, f"Overflow, Column type: {name}")
    return text.strip()


def _text(column: Column, form: Format) -> Convert:
    length = column.length or 65535
    is_char = column.oid == oids.CHAR

    def convert(text: str) -> str:
        if form.trim_blanks:
            text = text.rstrip(" ")
        body = text.encode()
        if is_char and len(body) != len(text):
            letter = next(letter for letter in text if ord(letter) > 127)  # noqa: PLR2004  # beyond ASCII
            message = f"Multibyte character not supported for CHAR (Hint: try using VARCHAR). Invalid char: {letter}"
            raise BadValueError(1220, message)
        if len(body) <= length:
            return text
        if form.truncate_columns:
            return body[:length].decode(errors="ignore")
        if len(text.rstrip(" ").encode()) <= length:
            return text.rstrip(" ")
        raise BadValueError(1204, "String length exceeds DDL length")

    return convert


def _boolean(text: str) -> str:
    if text.strip().lower() not in _BOOLEANS:
        raise BadValueError(1210, f"Unknown boolean format: '{text}'")
    return _BOOLEANS[text.strip().lower()]


def _double(text: str) -> str:
    try:
        return repr(float(text))
    except ValueError as error:
        raise BadValueError(1207, f"Invalid digit, Value '{text[:1]}', Pos 0, Type: Double") from error


def _decimal(column: Column, form: Format) -> Convert:
    precision, scale = precision_and_scale(column.oid, column.modifier)
    step = Decimal(1).scaleb(-scale)
    limit = Decimal(10) ** (precision - scale)

    def convert(text: str) -> str:
        try:
            value = Decimal(text.strip()).quantize(step, ROUND_HALF_UP if form.round_decimals else ROUND_DOWN)
        except InvalidOperation as error:
            raise BadValueError(1207, f"Invalid digit, Value '{text[:1]}', Pos 0, Type: Decimal") from error
        if abs(value) >= limit:
            raise BadValueError(1208, f"Numeric data overflow (result precision), Value '{text}'")
        return str(value)

    return convert


def _json(text: str) -> str:
    try:
        return json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False)
    except ValueError as error:
        raise BadValueError(1224, "Invalid JSON") from error


# Formats of dates and times: the default first, then those that 'auto' recognizes too
# (docs.aws.amazon.com/redshift/latest/dg/automatic-recognition.html).
_DATES = (
    "%Y-%m-%d", "%Y%m%d", "%Y/%m/%d", "%m/%d/%Y", "%m-%d-%Y", "%d.%m.%Y", "%b %d %Y", "%b-%d-%Y", "%d-%b-%Y",
    "%B %d %Y",
    "%B %d, %Y", "%b %d, %Y", "%y-%m-%d", "%m/%d/%y", "%Y %b %d",
)  # fmt: skip
_TIMES = ("%H:%M:%S", "%H:%M:%S.%f", "%H:%M", "%I:%M:%S %p", "%I:%M %p", "%H%M%S")
# Redshift's names for the parts of a date, longer ones first, and Python's format codes
# (docs.aws.amazon.com/redshift/latest/dg/r_DATEFORMAT_and_TIMEFORMAT_strings.html).
_PARTS = {
    "YYYY": "%Y", "YY": "%y", "MONTH": "%B", "MON": "%b", "MM": "%m", "DDD": "%j", "DD": "%d", "HH24": "%H",
    "HH12": "%I", "HH": "%H", "MI": "%M", "SS": "%S", "US": "%f", "MS": "%f", "AM": "%p", "PM": "%p", "OF": "%z",
    "TZ": "%Z", "DAY": "%A", "DY": "%a",
}  # fmt: skip
_PART = re.compile("|".join(_PARTS), re.IGNORECASE)


def _date(text: str, form: str | None) -> str:
    found = _read_time(text.strip(), _formats(form, _DATES))
    if found is None and form == "auto":
        found = _read_timestamp(text, "auto")
    if found is None:
        message = "Invalid date format - length must be 10 or more" if form is None else f"Invalid date format [{form}]"
        raise BadValueError(1205, message)
    return found.date().isoformat()


def _timestamp(text: str, form: str | None) -> str:
    found = _read_timestamp(text, form)
    if found is None:
        shown = "YYYY-MM-DD HH24:MI:SS" if form is None else form
        raise BadValueError(1206, f"Invalid timestamp format or value [{shown}]")
    return found.isoformat(sep=" ")


def _timestamptz(text: str, form: str | None) -> str:
    return text if form in (None, "auto") else f"{_timestamp(text, form)}+00"


def _read_timestamp(text: str, form: str | None) -> datetime | None:
    text = text.strip()
    if form in ("epochsecs", "epochmillisecs"):
        try:
            return _EPOCH + timedelta(seconds=float(text) / (1 if form == "epochsecs" else 1000))
        except (ValueError, OverflowError):
            return None
    if form not in (None, "auto"):
        return _read_time(text, _formats(form, ()))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        if form is None:
            return None
        return _read_time(text, (*_DATES, *(f"{day} {time}" for day in _DATES for time in _TIMES)))
    return found.astimezone(UTC).replace(tzinfo=None) if found.tzinfo is not None else found


def _formats(form: str | None, known: tuple[str, ...]) -> tuple[str, ...]:
    if form is None:
        return known[:1]
    if form == "auto":
        return known
    return (_PART.sub(lambda match: _PARTS[match[0].upper()], form),)


def _read_time(text: str, formats: tuple[str, ...]) -> datetime | None:
    for form in formats:
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007  # Redshift's timestamps have no time zone
        except ValueError:
            continue
    return None
