"""The table in docs/operations.md of what an update does when a setting changes."""

import re
from typing import Final

from infra import ROOT
from tools import setting_changes

PAGE: Final = ROOT / "docs" / "operations.md"

_BLOCK: Final = re.compile(r"(<!-- generated: updates -->\n).*?(<!-- end: updates -->)", re.DOTALL)


def page() -> str:
    """The page's text, with the table generated from the templates."""
    rows = ["| Setting | Changing it on a deployed stack |", "|---|---|"]
    rows += [f"| `{setting}` | {effect} |" for setting, effect in setting_changes.rows()]
    rows.append("| `stack_name` | Deploys another stack; the old one stays until it is destroyed |")
    table = "\n".join(rows)
    text, count = _BLOCK.subn(lambda block: f"{block[1]}{table}\n{block[2]}", PAGE.read_text())
    if count != 1:
        raise ValueError(f"{PAGE}: expected one generated block, found {count}")
    return text
