"""`make bench`: every part, or those named: `python -m benchmarks generator`."""

import importlib
import sys

PARTS = ("generator", "loaders", "data_api", "loops")
"""Modules of this package, each with a function `run` that measures and prints. Read them for what they measure."""


def main() -> None:
    """Run the parts that the command line names, or all.

    Raises
    ------
    SystemExit
        A name is none of ours.

    """
    parts = sys.argv[1:] or PARTS
    if unknown := [part for part in parts if part not in PARTS]:
        sys.exit(f"{unknown[0]}: no part of the benchmarks; there are {', '.join(PARTS)}")
    for part in parts:
        print(f"# {part}", flush=True)
        importlib.import_module(f"benchmarks.{part}").run()


if __name__ == "__main__":
    main()
