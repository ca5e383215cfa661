"""Gets a stack out of UPDATE_ROLLBACK_FAILED, and creates its functions and admin secrets again if they are missing.

`make repair` runs this before a deployment with `--revert-drift`, in which CloudFormation creates everything else again
that someone has removed. CloudFormation would give a function another name, but a custom resource cannot change its
function; and it does not know of the secret, which Redshift manages.
"""

import os
import re
import sys
import time
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

import boto3
from botocore.exceptions import BotoCoreError, ClientError

JSON = dict[str, Any]

_FUNCTION: Final = "AWS::Lambda::Function"
_NAMESPACE: Final = "AWS::RedshiftServerless::Namespace"
_FAILED: Final = "UPDATE_ROLLBACK_FAILED"
_POLL_SECONDS: Final = 2.0
_MINUTES: Final = 40
"""How long a rollback may take; the seeder's answer alone may take 20 minutes."""


class RepairError(Exception):
    """The stack cannot be repaired; the message is one line."""


@dataclass(frozen=True)
class Stack:
    """A deployed stack."""

    session: boto3.Session
    name: str

    def repair(self) -> None:
        """Create missing functions and secrets again, and finish a rollback that has failed, with a line for each step.

        Raises
        ------
        RepairError
            If there is no such stack, or its rollback fails even without the resources that cannot be rolled back.
        """
        status = self.status()
        for logical_id in self._ids(_FUNCTION):
            self._create_if_missing(logical_id)
        for logical_id in self._ids(_NAMESPACE):
            self._renew_secret_if_missing(logical_id)
        if status == _FAILED and self._continue_rollback([]) == _FAILED:
            # Those that are still there are rolled back by now.
            self._continue_rollback(self._failed())
        if self.status().endswith("ROLLBACK_FAILED"):
            raise RepairError(f"{self.name} is still in {_FAILED}: see the events of the stack")

    def status(self) -> str:
        """Return the status of the stack. Raises RepairError if it does not exist."""
        try:
            (found,) = self._cloudformation.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if "does not exist" not in str(error):
                raise
            raise RepairError(f"there is no stack {self.name}: deploy it, or pass its name as stack_name") from None
        return str(found["StackStatus"])

    def _continue_rollback(self, skipped: list[str]) -> str:
        _say(f"continuing the rollback of {self.name}" + (f" without {', '.join(skipped)}" if skipped else ""))
        options = {"ResourcesToSkip": skipped} if skipped else {}
        self._cloudformation.continue_update_rollback(StackName=self.name, **options)
        deadline = time.monotonic() + 60 * _MINUTES
        while (status := self.status()).endswith("IN_PROGRESS"):
            if time.monotonic() > deadline:
                raise RepairError(f"{self.name} stayed {status} for {_MINUTES} minutes")
            time.sleep(_POLL_SECONDS)
        return status

    def _failed(self) -> list[str]:
        """Return the resources whose latest event in the rollback is a failure."""
        latest: dict[str, str] = {}
        for page in self._cloudformation.get_paginator("describe_stack_events").paginate(StackName=self.name):
            for event in page["StackEvents"]:
                latest.setdefault(event["LogicalResourceId"], event.get("ResourceStatus", ""))
        return sorted(logical_id for logical_id in self._physical_ids if latest.get(logical_id) == "UPDATE_FAILED")

    def _create_if_missing(self, logical_id: str) -> None:
        functions, name = self.session.client("lambda"), self._physical_ids[logical_id]
        try:
            functions.get_function(FunctionName=name)
        except functions.exceptions.ResourceNotFoundException:
            properties = self._resolved(self._template["Resources"][logical_id]["Properties"])
            tags = {tag["Key"]: tag["Value"] for tag in properties.pop("Tags", [])}
            functions.create_function(**properties, FunctionName=name, Tags=tags)
            functions.get_waiter("function_active_v2").wait(FunctionName=name)
            _say(f"created the function {name} again")

    def _renew_secret_if_missing(self, logical_id: str) -> None:
        serverless, secrets = self.session.client("redshift-serverless"), self.session.client("secretsmanager")
        name = self._physical_ids[logical_id]
        try:
            namespace = serverless.get_namespace(namespaceName=name)["namespace"]
        except serverless.exceptions.ResourceNotFoundException:
            return  # its secret is created with it
        secret = namespace.get("adminPasswordSecretArn", "")
        try:
            if "DeletedDate" in secrets.describe_secret(SecretId=secret):
                secrets.restore_secret(SecretId=secret)
                _say(f"restored the admin secret of {name}")
        except secrets.exceptions.ResourceNotFoundException:
            managed: JSON = {"manageAdminPassword": True}
            if key := namespace.get("adminPasswordSecretKmsKeyId"):
                managed["adminPasswordSecretKmsKeyId"] = key
            serverless.update_namespace(namespaceName=name, manageAdminPassword=False)
            serverless.update_namespace(namespaceName=name, **managed)
            _say(f"created the admin secret of {name} again")

    def _resolved(self, value: Any) -> Any:
        """Return a value of the template with the names and ARNs that it refers to."""
        resolved = value
        match value:
            case {"Ref": name}:
                resolved = self._reference(name)
            case {"Fn::GetAtt": [name, "Arn"]}:
                resolved = self._arn(name)
            case {"Fn::Sub": str(text)}:
                resolved = re.sub(r"\$\{([\w:]+)\}", lambda found: self._reference(found[1]), text)
            case {"Fn::Join": [separator, parts]}:
                resolved = separator.join(self._resolved(part) for part in parts)
            case dict():
                resolved = {key: self._resolved(part) for key, part in value.items()}
            case list():
                resolved = [self._resolved(part) for part in value]
        return resolved

    def _reference(self, name: str) -> str:
        if name == "AWS::Region":
            return str(self.session.region_name)
        if name in {"AWS::AccountId", "AWS::Partition"}:
            arn = self.session.client("sts").get_caller_identity()["Arn"].split(":")
            return str(arn[4] if name == "AWS::AccountId" else arn[1])
        return self._physical_ids[name]

    def _arn(self, logical_id: str) -> str:
        name, kind = self._physical_ids[logical_id], self._template["Resources"][logical_id]["Type"]
        if kind == "AWS::IAM::Role":
            return str(self.session.client("iam").get_role(RoleName=name)["Role"]["Arn"])
        return str(self.session.client("kms").describe_key(KeyId=name)["KeyMetadata"]["Arn"])

    def _ids(self, kind: str) -> list[str]:
        definitions = self._template["Resources"]
        return [name for name in self._physical_ids if definitions.get(name, {}).get("Type") == kind]

    @cached_property
    def _physical_ids(self) -> dict[str, str]:
        pages = self._cloudformation.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return {
            one["LogicalResourceId"]: one["PhysicalResourceId"]
            for page in pages
            for one in page["StackResourceSummaries"]
            if one.get("PhysicalResourceId")
        }

    @cached_property
    def _template(self) -> JSON:
        return dict(self._cloudformation.get_template(StackName=self.name)["TemplateBody"])

    @cached_property
    def _cloudformation(self) -> Any:
        return self.session.client("cloudformation")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def main(arguments: list[str]) -> None:
    """Repair the stack that the context in the arguments names, such as ``-c stack_name=Other``."""
    context = dict(one.split("=", 1) for one in arguments if "=" in one)
    session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    try:
        Stack(session, context.get("stack_name", "SupplyChainWarehouse")).repair()
    except RepairError as error:
        sys.exit(f"Error: {error}")
    except (BotoCoreError, ClientError) as error:
        sys.exit(f"Error: AWS refused a step of the repair: {error}")


if __name__ == "__main__":
    main(sys.argv[1:])
