"""Checks of the quotas of the account in the region."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from supplychain.cli.doctor.account import Account
from supplychain.cli.doctor.check import Answer, Check

_LISTINGS: Final = ("list_service_quotas", "list_aws_default_service_quotas")
"""The quotas of the account, then the defaults of AWS: the former can lack quotas that were never changed."""

_UNKNOWN_SERVICE: Final = frozenset({"IllegalArgumentException", "NoSuchResourceException"})

_IN_USE: Final = ("AVAILABLE", "BUSY")
_RUNNING: Final = ("SUBMITTED", "PICKED", "STARTED")
_DATA_API_LIMIT: Final = 500
"""Most active statements, and most sessions, per workgroup (Redshift Management Guide, Using the Data API)."""


@dataclass(frozen=True)
class Resource:
    """A resource of which a deployment creates one."""

    name: str
    services: tuple[str, ...]
    """The service codes under which Service Quotas may list its quota."""

    word: str
    """Text in the name of the quota, in lower case."""

    documented: int
    """The default that AWS documents."""

    action: str
    count: Callable[[Account], int]

    @property
    def check(self) -> Check[Account]:
        """The check of the quota."""
        actions = ("servicequotas:ListServiceQuotas", "servicequotas:ListAWSDefaultServiceQuotas", self.action)
        return Check(f"quota of {self.name}", actions, self._answer)

    def _answer(self, account: Account) -> Answer:
        used = self.count(account)
        limit = self._limit(account.client("service-quotas"))
        if limit is None:
            return Answer(
                "unknown",
                f"{used} in use; Service Quotas lists no such quota (AWS documents a default of {self.documented})",
                "ask AWS Support for an increase" if used >= self.documented - 1 else "",
            )
        found = f"{limit - used} of {limit} left"
        if limit > used:
            return Answer("ok", found)
        more = "request an increase in the Service Quotas console, or delete an unused one"
        if account.stack is not None and account.stack.exists:
            return Answer(
                "warning", f"{found}: the deployed stack has one, but renaming the workgroup needs another", more
            )
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
        if error.response["Error"]["Code"] in _UNKNOWN_SERVICE:
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
        return Answer(
            "ok",
            f"no workgroup is deployed yet; the limit is {_DATA_API_LIMIT} statements and {_DATA_API_LIMIT} sessions",
        )
    sessions = _in_states(data, "list_sessions", "Sessions", _IN_USE, workgroup)
    statements = _in_states(data, "list_statements", "Statements", _RUNNING, workgroup)
    found = (
        f"{statements} active statements and {sessions} sessions of the caller, of {_DATA_API_LIMIT} each per workgroup"
    )
    if max(statements, sessions) * 10 < _DATA_API_LIMIT * 9:
        return Answer("ok", found)
    return Answer("warning", found, "wait until they end, or cancel statements: a deployment needs a few")


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
