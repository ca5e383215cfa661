"""Lambda functions: the role they run as, and their log groups."""
# ruff: noqa: SLF001  # MiniStack's stores and IAM evaluator are private

import subprocess
import threading
from pathlib import Path
from typing import Any

import psutil
from ministack.core import iam_evaluator, lambda_runtime
from ministack.services import cloudwatch_logs, iam, lambda_svc

from redshift_sandbox.authorization import role_session
from redshift_sandbox.leftovers import end, runs_below


def run_functions_as_their_role() -> None:
    """AWS runs a function with a session of its role; MiniStack runs it as root unless it enforces IAM."""
    lambda_runtime.execution_credentials = _role_session
    lambda_svc.execution_credentials = _role_session


def log_with_the_role() -> None:
    """AWS writes a function's log, and creates its group, only if the function's role may; MiniStack always does.

    On AWS, a function that logs after its stack has deleted the group leaves the group behind (aws-cdk#31487), unless
    its role is denied logs:CreateLogGroup or no longer exists.
    """
    original = lambda_svc._emit_lambda_logs

    def emit(func: dict[str, Any], *arguments: Any, **options: Any) -> None:
        config = func.get("config") or func
        group = (config.get("LoggingConfig") or {}).get("LogGroup") or f"/aws/lambda/{config.get('FunctionName')}"
        actions = ["logs:CreateLogStream", "logs:PutLogEvents"]
        if group not in cloudwatch_logs._log_groups:
            actions.insert(0, "logs:CreateLogGroup")
        if all(_may(config, action, group) for action in actions):
            original(func, *arguments, **options)

    lambda_svc._emit_lambda_logs = emit


def end_functions_as_a_whole() -> None:
    """AWS ends all processes of a function when its main process ends; MiniStack leaves those that this had started.

    They keep its output open, so MiniStack would wait for an answer until the function's time is over.
    """
    original = lambda_runtime.Worker._spawn

    def spawn(self: lambda_runtime.Worker) -> None:
        original(self)
        threading.Thread(target=_end_with, args=(self._proc, Path(self._tmpdir)), daemon=True).start()

    lambda_runtime.Worker._spawn = spawn


def _end_with(main: subprocess.Popen[str], folder: Path) -> None:
    """Wait until the main process of a function ends, then end the others: they run in its folder."""
    main.wait()
    end(process for process in psutil.process_iter() if runs_below(process, folder))


def _role_session(config: dict[str, Any]) -> dict[str, str]:
    """Return credentials that STS and the Data API recognize as an assumed role."""
    name = str(config.get("FunctionName", ""))[:64]
    session = role_session(str(config.get("Role", "")), name, of=str(config.get("FunctionArn", "")))
    return {
        "AWS_ACCESS_KEY_ID": session.access_key,
        "AWS_SECRET_ACCESS_KEY": session.secret,
        "AWS_SESSION_TOKEN": session.token,
    }


def _may(config: dict[str, Any], action: str, group: str) -> bool:
    account, region = lambda_runtime._account_region_from_function_config(config)
    role = str(config.get("Role", "")).rsplit("/", 1)[-1]
    if iam._roles.get_scoped(account, None, role) is None:
        return False
    context = iam_evaluator.EvalContext(
        principal_arn=f"arn:aws:sts::{account}:assumed-role/{role}/{config.get('FunctionName')}",
        principal_type="AssumedRole",
        principal_account=account,
        action=action,
        resource_arn=f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:",
        region=region,
    )
    policies = iam_evaluator._gather_role_policies(role, account)
    return bool(iam_evaluator.evaluate(context, policies).decision == "Allow")
