"""What becomes of Redshift's functions, by name.

A function that is not named here goes to PostgreSQL as it is. ``library`` functions live in the schema
``redshift_library`` of every database (``library/20_functions.sql``).
"""

from __future__ import annotations

from collections.abc import Callable

from sqlglot import exp

from local.sql.errors import SqlError, UnsupportedSqlError

LIBRARY = "redshift_library"

Rewrite = Callable[[list[exp.Expr]], exp.Expr]

# The date parts and their other names are those of the page "Date parts for date or timestamp functions".
_DATE_PARTS = {
    "millennium": ("millennium", "millennia", "mil", "mils"),
    "century": ("century", "centuries", "c", "cent", "cents"),
    "decade": ("decade", "decades", "dec", "decs"),
    "epoch": ("epoch",),
    "year": ("year", "years", "y", "yr", "yrs"),
    "quarter": ("quarter", "quarters", "qtr", "qtrs"),
    "month": ("month", "months", "mon", "mons"),
    "week": ("week", "weeks", "w"),
    "dow": ("dayofweek", "dow", "dw", "weekday"),
    "doy": ("dayofyear", "doy", "dy", "yearday"),
    "day": ("day", "days", "d"),
    "hour": ("hour", "hours", "h", "hr", "hrs"),
    "minute": ("minute", "minutes", "m", "min", "mins"),
    "second": ("second", "seconds", "s", "sec", "secs"),
    "millisecond": (
        "millisecond",
        "milliseconds",
        "ms",
        "msec",
        "msecs",
        "msecond",
        "mseconds",
        "millisec",
        "millisecs",
    ),
    "microsecond": (
        "microsecond",
        "microseconds",
        "microsec",
        "microsecs",
        "us",
        "usec",
        "usecs",
        "usecond",
        "useconds",
    ),
    "timezone": ("timezone",),
}
_CANONICAL_PART = {alias: part for part, aliases in _DATE_PARTS.items() for alias in aliases}


def rewrite(name: str, arguments: list[exp.Expr]) -> exp.Expr | None:
    """Return what a function call becomes, or None if it stays as it is.

    Raises
    ------
    SqlError
        If Redshift would refuse the call, or the sandbox cannot run it.
    """
    known = _REWRITES.get(name.upper())
    return known(arguments) if known is not None else None


def label(name: str) -> str:
    """Return the name that Redshift gives to a result column made by a function."""
    return _LABELS.get(name.upper(), name.lower())


def library(name: str, *arguments: exp.Expr) -> exp.Expr:
    """Return a call of a function of the library."""
    return exp.Dot(
        this=exp.to_identifier(LIBRARY, quoted=True), expression=exp.Anonymous(this=name, expressions=list(arguments))
    )


def date_part(node: exp.Expr) -> exp.Expr:
    """Return a date part, written as a word or a text, in PostgreSQL's spelling.

    Raises
    ------
    SqlError
        If there is no such date part.
    """
    word = node.name.lower()
    if word not in _CANONICAL_PART:
        message = f'unknown date part "{word}"'
        raise SqlError(message)
    return exp.Literal.string(_CANONICAL_PART[word])


def _to_library(name: str) -> Rewrite:
    return lambda arguments: library(name, *arguments)


def _with_part(name: str) -> Rewrite:
    def call(arguments: list[exp.Expr]) -> exp.Expr:
        # A bare text is a timestamp to Redshift; PostgreSQL would take one with a time zone.
        times = [exp.cast(node, exp.DataType.Type.TIMESTAMP) if node.is_string else node for node in arguments[1:]]
        return library(name, date_part(arguments[0]), *times)

    return call


def _renamed(name: str) -> Rewrite:
    return lambda arguments: exp.Anonymous(this=name, expressions=arguments)


def _unsupported(name: str) -> Rewrite:
    def refuse(arguments: list[exp.Expr]) -> exp.Expr:
        del arguments
        what = f"the function {name}"
        raise UnsupportedSqlError(what)

    return refuse


def _decode(arguments: list[exp.Expr]) -> exp.Expr:
    """DECODE(value, search, result, …, default): unlike =, it finds NULL."""
    value, *rest = arguments
    case = exp.Case()
    for search, result in zip(rest[::2], rest[1::2], strict=False):
        case = case.when(exp.NullSafeEQ(this=value.copy(), expression=search), result, copy=False)
    has_default = len(rest) % 2 == 1
    return case.else_(rest[-1], copy=False) if has_default else case


