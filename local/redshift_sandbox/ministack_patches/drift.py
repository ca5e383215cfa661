"""Drift-aware change sets, which create resources again that were deleted outside CloudFormation."""
# ruff: noqa: SLF001  # MiniStack's change sets and stores are private

from collections.abc import Callable
from contextvars import ContextVar
from typing import Any

from ministack.services import glue
from ministack.services.cloudformation import changesets, drift, handlers

_MODE = "REVERT_DRIFT"
_MISSING: ContextVar[frozenset[str]] = ContextVar("missing", default=frozenset())

Exists = Callable[[str], bool]
Answer = Any


def create_missing_resources_again(redshift: dict[str, Exists]) -> None:
    """AWS creates missing resources again in a change set of the mode REVERT_DRIFT; MiniStack ignores the mode.

    Changed properties are not reverted. `redshift` tells by resource type whether a resource exists.
    """
    create, execute, diff = changesets._create_change_set, changesets._execute_change_set, changesets._diff_resources

    def create_change_set(params: dict[str, Any]) -> Answer:
        stack = handlers._resolve_stack(changesets._p(params, "StackName"))
        if stack is None or changesets._p(params, "DeploymentMode") != _MODE:
            return create(params)
        missing = frozenset(
            logical_id for logical_id, record in stack.get("_resources", {}).items() if _is_missing(record, redshift)
        )
        token = _MISSING.set(missing)
        try:
            answer = create(params)
        finally:
            _MISSING.reset(token)
        _, change_set = changesets._find_change_set(changesets._p(params, "ChangeSetName"), stack["StackName"])
        if change_set is not None:
            change_set["_missing"] = missing
        return answer

    def diff_resources(old_template: dict[str, Any], *others: Any) -> list[Any]:
        resources = {
            logical_id: definition
            for logical_id, definition in old_template.get("Resources", {}).items()
            if logical_id not in _MISSING.get()
        }
        return list(diff({**old_template, "Resources": resources}, *others))

    def execute_change_set(params: dict[str, Any]) -> Answer:
        _, change_set = changesets._find_change_set(
            changesets._p(params, "ChangeSetName"), changesets._p(params, "StackName")
        )
        stack = handlers._resolve_stack(change_set["StackName"]) if change_set else None
        if stack is not None and change_set["ExecutionStatus"] == "AVAILABLE":
            for logical_id in change_set.get("_missing", ()):
                stack["_resources"].pop(logical_id, None)
        return execute(params)

    changesets._diff_resources = diff_resources
    handlers._ACTION_HANDLERS["CreateChangeSet"] = create_change_set
    handlers._ACTION_HANDLERS["ExecuteChangeSet"] = execute_change_set


def _is_missing(record: dict[str, Any], redshift: dict[str, Exists]) -> bool:
    kind, name, properties = record["ResourceType"], record["PhysicalResourceId"], record.get("Properties", {})
    if kind in redshift:
        return not redshift[kind](name)
    if kind == "AWS::Glue::Database":
        return name not in glue._databases
    if kind == "AWS::Glue::Table":
        return f"{properties['DatabaseName']}/{name}" not in glue._tables
    if kind in drift._DRIFT_READERS:
        return drift._DRIFT_READERS[kind][0](name, properties) is None
    return False
