"""`supplychain doctor` on accounts of every sort, whose answers botocore's Stubber gives."""

import datetime as dt

import boto3
import pytest
from botocore.client import BaseClient
from botocore.exceptions import ClientError
from botocore.stub import Stubber

from supplychain.cli.doctor import account, contents, deployment, names, prerequisites, quotas
from supplychain.cli.doctor.account import Account, Wanted
from supplychain.cli.doctor.check import REPAIR
from supplychain.cli.doctor.deployment import Deployment
from supplychain.cli.doctor.evidence import evidence
from supplychain.cli.doctor.examination import examine
from supplychain.cli.doctor.stack import Stack, read_stack
from supplychain.cli.main import main
from supplychain.settings import PlaceSettings

DEFAULTS = Wanted(base_capacity=8, availability_zones=2)
ABSENT = Stack("Warehouse")
DEPLOYED = Stack("Warehouse", "CREATE_COMPLETE")
OUTPUTS = dict.fromkeys(deployment.OUTPUTS, "x") | {"WorkgroupName": "its-own", "CatalogDatabaseName": "its_catalog"}
NOW = dt.datetime(2026, 1, 31, tzinfo=dt.UTC)


class StubbedSession(boto3.Session):
    """A session whose clients answer what a test has queued, and are stubbed once."""

    def __init__(self, region: str = "us-east-1"):
        super().__init__("x", "x", region_name=region)
        self.stubs: dict[str, Stubber] = {}

    def stub(self, service: str) -> Stubber:
        if service not in self.stubs:
            self.stubs[service] = Stubber(super().client(service))
            self.stubs[service].activate()
        return self.stubs[service]

    def client(self, service: str, **_):
        return self.stub(service).client

    def answers(self, service: str, operation: str, answer: dict) -> None:
        self.stub(service).add_response(operation, answer)

    def refuses(self, service: str, operation: str, code: str, message: str = "refused") -> None:
        self.stub(service).add_client_error(operation, code, message)


class UnreachableSession(boto3.Session):
    """A session whose endpoints nobody serves."""

    def client(self, service: str, **settings):
        return super().client(service, endpoint_url="http://127.0.0.1:1", **settings)


@pytest.fixture
def session() -> StubbedSession:
    return StubbedSession()


def ask(check, session, stack: Stack | None = ABSENT, wanted: Wanted = DEFAULTS):
    """What a check of an account finds."""
    return check.run(Account(session, wanted.over(stack), stack))


def named(checks, name: str):
    (found,) = [check for check in checks if check.name == name]
    return found


def test_credentials_are_shown(session):
    """Whose they are, and the region."""
    session.answers("sts", "get_caller_identity", {"Arn": "arn:aws:iam::123456789012:user/me"})
    found = account.credentials(session)
    assert (found.status, found.found) == ("ok", "arn:aws:iam::123456789012:user/me in us-east-1")


def test_without_credentials_nothing_else_is_asked(session):
    """One line says what to do."""
    session.refuses("sts", "get_caller_identity", "ExpiredToken", "the token has expired")
    (found,) = examine(session, "Warehouse", DEFAULTS)
    assert (found.check, found.status) == ("credentials", "problem")
    assert "the token has expired" in found.found
    assert "AWS_PROFILE" in found.fix


def test_a_region_with_the_service(session):
    """It answers."""
    session.answers("redshift-serverless", "list_workgroups", {"workgroups": []})
    assert ask(account.region, session).status == "ok"


def test_a_region_without_the_service():
    """AWS lists no endpoint, and none answers."""
    found = ask(account.region, UnreachableSession("x", "x", region_name="us-iso-east-1"))
    assert (found.status, found.found) == ("problem", "us-iso-east-1 has no endpoint of Redshift Serverless")


def test_a_listed_region_that_does_not_answer_is_unknown():
    """The network may be the cause."""
    found = ask(account.region, UnreachableSession("x", "x", region_name="eu-central-1"))
    assert found.status == "unknown"
    assert "check the network" in found.fix


