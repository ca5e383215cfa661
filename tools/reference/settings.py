"""docs/settings.md: every setting, with its default, what is accepted, and what it means."""

import dataclasses
from typing import Final

from infra.settings import DeploySettings
from supplychain.settings import (
    MAX_DEPLOYED_ROWS,
    MAX_WAREHOUSE_PRODUCTS,
    LoadSettings,
    PlaceSettings,
    SeedSettings,
    render,
)

GROUPS: Final = (
    (
        "The data",
        "Together with the resolved `as_of` they determine every byte of the data.",
        SeedSettings,
    ),
    ("Loading", "They change how rows are loaded and who may read them, and no row.", LoadSettings),
    ("Place", "Where the data is loaded and catalogued.", PlaceSettings),
    ("Deployment", "What the stack is made of.", DeploySettings),
)

OF_THE_PROJECT: Final = {"bundle_for"}
"""What `make` passes, and no user chooses."""

OPENING: Final = f"""\
<!-- Written by `make docs`: change lambda/supplychain/settings.py or infra/settings.py instead. -->
# Settings

Give any of them to a deployment as `ARGS="-c name=value -c name=value"` after `make local` or `make deploy`, or put
them under `context` in `cdk.json`. Those of the data, of loading and of the place are options of the `supplychain`
command too, with dashes: `num_products=500` is `--num-products 500`.

A bad value, or a name that is none of these, stops before anything is deployed, with one line that says what is
accepted.

Further limits: num_products × warehouses at most {MAX_WAREHOUSE_PRODUCTS:,}; on deploy at most {MAX_DEPLOYED_ROWS:,}
rows expected, while `supplychain generate` makes any number; no figure that does not fit its column. `seed=random` is
for the command line only: the same template must mean the same data. Two stacks in one account need other values of
`stack_name`, `workgroup` and `catalog_database`. Change one of `base_capacity` and `max_capacity` in a deploy: AWS
takes one change of a workgroup at a time.
"""


def page() -> str:
    """The page's text."""
    return "\n".join([OPENING, *(_group(*group) for group in GROUPS)])


def _group(title: str, meaning: str, cls: type) -> str:
    rows = [f"## {title}\n", f"{meaning}\n", "| setting | default | accepted | meaning |", "|---|---|---|---|"]
    rows += [_row(definition, render(cls())) for definition in dataclasses.fields(cls) if _is_public(definition)]
    return "\n".join([*rows, ""])


def _row(definition: "dataclasses.Field[object]", defaults: dict[str, str]) -> str:
    default = defaults.get(definition.name, "scaled") or "empty"
    accepted, meaning = definition.metadata["accepts"].accepted, definition.metadata["meaning"]
    return f"| `{definition.name}` | {default} | {accepted} | {meaning} |"


def _is_public(definition: "dataclasses.Field[object]") -> bool:
    return definition.name not in OF_THE_PROJECT
