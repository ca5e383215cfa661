"""Deletions of stacks in which a resource cannot be deleted."""
# ruff: noqa: SLF001  # MiniStack's stack engine is private

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ministack.services import cloudformation
from ministack.services.cloudformation import handlers, stacks

_Records = dict[str, dict[str, Any]]


def keep_what_failed_deletions_need() -> None:
    """AWS keeps what a resource that cannot be deleted depends on, such as its function; MiniStack deletes it.

    So on AWS another deletion can succeed. MiniStack also forgets a resource that a failed create cannot delete.
    """
    running: dict[str, _Deletion] = {}
    _note_failures(running)
    _hide_events(running)
    _restore_after_deletions(running)
    _restore_after_rollbacks(running)


@dataclass
class _Deletion:
    """One deletion of a stack: its resources' definitions and records, those that failed, and those to keep."""

    definitions: Mapping[str, Any]
    records: _Records
    failed: set[str] = field(default_factory=set)
    needed: set[str] = field(default_factory=set)

    def note_failure(self, logical_id: str) -> None:
        self.failed.add(logical_id)
        self.needed |= stacks._with_dependencies([logical_id], self.definitions, self.records.keys()) - {logical_id}

    def restore(self, stack: dict[str, Any]) -> None:
        """Put back the records of what failed and of what was kept, in their order."""
        left: _Records = stack.get("_resources", {})
        failed = {name: {**self.records[name], "ResourceStatus": "DELETE_FAILED"} for name in self.failed - left.keys()}
        kept = {name: self.records[name] for name in self.needed}
        found = {**failed, **kept, **left}
        stack["_resources"] = {name: found[name] for name in self.records if name in found}


def _note_failures(running: dict[str, _Deletion]) -> None:
    original = stacks._delete_resource

    def delete(
        resource_type: str,
        physical_id: str,
        properties: dict[str, Any],
        stack_name: str | None = None,
        logical_id: str | None = None,
    ) -> None:
        deletion = running.get(stack_name or "")
        if deletion is not None and logical_id in deletion.needed:
            return
        try:
            original(resource_type, physical_id, properties, stack_name, logical_id)
        except Exception:
            if deletion is not None and logical_id in deletion.records:
                deletion.note_failure(logical_id)
            raise

    stacks._delete_resource = delete


def _hide_events(running: dict[str, _Deletion]) -> None:
    """Hide that MiniStack believes to delete what is kept."""
    original = stacks._add_event

    def add_event(stack_id: str, stack_name: str, logical_id: str, *details: Any, **more: Any) -> None:
        deletion = running.get(stack_name)
        if deletion is None or logical_id not in deletion.needed:
            original(stack_id, stack_name, logical_id, *details, **more)

    stacks._add_event = add_event


def _restore_after_deletions(running: dict[str, _Deletion]) -> None:
    original = stacks._delete_stack_async

    async def delete_stack(stack_name: str, stack_id: str, retain_resources: Any = (), force: bool = False) -> None:
        stack = cloudformation._stacks.get(stack_name)
        if stack is None or force:  # a forced deletion keeps nothing in the stack
            await original(stack_name, stack_id, retain_resources, force)
            return
        definitions = (stack.get("_template") or {}).get("Resources", {})
        running[stack_name] = deletion = _Deletion(definitions, dict(stack.get("_resources", {})))
        try:
            await original(stack_name, stack_id, retain_resources, force)
        finally:
            running.pop(stack_name, None)
            if deletion.failed:
                deletion.restore(stack)

    stacks._delete_stack_async = delete_stack
    handlers._delete_stack_async = delete_stack


def _restore_after_rollbacks(running: dict[str, _Deletion]) -> None:
    """Do the same for the rollback of a create; that of an update ignores failed deletions, as on AWS."""
    original = stacks._roll_back_operation

    async def roll_back(
        stack_name: str, stack_id: str, stack: dict[str, Any], operation: dict[str, Any], reason_override: str = ""
    ) -> None:
        if operation.get("is_update"):
            await original(stack_name, stack_id, stack, operation, reason_override)
            return
        template = operation.get("template") or {}
        running[stack_name] = deletion = _Deletion(template.get("Resources", {}), dict(stack.get("_resources", {})))
        try:
            await original(stack_name, stack_id, stack, operation, reason_override)
        finally:
            running.pop(stack_name, None)
            if deletion.failed:
                deletion.restore(stack)

    stacks._roll_back_operation = roll_back
    handlers._roll_back_operation = roll_back
