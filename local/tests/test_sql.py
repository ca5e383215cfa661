"""Redshift's SQL by example: each file of ``sql/`` is a script that runs in its own database and session."""

import contextlib
from random import Random

import pytest

from local.tests.sql_cases import PAGE, Case, Feature, features, page
from local.tests.warehouse import Warehouse
from redshift_sandbox.sql.context import Context
from redshift_sandbox.sql.errors import SqlError
from redshift_sandbox.sql.lexer import lex_all
from redshift_sandbox.sql.translate import translate


def test_the_page_is_up_to_date():
    """local/SQL.md lists what the cases cover; ``make docs`` writes it."""
    assert PAGE.read_text() == page()


@pytest.fixture(scope="module")
def s3(warehouse: Warehouse) -> None:
    """A bucket that the namespace's default role may use."""
    warehouse.with_bucket("scripts")


def test_malformed_statements_are_rejected():
    """A truncated statement, or one with a word missing or moved, is translated or rejected with an SqlError."""
    random = Random(1)  # noqa: S311  # no secret
    context = Context(lambda _: ["a", "b"])
    for case in (case for feature in features() for case in feature.cases):
        tokens = lex_all(case.sql)
        cut, lost, moved = (random.choice(tokens) for _ in range(3))
        for text in (
            case.sql[: cut.start],
            case.sql[: lost.start] + case.sql[lost.end + 1 :],
            case.sql[: lost.start] + case.sql[moved.start : moved.end + 1] + case.sql[lost.end + 1 :],
        ):
            with contextlib.suppress(SqlError):
                translate(text, context)


@pytest.mark.usefixtures("s3")
@pytest.mark.parametrize("feature", features(), ids=lambda feature: feature.name)
def test_script(warehouse: Warehouse, feature: Feature):
    """Every statement of the script has the outcome that the script expects."""
    name = feature.name
    warehouse.do(f"CREATE DATABASE script_{name}")
    database = warehouse.in_database(f"script_{name}")
    session = database.data.execute_statement(
        Sql="SELECT 1", WaitTimeSeconds=30, SessionKeepAliveSeconds=60, **database.target
    )["SessionId"]
    wrong = [problem for case in feature.cases if (problem := problem_of(database, session, case, name))]
    assert not wrong, "\n".join(wrong)


def problem_of(database: Warehouse, session: str, case: Case, name: str) -> str | None:
    """Run a case and return how the outcome differs from the expected one, or None."""
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
