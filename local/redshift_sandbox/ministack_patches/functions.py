"""Lambda functions: the role they run as, and their log groups."""
# ruff: noqa: SLF001  # MiniStack's stores and IAM evaluator are private

import hashlib
from typing import Any

from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import cloudwatch_logs, iam, lambda_svc, sts


def run_functions_as_their_role() -> None:
    """AWS runs a function with a session of its role; MiniStack runs it as root unless it enforces IAM."""
    lambda_runtime.execution_credentials = _role_session
    lambda_svc.execution_credentials = _role_session


def keep_deleted_log_groups_deleted() -> None:
    """AWS creates a function's missing log group only if the function's role may; MiniStack always creates it.

    On AWS, a function that logs after its stack has deleted the group leaves the group behind (aws-cdk#31487), unless
    its role is denied logs:CreateLogGroup or no longer exists.
    """
    original = lambda_svc._emit_lambda_logs

    def emit(func: dict[str, Any], *arguments: Any, **options: Any) -> None:
        config = func.get("config") or func
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}"
        if group in cloudwatch_logs._log_groups or _may_create(config, group):
            original(func, *arguments, **options)

    lambda_svc._emit_lambda_logs = emit


def _role_session(config: dict[str, Any]) -> dict[str, str]:
    """Return credentials that STS and the Data API recognize as an assumed role."""
    account, _ = lambda_runtime._account_region_from_function_config(config)
    role = str(config.get("Role", "")).rsplit("/", 1)[-1]
    name = str(config.get("FunctionName", ""))[:64]
    digest = hashlib.sha256(f"{config.get('FunctionArn')} {config.get('Role')}".encode()).hexdigest()
    key = f"ASIA{digest[:16].upper()}"
    session = {
        "Arn": f"arn:aws:sts::{account}:assumed-role/{role}/{name}",
        "UserId": f"{role}:{name}",
        "SecretAccessKey": digest[16:56],
        "SessionToken": digest,
    }
    sts.register_session(key, session)
    return {"AWS_ACCESS_KEY_ID": key, "AWS_SECRET_ACCESS_KEY": digest[16:56], "AWS_SESSION_TOKEN": digest}


def _may_create(config: dict[str, Any], group: str) -> bool:
    account, region = lambda_runtime._account_region_from_function_config(config)
    role = str(config.get("Role", "")).rsplit("/", 1)[-1]
    if iam._roles.get_scoped(account, None, role) is None:
        return False
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/{config.get('FunctionName')}",
        principal_type="AssumedRole",
        principal_account=account,
        action="logs:CreateLogGroup",
        resource_arn=f"arn:aws:logs:{region}:{account}:log-group:{group}",
        region=region,
    )
    policies = iam_evaluator._gather_role_policies(role, account)
    return bool(iam_evaluator.evaluate(context, policies).decision == "Allow")
