"""`make bench`: run all benchmarks, or those named, such as `python -m benchmarks generator`."""

import importlib
import sys

BENCHMARKS = ("generator", "loaders", "data_api", "loops")
"""The modules of this package with a function `run`, which measures and prints."""

FAULTS = ("kills",)
"""Those that are run only when named: they look for faults, and take long."""


def main() -> None:
    """Run the benchmarks named on the command line, or all.

    Raises
    ------
    SystemExit
        If a name is unknown.
    """
    names = sys.argv[1:] or BENCHMARKS
    if unknown := [name for name in names if name not in (*BENCHMARKS, *FAULTS)]:
        sys.exit(f"{unknown[0]}: no such benchmark; choose from {', '.join((*BENCHMARKS, *FAULTS))}")
    for name in names:
        print(f"# {name}", flush=True)
        importlib.import_module(f"benchmarks.{name}").run()


if __name__ == "__main__":
    main()