def test_a_region_that_the_account_has_not_enabled(session):
    """The way out is named."""
    session.refuses("redshift-serverless", "list_workgroups", "UnrecognizedClientException")
    found = ask(account.region, session)
    assert (found.status, found.found) == ("problem", "us-east-1 is not enabled in this account")


@pytest.mark.parametrize(
    ("region", "capacity", "status"),
    [
        ("eu-central-1", 8, "ok"),
        ("eu-central-1", 4, "warning"),
        ("eu-west-1", 4, "ok"),
        ("eu-west-3", 1024, "warning"),
        ("us-east-1", 1024, "ok"),
    ],
)
def test_the_capacity_that_is_documented_for_a_region(region, capacity, status):
    """AWS has 8 to 512 RPU everywhere, less and more in some regions."""
    wanted = Wanted(base_capacity=capacity, availability_zones=2)
    assert ask(account.capacity, StubbedSession(region), wanted=wanted).status == status


@pytest.mark.parametrize(
    ("zones", "wanted", "status", "fix"),
    [
        ("abc", 3, "ok", ""),
        ("ab", 3, "problem", "deploy with availability_zones=2"),
        ("ab", 2, "ok", ""),
        ("a", 2, "problem", "choose another region with --region"),
        ("", 2, "problem", "choose another region with --region"),
    ],
)
def test_zones(session, zones, wanted, status, fix):
    """As many as the deployment takes, two at least."""
    session.answers(
        "ec2",
        "describe_availability_zones",
        {"AvailabilityZones": [{"ZoneName": f"us-east-1{zone}"} for zone in zones]},
    )
    found = ask(account.zones, session, wanted=Wanted(base_capacity=8, availability_zones=wanted))
    assert (found.status, found.fix) == (status, fix)


NAMESPACES = named(quotas.CHECKS, "quota of namespaces")


def quota(name: str, value: float) -> dict:
    return {"Quotas": [{"QuotaName": "Nodes", "Value": 200.0}, {"QuotaName": name, "Value": value}]}


def in_use(session, count: int) -> None:
    session.answers("redshift-serverless", "list_namespaces", {"namespaces": [{} for _ in range(count)]})


@pytest.mark.parametrize(
    ("used", "stack", "status", "told"),
    [
        (20, ABSENT, "ok", "5 of 25 left"),
        (25, ABSENT, "problem", "0 of 25 left"),
        (25, DEPLOYED, "warning", "0 of 25 left: the deployed stack has one, but renaming the workgroup needs another"),
        (25, None, "problem", "0 of 25 left"),
    ],
)
def test_a_quota_is_held_against_what_is_in_use(session, used, stack, status, told):
    """Nothing left is a problem unless the stack has its own."""
    in_use(session, used)
    session.answers("service-quotas", "list_service_quotas", quota("Number of namespaces", 25.0))
    found = ask(NAMESPACES, session, stack)
    assert (found.status, found.found) == (status, told)


def test_a_quota_may_be_listed_as_a_default_of_another_service_code(session):
    """Service Quotas knows no redshift-serverless here, and leaves quotas out that were never changed."""
    in_use(session, 1)
    session.refuses("service-quotas", "list_service_quotas", "NoSuchResourceException")
    session.answers("service-quotas", "list_service_quotas", quota("Subnet groups", 20.0))
    session.refuses("service-quotas", "list_aws_default_service_quotas", "IllegalArgumentException")
    session.answers("service-quotas", "list_aws_default_service_quotas", quota("Namespaces", 10.0))
    assert ask(NAMESPACES, session).found == "9 of 10 left"


