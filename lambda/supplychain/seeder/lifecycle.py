"""Create, update and delete a place's generation, and empty the lake: DESIGN's life of a generation.

Every step can be run again: the same event has the same outcome.
"""

import datetime as dt
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING

from supplychain.dataset.manifest import Manifest, read_manifest
from supplychain.dataset.progress import Progress
from supplychain.dataset.storage import S3Storage
from supplychain.generator import generate_dataset
from supplychain.seeder.request import GenerationProperties, LakePart
from supplychain.seeder.stopwatch import Stopwatch
from supplychain.warehouse.deadline import Deadline
from supplychain.warehouse.loader import Load
from supplychain.warehouse.place import NoAdminSecretError, Place, PlaceGoneError, Warehouse

if TYPE_CHECKING:
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient
    from mypy_boto3_redshift_serverless import RedshiftServerlessClient
    from mypy_boto3_s3 import S3Client

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Aws:
    """The clients of the services that the seeder calls."""

    s3: "S3Client"
    serverless: "RedshiftServerlessClient"
    data: "RedshiftDataAPIServiceClient"


@dataclass(frozen=True)
class Seeder:
    """Does what one event asks for, by `deadline`; `request` is the event's RequestId, `attempt` counts from 0."""

    aws: Aws
    request: str
    attempt: int
    deadline: Deadline
    stopwatch: Stopwatch

    def fill(self, wanted: GenerationProperties, keep: str | None) -> Manifest:
        """Make the wanted generation unless the lake holds it, and load it unless the warehouse holds it.

        `keep` is the generation that an update starts from: it stays in the lake, so that a rollback can restore it.
        All others of the place are removed, once the wanted one is loaded.
        """
        warehouse = self._warehouse(wanted.place, wanted.admin_secret)
        api = warehouse.connect()
        place_storage = self._place_storage(wanted.lake, wanted.place)
        load = Load(api=api, settings=wanted.load, request=f"{self.request}-{self.attempt}", copy_role=wanted.copy_role)
        # Before anything is made: a Delete that comes meanwhile drops the record, and this load then fails to commit.
        with self.stopwatch.step("Prepare"):
            warehouse.create_database(api, place_storage)
            held = load.prepare()
        with self.stopwatch.step("Generate"):
            manifest = self._manifest(place_storage.child(wanted.generation), wanted)
        if held.is_of(manifest):
            logger.info("the warehouse holds this generation already", extra={"generation": manifest.generation})
            load.bring_grants(held)
        else:
            with self.stopwatch.step("Load"):
                load.load(place_storage.child(wanted.generation), manifest, held)
        self._sweep(place_storage, {wanted.generation, keep})
        return manifest

    def empty(self, place: Place, lake_part: LakePart, admin_secret: str | None) -> None:
        """Empty a place: its tables, its record and its part of the lake. What is gone already is fine."""
        warehouse = self._warehouse(place, admin_secret)
        storage = self._place_storage(lake_part, place)
        try:
            warehouse.empty(warehouse.connect(), storage)
        except PlaceGoneError as gone:
            logger.info("nothing to empty in the warehouse", extra={"reason": str(gone)})
        except NoAdminSecretError:
            if storage.children():
                raise  # something was loaded once, as the admin
        self.empty_lake(lake_part.bucket, storage.prefix)

    def empty_lake(self, bucket: str, prefix: str = "") -> None:
        """Remove every object and version in the bucket below `prefix`; a bucket that is gone is fine."""
        try:
            S3Storage(self.aws.s3, bucket, prefix).clear()
        except self.aws.s3.exceptions.NoSuchBucket:
            logger.info("the bucket is gone", extra={"bucket": bucket})

    def _manifest(self, storage: S3Storage, wanted: GenerationProperties) -> Manifest:
        manifest = read_manifest(storage)
        if manifest is not None:
            logger.info("the lake holds this generation", extra={"generation": wanted.generation})
            return manifest
        if wanted.generation != wanted.seed.generation:
            raise LookupError(
                f"generation {wanted.generation} was made by another version of this app and is no longer in "
                f"{storage.location}: deploy again, which makes {wanted.seed.generation}"
            )
        storage.clear()  # what a killed attempt left
        manifest = generate_dataset(
            storage, wanted.seed, dt.datetime.now(dt.UTC).date(), progress=self._log_progress(wanted.generation)
        )
        logger.info("wrote", extra={"generation": manifest.generation, "rows": manifest.rows, "bytes": manifest.size})
        return manifest

    def _log_progress(self, generation: str) -> Progress:
        def log(done: int, total: int) -> None:
            self.deadline.check(f"{done:,} of {total:,} rows were made")
            logger.info("generating", extra={"generation": generation, "rows": done, "of": total})

        return log

    def _sweep(self, place_storage: S3Storage, kept: set[str | None]) -> None:
        for name in place_storage.children():
            if name not in kept and not name.endswith(".json"):
                place_storage.child(name).clear()
                logger.info("removed from the lake", extra={"generation": name})

    def _warehouse(self, place: Place, admin_secret: str | None) -> Warehouse:
        return Warehouse(self.aws.serverless, self.aws.data, place, self.deadline, admin_secret)

    def _place_storage(self, lake_part: LakePart, place: Place) -> S3Storage:
        return S3Storage(self.aws.s3, lake_part.bucket, lake_part.folder(place))