def _nvl2(arguments: list[exp.Expr]) -> exp.Expr:
    value, present, absent = arguments
    return exp.Case().when(exp.Not(this=exp.Is(this=value, expression=exp.Null())), present).else_(absent)


def _concat(arguments: list[exp.Expr]) -> exp.Expr:
    """CONCAT takes two, and gives NULL if either is; PostgreSQL's passes over NULL."""
    value, *rest = arguments
    if len(rest) != 1:
        message = "function concat takes two arguments"
        raise SqlError(message)
    return exp.Paren(this=exp.DPipe(this=value, expression=rest[0], safe=True))


def _swapped(name: str) -> Rewrite:
    return lambda arguments: exp.Anonymous(this=name, expressions=[arguments[1], arguments[0], *arguments[2:]])


def _percentile_half(arguments: list[exp.Expr]) -> exp.Expr:
    order = exp.Order(expressions=[exp.Ordered(this=arguments[0], nulls_first=False)])
    return exp.WithinGroup(
        this=exp.Anonymous(this="PERCENTILE_CONT", expressions=[exp.Literal.number("0.5")]), expression=order
    )


_REWRITES: dict[str, Rewrite] = {
    "DATEDIFF": _with_part("datediff"),
    "DATE_DIFF": _with_part("datediff"),
    "DATEADD": _with_part("dateadd"),
    "DATE_ADD": _with_part("dateadd"),
    "DATE_TRUNC": _with_part("date_trunc"),
    "DATE_PART": _with_part("date_part"),
    "PGDATE_PART": _with_part("date_part"),
    "AVG": _to_library("avg"),
    "GETDATE": _to_library("getdate"),
    "ADD_MONTHS": _to_library("add_months"),
    "LAST_DAY": _to_library("last_day"),
    "NEXT_DAY": _to_library("next_day"),
    "MONTHS_BETWEEN": _to_library("months_between"),
    "CONVERT_TIMEZONE": _to_library("convert_timezone"),
    "TRUNC": _to_library("trunc"),
    "JSON_PARSE": _to_library("json_parse"),
    "JSON_SERIALIZE": _to_library("json_serialize"),
    "JSON_EXTRACT_PATH_TEXT": _to_library("json_extract_path_text"),
    "JSON_ARRAY_LENGTH": _to_library("json_array_length"),
    "JSON_EXTRACT_ARRAY_ELEMENT_TEXT": _to_library("json_extract_array_element_text"),
    "IS_VALID_JSON": _to_library("is_valid_json"),
    "IS_VALID_JSON_ARRAY": _to_library("is_valid_json_array"),
    "VERSION": _to_library("version"),
    "STRTOL": _to_library("strtol"),
    "SHA2": _to_library("sha2"),
    "TO_TIMESTAMP": _to_library("to_timestamp"),
    "CEILING": _renamed("CEIL"),
    "DEXP": _renamed("EXP"),
    "DLOG1": _renamed("LN"),
    "DLOG10": _renamed("LOG"),
    "LEN": _renamed("LENGTH"),
    "TEXTLEN": _renamed("LENGTH"),
    "NVL": _renamed("COALESCE"),
    "ISNULL": _renamed("COALESCE"),
    "IFNULL": _renamed("COALESCE"),
    "CHARINDEX": _swapped("STRPOS"),
    "REGEXP_SUBSTR": _renamed("REGEXP_SUBSTR"),
    "RANDOM": _renamed("RANDOM"),
    "RAND": _renamed("RANDOM"),
    "BTRIM": _renamed("BTRIM"),
    "MEDIAN": _percentile_half,
    "DECODE": _decode,
    "NVL2": _nvl2,
    "CONCAT": _concat,
    "RATIO_TO_REPORT": _unsupported("RATIO_TO_REPORT"),
    "APPROXIMATE": _unsupported("APPROXIMATE"),
}

# Redshift's own names where they are not the function's; recalled, not read anywhere.
_LABELS = {
    "DATEDIFF": "date_diff",
    "DATEADD": "date_add",
    "NVL": "coalesce",
    "ISNULL": "coalesce",
    "IFNULL": "coalesce",
    "NVL2": "case",
    "DECODE": "case",
    "CONCAT": "concat",
    "LEN": "len",
}
