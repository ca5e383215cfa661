"""The private parts of MiniStack that the sandbox uses or replaces.

If a new MiniStack changes one of them, it fails here by name.
"""

import inspect
from importlib.metadata import version

import pytest
from hypercorn.asyncio.tcp_server import TCPServer
from ministack import app
from ministack.core import concurrency, iam_actions, iam_evaluator, lambda_runtime, router
from ministack.services import cloudwatch_logs, ec2, eventbridge, iam, lambda_svc, s3, secretsmanager, sts
from ministack.services.cloudformation import changesets, custom_resource, handlers, provisioners, stacks


def test_the_version_is_the_tested_one():
    """To change the version, run these tests and the end-to-end tests, and review the patches."""
    assert version("ministack") == "1.5.33"


@pytest.mark.parametrize(
    ("function", "parameters"),
    [
        (stacks._roll_back_operation, ["stack_name", "stack_id", "stack", "operation", "reason_override"]),
        (stacks._runs_on_worker_thread, ["resource_type"]),
        (stacks._delete_stack_async, ["stack_name", "stack_id", "retain_resources", "force"]),
        (stacks._delete_resource, ["resource_type", "physical_id", "props", "stack_name", "logical_id"]),
        (stacks._with_dependencies, ["logical_ids", "res_defs", "remaining"]),
        (concurrency.run_reentrant, ["fn", "args", "thread_name"]),
        (changesets._create_change_set, ["params"]),
        (changesets._execute_change_set, ["params"]),
        (changesets._find_change_set, ["cs_name", "stack_name"]),
        (
            changesets._diff_resources,
            ["old_template", "new_template", "resources", "template", "changed_params", "retag"],
        ),
        (handlers._resolve_stack, ["stack_name"]),
        (custom_resource.deliver_response, ["token", "response"]),
        (
            custom_resource.invoke_custom_resource,
            [
                "request_type",
                "logical_id",
                "props",
                "stack_name",
                "stack_id",
                "resource_type",
                "physical_id",
                "old_props",
            ],
        ),
        (provisioners._ec2_sg_permissions, ["rules"]),
        (provisioners._tag_map, ["tags"]),
        (lambda_runtime.execution_credentials, ["config"]),
        (lambda_runtime.reset, []),
        (lambda_runtime._account_region_from_function_config, ["config"]),
        (lambda_runtime.Worker._spawn, ["self"]),
        (lambda_svc._execute_function_with_config_scope, ["func", "event"]),
        (lambda_svc._emit_lambda_logs, ["func", "request_id", "log_text", "error", "duration_ms", "log_source"]),
        (iam_evaluator.resolve_caller_identity, ["access_key_id"]),
        (iam_evaluator._gather_role_policies, ["role_name", "account_id"]),
        (iam_evaluator.evaluate, ["ctx", "policies", "limits"]),
        (
            iam_evaluator.enforce,
            ["access_key_id", "iam_action", "service", "region", "resource_arn", "service_context"],
        ),
        (iam_evaluator._first_match, ["ctx", "stmts", "effect"]),
        (iam_evaluator._resolve_condition_key, ["key", "ctx"]),
        (iam_evaluator.find_iam_access_key_account, ["access_key_id"]),
        (iam_actions.identity_denial_message, ["action", "principal_arn", "resource", "explicit_deny"]),
        (
            iam_actions.access_denied_response,
            [
                *("service", "action", "principal_arn", "request_id", "error_code", "message", "headers"),
                *("resource_arn", "explicit_deny", "resource_policy_arn"),
            ],
        ),
        (
            iam_actions.extract_resource_arn,
            ["service", "method", "path", "headers", "body", "query_params", "region", "account_id"],
        ),
        (iam_actions.s3_additional_checks, ["method", "path", "headers", "body", "query_params"]),
        (iam_actions._s3_batch_delete_targets, ["bucket", "body"]),
        (iam_actions._safe_json_field, ["body", "field"]),
        (app.app, ["scope", "receive", "send"]),
        (app.pin_request_origin, ["source_ip", "secure_transport"]),
        (sts._evict_expired_sessions, []),
        (sts._role_id, ["role_arn"]),
        (s3._bucket_default_sse_headers, ["bucket_name"]),
        (s3._stored_sse_headers, ["obj"]),
        (secretsmanager._resolve, ["secret_id", "use_arn_scope"]),
        (sts.register_session, ["access_key", "session"]),
        (secretsmanager.create_secret_in_process, ["name", "secret_string", "description"]),
        (secretsmanager.delete_secret_in_process, ["secret_id"]),
        (secretsmanager.resolve_secret_string, ["secret_id", "version_stage", "version_id"]),
        (router.extract_access_key_id, ["headers", "query_params"]),
        (s3._bucket_has_versions, ["name"]),
        (TCPServer._read_data, ["self"]),
        (eventbridge._put_events, ["data", "allow_aws_source"]),
    ],
)
def test_functions_that_are_called_or_replaced(function, parameters: list[str]):
    """Their parameters are those that the sandbox passes."""
    assert list(inspect.signature(function).parameters) == parameters


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (app, "SERVICE_HANDLERS"), (router, "SERVICE_PATTERNS"), (provisioners, "_RESOURCE_HANDLERS"),
        (provisioners, "_STACK_TAG_PROPERTY"), (provisioners, "_REPLACING_PROPERTIES"), (s3, "_buckets"),
        (s3, "_bucket_tags"),
        (ec2, "_vpcs"), (ec2, "_security_groups"), (cloudwatch_logs, "_log_groups"), (iam, "_roles"),
        (sts, "_sessions"),
    ],
)  # fmt: skip
def test_registries_and_stores(module, name: str):
    """They exist, and can be read and written like dictionaries."""
    store = getattr(module, name)
    assert all(hasattr(store, method) for method in ("__getitem__", "__setitem__", "get"))


