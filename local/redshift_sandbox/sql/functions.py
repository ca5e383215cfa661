"""How each of Redshift's functions is written for PostgreSQL.

Some are rewritten here; some are called in the schema ``redshift_library``, which ``library/*.sql`` creates in every
database; those under ``[shared]`` in ``functions.txt`` stay as they are.
"""

from collections.abc import Callable

from sqlglot import exp

from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.function_names import IN_LIBRARY, SHARED, is_missing
from redshift_sandbox.sql.settings import stored_name

LIBRARY = "redshift_library"

# Names of user-defined functions begin with it in PostgreSQL: otherwise a name that Redshift does not have could call a
# function of PostgreSQL's. Messages are shown without it.
USER_FUNCTION_PREFIX = "$"

Rewrite = Callable[[list[exp.Expr]], exp.Expr]

# From "Date parts for date or timestamp functions" in Redshift's documentation.
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
    """Return the replacement of a function call, None if it stays as it is.

    Raises
    ------
    SqlError
        If Redshift would refuse the call, or the sandbox cannot run it.
    """
    word = name.lower()
    if name.upper() in REWRITES:
        try:
            return REWRITES[name.upper()](arguments)
        except (ValueError, IndexError) as error:
            raise SqlError(f"function {word} does not take {len(arguments)} arguments") from error
    if word in IN_LIBRARY:
        return library(word, *arguments)
    if word in SHARED:
        return None
    if is_missing(word):
        raise UnsupportedSqlError(f"the function {name.upper()}")
    return user_function(word, arguments)


def user_function(name: str, arguments: list[exp.Expr]) -> exp.Expr:
    """Return a call of a user-defined function."""
    function = exp.to_identifier(USER_FUNCTION_PREFIX + name.lower(), quoted=True)
    return exp.Anonymous(this=function, expressions=arguments)


def label(name: str) -> str:
    """Return Redshift's name for a result column of a function."""
    return _LABELS.get(name.upper(), name.lower())


def library(name: str, *arguments: exp.Expr) -> exp.Expr:
    """Return a call of a function of the library."""
    return exp.Dot(
        this=exp.to_identifier(LIBRARY, quoted=True), expression=exp.Anonymous(this=name, expressions=list(arguments))
    )


def date_part(node: exp.Expr) -> exp.Expr:
    """Return PostgreSQL's name of a date part, which may be a word or a string literal.

    Raises
    ------
    SqlError
        If there is no such date part.
    """
    word = node.name.lower()
    if word not in _CANONICAL_PART:
        raise SqlError(f'unknown date part "{word}"')
    return exp.Literal.string(_CANONICAL_PART[word])


def _to_library(name: str) -> Rewrite:
    return lambda arguments: library(name, *arguments)


def _with_part(name: str) -> Rewrite:
    def call(arguments: list[exp.Expr]) -> exp.Expr:
        # A string literal is a timestamp in Redshift, and one with a time zone in PostgreSQL.
        times = [exp.cast(node, exp.DataType.Type.TIMESTAMP) if node.is_string else node for node in arguments[1:]]
        return library(name, date_part(arguments[0]), *times)

    return call


def _of_times(name: str, count: int = 1) -> Rewrite:
    """Library functions whose first arguments are times; a string literal is a timestamp."""

    def call(arguments: list[exp.Expr]) -> exp.Expr:
        times = [exp.cast(node, exp.DataType.Type.TIMESTAMP) if node.is_string else node for node in arguments[:count]]
        return library(name, *times, *arguments[count:])

    return call


def _text_length(arguments: list[exp.Expr]) -> exp.Expr:
    """LEN: a number counts as its text, and the padding of a CHAR does not count."""
    (value,) = arguments
    return exp.Anonymous(this="LENGTH", expressions=[exp.cast(value, exp.DataType.Type.TEXT)])


