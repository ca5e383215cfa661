"""The shell blocks of the documentation, and a reader who runs them in one terminal."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt

from tests.e2e.conftest import ROOT, Project, tracked

MARK = "# needs an AWS account"
"""The first line of a block that the sandbox cannot run. It is shown to readers."""

SHELL = ("sh", "bash", "shell", "console", "zsh")
OTHER = ("json", "mermaid", "python", "sql", "text")
"""The other languages of fenced blocks. A block without a language would not be tested."""

ITSELF = "make test"
"""The command that is not run, because it runs these tests."""


@dataclass(frozen=True)
class Fence:
    """A fenced block of a document."""

    document: str
    section: str
    """The heading above it."""
    language: str
    text: str

    @property
    def needs_account(self) -> bool:
        return self.text.startswith(MARK)

    @property
    def commands(self) -> str:
        """The commands of the block, without the one that runs these tests."""
        return "".join(line for line in self.text.splitlines(keepends=True) if line.strip() != ITSELF)


def documents() -> list[str]:
    """Return all Markdown files in reading order: the README, others at the root, then those in folders."""
    return sorted(tracked("*.md"), key=lambda name: (name != "README.md", name.count("/"), name))


@cache
def fences(document: str) -> tuple[Fence, ...]:
    """Return the fenced blocks of a document in order."""
    found, section = [], ""
    tokens = MarkdownIt("commonmark").enable("table").parse((ROOT / document).read_text())
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline" and before is not None and before.type == "heading_open":
            section = token.content
        if token.type in {"fence", "code_block"}:
            found.append(Fence(document, section, token.info.strip(), token.content))
    return tuple(found)


def shell_blocks() -> Iterator[Fence]:
    """Return all blocks of commands, document by document."""
    return (fence for document in documents() for fence in fences(document) if fence.language in SHELL)


@dataclass
class Reader:
    """Runs blocks in one terminal, so that each starts in the folder and environment that the last one left."""

    project: Project
    done: set[Fence] = field(default_factory=set)

    def follow(self, document: str, section: str | None = None, *, blocks: int | None = None) -> str:
        """Run the shell blocks of a document or section, or only the next `blocks`, and return their output.

        Blocks that need an account, and blocks that were run before, are skipped.
        """
        left = [
            fence
            for fence in fences(document)
            if fence.language in SHELL and section in {None, fence.section} and fence not in self.done
        ]
        return "".join(self._run(fence) for fence in left[:blocks])

    def _run(self, block: Fence) -> str:
        self.done.add(block)
        if block.needs_account or not block.commands.strip():
            return ""
        state = shlex.quote(f"{self.project.folder}.terminal")
        restore = f"if [ -e {state} ]; then . {state}; fi"
        save = f'{{ export -p; echo cd $(printf %q "$PWD"); }} > {state}'
        return self.project.run(f"set -e\n{restore}\n{block.commands}\n{save}").stdout