def test_handlers_hold_their_own_reference_to_the_rollback():
    """RollbackStack and DeleteStack call what they imported, so both references must be replaced."""
    assert handlers._delete_stack_async is stacks._delete_stack_async
    assert handlers._roll_back_operation is stacks._roll_back_operation


def test_the_iam_switch_and_checks_are_looked_up_per_request():
    """MiniStack reads AUTH, and imports what checks a request, at every request, so that replacing them is enough."""
    assert app.AUTH is False
    assert not any(hasattr(app, name) for name in ("enforce", "access_denied_response", "extract_resource_arn"))
    assert not any(hasattr(module, "AUTH") for module in (s3, sts, iam, lambda_svc, secretsmanager, router))


@pytest.mark.parametrize(
    ("resource_type", "steps"),
    [("AWS::EC2::VPC", {"create", "update"}), ("AWS::S3::Bucket", {"create", "update", "delete"})],
)
def test_provisioners_that_are_wrapped(resource_type: str, steps: set[str]):
    """They have the handlers that are wrapped."""
    assert steps <= provisioners._RESOURCE_HANDLERS[resource_type].keys()


@pytest.mark.parametrize(
    "resource_type",
    [
        "AWS::RedshiftServerless::Namespace", "AWS::RedshiftServerless::Workgroup", "AWS::EC2::SecurityGroupIngress",
        "AWS::EC2::SecurityGroupEgress",
    ],
)  # fmt: skip
def test_types_that_are_added(resource_type: str):
    """MiniStack has none of them: if it gains one, remove ours."""
    assert resource_type not in provisioners._RESOURCE_HANDLERS


def test_bucket_tags_are_still_dropped():
    """MiniStack does not store the tags of CloudFormation's buckets: if it does, remove our patch."""
    assert "AWS::S3::Bucket" not in provisioners._STACK_TAG_PROPERTY
