"""The outputs of a deployed stack."""

from typing import TYPE_CHECKING

from supplychain.cli.connection import CallError

if TYPE_CHECKING:
    import boto3


def stack_outputs(session: "boto3.Session", stack_name: str) -> dict[str, str]:
    """Return the outputs of a stack. Raises CallError if it is not a deployment of this app."""
    (stack,) = session.client("cloudformation").describe_stacks(StackName=stack_name)["Stacks"]
    outputs = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if "LakeBucketName" not in outputs:
        raise CallError(f"stack {stack_name} has no output LakeBucketName: it is not a deployment of this app")
    return outputs
