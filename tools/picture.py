"""`python -m tools.picture`: run two of the README's commands on the sandbox, and draw their output."""

import io
import re
import subprocess
from html import unescape
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.text import Text

ROOT: Final = Path(__file__).resolve().parents[1]
PICTURE: Final = ROOT / "docs" / "first-run.svg"

DEPLOY: Final = 'make local ARGS="-c num_products=200 -c as_of=2026-01-31"'
QUESTION: Final = (
    '.venv/bin/supplychain query --local "select warehouse_code, product_name, reorder_point, lead_time_days '
    "from warehouse_product join product using (product_code) where current_stock = 0 "
    'order by reorder_point desc, product_code limit 5"'
)
WIDTH: Final = 100

# rich's own template downloads its fonts.
FRAME: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">
<title>A deployment to the sandbox, and a query</title>
<style>
text {{ font: {char_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; white-space: pre }}
{styles}
</style>
<defs>{lines}</defs>
<rect width="{width}" height="{height}" rx="8" fill="#292929"/>
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main() -> None:
    """Run the commands, and write docs/first-run.svg."""
    deployed, answer = _run(DEPLOY), _run(QUESTION)
    PICTURE.write_text(drawn((DEPLOY, ["…", *shown(deployed)]), (QUESTION, answer)))


def shown(printed: list[str]) -> list[str]:
    """The lines about the deployment, without the CDK CLI's own and without the hints on queries."""
    start = next(number for number, line in enumerate(printed) if line.startswith("workgroup "))
    return [line for line in printed[start:] if not re.match(r"Query it|  \.venv", line)]


def lines(svg: str) -> list[str]:
    """The lines of output that a picture shows."""
    return [
        unescape(line).replace("\xa0", " ").lstrip("…")
        for line in re.findall(r'<text class="run-r2".*?>(.*)</text>', svg)
    ]


def drawn(*runs: tuple[str, list[str]]) -> str:
    """Commands and their output as SVG."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True)
    for command, lines in runs:
        console.print(Text(f"$ {command}", style="bold green"))
        for line in lines:
            console.print(Text(line), no_wrap=True)
        console.print()
    return console.export_svg(title="", code_format=FRAME, unique_id="run")


def _run(command: str) -> list[str]:
    return subprocess.run(
        ["bash", "-c", command], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE
    ).stdout.splitlines()


if __name__ == "__main__":
    main()
