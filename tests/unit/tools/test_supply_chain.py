"""What is installed is locked with its hashes, known, licensed, and audited where the data can be had."""

import json
import re
from importlib.metadata import distributions
from pathlib import Path

import pytest
from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model.component import Component, ComponentScope
from cyclonedx.output.json import JsonV1Dot6
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL

from infra import ROOT
from tools import audit, sbom

LOCK_FILES = ("requirements.txt", "requirements-dev.txt", "requirements-checkov.txt", "lambda/requirements.txt")


@pytest.fixture(scope="module")
def bom():
    """The bill of materials of what is installed."""
    return sbom.make_sbom()


@pytest.mark.parametrize("name", LOCK_FILES)
def test_every_requirement_is_pinned_with_hashes(name):
    """The file says what is installed, and not from where."""
    text = (ROOT / name).read_text()
    assert "://" not in text
    assert "--index-url" not in text
    requirements = re.split(r"\n(?=\S)", text.strip())
    assert len(requirements) > 10
    for requirement in requirements:
        first, *hashes = (line.strip().removesuffix("\\").strip() for line in requirement.splitlines())
        assert re.fullmatch(r"[a-z0-9.-]+==\S+( ; .+)?", first), first
        assert hashes, first
        assert all(re.fullmatch(r"--hash=sha256:[0-9a-f]{64}", one) for one in hashes), first


@pytest.mark.parametrize("name", LOCK_FILES[:1] + LOCK_FILES[3:])
def test_the_lock_files_agree(name):
    """A package has one version, that of requirements-dev.txt."""
    assert sbom.locked(ROOT / name).items() <= sbom.locked(ROOT / "requirements-dev.txt").items()


def test_every_node_package_has_its_integrity():
    """And no address."""
    packages = json.loads((ROOT / "package-lock.json").read_text())["packages"]
    assert all("resolved" not in package for package in packages.values())
    assert all(package["integrity"].startswith("sha512-") for path, package in packages.items() if path)


def test_the_bill_of_materials_is_accepted_and_valid(bom):
    """It has every installed package, conforms to CycloneDX, and every licence is accepted."""
    sbom.check(bom)
    names = {component.name for component in bom.components} | {bom.metadata.component.name}
    assert names - {"aws-cdk"} == {sbom.normalized(one.metadata["Name"]) for one in distributions()}
    error = JsonStrictValidator(SchemaVersion.V1_6).validate_str(JsonV1Dot6(bom).output_as_string())
    assert error is None


def test_the_required_packages_are_those_of_the_function(bom):
    """All others are marked as excluded from what is shipped."""
    required = {component.name for component in bom.components if component.scope is ComponentScope.REQUIRED}
    assert required - sbom.OWN == set(sbom.locked(ROOT / "lambda" / "requirements.txt"))


@pytest.mark.parametrize(
    ("licences", "scope", "refused"),
    [
        (["MIT"], ComponentScope.REQUIRED, None),
        (["MIT AND (Apache-2.0 OR BSD-3-Clause)"], ComponentScope.REQUIRED, None),
        (["LGPL-3.0-only"], ComponentScope.EXCLUDED, None),
        (["LGPL-3.0-only"], ComponentScope.REQUIRED, "LGPL-3.0-only"),
        (["MIT AND GPL-3.0-only"], ComponentScope.EXCLUDED, "GPL-3.0-only"),
        (["Proprietary"], ComponentScope.EXCLUDED, "Proprietary"),
        ([], ComponentScope.EXCLUDED, "no licence"),
    ],
)
def test_a_licence_that_is_not_accepted_is_an_error(licences, scope, refused):
    """Fewer are accepted for what is shipped; the message names the package and the licence."""
    bom = sbom.make_sbom()
    made = [LicenseFactory().make_from_string(text) for text in licences]
    bom.components.add(Component(name="new", version="1", scope=scope, licenses=made))
    if refused is None:
        sbom.check(bom)
    else:
        with pytest.raises(sbom.SbomError, match=rf"^new has {refused}: "):
            sbom.check(bom)


@pytest.mark.parametrize(("name", "version"), [("unknown", "1"), ("boto3", "0.1")])
def test_a_package_that_is_not_locked_is_an_error(name, version):
    """So is another version of a locked one."""
    bom = sbom.make_sbom()
    licence = LicenseFactory().make_from_string("MIT")
    url = PackageURL("pypi", name=name, version=version)
    bom.components.add(
        Component(name=name, version=version, purl=url, licenses=[licence], scope=ComponentScope.EXCLUDED)
    )
    with pytest.raises(sbom.SbomError, match=rf"^{name} {version} is not in requirements-dev.txt: run make setup$"):
        sbom.check(bom)


def pip_audit(folder: Path, output: str) -> str:
    """Return a program that answers as pip-audit does."""
    program = folder / "pip-audit"
    program.write_text(f"#!/bin/sh\ncat << 'END'\n{output}\nEND\nexit 1\n")
    program.chmod(0o755)
    return str(program)


FOUND = {
    "dependencies": [
        {"name": "a", "version": "1", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]},
        {"name": "b", "version": "1", "vulns": []},
        {"name": "c", "skip_reason": "not found"},
    ]
}


@pytest.mark.parametrize(
    ("output", "lines"),
    [
        ("ConnectionError", ["lock: skipped, the data on vulnerabilities cannot be reached from here"]),
        (
            json.dumps({"dependencies": FOUND["dependencies"][2:]}),
            ["lock: skipped, the data on vulnerabilities cannot be reached from here"],
        ),
        (
            json.dumps(FOUND),
            [
                "lock: a 1 has PYSEC-1, fixed in 1.1",
                "lock: 2 packages checked, 1 known vulnerabilities",
                "lock: no data on c",
            ],
        ),
    ],
)
def test_an_audit_says_what_it_could_not_check(tmp_path, output, lines):
    """Without data it does not claim that there are no vulnerabilities."""
    found = audit.audit(tmp_path / "lock", pip_audit(tmp_path, output))
    assert list(audit.report("lock", found)) == lines
