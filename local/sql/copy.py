"""The grammar of COPY from S3, as far as the sandbox goes: Parquet, by prefix or manifest."""

from __future__ import annotations

from dataclasses import dataclass

from sqlglot.tokenizer_core import TokenType

from local.sql.errors import SqlError, UnsupportedSqlError
from local.sql.lexer import Lexed, rejoin

# What COPY of Parquet refuses on Redshift too
# (docs.aws.amazon.com/redshift/latest/dg/copy-usage_notes-copy-from-columnar.html).
_REFUSED = frozenset(
    {"REGION", "MAXERROR", "NOLOAD", "ESCAPE", "DELIMITER", "GZIP", "LZOP", "BZIP2", "ZSTD", "ENCRYPTED", "READRATIO"}
)


@dataclass(frozen=True)
class CopyFromS3:
    """One COPY: where to, where from, and by whose right; role None stands for the namespace's default role."""

    table: str
    columns: tuple[str, ...]
    bucket: str
    key: str
    role: str | None
    manifest: bool


def parse_copy(statement: Lexed) -> CopyFromS3:
    """Read a COPY statement.

    Raises
    ------
    SqlError
        If Redshift would refuse it, or the sandbox cannot run it.
    """
    words = [token.text.upper() for token in statement.tokens]
    if "FROM" not in words:
        message = 'syntax error at or near "COPY"'
        raise SqlError(message)
    source = words.index("FROM")
    table_end = words.index("(") if "(" in words[:source] else source
    columns = tuple(token.text.lower() for token in statement.tokens[table_end + 1 : source - 1] if token.text != ",")
    url = statement.tokens[source + 1]
    if url.token_type != TokenType.STRING or not url.text.startswith("s3://"):
        raise UnsupportedSqlError("COPY from anything but s3://")
    bucket, _, key = url.text.removeprefix("s3://").partition("/")
    role, manifest = _options(statement, source + 2)
    return CopyFromS3(rejoin(statement, 1, table_end).replace(" ", ""), columns, bucket, key, role, manifest)


def _options(statement: Lexed, first: int) -> tuple[str | None, bool]:
    words = [token.text.upper() for token in statement.tokens] + ["", ""]
    role: str | None = None
    authorized = manifest = parquet = False
    index = first
    while index < len(statement.tokens):
        word = words[index]
        if word == "IAM_ROLE":
            authorized = True
            token = statement.tokens[index + 1]
            role = token.text if token.token_type == TokenType.STRING else None
            index += 2
        elif word == "MANIFEST":
            manifest = True
            index += 1
        elif word in ("FORMAT", "AS"):
            index += 1
        elif word == "PARQUET":
            parquet = True
            index += 1
        elif word in ("COMPUPDATE", "STATUPDATE"):
            # Statistics and encodings are the engine's own here.
            index += 2 if words[index + 1] in ("ON", "OFF", "TRUE", "FALSE", "PRESET") else 1
        elif word in _REFUSED:
            message = f"{word} argument is not supported for PARQUET based COPY"
            raise SqlError(message)
        else:
            raise UnsupportedSqlError(f"COPY with {word}")
    if not authorized:
        raise UnsupportedSqlError("COPY without IAM_ROLE")
    if not parquet:
        raise UnsupportedSqlError("COPY of anything but PARQUET")
    return role, manifest
