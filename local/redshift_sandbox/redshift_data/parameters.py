"""Named parameters: ``:name`` in a statement."""

import re
from collections.abc import Iterable, Mapping

from redshift_sandbox.redshift_data.errors import invalid

# String literals, quoted names, comments and casts (::type) are skipped; an unterminated one extends to the end.
_TOKENS = re.compile(
    r"""(?P<skip>'(?:[^'\\]|''|\\.)*+(?:'|\Z)|"(?:[^"]|"")*+(?:"|\Z)|--[^\n]*|/\*.*?(?:\*/|\Z)|\$\$.*?(?:\$\$|\Z)|::)
    |:(?P<name>[0-9a-zA-Z_]+)""",
    re.DOTALL | re.VERBOSE,
)


def bind(texts: Iterable[str], parameters: Iterable[Mapping[str, str]]) -> list[str]:
    """Return statements with parameters replaced by untyped literals.

    Raises
    ------
    ServiceError
        ValidationException, if a parameter is used but not given, or given but not used.
    """
    values = {parameter["name"]: parameter["value"] for parameter in parameters}
    used: set[str] = set()

    def replace(match: re.Match[str]) -> str:
        name = match["name"]
        if name is None:
            return match[0]
        if name not in values:
            raise invalid(f"Parameters list contains no value for the parameter {name} of the statement.")
        used.add(name)
        return _literal(values[name])

    bound = [_TOKENS.sub(replace, text) for text in texts] if values else list(texts)
    if unused := values.keys() - used:
        raise invalid(f"Parameters list contains unused parameters. Unused parameters: [{', '.join(sorted(unused))}]")
    return bound


def _literal(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "''")
    return f"'{escaped}'"
