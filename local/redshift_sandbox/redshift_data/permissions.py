"""IAM checks of the Data API, after AWS's service authorization reference."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from redshift_sandbox.authorization import NO_RESOURCE, denial_message, of_checked_callers, require, user_id
from redshift_sandbox.aws.service import Authorize, Caller
from redshift_sandbox.redshift_data.errors import invalid
from redshift_sandbox.redshift_data.sessions import Sessions
from redshift_sandbox.redshift_data.statements import Statements
from redshift_sandbox.redshift_serverless.permissions import resource_tags, workgroup_arn
from redshift_sandbox.redshift_serverless.records import Workgroup
from redshift_sandbox.redshift_serverless.store import Store

STATEMENT_OWNER = "redshift-data:statement-owner-iam-userid"
SESSION_OWNER = "redshift-data:session-owner-iam-userid"

ACTIONS: Mapping[str, tuple[str, str | None]] = {
    "ExecuteStatement": ("ExecuteStatement", SESSION_OWNER),
    "BatchExecuteStatement": ("BatchExecuteStatement", SESSION_OWNER),
    "DescribeStatement": ("DescribeStatement", STATEMENT_OWNER),
    "GetStatementResult": ("GetStatementResult", STATEMENT_OWNER),
    "GetStatementResultV2": ("GetStatementResult", STATEMENT_OWNER),
    "CancelStatement": ("CancelStatement", STATEMENT_OWNER),
    "ListStatements": ("ListStatements", STATEMENT_OWNER),
    "ListSessions": ("ListSessions", None),
    "ListDatabases": ("ListDatabases", None),
    "ListSchemas": ("ListSchemas", None),
    "ListTables": ("ListTables", None),
    "DescribeTable": ("DescribeTable", None),
}
"""The action and the condition key of each operation; the reference lacks GetStatementResultV2 and ListSessions."""

ON_A_WORKGROUP = frozenset(
    {"ExecuteStatement", "BatchExecuteStatement", "ListDatabases", "ListSchemas", "ListTables", "DescribeTable"}
)
"""The operations whose resource is a workgroup, or a cluster, if the request names one."""


@dataclass(frozen=True)
class Permissions:
    """Checks the callers of the Data API."""

    store: Store
    statements: Statements
    sessions: Sessions

    def authorizer(self) -> Authorize:
        """Return the check of an operation's caller.

        A request with only a SessionId has no resource, but the session has an owner. A statement, session or workgroup
        that does not exist has no owner and no tags.
        """
        return of_checked_callers(self._authorize)

    def _authorize(self, caller: Caller, operation: str, request: Mapping[str, Any]) -> None:
        action, key = ACTIONS[operation]
        resource = self._resource(caller, operation, request)
        context: dict[str, Any] = resource_tags(self.store, resource)
        owner = self._owner(caller, operation, request)
        if key is not None and owner is not None:
            context[key] = owner
        require(caller, f"redshift-data:{action}", resource, context)

    def _resource(self, caller: Caller, operation: str, request: Mapping[str, Any]) -> str:
        if operation in ON_A_WORKGROUP and request.get("WorkgroupName"):
            return workgroup_arn(self.store, caller, request["WorkgroupName"])
        if operation in ON_A_WORKGROUP and request.get("ClusterIdentifier"):
            return f"arn:aws:redshift:{caller.region}:{caller.account}:cluster:{request['ClusterIdentifier']}"
        return NO_RESOURCE

    def _owner(self, caller: Caller, operation: str, request: Mapping[str, Any]) -> str | None:
        if operation == "ListStatements":
            return user_id(caller)
        if request.get("Id"):
            statement = self.statements.get(caller, request["Id"])
            return statement.target.owner if statement is not None else None
        if request.get("SessionId"):
            session = self.sessions.get(caller, request["SessionId"])
            return session.target.owner if session is not None else None
        return None


def require_login(store: Store, caller: Caller, workgroup: Workgroup, secret_arn: str | None) -> None:
    """Check that the caller may read the secret, or get credentials: the Data API does so with its permissions.

    Raises
    ------
    ServiceError
        ValidationException, as on AWS (awslabs/mcp#4627).
    """
    if secret_arn:
        message = denial_message(caller, "secretsmanager:GetSecretValue", secret_arn, {})
    else:
        tags = resource_tags(store, workgroup.arn)
        message = denial_message(caller, "redshift-serverless:GetCredentials", workgroup.arn, tags)
    if message is not None:
        raise invalid(message)
