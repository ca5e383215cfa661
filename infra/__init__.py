"""What is deployed: one construct per file, which `infra.stack` composes."""

import os
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The project's folder."""

CACHE: Final = ROOT / ".cache"
"""Where everything goes that can be made again."""


def _keep_the_cdk_inside_the_project() -> None:
    """Give aws_cdk the project's own Node, and a place in the project for what it unpacks and remembers.

    It starts Node when it is imported, so this must come before any module of the package imports it. What the user
    has set wins.
    """
    node = Path(sys.prefix) / "bin" / "node"
    if node.exists():
        os.environ.setdefault("JSII_NODE", str(node))
    os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(CACHE / "jsii"))
    os.environ.setdefault("CDK_HOME", str(CACHE / "cdk"))


_keep_the_cdk_inside_the_project()
