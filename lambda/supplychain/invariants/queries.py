"""Queries in files, each under a heading: those of ``invariants.sql`` find the rows that break a rule."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_HEADING = re.compile(r"^-- (?:let (?P<fragment>\w+)|(?P<invariant>\d+) (?P<name>.+))\n", re.MULTILINE)


@dataclass(frozen=True)
class Check:
    """One query: the rows that break a rule."""

    invariant: int
    """Number in the list of invariants."""
    name: str
    template: str

    def sql(self, figures: Mapping[str, object]) -> str:
        """The query, with the figures of the data set as the engine writes them."""
        return self.template.format(**figures)


def read_queries(file: Path) -> tuple[Check, ...]:
    """The queries of a file; a heading that begins with `let` names a fragment that later queries use."""
    text = file.read_text(encoding="utf-8")
    headings = list(_HEADING.finditer(text))
    ends = [*(heading.start() for heading in headings[1:]), len(text)]
    fragments: dict[str, str] = {}
    checks = []
    for heading, end in zip(headings, ends, strict=True):
        body = text[heading.end() : end].strip()
        for name, fragment in fragments.items():
            body = body.replace(f"{{{name}}}", fragment)
        if heading["fragment"]:
            fragments[heading["fragment"]] = body
        else:
            checks.append(Check(int(heading["invariant"]), heading["name"], body))
    return tuple(checks)


CHECKS = read_queries(Path(__file__).with_name("invariants.sql"))
"""All rules, in the order of their file. Each must find nothing."""
