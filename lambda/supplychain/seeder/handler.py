"""The entry point of the Lambda function: processes an event and answers CloudFormation in every case."""

import os
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.logging import utils
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.data_classes import CloudFormationCustomResourceEvent, event_source
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.config import Config

from supplychain.seeder import attributes, response, stack
from supplychain.seeder.failure_reason import failure_reason
from supplychain.seeder.request import (
    GENERATION_TYPE,
    LAKE_TYPE,
    GenerationProperties,
    RequestError,
    admin_secret_of,
    generation_of,
    lake_of,
    owns_namespace,
    place_of,
    required,
)
from supplychain.seeder.response import Answer
from supplychain.seeder.retry import retry_transient_errors
from supplychain.seeder.stopwatch import Stopwatch
from supplychain.warehouse.deadline import Deadline

if TYPE_CHECKING:
    from supplychain.seeder.lifecycle import AwsClients, Seeder

Work = Callable[[CloudFormationCustomResourceEvent, "Seeder"], Answer]

ANSWER_SECONDS = 30.0
"""Seconds reserved to cancel running statements and to answer."""

logger = Logger()
metrics = Metrics()
utils.copy_config_to_registered_loggers(source_logger=logger, include={"supplychain"})


@logger.inject_lambda_context
@metrics.log_metrics(raise_on_empty_metrics=False)
@event_source(data_class=CloudFormationCustomResourceEvent)
def handle(event: CloudFormationCustomResourceEvent, context: LambdaContext) -> None:
    """Process an event of the custom resource and send the answer to its ResponseURL."""
    logger.append_keys(request_type=event.request_type, resource_type=event.resource_type)
    stopwatch = Stopwatch()
    answer = _answer(event, context, stopwatch)
    for step, seconds in stopwatch.seconds.items():
        metrics.add_metric(name=f"{step}Seconds", unit=MetricUnit.Seconds, value=seconds)
    metrics.add_metric(name="SeedingFailed", unit=MetricUnit.Count, value=int(answer.status == "FAILED"))
    response.send(event.raw_event, answer)


def _answer(event: CloudFormationCustomResourceEvent, context: LambdaContext, stopwatch: Stopwatch) -> Answer:
    try:
        # This imports NumPy and Arrow. Here, so that CloudFormation is told at once if they cannot be loaded.
        from supplychain.seeder.lifecycle import Seeder  # noqa: PLC0415

        deadline = Deadline.after(context.get_remaining_time_in_millis() / 1000 - ANSWER_SECONDS)
        work = _work(event)
        seeder = Seeder(_clients(), event.request_id, 0, deadline, stopwatch)
        return retry_transient_errors(lambda attempt: work(event, replace(seeder, attempt=attempt)), deadline)
    except Exception as error:  # without an answer, CloudFormation would wait for its timeout
        logger.exception("failed")
        return Answer(
            "FAILED",
            _physical_id(event),
            reason=f"{failure_reason(error)} Log stream: {context.log_stream_name}",
        )


def _work(event: CloudFormationCustomResourceEvent) -> Work:
    work: dict[str, Work] = {GENERATION_TYPE: _generation, LAKE_TYPE: _lake}
    if event.resource_type not in work or event.request_type not in {"Create", "Update", "Delete"}:
        raise RequestError(f"the seeder does not support {event.request_type} of {event.resource_type}")
    return work[event.resource_type]


def _generation(event: CloudFormationCustomResourceEvent, seeder: "Seeder") -> Answer:
    if event.request_type == "Delete":
        return _clear(event, seeder)
    wanted = GenerationProperties.of(event.resource_properties)
    keep = generation_of(event.old_resource_properties or {})
    if event.request_type == "Update" and _is_rolled_back(event, seeder):
        return _roll_back(wanted, keep, seeder)
    manifest = seeder.fill(wanted, keep)
    metrics.add_metric(name="RowsLoaded", unit=MetricUnit.Count, value=manifest.rows)
    return Answer("SUCCESS", str(wanted.place), data=attributes.of_manifest(manifest))


def _clear(event: CloudFormationCustomResourceEvent, seeder: "Seeder") -> Answer:
    properties = event.resource_properties
    try:
        place, lake = place_of(properties), lake_of(properties)
    except RequestError as error:  # the Create failed for the same reason, so there is nothing to delete
        logger.info("nothing to delete", extra={"reason": str(error)})
        return Answer("SUCCESS", _physical_id(event))
    owned = owns_namespace(properties)
    seeder.clear_place(
        place,
        lake,
        admin_secret_of(properties),
        owns_namespace=owned,
        namespace_follows=owned and stack.is_deleted(seeder.clients.cloudformation, event.stack_id),
    )
    return Answer("SUCCESS", _physical_id(event))


def _roll_back(wanted: GenerationProperties, keep: str | None, seeder: "Seeder") -> Answer:
    from supplychain.seeder.rollback import roll_back  # noqa: PLC0415  # as above

    done = roll_back(seeder, wanted, keep)
    metrics.add_metric(name="RolledBackUnchecked", unit=MetricUnit.Count, value=int(bool(done.warning)))
    return Answer("SUCCESS", str(wanted.place), reason=done.warning, data=done.attributes)


def _lake(event: CloudFormationCustomResourceEvent, seeder: "Seeder") -> Answer:
    bucket = required(event.resource_properties, "Bucket")
    if event.request_type == "Delete":
        seeder.clear_lake(bucket)
        return Answer("SUCCESS", _physical_id(event))
    properties = event.resource_properties
    workgroup = properties.get("Workgroup")
    if event.request_type == "Update" and workgroup and not _is_rolled_back(event, seeder):
        seeder.require_encryption(workgroup, customer_managed=properties.get("CustomerManagedKey") == "on")
    return Answer("SUCCESS", f"{bucket}/*")


def _is_rolled_back(event: CloudFormationCustomResourceEvent, seeder: "Seeder") -> bool:
    return stack.is_rolled_back(seeder.clients.cloudformation, event.stack_id)


def _physical_id(event: CloudFormationCustomResourceEvent) -> str:
    """Return the id by which CloudFormation knows the resource, or one made of its properties if its Create failed."""
    if event.physical_resource_id:
        return str(event.physical_resource_id)
    properties = event.resource_properties
    if event.resource_type == LAKE_TYPE:
        return f"{properties.get('Bucket', 'unknown')}/*"
    return f"{properties.get('Workgroup', 'unknown')}/{properties.get('Database', 'unknown')}"


def _clients() -> "AwsClients":
    from supplychain.seeder.lifecycle import AwsClients  # noqa: PLC0415  # as above

    config = Config(retries={"mode": "standard", "total_max_attempts": 4}, connect_timeout=5, read_timeout=40)
    session = boto3.Session(region_name=os.environ.get("AWS_REGION"))
    return AwsClients(
        cloudformation=session.client("cloudformation", config=config),
        s3=session.client("s3", config=config),
        serverless=session.client("redshift-serverless", config=config),
        data=session.client("redshift-data", config=config),
    )