def test_a_quota_that_is_listed_nowhere_is_unknown(session):
    """What is in use is told, with AWS's documented default."""
    in_use(session, 24)
    for listing in ("list_service_quotas", "list_aws_default_service_quotas"):
        for _ in range(2):
            session.answers("service-quotas", listing, {"Quotas": []})
    found = ask(NAMESPACES, session)
    assert found.status == "unknown"
    assert found.found.startswith("24 in use; ")
    assert "a default of 25" in found.found
    assert found.fix


def test_vpcs_are_counted(session):
    """Five a region unless more were asked for."""
    session.answers("ec2", "describe_vpcs", {"Vpcs": [{}] * 5})
    session.answers("service-quotas", "list_service_quotas", quota("VPCs per Region", 5.0))
    found = ask(named(quotas.CHECKS, "quota of VPCs"), session)
    assert (found.status, found.found) == ("problem", "0 of 5 left")


@pytest.mark.parametrize(("busy", "status"), [(0, "ok"), (450, "warning")])
def test_the_data_api_s_statements_and_sessions(session, busy, status):
    """Those of the caller in the deployed workgroup."""
    open_session = {"SessionId": "s", "Status": "BUSY", "CreatedAt": NOW}
    session.answers("redshift-data", "list_sessions", {"Sessions": []})
    session.answers("redshift-data", "list_sessions", {"Sessions": [open_session] * busy})
    for _ in range(3):
        session.answers("redshift-data", "list_statements", {"Statements": []})
    found = ask(named(quotas.CHECKS, "Data API"), session, DEPLOYED)
    assert found.status == status
    assert f"0 active statements and {busy} sessions" in found.found


@pytest.mark.parametrize(("version", "status"), [("5", "warning"), ("6", "ok"), ("33", "ok")])
def test_the_bootstrap_s_version(session, version, status):
    """What the template asks for, at least."""
    session.answers("ssm", "get_parameter", {"Parameter": {"Value": version}})
    assert ask(prerequisites.bootstrap, session).status == status


def test_a_region_that_is_not_bootstrapped(session):
    """`make deploy` does it, where the caller may."""
    session.refuses("ssm", "get_parameter", "ParameterNotFound")
    found = ask(prerequisites.bootstrap, session)
    assert (found.status, found.found) == ("warning", "us-east-1 is not bootstrapped")
    assert "make deploy bootstraps it" in found.fix


def test_the_service_linked_role(session):
    """Where it is missing, somebody must be able to create it once."""
    role = {"Path": "/", "RoleName": "r", "RoleId": "R" * 16, "Arn": "arn:aws:iam::1:role/r", "CreateDate": NOW}
    session.answers("iam", "get_role", {"Role": role})
    session.refuses("iam", "get_role", "NoSuchEntity")
    assert ask(prerequisites.service_linked_role, session).status == "ok"
    found = ask(prerequisites.service_linked_role, session)
    assert found.status == "warning"
    assert "iam:CreateServiceLinkedRole" in found.fix


@pytest.mark.parametrize(
    ("principal", "permissions", "status"),
    [
        ("IAM_ALLOWED_PRINCIPALS", ["ALL"], "ok"),
        ("IAM_ALLOWED_PRINCIPALS", [], "warning"),
        ("arn:aws:iam::123456789012:role/r", ["ALL"], "warning"),
    ],
)
def test_lake_formation_s_defaults(session, principal, permissions, status):
    """Only with IAMAllowedPrincipals may Athena's users read new tables without a grant."""
    default = {"Principal": {"DataLakePrincipalIdentifier": principal}, "Permissions": permissions}
    session.answers(
        "lakeformation", "get_data_lake_settings", {"DataLakeSettings": {"CreateTableDefaultPermissions": [default]}}
    )
    assert ask(prerequisites.lake_formation, session).status == status


CATALOG = PlaceSettings().catalog_database
GLUE = named(names.CHECKS, "Glue database")


