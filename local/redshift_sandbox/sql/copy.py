"""The grammar of COPY from S3."""

from collections.abc import Callable
from dataclasses import dataclass, field

from redshift_sandbox.sql.errors import SqlError
from redshift_sandbox.sql.lexer import Cursor, Lexed
from redshift_sandbox.sql.options import Authorization, read, s3_url

# Options that COPY does not take for columnar files
# (docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html).
_NOT_WITH_PARQUET = frozenset({
    "REGION", "MAXERROR", "NOLOAD", "ESCAPE", "DELIMITER", "GZIP", "LZOP", "BZIP2", "ZSTD", "ENCRYPTED", "READRATIO",
    "DATEFORMAT", "TIMEFORMAT", "IGNOREHEADER", "NULL", "QUOTE", "EMPTYASNULL", "BLANKSASNULL", "TRUNCATECOLUMNS",
    "REMOVEQUOTES", "TRIMBLANKS", "EXPLICIT_IDS",
})  # fmt: skip
_MISSING = frozenset({
    "AVRO", "ORC", "FIXEDWIDTH", "SHAPEFILE", "LZOP", "ENCRYPTED", "MASTER_SYMMETRIC_KEY", "SSH", "READRATIO", "JOB",
    "SERIALIZETOJSON", "IGNOREALLERRORS",
})  # fmt: skip
_MAX_ERROR = 100_000


@dataclass
class Format:
    """The format of the files, and how COPY converts their values."""

    kind: str = "TEXT"
    delimiter: str = "|"
    quote: str = '"'
    compression: str | None = None
    encoding: str = "utf-8"
    json_paths: str = "auto"
    ignore_header: int = 0
    null_as: str = "\\N"
    date_format: str | None = None
    time_format: str | None = None
    max_error: int = 0
    escape: bool = False
    remove_quotes: bool = False
    empty_as_null: bool = False
    blanks_as_null: bool = False
    trim_blanks: bool = False
    truncate_columns: bool = False
    fill_record: bool = False
    ignore_blank_lines: bool = False
    replace_invalid: str | None = None
    round_decimals: bool = False


@dataclass(frozen=True)
class CopyFromS3:
    """One COPY: its table, source, credentials and format. Role None is the namespace's default role."""

    table: str
    columns: tuple[str, ...]
    bucket: str
    key: str
    role: str | None
    by_key: bool = False
    manifest: bool = False
    explicit_ids: bool = False
    no_load: bool = False
    format: Format = field(default_factory=Format)


def parse_copy(statement: Lexed) -> CopyFromS3:
    """Read a COPY statement.

    Raises
    ------
    SqlError
        If Redshift would refuse it, or the sandbox cannot run it.
    """
    cursor = statement.after("COPY")
    table = cursor.qualified_name()
    columns = tuple(cursor.names_in_parentheses()) if cursor.at("(") else ()
    cursor.expect("FROM")
    bucket, key = s3_url(cursor, "COPY")
    options = _Options()
    authorization = Authorization()
    read("COPY", cursor, authorization, options.readers(), _MISSING)
    options.check()
    return CopyFromS3(
        table,
        columns,
        bucket,
        key,
        authorization.role,
        authorization.by_key,
        "MANIFEST" in options.given,
        "EXPLICIT_IDS" in options.given,
        "NOLOAD" in options.given,
        options.format,
    )


