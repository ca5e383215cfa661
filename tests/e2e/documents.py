"""The shell blocks of the documentation, and a reader who runs them in one terminal."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache

from markdown_it import MarkdownIt

from tests.e2e.conftest import ROOT, Project, tracked

MARK = "# needs an AWS account"
"""First line of a block that the sandbox cannot run; readers see it."""

SHELL = ("sh", "bash", "shell", "console", "zsh")
OTHER = ("json", "python", "sql", "text")
"""What a fenced block may hold beside commands: a block that says nothing of itself would be overlooked."""

ITSELF = "make test"
"""The one command that is not run: it is what runs these tests."""


@dataclass(frozen=True)
class Fence:
    """A fenced block of a document."""

    document: str
    section: str
    """The heading that it stands under."""

    language: str
    text: str

    @property
    def needs_account(self) -> bool:
        return self.text.startswith(MARK)

    @property
    def commands(self) -> str:
        """What the block runs, without the command that runs it."""
        return "".join(line for line in self.text.splitlines(keepends=True) if line.strip() != ITSELF)


def documents() -> list[str]:
    """Every Markdown file of the project, in the order of reading: the README, the rest of the root, docs/, local/."""
    return sorted(tracked("*.md"), key=lambda name: (name != "README.md", name.count("/"), name))


@cache
def fences(document: str) -> tuple[Fence, ...]:
    """The fenced blocks of a document, in order."""
    found, section = [], ""
    tokens = MarkdownIt("commonmark").enable("table").parse((ROOT / document).read_text())
    for before, token in zip([None, *tokens], tokens, strict=False):
        if token.type == "inline" and before is not None and before.type == "heading_open":
            section = token.content
        if token.type in {"fence", "code_block"}:
            found.append(Fence(document, section, token.info.strip(), token.content))
    return tuple(found)


def shell_blocks() -> Iterator[Fence]:
    """All blocks of commands, document by document."""
    return (fence for document in documents() for fence in fences(document) if fence.language in SHELL)


@dataclass
class Reader:
    """Runs blocks as somebody does who reads on in one terminal: folder and environment stay from block to block."""

    project: Project
    done: set[Fence] = field(default_factory=set)

    def follow(self, document: str, section: str | None = None, *, blocks: int | None = None) -> str:
        """Run the shell blocks of a document, of one section, or the next `blocks` of it; gives what they printed.

        Those that need an account are passed over, and so are those that were run already.
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
        again = f"if [ -e {state} ]; then . {state}; fi"
        keep = f'{{ export -p; echo cd $(printf %q "$PWD"); }} > {state}'
        return self.project.run(f"set -e\n{again}\n{block.commands}\n{keep}").stdout
