"""Redshift's SQL by example: the cases of ``sql/*.sql``, and ``local/SQL.md``, the page that lists what they cover.

A file starts with ``## `` and the name of a feature, followed by cases separated by blank lines. A case is a
statement, then a line ``--``, then the expected outcome: ``ok``; ``error`` and a part of the message; or rows, one a
line, with values separated by `` | `` and NULL written as ``NULL``. A line that starts with ``#! `` states a difference
from Redshift. ``python -m local.tests.sql_cases`` writes the page.
"""

import itertools
import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from redshift_sandbox.sql.function_names import IN_LIBRARY, SHARED
from redshift_sandbox.sql.functions import REWRITES
from redshift_sandbox.sql.lexer import lex_all

FOLDER = Path(__file__).parent / "sql"
PAGE = Path(__file__).parents[1] / "SQL.md"

_INTRODUCTION = """<!-- Written by `make docs`: change local/tests/sql/ instead. -->

# SQL by feature

What the sandbox runs, feature by feature: everything here is taken from the test cases in `local/tests/sql/`.
[README.md](README.md#sql) has the summary.

- **Runs**: statements, clauses and functions that give Redshift's documented results.
- **Rejected as on Redshift**: what Redshift rejects too, with a message like Redshift's.
- **Not supported**: fails with `the sandbox does not support … yet`.
- **Differs**: known differences from Redshift.
"""

_MISSING = re.compile(r"the sandbox does not support (?:the function |the system view |the type )?(.+) yet")
_NAMED = re.compile(
    r'near "([^"]+)"|(?:unsupported type|SQL command|type|relation) "([^"]+)"|(?:function|operator) ([^" (]+)'
)
# Commands that start with one of these are named by their first two words.
_PAIRED = frozenset({"CREATE", "ALTER", "DROP", "SHOW", "ANALYZE", "COMMENT", "REFRESH", "SET"})
_CLAUSES = (
    "PIVOT", "UNPIVOT", "QUALIFY", "EXCLUDE", "ROLLUP", "CUBE", "GROUPING SETS", "TOP", "RECURSIVE", "MINUS",
    "IGNORE NULLS", "WITHIN GROUP", "OVER", "IDENTITY", "DISTKEY", "SORTKEY", "ENCODE", "LIKE",
    "REMOVE DUPLICATES", "SCHEMA BINDING", "SIMILAR TO", "ILIKE", "AT TIME ZONE", "INTERVAL", "TRY_CAST",
    "EXTRACT", "CONNECT BY", "APPROXIMATE",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One statement and its expected outcome."""

    line: int
    sql: str
    expected: tuple[str, ...]

    @property
    def error(self) -> str | None:
        """The expected part of the error message; None if the statement must succeed."""
        outcome = self.expected[0] if self.expected else ""
        return outcome.removeprefix("error").strip() if outcome.startswith("error") else None


@dataclass
class Feature:
    """The cases of one file."""

    name: str
    title: str
    cases: list[Case] = field(default_factory=list)
    differences: list[str] = field(default_factory=list)


def read(path: Path) -> Feature:
    """Read the cases of a file."""
    lines = path.read_text().splitlines()
    feature = Feature(path.stem, lines[0].removeprefix("## "))
    assert lines[0].startswith("## "), f"{path.name} must begin with ## and the name of a feature"
    feature.differences = [line.removeprefix("#! ") for line in lines if line.startswith("#! ")]
    feature.cases = list(_cases(lines))
    return feature


def features() -> list[Feature]:
    return [read(path) for path in sorted(FOLDER.glob("*.sql"))]


def page() -> str:
    """Return the page as the cases define it."""
    return "\n".join([_INTRODUCTION, *(_section(feature) for feature in features())])


def _section(feature: Feature) -> str:
    errors = [case.error for case in feature.cases if case.error is not None]
    missing = {match[1] for error in errors if (match := _MISSING.search(error))}
    rejected = {_named(error) for error in errors if not _MISSING.search(error)}
    lists = {
        "Runs": _listed(_words(feature), ", "),
        "Rejected as on Redshift": _listed(rejected, "; "),
        "Not supported": _listed(missing, "; "),
        "Differs": " ".join(feature.differences),
    }
    lines = [f"- **{name}**: {text}" for name, text in lists.items() if text]
    count = f"{len(feature.cases)} cases in [{feature.name}.sql](tests/sql/{feature.name}.sql)."
    return "\n".join([f"## {feature.title}", "", count, "", *lines, ""])


def _cases(lines: list[str]) -> Iterator[Case]:
    sql: list[str] = []
    expected: list[str] | None = None
    start = 1
    for number, line in enumerate([*lines, ""], start=1):
        if line.startswith(("# ", "#! ", "## ")) and not sql:
            continue
        if line == "--" and expected is None:
            expected = []
        elif line or expected is None:
            if not sql:
                start = number
            (sql if expected is None else expected).append(line)
        if not line and expected is not None:
            yield Case(start, "\n".join(sql).strip(), tuple(expected))
            sql, expected = [], None


def _named(error: str) -> str:
    """Return the subject of an error message, or the message shortened."""
    match = _NAMED.search(error)
    found = next((part for part in match.groups() if part), None) if match else None
    if found and found != "does":
        return found.upper()
    return textwrap.shorten(error.removeprefix("operator does not exist: "), 80, placeholder=" …")


def _words(feature: Feature) -> set[str]:
    """Return the statements, clauses and functions that the cases of a feature run."""
    found: set[str] = set()
    known = {name.upper() for name in SHARED | IN_LIBRARY} | set(REWRITES)
    # Types, which may be followed by a length in parentheses.
    known -= {"NUMERIC", "VARCHAR", "BPCHAR", "TEXT", "INTERVAL", "DATE"}
    for case in feature.cases:
        if case.error is not None:
            continue
        words = [token.text.upper() for token in lex_all(case.sql)]
        kind = [word for word in words[:4] if word not in ("OR", "REPLACE", "TEMP", "TEMPORARY", "(")]
        found.add(" ".join(kind[:2] if kind[0] in _PAIRED else kind[:1]))
        text = f" {' '.join(words)} "
        found |= {clause for clause in _CLAUSES if f" {clause} " in text}
        found |= {word for word, following in itertools.pairwise(words) if following == "(" and word in known}
    return found


def _listed(names: set[str], separator: str) -> str:
    return separator.join(f"`{name}`" for name in sorted(names))


if __name__ == "__main__":
    PAGE.write_text(page())
