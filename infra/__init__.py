"""The infrastructure: one construct per file, composed by `infra.stack`."""

import os
import sys
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
"""The project's root folder."""

CACHE: Final = ROOT / ".cache"
"""Folder for whatever can be recreated."""


def _keep_the_cdk_inside_the_project() -> None:
    """Make aws_cdk use the project's own Node, and keep its caches inside the project.

    aws_cdk starts Node on import, so this runs before any module of the package imports it. Variables that the user has
    set take precedence.
    """
    node = Path(sys.prefix) / "bin" / "node"
    if node.exists():
        os.environ.setdefault("JSII_NODE", str(node))
    os.environ.setdefault("JSII_RUNTIME_PACKAGE_CACHE_ROOT", str(CACHE / "jsii"))
    os.environ.setdefault("CDK_HOME", str(CACHE / "cdk"))


_keep_the_cdk_inside_the_project()
