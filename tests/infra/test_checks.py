"""What the checkers find stops the synthesis, what is acknowledged has its reason, and docs/security.md lists it."""

import re
import shutil

import pytest

from infra import checkers
from infra.acknowledgements import OBSOLETE_DEPENDS_ON, acknowledgements
from infra.checkers import CheckerError, installed_checkov
from infra.checks import check, checker_of
from infra.settings import Settings
from infra.stack import SupplyChainWarehouseStack
from tools.reference.security import PAGE, VARIANTS, let_off, page

from aws_cdk import App, aws_iam, aws_s3  # isort: skip  # after infra, as in app.py

CHECKERS = {"AwsSolutions", "NIST.800.53.R5", "PCI.DSS.321", "HIPAA.Security", "cfn-lint", "checkov"}


def test_no_checker_has_a_finding_that_is_not_acknowledged(checked):
    """All six have looked at every variant of the stack, and are content."""
    reports = {report["pluginName"]: report for report in checked.report["pluginReports"]}
    assert set(reports) >= CHECKERS
    assert {report["conclusion"] for report in reports.values()} == {"success"}
    assert not any(report["violations"] for report in reports.values())


def test_the_checks_change_nothing_that_is_deployed(checked, stack):
    """The template of checks=on is that of checks=off."""
    assert checked.templates["default"]["Resources"].keys() == stack.resources.keys()
    assert "Metadata" not in checked.templates["default"]
    assert not any("Metadata" in resource for resource in checked.templates["default"]["Resources"].values())


def test_every_acknowledgement_is_of_something_found(checked, tmp_path):
    """None is left over from a finding that was mended since, and none covers more than its own resource."""
    app = App(outdir=str(tmp_path))
    settings = Settings.read(dict(VARIANTS["monitored"]))
    stack = SupplyChainWarehouseStack(app, "monitored", settings=settings)
    listed = {
        (str(one.construct.node.path).partition("/")[2], checker_of(rule), rule)
        for one in acknowledgements(stack)
        for rule in one.rules
    }
    found = {
        (re.sub("/(Resource|Default)$", "", one.resource), one.checker, one.rule) for one in let_off(checked.report)
    }
    assert found == listed


def test_every_acknowledgement_has_a_reason_that_says_something(checked):
    """A reviewer reads why, not that."""
    for one in let_off(checked.report):
        assert len(one.reason) > 60, one
        assert not re.search(r"false positive|not needed|n/?a\b|todo", one.reason, re.IGNORECASE), one


def test_the_page_lists_what_the_checks_report(checked):
    """docs/security.md is up to date: `make docs` writes it."""
    assert page(checked, PAGE.read_text()) == PAGE.read_text()


def test_a_finding_of_each_checker_stops_the_synthesis(tmp_path):
    """Whatever is added to the stack is held to the rules: the acknowledgements cover what they name and no more."""
    app = App(outdir=str(tmp_path))
    stack = SupplyChainWarehouseStack(app, "Stack", settings=Settings.read({}))
    check(app, stack)
    careless = aws_s3.CfnBucket(stack, "Careless", access_control="PublicRead")
    careless.add_property_override("NoSuchProperty", "1")
    aws_iam.CfnRole(stack, "Anyone", assume_role_policy_document={"Version": "2012-10-17", "Statement": []})
    with pytest.raises(RuntimeError, match="Careless") as error:
        app.synth()
    for rule in (
        "AwsSolutions::AwsSolutions-S10",
        "NIST.800.53.R5::NIST.800.53.R5-S3BucketVersioningEnabled",
        "PCI.DSS.321::PCI.DSS.321-S3BucketPublicReadProhibited",
        "HIPAA.Security::HIPAA.Security-S3BucketSSLRequestsOnly",
        "cfn-lint::E3002",
        "checkov::CKV_AWS_20",
    ):
        assert f"Acknowledge with '{rule}'" in str(error.value)


def test_a_rule_of_no_checker_is_not_acknowledged():
    """A misspelt name is an error, not an acknowledgement of nothing."""
    assert checker_of(OBSOLETE_DEPENDS_ON) == "cfn-lint"
    with pytest.raises(ValueError, match="AwsSolution-S1"):
        checker_of("AwsSolution-S1")


def test_checkov_that_cannot_be_had_is_said(tmp_path, monkeypatch):
    """What uv said is in the message, and the next time it is tried again."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text("checkov==0.0.0.dev999\n")
    monkeypatch.setattr(checkers, "REQUIREMENTS", requirements)
    monkeypatch.setattr(checkers, "CACHE", tmp_path)
    monkeypatch.setenv("UV_OFFLINE", "1")
    for _ in range(2):
        with pytest.raises(CheckerError, match=r"(?s)checkov could not be installed:.*0\.0\.0\.dev999"):
            installed_checkov()


@pytest.mark.parametrize(
    ("program", "said"), [("false", "false failed"), ("no-such-checker", "is missing: `make setup`")]
)
def test_a_checker_that_does_not_run_has_not_found_nothing(tmp_path, program, said):
    """What prints no findings, not even none, is an error with what it said, and no clean bill."""
    with pytest.raises(CheckerError, match=said):
        checkers._json_of([shutil.which(program) or str(tmp_path / program)])
