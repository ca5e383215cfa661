"""The grammar of UNLOAD to S3."""

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlglot import exp

from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.lexer import Cursor, Lexed
from redshift_sandbox.sql.options import Authorization, read, s3_url
from redshift_sandbox.sql.parser import parse

_MISSING = frozenset({"FIXEDWIDTH", "ENCRYPTED", "KMS_KEY_ID", "MASTER_SYMMETRIC_KEY", "ROWGROUPSIZE", "INCLUDE"})
_MEGABYTE = 1024 * 1024
_UNITS = {"": _MEGABYTE, "MB": _MEGABYTE, "GB": 1024 * _MEGABYTE}


@dataclass
class UnloadFormat:
    """The format of the files."""

    kind: str = "TEXT"
    delimiter: str | None = None
    compression: str | None = None
    null_as: str = ""
    extension: str | None = None
    header: bool = False
    escape: bool = False
    add_quotes: bool = False
    parallel: bool = True
    manifest: bool = False
    verbose: bool = False
    overwrite: bool = False
    clean: bool = False
    max_bytes: int = 6_200 * _MEGABYTE
    partitions: tuple[str, ...] = ()


@dataclass(frozen=True)
class UnloadToS3:
    """One UNLOAD: its query, target, credentials and format. Role None is the namespace's default role."""

    query: str
    bucket: str
    key: str
    role: str | None
    by_key: bool = False
    format: UnloadFormat = field(default_factory=UnloadFormat)


def parse_unload(statement: Lexed) -> tuple[str, UnloadToS3]:
    """Read an UNLOAD statement; return its query as it was written, and the command.

    Raises
    ------
    SqlError
        If Redshift would refuse it, or the sandbox cannot run it.
    """
    cursor = statement.after("UNLOAD", "(")
    query = cursor.text("UNLOAD")
    cursor.expect(")", "TO")
    tree = parse(query)
    if isinstance(tree, exp.Select) and tree.args.get("limit") is not None and not tree.args["limit"].args.get("top"):
        raise SqlError("LIMIT clause is not supported in the outer SELECT of UNLOAD")
    bucket, key = s3_url(cursor, "UNLOAD")
    form, authorization = UnloadFormat(), Authorization()
    read("UNLOAD", cursor, authorization, _readers(form), _MISSING)
    _check(form)
    return query, UnloadToS3("", bucket, key, authorization.role, authorization.by_key, form)


def _check(form: UnloadFormat) -> None:
    if form.kind in ("PARQUET", "JSON"):
        _refuse_text_options(form)
    if form.kind == "CSV" and (form.escape or form.add_quotes):
        raise SqlError(f"UNLOAD to CSV cannot be used with {'ESCAPE' if form.escape else 'ADDQUOTES'}")
    if form.overwrite and form.clean:
        raise SqlError("CLEANPATH cannot be used with ALLOWOVERWRITE")
    if form.partitions and form.kind != "PARQUET":
        raise UnsupportedSqlError(f"UNLOAD to {form.kind} with PARTITION BY")


def _refuse_text_options(form: UnloadFormat) -> None:
    options = {
        "DELIMITER": form.delimiter,
        "HEADER": form.header,
        "ESCAPE": form.escape,
        "ADDQUOTES": form.add_quotes,
        "NULL AS": form.null_as,
        "compression": form.compression if form.kind == "PARQUET" else None,
    }
    for option, given in options.items():
        if given:
            raise SqlError(f"{option} is not supported for UNLOAD to {form.kind}")


def _readers(form: UnloadFormat) -> dict[str, Callable[[Cursor], None]]:
    def setter(name: str, value: object = True) -> Callable[[Cursor], None]:
        return lambda _: setattr(form, name, value)

    def manifest(cursor: Cursor) -> None:
        form.manifest = True
        form.verbose = cursor.skip("VERBOSE")

    def size(cursor: Cursor) -> None:
        cursor.skip("AS")
        number = float(cursor.take())
        unit = cursor.word if cursor.word in _UNITS else ""
        cursor.skip_any("MB", "GB")
        form.max_bytes = int(number * _UNITS[unit])

    def region(cursor: Cursor) -> None:
        # Every bucket of the sandbox can be reached.
        cursor.text("REGION")

    def partition(cursor: Cursor) -> None:
        cursor.skip("BY")
        form.partitions = tuple(cursor.names_in_parentheses())

    return {
        "FORMAT": _accept,
        "AS": _accept,
        "CSV": setter("kind", "CSV"),
        "PARQUET": setter("kind", "PARQUET"),
        "JSON": setter("kind", "JSON"),
        "DELIMITER": lambda cursor: setattr(form, "delimiter", cursor.text("DELIMITER").replace("\\t", "\t")),
        "NULL": lambda cursor: setattr(form, "null_as", cursor.text("NULL AS")),
        "EXTENSION": lambda cursor: setattr(form, "extension", cursor.text("EXTENSION")),
        "HEADER": setter("header"),
        "ESCAPE": setter("escape"),
        "ADDQUOTES": setter("add_quotes"),
        "ALLOWOVERWRITE": setter("overwrite"),
        "CLEANPATH": setter("clean"),
        "PARALLEL": lambda cursor: setattr(form, "parallel", cursor.switch()),
        "MANIFEST": manifest,
        "MAXFILESIZE": size,
        "PARTITION": partition,
        # The tokenizer may make one token of two words.
        "PARTITION BY": partition,
        "REGION": region,
        "GZIP": setter("compression", "gzip"),
        "BZIP2": setter("compression", "bz2"),
        "ZSTD": setter("compression", "zstd"),
    }


def _accept(cursor: Cursor) -> None:
    """Take an option that is a word without effect here."""
    del cursor
