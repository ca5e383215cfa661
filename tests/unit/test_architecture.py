"""docs/architecture.md shows what the sandbox's translator does: the tour of a SQL statement is run here."""

import re
from collections.abc import Iterator

import pytest

from redshift_sandbox.sql import transforms
from redshift_sandbox.sql.errors import SqlError
from redshift_sandbox.sql.lexer import lex
from redshift_sandbox.sql.parser import generate, parse
from redshift_sandbox.sql.translate import translate
from tests.e2e.documents import ROOT, Fence, fences

DOCUMENT = "docs/architecture.md"


def blocks(section: str) -> list[Fence]:
    """The fenced blocks under a heading."""
    return [fence for fence in fences(DOCUMENT) if fence.section == section]


def test_the_query_is_shown_after_each_transform_that_changes_it():
    """With the transform's name, in order, up to the statement that PostgreSQL runs."""
    query, *shown = [fence.text.strip() for fence in blocks("A query") if fence.language == "sql"]
    changes = dict(changed_by_transforms(query))
    assert list(changes.values()) == shown
    assert (shown[-1],) == translate(query).steps
    named = re.findall(r"^`(\w+)` (?:.+\n)+\n```sql", (ROOT / DOCUMENT).read_text(), re.MULTILINE)
    assert named == list(changes)


def changed_by_transforms(query: str) -> Iterator[tuple[str, str]]:
    """The names of the transforms that change a query, each with the query as it then is."""
    tree = parse(query)
    before = generate(tree)
    for transform, _ in transforms.TRANSFORMS:
        tree = transform(tree)
        if generate(tree) != before:
            before = generate(tree)
            yield transform.__name__, before


def test_the_query_is_shown_as_tokens_and_as_a_tree():
    """Its first tokens, and the subtree of its second column."""
    query, *_ = blocks("A query")
    tokens, tree = [fence.text.strip() for fence in blocks("A query") if fence.language == "text"]
    found = " · ".join(f"{token.token_type.name} '{token.text}'" for token in lex(query.text).tokens)
    assert found.startswith(tokens.removesuffix("…"))
    assert repr(parse(query.text).expressions[1]) == tree


def test_other_statements_are_shown_with_their_steps():
    """The second block of a section is what PostgreSQL runs for the first."""
    for section in ("A table", "A load", "Users and grants"):
        statement, steps = blocks(section)
        assert translate(statement.text.strip()).steps == tuple(steps.text.strip().splitlines()), section


def test_copy_is_shown_as_it_is_read():
    """The parts of the command that are shown, in their order."""
    statement, command = blocks("COPY and UNLOAD")
    shown = " ".join(command.text.split())
    parts = ".*".join(re.escape(part.strip(" ,")) for part in shown.split("…"))
    assert re.fullmatch(parts, repr(translate(statement.text).copy))


def test_the_plan_is_shown_as_it_is_printed():
    """By the command above it."""
    command, printed = blocks("How the sandbox runs one SQL statement")[1:]
    (statement,) = re.findall(r"translate\('(.*?)'\)", command.text)
    assert repr(translate(statement)) == printed.text.strip()


def test_messages_are_those_of_their_examples():
    """Of statements that are refused before PostgreSQL sees them."""
    rows = re.findall(r"^\| [^|]+Error`\) \| `([^|]+)` \| `([^|]+)` \|$", (ROOT / DOCUMENT).read_text(), re.MULTILINE)
    assert len(rows) == 3
    for statement, message in rows:
        with pytest.raises(SqlError) as caught:
            translate(statement)
        assert str(caught.value) == message
