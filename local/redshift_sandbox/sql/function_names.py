"""Which functions Redshift documents, and where each is: read from ``functions.txt``.

What is neither there nor in ``functions.py`` is no function of Redshift's: it may be one that a user made.
"""

from importlib import resources


def _read() -> dict[str, frozenset[str]]:
    names: dict[str, set[str]] = {}
    section: set[str] = set()
    for line in (resources.files("redshift_sandbox.sql") / "functions.txt").read_text().splitlines():
        if line.startswith("["):
            section = names.setdefault(line.strip("[]"), set())
        elif not line.startswith("#"):
            section |= set(line.split())
    return {name: frozenset(words) for name, words in names.items()}


_NAMES = _read()

SHARED = _NAMES["shared"]
IN_LIBRARY = _NAMES["library"]


def is_missing(name: str) -> bool:
    """Say whether Redshift has a function that the sandbox lacks."""
    missing = _NAMES["missing"]
    return name in missing or any(entry.endswith("*") and name.startswith(entry[:-1]) for entry in missing)