def _set_config(arguments: list[exp.Expr]) -> exp.Expr:
    """SET_CONFIG of the settings that SET takes."""
    name, value, is_local = arguments
    if not name.is_string:
        raise UnsupportedSqlError("SET_CONFIG of a setting that is not named by a literal")
    return library("set_config", exp.Literal.string(stored_name(name.name.lower())), value, is_local)


def _renamed(name: str) -> Rewrite:
    return lambda arguments: exp.Anonymous(this=name, expressions=arguments)


def _with_doubles(name: str) -> Rewrite:
    """Functions that return double precision for every type of number."""

    def call(arguments: list[exp.Expr]) -> exp.Expr:
        distinct = arguments[0] if isinstance(arguments[0], exp.Distinct) else None
        if distinct is not None:
            distinct.set("expressions", [_double(node) for node in distinct.expressions])
            return exp.Anonymous(this=name, expressions=arguments)
        return exp.Anonymous(this=name, expressions=[_double(node) for node in arguments])

    return call


def _double(node: exp.Expr) -> exp.Expr:
    return exp.cast(exp.Paren(this=node), exp.DataType.Type.DOUBLE)


def _compared(first: str, second: str) -> Rewrite:
    """DATE_CMP and the like: -1, 0 or 1."""
    types = [exp.DataType.build(first, dialect="postgres"), exp.DataType.build(second, dialect="postgres")]

    def call(arguments: list[exp.Expr]) -> exp.Expr:
        one, other = arguments
        common = types[0] if types[0] == types[1] else exp.DataType.build("timestamptz", dialect="postgres")
        return library(
            "compare",
            *(exp.cast(exp.cast(node, kind), common.copy()) for node, kind in zip((one, other), types, strict=True)),
        )

    return call


def _json_text(arguments: list[exp.Expr]) -> exp.Expr:
    """JSON_EXTRACT_PATH_TEXT; with TRUE as its last argument, invalid JSON gives NULL."""
    if isinstance(arguments[-1], exp.Boolean):
        name = "json_extract_path_text_if_valid" if arguments[-1].this else "json_extract_path_text"
        return library(name, *arguments[:-1])
    return library("json_extract_path_text", *arguments)


def _constructor(name: str) -> Rewrite:
    """ARRAY and OBJECT; string literals need a type."""

    def call(arguments: list[exp.Expr]) -> exp.Expr:
        typed = [exp.cast(node, exp.DataType.Type.TEXT) if node.is_string else node for node in arguments]
        return library("compact", library(name, *typed))

    return call


def _decode(arguments: list[exp.Expr]) -> exp.Expr:
    """DECODE(value, search, result, …, default); a search for NULL finds NULL."""
    value, search, result, *rest = arguments
    case = exp.Case().when(exp.NullSafeEQ(this=value.copy(), expression=search), result, copy=False)
    for search, result in zip(rest[::2], rest[1::2], strict=False):
        case = case.when(exp.NullSafeEQ(this=value.copy(), expression=search), result, copy=False)
    has_default = len(rest) % 2 == 1
    return case.else_(rest[-1], copy=False) if has_default else case


def _nvl2(arguments: list[exp.Expr]) -> exp.Expr:
    value, present, absent = arguments
    return exp.Case().when(exp.Not(this=exp.Is(this=value, expression=exp.Null())), present).else_(absent)


def _concat(arguments: list[exp.Expr]) -> exp.Expr:
    """CONCAT of two arguments is NULL if either is; PostgreSQL's ignores NULL."""
    value, *rest = arguments
    if len(rest) != 1:
        raise SqlError("function concat takes two arguments")
    return exp.Paren(this=exp.DPipe(this=value, expression=rest[0], safe=True))


def _swapped(name: str) -> Rewrite:
    return lambda arguments: exp.Anonymous(this=name, expressions=[arguments[1], arguments[0], *arguments[2:]])


def _percentile_half(arguments: list[exp.Expr]) -> exp.Expr:
    order = exp.Order(expressions=[exp.Ordered(this=arguments[0], nulls_first=False)])
    return exp.WithinGroup(
        this=exp.Anonymous(this="PERCENTILE_CONT", expressions=[exp.Literal.number("0.5")]), expression=order
    )


