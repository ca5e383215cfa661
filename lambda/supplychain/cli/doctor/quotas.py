"""Checks of quotas: how many more of a resource the account may have in the region."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from supplychain.cli.doctor.account import Account
from supplychain.cli.doctor.check import Answer, Check

_LISTINGS: Final = ("list_service_quotas", "list_aws_default_service_quotas")
"""The account's own quotas, then AWS's defaults: the former leave out some that were never changed."""

_IN_USE: Final = ("AVAILABLE", "BUSY")
_RUNNING: Final = ("SUBMITTED", "PICKED", "STARTED")
_DATA_API_LIMIT: Final = 500
"""Active statements, and sessions, of a workgroup (Redshift Management Guide, Using the Data API)."""


@dataclass(frozen=True)
class Resource:
    """Something that a deployment takes one of."""

    name: str
    services: tuple[str, ...]
    """Service Quotas' codes of the services that may list its quota."""

    word: str
    """What the quota's name contains."""

    documented: int
    """AWS's documented default."""

    action: str
    count: Callable[[Account], int]

    @property
    def check(self) -> Check[Account]:
        """The check of its quota."""
        actions = ("servicequotas:ListServiceQuotas", "servicequotas:ListAWSDefaultServiceQuotas", self.action)
        return Check(f"quota of {self.name}", actions, self._answer)

    def _answer(self, account: Account) -> Answer:
        used = self.count(account)
        limit = self._limit(account.client("service-quotas"))
        if limit is None:
            return Answer(
                "unknown",
                f"{used} in use; Service Quotas lists no such quota (AWS documents a default of {self.documented})",
                "ask AWS Support for more if that is close" if used >= self.documented - 1 else "",
            )
        found = f"{limit - used} of {limit} left"
        if limit > used:
            return Answer("ok", found)
        more = "ask for more in the Service Quotas console, or delete one that is not used"
        if account.stack is not None and account.stack.exists:
            return Answer("warning", f"{found}: the stack has its own, and a rename takes one more", more)
        return Answer("problem", found, more)

    def _limit(self, quotas: Any) -> int | None:
        for listing in _LISTINGS:
            for service in self.services:
                found = [
                    quota for quota in _listed(quotas, listing, service) if self.word in quota["QuotaName"].lower()
                ]
                if found:
                    return int(min(found, key=lambda quota: len(quota["QuotaName"]))["Value"])
        return None


def _listed(quotas: Any, listing: str, service: str) -> list[dict[str, Any]]:
    try:
        pages = quotas.get_paginator(listing).paginate(ServiceCode=service)
        return [quota for page in pages for quota in page["Quotas"]]
    except ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchResourceException":  # Service Quotas knows no such service
            return []
        raise


def _counter(service: str, operation: str, key: str) -> Callable[[Account], int]:
    def count(account: Account) -> int:
        pages = account.client(service).get_paginator(operation).paginate()
        return sum(len(page[key]) for page in pages)

    return count


def _data_api(account: Account) -> Answer:
    data, workgroup = account.client("redshift-data"), account.wanted.workgroup
    if account.stack is None or not account.stack.exists:
        return Answer("ok", f"none used of {_DATA_API_LIMIT} statements and sessions a workgroup: none is deployed")
    sessions = _in_states(data, "list_sessions", "Sessions", _IN_USE, workgroup)
    statements = _in_states(data, "list_statements", "Statements", _RUNNING, workgroup)
    found = f"{statements} statements and {sessions} sessions of the caller's, of {_DATA_API_LIMIT} each a workgroup"
    if max(statements, sessions) * 10 < _DATA_API_LIMIT * 9:
        return Answer("ok", found)
    return Answer("warning", found, "wait until they have ended, or cancel statements: a load needs a few")


def _in_states(data: Any, operation: str, key: str, states: tuple[str, ...], workgroup: str) -> int:
    listing = data.get_paginator(operation)
    pages = (page for state in states for page in listing.paginate(Status=state, WorkgroupName=workgroup))
    return sum(len(page[key]) for page in pages)


_REDSHIFT: Final = ("redshift-serverless", "redshift")

CHECKS: Final = (
    Resource(
        "namespaces",
        _REDSHIFT,
        "namespaces",
        25,
        "redshift-serverless:ListNamespaces",
        _counter("redshift-serverless", "list_namespaces", "namespaces"),
    ).check,
    Resource(
        "workgroups",
        _REDSHIFT,
        "workgroups",
        25,
        "redshift-serverless:ListWorkgroups",
        _counter("redshift-serverless", "list_workgroups", "workgroups"),
    ).check,
    Resource(
        "VPCs", ("vpc",), "vpcs per region", 5, "ec2:DescribeVpcs", _counter("ec2", "describe_vpcs", "Vpcs")
    ).check,
    Check("Data API", ("redshift-data:ListSessions", "redshift-data:ListStatements"), _data_api),
)