@pytest.mark.parametrize(
    ("exists", "owned", "status", "told"),
    [
        (True, True, "ok", f"{CATALOG} is the stack's"),
        (True, False, "problem", f"{CATALOG} exists and is not the stack's"),
        (False, True, "problem", f"{CATALOG} was deleted outside CloudFormation"),
        (False, False, "ok", f"{CATALOG} is free"),
    ],
)
def test_a_name_is_free_or_the_stack_s_or_taken(session, exists, owned, status, told):
    """The stack's resources say which is its own."""
    if exists:
        session.answers("glue", "get_database", {"Database": {"Name": CATALOG}})
    else:
        session.refuses("glue", "get_database", "EntityNotFoundException")
    resources = frozenset({("AWS::Glue::Database", CATALOG)} if owned else ())
    found = ask(GLUE, session, Stack("Warehouse", "UPDATE_COMPLETE", resources=resources))
    assert (found.status, found.found) == (status, told)


def test_a_name_that_exists_is_unknown_where_the_stack_could_not_be_read(session):
    """It may be the stack's."""
    session.answers("glue", "get_database", {"Database": {"Name": CATALOG}})
    assert ask(GLUE, session, None).status == "unknown"


def test_names_are_those_given_or_the_stack_s_or_the_defaults():
    """In this order."""
    deployed = Stack("Warehouse", "CREATE_COMPLETE", outputs=OUTPUTS)
    wanted = Wanted(base_capacity=8, availability_zones=2, workgroup="given")
    assert wanted.over(deployed).workgroup == "given"
    assert wanted.over(deployed).catalog_database == "its_catalog"
    assert wanted.over(None).catalog_database == CATALOG


@pytest.mark.parametrize(
    ("status", "found"),
    [
        ("CREATE_COMPLETE", "ok"),
        ("UPDATE_COMPLETE", "ok"),
        ("UPDATE_ROLLBACK_COMPLETE", "warning"),
        ("UPDATE_IN_PROGRESS", "warning"),
        ("UPDATE_COMPLETE_CLEANUP_IN_PROGRESS", "warning"),
        ("REVIEW_IN_PROGRESS", "warning"),
        ("ROLLBACK_COMPLETE", "problem"),
        ("ROLLBACK_FAILED", "problem"),
        ("UPDATE_ROLLBACK_FAILED", "problem"),
        ("DELETE_FAILED", "problem"),
    ],
)
def test_the_stack_s_state(status, found):
    """What is not in order comes with what to do."""
    answer = Stack("Warehouse", status).state()
    assert answer.status == found
    assert "Warehouse" in answer.found
    assert bool(answer.fix) == (found != "ok")


def test_a_stuck_rollback_names_the_command_that_ends_it():
    """With the stack's name."""
    fix = Stack("Mine", "UPDATE_ROLLBACK_FAILED").state().fix
    assert fix.endswith("aws cloudformation continue-update-rollback --stack-name Mine")


def test_a_stack_is_read_with_its_own_names(session):
    """Without those that CloudFormation has deleted."""
    entry = {"StackName": "Warehouse", "CreationTime": NOW, "StackStatus": "UPDATE_COMPLETE"}
    session.answers(
        "cloudformation", "describe_stacks", {"Stacks": [entry | {"Outputs": [{"OutputKey": "K", "OutputValue": "V"}]}]}
    )
    resources = [
        {"LogicalResourceId": "L", "ResourceType": "T", "LastUpdatedTimestamp": NOW, "PhysicalResourceId": name}
        | {"ResourceStatus": status}
        for name, status in (("kept", "CREATE_COMPLETE"), ("gone", "DELETE_COMPLETE"))
    ]
    session.answers("cloudformation", "list_stack_resources", {"StackResourceSummaries": resources})
    stack = read_stack(session.client("cloudformation"), "Warehouse")
    assert stack == Stack("Warehouse", "UPDATE_COMPLETE", {"K": "V"}, frozenset({("T", "kept")}))


