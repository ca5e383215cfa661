"""The Update with which CloudFormation rolls an earlier Update back.

If that one failed before it committed, the warehouse is as it was before, and there is nothing to do that could fail. A
failure would leave the stack in UPDATE_ROLLBACK_FAILED. docs/lifecycle.md explains the rules.
"""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace

from supplychain.dataset.manifest import read_manifest
from supplychain.seeder import attributes
from supplychain.seeder.failure_reason import failure_reason
from supplychain.seeder.lifecycle import Seeder
from supplychain.seeder.request import GenerationProperties
from supplychain.seeder.retry import retry_transient_errors
from supplychain.warehouse.deadline import Deadline
from supplychain.warehouse.record import Record

logger = logging.getLogger(__name__)

_DECISION_SECONDS = 12.0
"""Part of the seconds reserved for the answer, for reading the record after the deadline."""


@dataclass(frozen=True)
class RolledBack:
    """The attributes for Fn::GetAtt, and a warning in one line if the data was neither restored nor checked."""

    attributes: Mapping[str, str]
    warning: str = ""


def roll_back(seeder: Seeder, wanted: GenerationProperties, keep: str | None) -> RolledBack:
    """Leave a place alone that holds the wanted generation with its grants, and load that generation otherwise.

    If that fails, the answer is a success nevertheless, unless the warehouse has the record of another generation: then
    the update that is rolled back was loaded, and the error of restoring the earlier generation is raised.
    """
    try:
        return retry_transient_errors(
            lambda attempt: _restore(replace(seeder, attempt=attempt), wanted, keep), seeder.deadline
        )
    except Exception as error:
        record = _record_if_readable(replace(seeder, deadline=Deadline.after(_DECISION_SECONDS)), wanted)
        if record is not None and record.generation != wanted.generation:
            raise
        warning = (
            f"Rolled back without restoring or checking the data in {wanted.place}, which the next update of it does: "
            f"{failure_reason(error)}"
        )
        logger.warning(warning, exc_info=True)
        return RolledBack(_known_attributes(seeder, wanted, record), warning)


def _restore(seeder: Seeder, wanted: GenerationProperties, keep: str | None) -> RolledBack:
    record = seeder.intact_record(wanted)
    if record is None:
        return RolledBack(attributes.of_manifest(seeder.fill(wanted, keep)))
    logger.info("the warehouse is as it was before the update", extra={"generation": record.generation})
    return RolledBack(attributes.of_record(record))


def _record_if_readable(seeder: Seeder, wanted: GenerationProperties) -> Record | None:
    try:
        return seeder.read_record(wanted)
    except Exception as error:  # noqa: BLE001  # whatever is broken, the warehouse cannot be asked
        logger.info("the record cannot be read", extra={"reason": str(error)})
        return None


def _known_attributes(seeder: Seeder, wanted: GenerationProperties, record: Record | None) -> Mapping[str, str]:
    if record is not None:
        return attributes.of_record(record)
    try:
        manifest = read_manifest(seeder.generation_storage(wanted))
    except Exception as error:  # noqa: BLE001  # as above, of the lake
        logger.info("the manifest cannot be read", extra={"reason": str(error)})
        manifest = None
    return attributes.of_properties(wanted) if manifest is None else attributes.of_manifest(manifest)
