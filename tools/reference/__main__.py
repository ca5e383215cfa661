"""`make docs`: generate pages of docs/ from the code; `--check` lists those that are out of date."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tools.reference import cli, dictionary, settings, updates

ROOT: Final = Path(__file__).resolve().parents[2]

PAGES: Final[dict[str, Callable[[], str]]] = {
    "docs/cli.md": cli.page,
    "docs/dictionary.md": dictionary.page,
    "docs/operations.md": updates.page,
    "docs/settings.md": settings.page,
}
"""Each page, and the function that generates its text."""


def main() -> None:
    """Write the pages; with `--check`, only fail with the names of those that differ."""
    texts = {ROOT / name: page() for name, page in PAGES.items()}
    if sys.argv[1:] != ["--check"]:
        for path, text in texts.items():
            path.write_text(text)
    elif outdated := [str(path.relative_to(ROOT)) for path, text in texts.items() if path.read_text() != text]:
        sys.exit(f"{', '.join(outdated)} out of date: run `make docs`")


if __name__ == "__main__":
    main()