class _Options:
    """The options as they are read."""

    def __init__(self) -> None:
        self.format = Format()
        self.given: set[str] = set()

    def readers(self) -> dict[str, Callable[[Cursor], None]]:
        """Return a reader for each option."""
        return {name: self._noted(name, reader) for name, reader in self._readers().items()}

    def check(self) -> None:
        """Refuse options that do not go together.

        Raises
        ------
        SqlError
            As Redshift would.
        """
        if self.format.kind == "PARQUET":
            self._check_parquet()
        elif self.format.kind == "CSV":
            self._check_csv()
        elif self.format.kind == "JSON":
            self._check_json()
        if self.format.max_error > _MAX_ERROR:
            raise SqlError(f"MAXERROR must be between 0 and {_MAX_ERROR}")

    def _check_parquet(self) -> None:
        for word in sorted(self.given & _NOT_WITH_PARQUET):
            raise SqlError(f"{word} argument is not supported for PARQUET based COPY")

    def _check_csv(self) -> None:
        form = self.format
        if form.escape or form.remove_quotes:
            raise SqlError(f"{'ESCAPE' if form.escape else 'REMOVEQUOTES'} cannot be used with CSV")
        if "DELIMITER" not in self.given:
            form.delimiter = ","

    def _check_json(self) -> None:
        if self.given & {"DELIMITER", "ESCAPE", "REMOVEQUOTES", "QUOTE", "FILLRECORD"}:
            raise SqlError("JSON cannot be used with DELIMITER, ESCAPE, FILLRECORD, QUOTE or REMOVEQUOTES")

    def _noted(self, name: str, reader: Callable[[Cursor], None]) -> Callable[[Cursor], None]:
        def call(cursor: Cursor) -> None:
            self.given.add(name)
            reader(cursor)

        return call

    def _readers(self) -> dict[str, Callable[[Cursor], None]]:
        form = self.format

        def setter(name: str, value: object = True) -> Callable[[Cursor], None]:
            return lambda _: setattr(form, name, value)

        def text(name: str, option: str) -> Callable[[Cursor], None]:
            return lambda cursor: setattr(form, name, cursor.text(option))

        def number(name: str, option: str) -> Callable[[Cursor], None]:
            return lambda cursor: setattr(form, name, cursor.number(option))

        compressions = {"GZIP": "gzip", "BZIP2": "bz2", "ZSTD": "zstd"}
        return {
            "FORMAT": _accept,
            "AS": _accept,
            "CSV": setter("kind", "CSV"),
            "PARQUET": setter("kind", "PARQUET"),
            "JSON": self._json,
            "DELIMITER": self._delimiter,
            "QUOTE": text("quote", "QUOTE"),
            "IGNOREHEADER": number("ignore_header", "IGNOREHEADER"),
            "NULL": text("null_as", "NULL AS"),
            "DATEFORMAT": text("date_format", "DATEFORMAT"),
            "TIMEFORMAT": text("time_format", "TIMEFORMAT"),
            "MAXERROR": number("max_error", "MAXERROR"),
            "ESCAPE": setter("escape"),
            "REMOVEQUOTES": setter("remove_quotes"),
            "EMPTYASNULL": setter("empty_as_null"),
            "BLANKSASNULL": setter("blanks_as_null"),
            "TRIMBLANKS": setter("trim_blanks"),
            "TRUNCATECOLUMNS": setter("truncate_columns"),
            "FILLRECORD": setter("fill_record"),
            "IGNOREBLANKLINES": setter("ignore_blank_lines"),
            "ROUNDEC": setter("round_decimals"),
            "ACCEPTINVCHARS": lambda cursor: setattr(form, "replace_invalid", cursor.text_or("?", "ACCEPTINVCHARS")),
            "ACCEPTANYDATE": _accept,
            "ENCODING": self._encoding,
            **{word: setter("compression", codec) for word, codec in compressions.items()},
            "MANIFEST": _accept,
            "EXPLICIT_IDS": _accept,
            "NOLOAD": _accept,
            "REGION": lambda cursor: _ignore(cursor.text("REGION")),
            # Statistics and encodings are PostgreSQL's own here.
            "COMPUPDATE": lambda cursor: _ignore(cursor.switch()),
            "STATUPDATE": lambda cursor: _ignore(cursor.switch()),
            "COMPROWS": lambda cursor: _ignore(cursor.number("COMPROWS")),
        }

    def _json(self, cursor: Cursor) -> None:
        self.format.kind = "JSON"
        self.format.json_paths = cursor.text_or("auto", "JSON")

    def _delimiter(self, cursor: Cursor) -> None:
        # The tokenizer leaves the escapes for a tab (\t) and for an octal character code (\001) as they are.
        text = cursor.text("DELIMITER")
        octal = text.startswith("\\") and text[1:].isdecimal()
        self.format.delimiter = chr(int(text[1:], 8)) if octal else text.replace("\\t", "\t")
        if len(self.format.delimiter) != 1:
            raise SqlError("COPY delimiter must be a single character")

    def _encoding(self, cursor: Cursor) -> None:
        cursor.skip("AS")
        word = cursor.take().upper().replace("-", "")
        encodings = {
            "UTF8": "utf-8",
            "UTF16": "utf-16",
            "UTF16LE": "utf-16-le",
            "UTF16BE": "utf-16-be",
            "ISO88591": "latin-1",
        }
        if word not in encodings:
            raise SqlError(f"ENCODING {word} is not one of UTF8, UTF16, UTF16LE, UTF16BE, ISO88591")
        self.format.encoding = encodings[word]


def _accept(cursor: Cursor) -> None:
    """Take an option that is a single word; ``given`` records it."""
    del cursor


def _ignore(value: object) -> None:
    del value
