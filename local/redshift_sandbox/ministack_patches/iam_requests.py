"""IAM: the actions and resources that a request is checked for."""
# ruff: noqa: SLF001  # MiniStack's IAM evaluator and stores are private

import json
from collections.abc import Iterator
from typing import Any

from ministack import app
from ministack.core import iam_actions, iam_evaluator, router
from ministack.services import s3, secretsmanager

from redshift_sandbox.authorization import LAST_DENIAL, Denial
from redshift_sandbox.ministack_patches.iam import CHECKED

_KMS_KEY = "x-amz-server-side-encryption-aws-kms-key-id"


def correct_resource_arns() -> None:
    """AWS checks a log request on a log stream and a Glue request on a database or table; MiniStack's ARNs differ."""
    original = iam_actions.extract_resource_arn

    def extract_resource_arn(  # noqa: PLR0917  # MiniStack's own signature
        service: str,
        method: str,
        path: str,
        headers: dict[str, str],
        body: bytes,
        query_params: dict[str, Any],
        region: str,
        account_id: str,
    ) -> str:
        arn = str(original(service, method, path, headers, body, query_params, region, account_id))
        if service == "logs" and ":log-group:" in arn:
            return f"{arn}:log-stream:{iam_actions._safe_json_field(body, 'logStreamName')}"
        if service == "glue":
            return _glue_resource(arn, headers.get("x-amz-target", ""), body)
        return arn

    iam_actions.extract_resource_arn = extract_resource_arn


def check_versions_in_batches() -> None:
    """S3 requires s3:DeleteObjectVersion for each version in a DeleteObjects; MiniStack omits the first one."""
    original = iam_actions.s3_additional_checks

    def s3_additional_checks(
        method: str, path: str, headers: dict[str, str], body: bytes, query_params: dict[str, Any]
    ) -> list[tuple[str, str]]:
        checks = list(original(method, path, headers, body, query_params))
        if method == "POST" and "delete" in query_params:
            for arn, version in iam_actions._s3_batch_delete_targets(path.strip("/"), body)[:1]:
                if version:
                    checks.insert(0, ("s3:DeleteObjectVersion", arn))
        return checks

    iam_actions.s3_additional_checks = s3_additional_checks


def check_every_action_and_resource() -> None:
    """AWS checks several actions and resources for some requests; MiniStack checks one.

    A Glue request is checked on the catalog, the database and the table. S3 and Secrets Manager use a customer managed
    KMS key with the caller's permissions. AWS also provides a secret's tags as ``secretsmanager:ResourceTag/…``,
    MiniStack only as ``aws:ResourceTag/…``.
    """
    original = iam_evaluator.enforce

    def enforce(  # noqa: PLR0917  # MiniStack's own signature
        access_key_id: str,
        iam_action: str,
        service: str,
        region: str,
        resource_arn: str = "*",
        service_context: dict[str, Any] | None = None,
    ) -> Any:
        context = {**(service_context or {}), **_secret_tags(service, resource_arn)}
        needed = [
            *((iam_action, service, arn) for arn in (*_containers(service, resource_arn), resource_arn)),
            *_key_uses(iam_action, resource_arn),
        ]
        LAST_DENIAL.set(None)
        for action, owner, arn in needed:
            denied = original(access_key_id, action, owner, region, resource_arn=arn, service_context=context)
            if isinstance(denied, iam_evaluator.EvalResult):
                LAST_DENIAL.set(Denial(denied.principal_arn, action, arn, denied.decision == "Deny"))
            if denied is not None:
                return denied
        return None

    iam_evaluator.enforce = enforce


def hide_missing_objects() -> None:
    """S3 returns 403 for a missing object if the caller may not list the bucket; MiniStack returns 404."""
    original = app.SERVICE_HANDLERS["s3"]

    async def handle(
        method: str, path: str, headers: dict[str, str], body: bytes, query: dict[str, list[str]]
    ) -> tuple[int, dict[str, str], bytes]:
        status, response_headers, answer = await original(method, path, headers, body, query)
        bucket, _, key = path.lstrip("/").partition("/")
        if status == 404 and key and method in {"GET", "HEAD"} and CHECKED.get():  # noqa: PLR2004  # not found
            caller = router.extract_access_key_id(headers, query)
            region = router.extract_region(headers, query)
            if iam_evaluator.enforce(caller, "s3:ListBucket", "s3", region, f"arn:aws:s3:::{bucket}") is not None:
                refused: tuple[int, dict[str, str], bytes] = iam_actions.access_denied_response(
                    "s3", "s3:ListBucket", "", "", headers=headers
                )
                return refused
        return status, response_headers, answer

    app.SERVICE_HANDLERS["s3"] = handle


def _key_uses(action: str, resource: str) -> Iterator[tuple[str, str, str]]:
    """Yield the action, service and ARN of each KMS key that a request uses."""
    if action == "s3:PutObject":
        key, use = s3._bucket_default_sse_headers(_bucket(resource)), "kms:GenerateDataKey"
    elif action in {"s3:GetObject", "s3:GetObjectVersion"}:
        objects = (s3._buckets.get(_bucket(resource)) or {}).get("objects", {})
        key, use = s3._stored_sse_headers(objects.get(resource.partition("/")[2]) or {}), "kms:Decrypt"
    elif action == "secretsmanager:GetSecretValue":
        _, secret = secretsmanager._resolve(resource)
        key, use = {_KMS_KEY: (secret or {}).get("KmsKeyId")}, "kms:Decrypt"
    else:
        return
    if key.get(_KMS_KEY):
        yield use, "kms", key[_KMS_KEY]


def _bucket(resource: str) -> str:
    return resource.removeprefix("arn:aws:s3:::").partition("/")[0]


def _secret_tags(service: str, resource: str) -> dict[str, str]:
    if service != "secretsmanager":
        return {}
    _, secret = secretsmanager._resolve(resource)
    tags = (secret or {}).get("Tags") or []
    return {f"secretsmanager:ResourceTag/{tag['Key']}": tag["Value"] for tag in tags}


def _glue_resource(arn: str, target: str, body: bytes) -> str:
    catalog = arn.rpartition(":")[0]
    operation = target.rpartition(".")[2]
    try:
        request = json.loads(body)
    except ValueError:
        return arn
    if operation.endswith(("Database", "Databases")):
        name = request.get("Name") or request.get("DatabaseInput", {}).get("Name")
        return f"{catalog}:database/{name}" if name else f"{catalog}:catalog"
    database = request.get("DatabaseName")
    if not database:
        return arn
    table = request.get("TableName") or request.get("Name") or request.get("TableInput", {}).get("Name") or "*"
    return f"{catalog}:table/{database}/{table}"


def _containers(service: str, resource: str) -> Iterator[str]:
    """Yield the ARNs of the database and catalog that contain a Glue resource."""
    prefix, kind, name = resource.rpartition(":")[0], *resource.rpartition(":")[2].partition("/")[::2]
    if service == "glue" and kind in {"database", "table"}:
        yield f"{prefix}:catalog"
    if service == "glue" and kind == "table":
        yield f"{prefix}:database/{name.partition('/')[0]}"
