"""The names of Redshift's documented functions: from ``functions.txt``, and from the SQL that creates the library's.

A name that is in neither, nor in ``functions.py``, is not Redshift's: it may be a user-defined function.
"""

import re
from importlib import resources

_SQL = resources.files("redshift_sandbox.sql")
_CREATED = re.compile(r'CREATE (?:FUNCTION|AGGREGATE) "?(\w+)"?\(')


def _listed() -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = {}
    section: set[str] = set()
    for line in (_SQL / "functions.txt").read_text().splitlines():
        if line.startswith("["):
            section = names.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            section |= set(line.split())
    return {name: frozenset(words) for name, words in names.items()}


def _created() -> frozenset[str]:
    files = [file for file in (_SQL / "library").iterdir() if file.name.endswith("_functions.sql")]
    return frozenset(name for file in files for name in _CREATED.findall(file.read_text()))


_LISTED = _listed()

SHARED = _LISTED["shared"]
IN_LIBRARY = _created()


def is_missing(name: str) -> bool:
    """Return whether Redshift has a function that the sandbox lacks."""
    missing = _LISTED["missing"]
    return name in missing or any(entry.endswith("*") and name.startswith(entry[:-1]) for entry in missing)
