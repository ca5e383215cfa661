"""INSERT … VALUES of literals without the parser, which takes most of a second for 100 KB."""

import re

from redshift_sandbox.sql.lexer import quoted

_NAME = r'(?:"(?:[^"]|"")+"|[A-Za-z_][A-Za-z0-9_$]*)'
_HEAD = re.compile(
    rf"\s*INSERT\s+INTO\s+(?P<table>{_NAME}(?:\s*\.\s*{_NAME}){{0,2}})\s*(?:\((?P<columns>[^()']*)\)\s*)?VALUES\s*(?=\()",
    re.IGNORECASE,
)
# Literals, their punctuation and casts that mean the same in Redshift and PostgreSQL. The quantifiers are possessive:
# a text that does not match is rejected in one pass.
_VALUES = re.compile(
    r"""(?:\s++|[(),]|'(?:[^'\\]++|''|\\.)*+'|[-+]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][-+]?\d++)?|(?:NULL|TRUE|FALSE|DEFAULT)\b
    |(?:DATE|TIMESTAMP)\s++(?=')|::\s*+(?:date|timestamp|int|integer|bigint|smallint|boolean|bool)\b)*+;?\s*+""",
    re.IGNORECASE | re.VERBOSE | re.DOTALL,
)
_NAMES = re.compile(_NAME)


def plain_insert(text: str) -> str | None:
    """Return an INSERT of literal values for PostgreSQL, None if the statement is anything else."""
    head = _HEAD.match(text)
    if head is None or _VALUES.fullmatch(text, head.end()) is None:
        return None
    table = ".".join(_folded(name) for name in _NAMES.findall(head["table"]))
    columns = head["columns"]
    if columns is None:
        return f"INSERT INTO {table} VALUES {text[head.end() :]}"
    names = [name.strip() for name in columns.split(",")]
    if not all(_NAMES.fullmatch(name) for name in names):
        return None
    return f"INSERT INTO {table} ({', '.join(_folded(name) for name in names)}) VALUES {text[head.end() :]}"


def _folded(name: str) -> str:
    return quoted(name[1:-1].replace('""', '"') if name.startswith('"') else name)