def test_no_stack_of_the_name(session):
    """It is not an error: there is nothing deployed yet."""
    session.refuses("cloudformation", "describe_stacks", "ValidationError", "Stack with id Warehouse does not exist")
    assert not read_stack(session.client("cloudformation"), "Warehouse").exists


def test_a_stack_of_another_app_is_named():
    """With what it lacks."""
    answer = deployment.missing_outputs(Stack("Other", "CREATE_COMPLETE", outputs={"WorkgroupName": "w"}))
    assert answer.status == "problem"
    assert answer.found.startswith("Other has no DatabaseName, ")


def denied(_client, operation: str, _):
    """IAM's refusal, whatever is called."""
    raise ClientError({"Error": {"Code": "AccessDeniedException", "Message": "no"}}, operation)


def denied_as_validation(_client, operation: str, _):
    """The Data API's, which looks like a bad request."""
    message = "User: u is not authorized to perform: x"
    raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, operation)


@pytest.mark.parametrize("refusal", [denied, denied_as_validation])
def test_a_caller_without_rights_learns_which_are_needed(monkeypatch, refusal):
    """Each check that calls AWS is unknown and names its IAM actions; none fails, none is ok."""
    session = boto3.Session("x", "x", region_name="us-east-1")
    monkeypatch.setattr(account, "credentials", lambda _: account.Finding("credentials", "ok", "", ""))
    monkeypatch.setattr(BaseClient, "_make_api_call", refusal)
    asked = Account(session, DEFAULTS.over(DEPLOYED), DEPLOYED)
    found = [check.run(asked) for check in (*account.CHECKS, *quotas.CHECKS, *prerequisites.CHECKS, *names.CHECKS)]
    deployed = Deployment(session, Stack("Warehouse", "CREATE_COMPLETE", OUTPUTS))
    found += [check.run(deployed) for check in (*deployment.CHECKS, *contents.CHECKS)]
    found = [finding for finding in found if finding.check != "base capacity"]  # it asks nobody
    for finding in found:
        assert finding.status == "unknown", finding
        assert "the caller may not call " in finding.found
        assert "the check needs " in finding.fix
        assert ":" in finding.fix
    *_, stack = examine(session, "Warehouse", DEFAULTS)
    assert (stack.check, stack.status) == ("stack", "unknown")
    assert stack.fix == "the check needs cloudformation:DescribeStacks and cloudformation:ListStackResources"


def test_a_service_that_the_endpoint_does_not_offer_is_unknown(session):
    """As on the sandbox, which answers such calls with 400 and no more."""
    session.refuses("lakeformation", "get_data_lake_settings", "400", "")
    found = ask(prerequisites.lake_formation, session)
    assert (found.status, found.found) == ("unknown", "GetDataLakeSettings failed: 400")


def test_the_command_that_the_advice_names_exists():
    """It puts back what differs."""
    assert f"supplychain {main.get_command(None, REPAIR.split()[-1]).name}" == REPAIR


def test_evidence_leaves_the_account_s_number_out(session):
    """Events and findings are there; what cannot be read is said."""
    event = {"StackId": "s", "EventId": "e", "StackName": "Warehouse", "LogicalResourceId": "Seeder", "Timestamp": NOW}
    event |= {"ResourceType": "T", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "role of 123456789012"}
    session.answers("cloudformation", "describe_stack_events", {"StackEvents": [event]})
    session.refuses("cloudformation", "describe_stacks", "AccessDenied")
    session.answers("sts", "get_caller_identity", {"Account": "123456789012"})
    finding = account.Finding("credentials", "ok", "arn:aws:iam::123456789012:user/me", "")
    text = evidence(session, "Warehouse", [finding])
    assert "123456789012" not in text
    assert "credentials  ok  arn:aws:iam::<account>:user/me" in text
    assert "CREATE_FAILED Seeder (T) role of <account>" in text
    assert "could not be read: An error occurred (AccessDenied)" in text
