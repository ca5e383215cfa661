"""Redshift's SQL by example: the cases of ``sql/*.sql``, and the table that ``local/README.md`` makes of them.

A file begins with ``## `` and the name of a feature, and is a list of cases, parted by blank lines. A case is a
statement, then a line ``--``, then what comes of it: ``ok``; ``error`` and words of the message; or rows, one a line,
values parted by `` | ``, NULL written as ``NULL``. A line that begins with ``#! `` tells how the sandbox differs.
Write the table anew with ``python -m local.tests.sql_cases``.
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
README = Path(__file__).parents[2] / "local" / "README.md"
MARKS = ("<!-- made by local/tests/sql_cases.py from local/tests/sql/ -->", "<!-- end -->")

_MISSING = re.compile(r"the sandbox does not support (?:the function |the system view |the type )?(.+) yet")
_NAMED = re.compile(
    r'near "([^"]+)"|(?:unsupported type|SQL command|type|relation) "([^"]+)"|(?:function|operator) ([^" (]+)'
)
# Words that two statements share are told apart by the next.
_PAIRED = frozenset({"CREATE", "ALTER", "DROP", "SHOW", "ANALYZE", "COMMENT", "REFRESH", "SET"})
_CLAUSES = (
    "PIVOT", "UNPIVOT", "QUALIFY", "EXCLUDE", "ROLLUP", "CUBE", "GROUPING SETS", "TOP", "RECURSIVE", "MINUS",
    "IGNORE NULLS", "WITHIN GROUP", "OVER", "IDENTITY", "DISTKEY", "SORTKEY", "ENCODE", "LIKE",
    "REMOVE DUPLICATES", "SCHEMA BINDING", "SIMILAR TO", "ILIKE", "AT TIME ZONE", "INTERVAL", "TRY_CAST",
    "EXTRACT", "CONNECT BY", "APPROXIMATE",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """One statement and what must come of it."""

    line: int
    sql: str
    expected: tuple[str, ...]

    @property
    def error(self) -> str | None:
        """The words of the error that must come, None where there must be none."""
        told = self.expected[0] if self.expected else ""
        return told.removeprefix("error").strip() if told.startswith("error") else None


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


def table() -> str:
    """Return the table of features in Markdown."""
    rows = [
        "| feature | cases | what runs | refused as on Redshift | not built yet | differs |",
        "|---|---|---|---|---|---|",
    ]
    for feature in features():
        errors = [case.error for case in feature.cases if case.error is not None]
        missing = {match[1] for error in errors if (match := _MISSING.search(error))}
        refused = {_named(error) for error in errors if not _MISSING.search(error)}
        cells = [
            f"[{feature.title}](../local/tests/sql/{feature.name}.sql)",
            str(len(feature.cases)),
            ", ".join(sorted(_words(feature))),
            _listed(refused),
            _listed(missing),
            " ".join(feature.differences),
        ]
        rows.append("| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |")
    return "\n".join(rows) + "\n"


def page() -> str:
    """Return the README with the table as the cases make it."""
    before, _, rest = README.read_text().partition(MARKS[0])
    _, _, after = rest.partition(MARKS[1])
    return f"{before}{MARKS[0]}\n{table()}{MARKS[1]}{after}"


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
    """Return what an error is about, shortly."""
    match = _NAMED.search(error)
    found = next((part for part in match.groups() if part), None) if match else None
    if found and found != "does":
        return found.upper()
    return textwrap.shorten(error.removeprefix("operator does not exist: "), 80, placeholder=" …")


def _words(feature: Feature) -> set[str]:
    """Return the statements, clauses and functions that the cases of a feature run."""
    found: set[str] = set()
    known = {name.upper() for name in SHARED | IN_LIBRARY} | set(REWRITES)
    # Types, which take lengths.
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
    return {f"`{word}`" for word in found}


def _listed(names: set[str]) -> str:
    return "; ".join(f"`{name}`" for name in sorted(names))


if __name__ == "__main__":
    README.write_text(page())
