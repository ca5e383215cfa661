"""The messages that the documents explain are those of the code."""

import re
from collections.abc import Iterator

import pytest

from tests.e2e.conftest import ROOT
from tests.e2e.documents import documents

SOURCES = ("infra", "lambda/supplychain", "local/redshift_sandbox", "tools")
OTHERS = {"permission denied for"}
"""Messages of PostgreSQL."""

BETWEEN = re.compile(r"…|[;:?] ?|, at | failed|The seeder |4566|127\.0\.0\.1")
"""What separates the texts in the code that a message consists of."""


def messages() -> Iterator[str]:
    """The code spans in the first column of each table of messages."""
    for document in documents():
        text = (ROOT / document).read_text()
        for table in re.findall(r"^\| `?message`? \|.*\n\|[-|]+\n((?:\|.*\n)+)", text, re.MULTILINE | re.IGNORECASE):
            for row in table.splitlines():
                yield from re.findall(r"`([^`]+)`", row.split(" | ")[0])


@pytest.fixture(scope="module")
def code() -> str:
    """The text of all sources."""
    files = [file for folder in SOURCES for file in (ROOT / folder).rglob("*") if file.suffix in {".py", ".sh"}]
    return "\n".join(file.read_text() for file in files)


@pytest.mark.parametrize("message", list(messages()))
def test_a_message_in_the_documents_is_in_the_code(message: str, code: str):
    """Each text that it consists of; what a run fills in is left out."""
    texts = [text.strip(" .,") for text in BETWEEN.split(message)]
    assert [text for text in texts if text not in code and text not in OTHERS] == []