REWRITES: dict[str, Rewrite] = {
    "DATEDIFF": _with_part("datediff"),
    "DATE_DIFF": _with_part("datediff"),
    "DATEADD": _with_part("dateadd"),
    "DATE_ADD": _with_part("dateadd"),
    "DATE_TRUNC": _with_part("date_trunc"),
    "DATE_PART": _with_part("date_part"),
    "PGDATE_PART": _with_part("date_part"),
    "DATE_CMP": _compared("date", "date"),
    "DATE_CMP_TIMESTAMP": _compared("date", "timestamp"),
    "DATE_CMP_TIMESTAMPTZ": _compared("date", "timestamptz"),
    "TIMESTAMP_CMP": _compared("timestamp", "timestamp"),
    "TIMESTAMP_CMP_DATE": _compared("timestamp", "date"),
    "TIMESTAMP_CMP_TIMESTAMPTZ": _compared("timestamp", "timestamptz"),
    "TIMESTAMPTZ_CMP": _compared("timestamptz", "timestamptz"),
    "TIMESTAMPTZ_CMP_DATE": _compared("timestamptz", "date"),
    "TIMESTAMPTZ_CMP_TIMESTAMP": _compared("timestamptz", "timestamp"),
    "BPCHARCMP": _compared("text", "text"),
    "STDDEV": _with_doubles("STDDEV_SAMP"),
    "STDDEV_SAMP": _with_doubles("STDDEV_SAMP"),
    "STDDEV_POP": _with_doubles("STDDEV_POP"),
    "VARIANCE": _with_doubles("VAR_SAMP"),
    "VAR_SAMP": _with_doubles("VAR_SAMP"),
    "VAR_POP": _with_doubles("VAR_POP"),
    "SQRT": _with_doubles("SQRT"),
    "EXP": _with_doubles("EXP"),
    "DEXP": _with_doubles("EXP"),
    "LN": _with_doubles("LN"),
    "DLOG1": _with_doubles("LN"),
    "LOG": _with_doubles("LOG"),
    "DLOG10": _with_doubles("LOG"),
    "POWER": _with_doubles("POWER"),
    "POW": _with_doubles("POWER"),
    "JSON_EXTRACT_PATH_TEXT": _json_text,
    "ARRAY": _constructor("array"),
    "OBJECT": _constructor("object"),
    "SET_CONFIG": _set_config,
    "SIZE": _renamed("PG_COLUMN_SIZE"),
    "CEILING": _to_library("ceil"),
    "LEN": _text_length,
    "LENGTH": _text_length,
    "TEXTLEN": _text_length,
    "CHAR_LENGTH": _text_length,
    "CHARACTER_LENGTH": _text_length,
    "ADD_MONTHS": _of_times("add_months"),
    "LAST_DAY": _of_times("last_day"),
    "NEXT_DAY": _of_times("next_day", 1),
    "MONTHS_BETWEEN": _of_times("months_between", 2),
    "REPLICATE": _renamed("REPEAT"),
    "SHA": _to_library("sha1"),
    "FUNC_SHA1": _to_library("sha1"),
    "NVL": _renamed("COALESCE"),
    "ISNULL": _renamed("COALESCE"),
    "IFNULL": _renamed("COALESCE"),
    "CHARINDEX": _swapped("STRPOS"),
    "RAND": _renamed("RANDOM"),
    "MEDIAN": _percentile_half,
    "DECODE": _decode,
    "NVL2": _nvl2,
    "CONCAT": _concat,
}

KNOWN = SHARED | {
    "array_agg", "array_to_string", "exp", "length", "ln", "log", "pg_column_size", "power", "sqrt",
    "stddev_pop", "stddev_samp", "string_agg", "var_pop", "var_samp",
}  # fmt: skip
"""The functions of PostgreSQL that a translated statement may call."""

# Names of result columns that differ from the function's. Redshift does not document them.
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
