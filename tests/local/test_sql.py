"""Redshift's SQL by example: each file of ``sql/`` is a script that runs in a database of its own.

A file is a list of cases, parted by blank lines. A case is a statement, then a line ``--``, then what comes of it:
``ok``; ``error`` and words of the message; or rows, one a line, values parted by `` | ``, NULL written as ``NULL``.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.local.warehouse import Warehouse

FOLDER = Path(__file__).parent / "sql"


@dataclass(frozen=True)
class Case:
    """One statement and what must come of it."""

    line: int
    sql: str
    expected: tuple[str, ...]


def cases(path: Path) -> Iterator[Case]:
    """Read the cases of a file."""
    sql: list[str] = []
    expected: list[str] | None = None
    start = 1
    for number, line in enumerate([*path.read_text().splitlines(), ""], start=1):
        if line.startswith("# "):
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


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.sql")))
def test_script(warehouse: Warehouse, name: str):
    """Every statement of the script comes to what the script says."""
    warehouse.do(f"CREATE DATABASE script_{name}")
    database = warehouse.in_database(f"script_{name}")
    session = database.data.execute_statement(
        Sql="SELECT 1", WaitTimeSeconds=30, SessionKeepAliveSeconds=60, **database.target
    )["SessionId"]
    wrong = [
        problem for case in cases(FOLDER / f"{name}.sql") if (problem := problem_of(database, session, case, name))
    ]
    assert not wrong, "\n".join(wrong)


def problem_of(database: Warehouse, session: str, case: Case, name: str) -> str | None:
    """Run a case and say what is wrong with what came of it."""
    described = database.run(case.sql, SessionId=session)
    if case.expected[:1] and case.expected[0].startswith("error"):
        words = case.expected[0].removeprefix("error").strip()
        fits = described["Status"] == "FAILED" and words in described["Error"]
        found = described.get("Error", "it succeeded")
    elif described["Status"] != "FINISHED":
        fits, found = False, described.get("Error", described["Status"])
    elif case.expected == ("ok",):
        fits, found = True, ""
    else:
        rows = database.result(described["Id"]) if described["HasResultSet"] else []
        lines = [" | ".join(text_of(value) for value in row) for row in rows]
        found = "\n".join(lines)
        fits = found == "\n".join(case.expected)
    return None if fits else f"{name}.sql:{case.line}: {case.sql}\n  expected: {case.expected}\n  found: {found}"


def text_of(value) -> str:
    if value is None:
        return "NULL"
    return str(value).lower() if isinstance(value, bool) else str(value)
