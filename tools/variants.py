"""The variants of the stack that the checks look at, synthesised without an AWS account and without the bundle."""

import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from infra import ROOT
from infra.settings import Settings
from infra.stack import SupplyChainWarehouseStack

from aws_cdk import App, aws_lambda  # isort: skip  # after infra, as in app.py

VARIANTS: Final[Mapping[str, Mapping[str, str]]] = {
    "default": {},
    "monitored": {"monitoring": "on"},
    "everything": {
        "monitoring": "on",
        "alarm_topic": "arn:aws:sns:us-east-1:000000000000:alarms",
        "customer_managed_key": "on",
        "termination_protection": "on",
        "availability_zones": "3",
        "enhanced_vpc_routing": "on",
    },
}
"""Settings that together create every resource of the app, each with and without its options."""


@dataclass(frozen=True)
class Synthesised:
    """The stacks of `VARIANTS`, by name, synthesised into `folder`."""

    folder: Path
    stacks: Mapping[str, SupplyChainWarehouseStack]

    @property
    def templates(self) -> Mapping[str, Path]:
        """The template of each variant."""
        return {name: self.folder / f"{name}.template.json" for name in self.stacks}


def synthesise(folder: Path, *, checks: bool = False) -> Synthesised:
    """Synthesise every variant in one app, into `folder`; with `checks`, cdk-nag checks them all at once.

    Raises
    ------
    RuntimeError
        Where cdk-nag finds something that is not acknowledged.
    """
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(context=context, outdir=str(folder))
    stacks = {
        name: SupplyChainWarehouseStack(
            app, name, settings=Settings.read({**context, **variant, "stack_name": name}), code=_no_code(folder)
        )
        for name, variant in VARIANTS.items()
    }
    if checks:
        from infra.checks import check  # noqa: PLC0415  # cdk-nag takes a second to load

        check(app, *stacks.values())
    app.synth()
    return Synthesised(folder, stacks)


def template(folder: Path, settings: Mapping[str, str]) -> dict[str, Any]:
    """The template of the stack with these settings, synthesised into `folder`."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    app = App(context=context, outdir=str(folder))
    SupplyChainWarehouseStack(
        app, "Stack", settings=Settings.read({**context, **settings, "stack_name": "Stack"}), code=_no_code(folder)
    )
    found: dict[str, Any] = app.synth().get_stack_by_name("Stack").template
    return found


def _no_code(folder: Path) -> aws_lambda.Code:
    """An empty zip: the checks read templates only, and the bundle would have to be downloaded and built."""
    path = folder / "no-code.zip"
    zipfile.ZipFile(path, "w").close()
    return aws_lambda.Code.from_asset(str(path))
