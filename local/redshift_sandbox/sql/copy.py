"""The grammar of COPY from S3."""

from collections.abc import Callable
from dataclasses import dataclass, field

from redshift_sandbox.sql.errors import SqlError
from redshift_sandbox.sql.lexer import Lexed, rejoin
from redshift_sandbox.sql.options import Authorization, Cursor, read, s3_url

# What COPY of columnar files does not take
# (docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html).
_NOT_WITH_PARQUET = frozenset(
    {
        "REGION", "MAXERROR", "NOLOAD", "ESCAPE", "DELIMITER", "GZIP", "LZOP", "BZIP2", "ZSTD", "ENCRYPTED",
        "READRATIO",
        "DATEFORMAT", "TIMEFORMAT", "IGNOREHEADER", "NULL", "QUOTE", "EMPTYASNULL", "BLANKSASNULL", "TRUNCATECOLUMNS",
        "REMOVEQUOTES", "TRIMBLANKS", "EXPLICIT_IDS",
    }
)  # fmt: skip
_MISSING = frozenset({
    "AVRO", "ORC", "FIXEDWIDTH", "SHAPEFILE", "LZOP", "ENCRYPTED", "MASTER_SYMMETRIC_KEY", "SSH", "READRATIO", "JOB",
    "SERIALIZETOJSON", "IGNOREALLERRORS",
})  # fmt: skip
_MAX_ERROR = 100_000


@dataclass
class Format:
    """How files are written, and what COPY makes of their values."""

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
    """One COPY: where to, where from, how, and by whose right; role None stands for the namespace's default role."""

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
    words = [token.text.upper() for token in statement.tokens]
    if "FROM" not in words or words.index("FROM") + 1 >= len(words):
        raise SqlError('syntax error at or near "COPY"')
    source = words.index("FROM")
    table_end = words.index("(") if "(" in words[:source] else source
    columns = tuple(token.text.lower() for token in statement.tokens[table_end + 1 : source - 1] if token.text != ",")
    bucket, key = s3_url(statement.tokens[source + 1], "COPY")
    options = _Options()
    authorization = Authorization()
    read("COPY", Cursor(statement, source + 2), authorization, options.readers(), _MISSING)
    options.check()
    return CopyFromS3(
        rejoin(statement, 1, table_end).replace(" ", ""),
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
    """What has been read of the options."""

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
        form = self.format
        if form.kind == "PARQUET":
            for word in sorted(self.given & _NOT_WITH_PARQUET):
                raise SqlError(f"{word} argument is not supported for PARQUET based COPY")
        if form.kind == "CSV" and (form.escape or form.remove_quotes):
            raise SqlError(f"{'ESCAPE' if form.escape else 'REMOVEQUOTES'} cannot be used with CSV")
        if form.kind == "JSON" and self.given & {"DELIMITER", "ESCAPE", "REMOVEQUOTES", "QUOTE", "FILLRECORD"}:
            raise SqlError("JSON cannot be used with DELIMITER, ESCAPE, FILLRECORD, QUOTE or REMOVEQUOTES")
        if form.max_error > _MAX_ERROR:
            raise SqlError(f"MAXERROR must be between 0 and {_MAX_ERROR}")
        if form.kind == "CSV" and "DELIMITER" not in self.given:
            form.delimiter = ","

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
            # Statistics and encodings are the engine's own here.
            "COMPUPDATE": lambda cursor: _ignore(cursor.switch()),
            "STATUPDATE": lambda cursor: _ignore(cursor.switch()),
            "COMPROWS": lambda cursor: _ignore(cursor.number("COMPROWS")),
        }

    def _json(self, cursor: Cursor) -> None:
        self.format.kind = "JSON"
        self.format.json_paths = cursor.text_or("auto", "JSON")

    def _delimiter(self, cursor: Cursor) -> None:
        # \t is the tab, and an octal number like \001 a control character: the tokenizer leaves both as they are.
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
    """Take an option that is a word, and whose mention alone counts or that changes nothing here."""
    del cursor


def _ignore(value: object) -> None:
    del value
