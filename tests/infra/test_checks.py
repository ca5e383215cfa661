"""Findings stop the synthesis or the lint, acknowledgements carry their reasons, and docs/security.md lists them."""

import re
import shutil

import pytest

from infra.acknowledgements import CFN_LINT, CHECKOV, acknowledgements, checker_of
from infra.checks import check
from infra.settings import Settings
from infra.stack import SupplyChainWarehouseStack
from tools import checkers, lint_templates
from tools.checkers import CheckerError, installed_checkov
from tools.lint_templates import lint
from tools.reference.security import PAGE, page, suppressions
from tools.variants import VARIANTS, Synthesised

from aws_cdk import App, aws_iam, aws_s3  # isort: skip  # after infra, as in app.py

PACKS = {"AwsSolutions", "NIST.800.53.R5", "PCI.DSS.321", "HIPAA.Security"}


def test_no_rule_pack_has_a_finding_that_is_not_acknowledged(checked):
    """All four packs of cdk-nag have checked every variant of the stack, and pass."""
    reports = {report["pluginName"]: report for report in checked.report["pluginReports"]}
    assert set(reports) >= PACKS
    assert {report["conclusion"] for report in reports.values()} == {"success"}
    assert not any(report["violations"] for report in reports.values())


def test_the_templates_pass_the_lint(checked):
    """cfn-lint and checkov have no other findings than those acknowledged, and none is acknowledged in vain."""
    assert list(checked.lint.messages()) == []
    assert {finding.checker for finding, _ in checked.lint.suppressed} == {CFN_LINT, CHECKOV}


def test_the_checks_change_nothing_that_is_deployed(checked, stack):
    """The template of checks=on is that of checks=off."""
    assert checked.templates["default"]["Resources"].keys() == stack.resources.keys()
    assert "Metadata" not in checked.templates["default"]
    assert not any("Metadata" in resource for resource in checked.templates["default"]["Resources"].values())


def test_every_acknowledgement_matches_a_finding(checked, tmp_path):
    """None is left over from a finding that has since been fixed, and none covers more than its own resource."""
    stack = _stack(tmp_path, "monitored")
    listed = {
        (str(one.construct.node.path).partition("/")[2], checker_of(rule), rule)
        for one in acknowledgements(stack)
        for rule in one.rules
    }
    assert {(one.resource, one.checker, one.rule) for one in suppressions(checked)} == listed


def test_every_acknowledgement_has_a_real_reason(checked):
    """A reviewer reads why the finding is accepted, not only that it is."""
    for one in suppressions(checked):
        assert len(one.reason) > 60, one
        assert not re.search(r"false positive|not needed|n/?a\b|todo", one.reason, re.IGNORECASE), one


def test_the_page_lists_what_the_checks_report(checked):
    """docs/security.md is up to date: `make docs` writes it."""
    assert page(checked, PAGE.read_text()) == PAGE.read_text()


def test_a_finding_of_each_rule_pack_stops_the_synthesis(tmp_path):
    """Whatever is added to the stack has to pass: the acknowledgements cover what they name and nothing else."""
    stack = _careless_stack(tmp_path)
    app = stack.node.root
    check(app, stack)
    with pytest.raises(RuntimeError, match="Careless") as error:
        app.synth()
    for rule in (
        "AwsSolutions::AwsSolutions-S10",
        "NIST.800.53.R5::NIST.800.53.R5-S3BucketVersioningEnabled",
        "PCI.DSS.321::PCI.DSS.321-S3BucketPublicReadProhibited",
        "HIPAA.Security::HIPAA.Security-S3BucketSSLRequestsOnly",
    ):
        assert f"Acknowledge with '{rule}'" in str(error.value)


def test_a_finding_of_each_template_checker_fails_the_lint(tmp_path, monkeypatch):
    """`make lint` names template, resource and rule, though the same rules are acknowledged elsewhere; each time."""
    monkeypatch.setattr(lint_templates, "FINDINGS", tmp_path / "findings")
    stack = _careless_stack(tmp_path)
    stack.node.root.synth()
    synthesised = Synthesised(tmp_path, {"default": stack})
    messages = list(lint(synthesised).messages())
    for problem in ("Careless: cfn-lint E3002: ", "Careless: checkov CKV_AWS_20: ", "Careless: checkov CKV_AWS_18: "):
        assert [line for line in messages if line.startswith(f"default/{problem}")], problem
    monkeypatch.setattr(lint_templates, "find", None)  # the second time nothing is run
    assert list(lint(synthesised).messages()) == messages


def test_an_acknowledgement_without_a_finding_fails_the_lint(tmp_path, monkeypatch):
    """It names the resource and the rule, so that the acknowledgement is removed with the finding."""
    monkeypatch.setattr(lint_templates, "FINDINGS", tmp_path / "findings")
    monkeypatch.setattr(lint_templates, "find", lambda _: [])
    stack = _stack(tmp_path, "default")
    stack.node.root.synth()
    messages = list(lint(Synthesised(tmp_path, {"default": stack})).messages())
    assert "Lake/Bucket: checkov CKV_AWS_18 is acknowledged but not found" in messages
    assert "Warehouse/Workgroup: cfn-lint W3005 is acknowledged but not found" in messages


def test_an_unknown_rule_name_is_refused():
    """A misspelt name is an error, not an acknowledgement of nothing."""
    assert checker_of("W3005") == "cfn-lint"
    with pytest.raises(ValueError, match="AwsSolution-S1"):
        checker_of("AwsSolution-S1")


def test_a_failed_installation_of_checkov_is_reported(tmp_path, monkeypatch):
    """The message holds uv's own, and the next run tries again."""
    requirements = tmp_path / "requirements.txt"
    requirements.write_text(f"checkov==0.0.0.dev999 --hash=sha256:{64 * '0'}\n")
    monkeypatch.setattr(checkers, "REQUIREMENTS", requirements)
    monkeypatch.setattr(checkers, "CACHE", tmp_path)
    monkeypatch.setenv("UV_OFFLINE", "1")
    for _ in range(2):
        with pytest.raises(CheckerError, match=r"(?s)checkov could not be installed:.*0\.0\.0\.dev999"):
            installed_checkov()


@pytest.mark.parametrize(
    ("program", "message"), [("false", "false failed"), ("no-such-checker", "is missing: `make setup`")]
)
def test_a_checker_that_fails_to_run_is_an_error(tmp_path, program, message):
    """Without JSON on its output, not even an empty list, there is no result to trust."""
    with pytest.raises(CheckerError, match=message):
        checkers._run_checker([shutil.which(program) or str(tmp_path / program)])


def _stack(tmp_path, name):
    app = App(outdir=str(tmp_path))
    settings = Settings.read({**VARIANTS[name]})
    return SupplyChainWarehouseStack(app, name, settings=settings)


def _careless_stack(tmp_path):
    """The default stack with a public bucket and a property that does not exist, and a role without a principal."""
    stack = _stack(tmp_path, "default")
    careless = aws_s3.CfnBucket(stack, "Careless", access_control="PublicRead")
    careless.add_property_override("NoSuchProperty", "1")
    aws_iam.CfnRole(stack, "Anyone", assume_role_policy_document={"Version": "2012-10-17", "Statement": []})
    return stack
