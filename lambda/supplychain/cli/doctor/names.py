"""Checks that the names of a deployment are free or belong to the stack."""

from collections.abc import Callable
from typing import Any, Final

from botocore.exceptions import ClientError

from supplychain.cli.doctor.account import Account
from supplychain.cli.doctor.check import Answer, Check

_ABSENT: Final = frozenset({"ResourceNotFoundException", "EntityNotFoundException"})


def _name_check(
    kind: str, setting: str, resource_type: str, action: str, find: Callable[[Account, str], Any]
) -> Check[Account]:
    """Return the check of the resource that a setting names. `find` raises ClientError if it does not exist."""

    def answer(account: Account) -> Answer:
        name = getattr(account.wanted, setting)
        exists = _exists(lambda: find(account, name))
        if account.stack is None:
            return (
                Answer(
                    "unknown", f"{name} exists; whether it is the stack's is unknown, as the stack could not be read"
                )
                if exists
                else Answer("ok", f"{name} is free")
            )
        return _judge(name, setting, exists=exists, owned=(resource_type, name) in account.stack.resources)

    return Check(kind, (action,), answer)


def _exists(find: Callable[[], Any]) -> bool:
    try:
        find()
    except ClientError as error:
        if error.response["Error"]["Code"] in _ABSENT:
            return False
        raise
    return True


def _judge(name: str, setting: str, *, exists: bool, owned: bool) -> Answer:
    match exists, owned:
        case True, True:
            return Answer("ok", f"{name} is the stack's")
        case True, False:
            return Answer("problem", f"{name} exists and is not the stack's", f"deploy with another {setting}")
        case False, True:
            return Answer("problem", f"{name} was deleted outside CloudFormation", "make destroy, then make deploy")
        case _:
            return Answer("ok", f"{name} is free")


CHECKS: Final = (
    _name_check(
        "workgroup",
        "workgroup",
        "AWS::RedshiftServerless::Workgroup",
        "redshift-serverless:GetWorkgroup",
        lambda account, name: account.client("redshift-serverless").get_workgroup(workgroupName=name),
    ),
    _name_check(
        "namespace",
        "workgroup",
        "AWS::RedshiftServerless::Namespace",
        "redshift-serverless:GetNamespace",
        lambda account, name: account.client("redshift-serverless").get_namespace(namespaceName=name),
    ),
    _name_check(
        "Glue database",
        "catalog_database",
        "AWS::Glue::Database",
        "glue:GetDatabase",
        lambda account, name: account.client("glue").get_database(Name=name),
    ),
)
