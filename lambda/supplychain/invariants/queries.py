"""Read checks from an SQL file. Those of ``invariants.sql`` find the rows that violate a guarantee."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^-- (?:fragment (?P<fragment>\w+)|(?P<invariant>\d+) (?P<name>.+))\n", re.MULTILINE)
_COMMENT = re.compile(r"^--.*\n", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """A query for the rows that violate a guarantee."""

    invariant: int
    """Number of the guarantee in the list of ``docs/data.md``."""
    name: str
    template: str
    """The query, with names in braces for the figures of the data set."""

    def sql(self, figures: Mapping[str, object]) -> str:
        """The query for the figures of a data set, written as the engine requires."""
        return self.template.format(**figures)


def read_queries(file: Path) -> tuple[Check, ...]:
    """The queries of a file, each under a heading of its number and name.

    A heading that starts with `fragment` names SQL text, which later queries include by that name in braces. Comment
    lines are left out.
    """
    text = file.read_text(encoding="utf-8")
    headings = list(_HEADING.finditer(text))
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    fragments: dict[str, str] = {}
    checks = []
    for heading, end in zip(headings, ends, strict=True):
        body = _COMMENT.sub("", text[heading.end() : end]).strip()
        for name, fragment in fragments.items():
            body = body.replace(f"{{{name}}}", fragment)
        if heading["fragment"]:
            fragments[heading["fragment"]] = body
        else:
            checks.append(Check(int(heading["invariant"]), heading["name"], body))
    return tuple(checks)


CHECKS = read_queries(Path(__file__).with_name("invariants.sql"))
"""All checks, in the order of their file. None may find a row."""
