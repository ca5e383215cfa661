"""Load a generation into a place, clear the place, and clear the lake.

Every step is idempotent: the same event has the same result.
"""

import datetime as dt
import logging
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from supplychain.dataset.manifest import Manifest, read_manifest
from supplychain.dataset.progress import Progress
from supplychain.dataset.reader import GenerationError, unchanged_generation
from supplychain.dataset.storage import S3Storage
from supplychain.generator import generate_dataset
from supplychain.seeder.request import EncryptionError, GenerationProperties, LakeLocation
from supplychain.seeder.stopwatch import Stopwatch
from supplychain.warehouse.comparison import Difference, differences
from supplychain.warehouse.data_api import DataApi, StatementError, is_denied
from supplychain.warehouse.deadline import Deadline, OutOfTimeError
from supplychain.warehouse.loader import Loader
from supplychain.warehouse.place import NoAdminSecretError, Place, PlaceGoneError, Warehouse
from supplychain.warehouse.record import Record
from supplychain.warehouse.transaction import LoadError

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient
    from mypy_boto3_redshift_data import RedshiftDataAPIServiceClient
    from mypy_boto3_redshift_serverless import RedshiftServerlessClient
    from mypy_boto3_s3 import S3Client

logger = logging.getLogger(__name__)


_LONGEST_CLEARING = 300.0
"""Seconds for clearing a warehouse that CloudFormation deletes next."""

_AWS_OWNED_KEY = "AWS_OWNED_KMS_KEY"
"""What Redshift Serverless reports as the key of a namespace without a customer managed key."""


@dataclass(frozen=True)
class AwsClients:
    """The clients of the AWS services that the seeder calls."""

    cloudformation: "CloudFormationClient"
    s3: "S3Client"
    serverless: "RedshiftServerlessClient"
    data: "RedshiftDataAPIServiceClient"


@dataclass(frozen=True)
class Seeder:
    """Processes one event by `deadline`; `request` is its RequestId, `attempt` counts retries from 0."""

    clients: AwsClients
    request: str
    attempt: int
    deadline: Deadline
    stopwatch: Stopwatch

    def fill(self, wanted: GenerationProperties, keep: str | None) -> Manifest:
        """Generate the wanted generation unless the lake holds it, and load it unless the warehouse holds its rows.

        `keep` is the generation before an update; it stays in the lake, so that a rollback can restore it. All other
        generations of the place are removed once the wanted one is loaded.
        """
        warehouse = self._warehouse(wanted.place, wanted.admin_secret)
        loader = self._loader(warehouse, wanted)
        place_storage = self._place_storage(wanted.lake, wanted.place)
        # Before generating: a Delete in the meantime drops the record, which makes the commit of this load fail.
        with self.stopwatch.step("Prepare"):
            warehouse.create_database(loader.api, place_storage)
            state = loader.prepare()
        with self.stopwatch.step("Generate"):
            manifest = self._generate(self.generation_storage(wanted), wanted, state.record)
        if state.holds(manifest) and not self._differences(loader.api, self.generation_storage(wanted), manifest):
            logger.info("the warehouse holds this generation already", extra={"generation": manifest.generation})
            loader.update_grants(state)
        else:
            with self.stopwatch.step("Load"):
                loader.load(self.generation_storage(wanted), manifest, state)
        loader.update_comments(state)
        self._remove_other_generations(place_storage, {wanted.generation, keep})
        return manifest

    def read_record(self, wanted: GenerationProperties) -> Record | None:
        """Return the record of a place, without changing anything."""
        return self._loader(self._warehouse(wanted.place, wanted.admin_secret), wanted).read_record()

    def intact_record(self, wanted: GenerationProperties) -> Record | None:
        """Return the record of a place that provably holds the wanted generation with its grants, or None.

        The lake and the warehouse are compared, and nothing is changed.
        """
        loader = self._loader(self._warehouse(wanted.place, wanted.admin_secret), wanted)
        storage = self.generation_storage(wanted)
        try:
            record = loader.read_record()
            if record is None or (record.generation, record.granted_to) != (
                wanted.generation,
                wanted.load.grant_select_to,
            ):
                return None
            manifest = unchanged_generation(storage, wanted.generation)
            same = record.digest == manifest.digest and not self._differences(loader.api, storage, manifest)
        except (GenerationError, LoadError, StatementError) as error:  # a file, a table or the record is missing
            logger.info("the place is not as it was before the update", extra={"reason": str(error)})
            return None
        return record if same else None

    def generation_storage(self, wanted: GenerationProperties) -> S3Storage:
        """Return the part of the lake that holds the files of the wanted generation."""
        return self._place_storage(wanted.lake, wanted.place).child(wanted.generation)

    def clear_place(
        self,
        place: Place,
        lake: LakeLocation,
        admin_secret: str | None,
        *,
        owns_namespace: bool = False,
        namespace_follows: bool = False,
    ) -> None:
        """Delete the tables and the record of a place and its part of the lake. Succeeds if they do not exist.

        Parameters
        ----------
        owns_namespace
            Whether the namespace belongs to the stack. Then access to the warehouse may be denied: after a rename, the
            function's role covers the admin secret of the new namespace only.
        namespace_follows
            Whether CloudFormation deletes the namespace next, with everything in it. Then no failure matters.
        """
        storage = self._place_storage(lake, place)
        seeder = replace(self, deadline=self.deadline.sooner(_LONGEST_CLEARING)) if namespace_follows else self
        warehouse = seeder._warehouse(place, admin_secret)  # noqa: SLF001  # of this class
        try:
            warehouse.empty(warehouse.connect(), storage)
        except PlaceGoneError as gone:
            logger.info("nothing to delete in the warehouse", extra={"reason": str(gone)})
        except NoAdminSecretError:
            if not namespace_follows and _has_files(storage):
                raise  # an earlier load had the secret, and its tables remain
        except (BotoCoreError, ClientError, OutOfTimeError, StatementError) as error:
            left = namespace_follows or (owns_namespace and isinstance(error, ClientError) and is_denied(error))
            if not left and warehouse.exists():
                raise
            logger.warning("the tables are left to CloudFormation", extra={"reason": str(error)})
        self.clear_lake(lake.bucket, storage.prefix)

    def require_encryption(self, workgroup: str, *, customer_managed: bool) -> None:
        """Raise EncryptionError unless the namespace is encrypted with a customer managed key exactly if wanted.

        Succeeds if there is no such namespace yet. What AWS reports decides, not the properties before the update: so
        the event that rolls an update back passes.
        """
        try:
            namespace = self.clients.serverless.get_namespace(namespaceName=workgroup)["namespace"]
        except self.clients.serverless.exceptions.ResourceNotFoundException:
            return
        if (namespace.get("kmsKeyId", _AWS_OWNED_KEY) != _AWS_OWNED_KEY) != customer_managed:
            before, after = ("off", "on") if customer_managed else ("on", "off")
            raise EncryptionError(
                f"customer_managed_key: changing it from {before} to {after} is not accepted for the deployed "
                f"workgroup {workgroup}, whose namespace keeps its key; give the workgroup another name in the same "
                f"deployment, such as {workgroup[:61]}-2, which replaces the namespace and loads the data again"
            )

    def clear_lake(self, bucket: str, prefix: str = "") -> None:
        """Delete all objects below `prefix` and all their versions. Succeeds if the bucket does not exist."""
        try:
            S3Storage(self.clients.s3, bucket, prefix).clear()
        except self.clients.s3.exceptions.NoSuchBucket:
            logger.info("the bucket does not exist", extra={"bucket": bucket})

    def _generate(self, storage: S3Storage, wanted: GenerationProperties, recorded: Record | None) -> Manifest:
        """Return the manifest of the wanted generation, and write its files unless the lake holds them unchanged.

        Files that were lost or changed are written again from the same settings and day, so with the same bytes.
        """
        try:
            manifest = unchanged_generation(storage, wanted.generation)
        except GenerationError as error:
            logger.info("the lake does not hold this generation unchanged", extra={"reason": str(error)})
        else:
            logger.info("the lake holds this generation", extra={"generation": wanted.generation})
            return manifest
        if wanted.generation != wanted.seed.generation:
            raise LookupError(
                f"generation {wanted.generation} was made by another version of this app and is no longer in "
                f"{storage.location}: deploy again to generate {wanted.seed.generation}"
            )
        self.deadline.check("nothing was generated yet")
        today = _day_of(wanted.generation, recorded, storage) or dt.datetime.now(dt.UTC).date()
        storage.clear()  # remove files of an incomplete attempt, and changed ones
        manifest = generate_dataset(storage, wanted.seed, today, progress=self._log_progress(wanted.generation))
        logger.info("wrote", extra={"generation": manifest.generation, "rows": manifest.rows, "bytes": manifest.size})
        return manifest

    def _differences(self, api: DataApi, storage: S3Storage, manifest: Manifest) -> list[Difference]:
        found = differences(api, storage, manifest)
        for difference in found:
            logger.warning("the warehouse does not hold the rows of its record", extra={"reason": str(difference)})
        return found

    def _log_progress(self, generation: str) -> Progress:
        def log(done: int, total: int) -> None:
            self.deadline.check(f"{done:,} of {total:,} rows were generated")
            logger.info("generating", extra={"generation": generation, "rows": done, "of": total})

        return log

    def _remove_other_generations(self, place_storage: S3Storage, kept: set[str | None]) -> None:
        for name in place_storage.children():
            if name not in kept and not name.endswith(".json"):
                place_storage.child(name).clear()
                logger.info("removed from the lake", extra={"generation": name})

    def _loader(self, warehouse: Warehouse, wanted: GenerationProperties) -> Loader:
        return Loader(
            api=warehouse.connect(),
            settings=wanted.load,
            request=f"{self.request}-{self.attempt}",
            copy_role=wanted.copy_role,
            restrict_public=wanted.owns_namespace,
        )

    def _warehouse(self, place: Place, admin_secret: str | None) -> Warehouse:
        return Warehouse(self.clients.serverless, self.clients.data, place, self.deadline, admin_secret)

    def _place_storage(self, lake: LakeLocation, place: Place) -> S3Storage:
        return S3Storage(self.clients.s3, lake.bucket, lake.place_prefix(place))


def _day_of(generation: str, recorded: Record | None, storage: S3Storage) -> dt.date | None:
    """Return the last day of a generation that was made before, as the warehouse or else the lake has recorded it."""
    if recorded is not None and recorded.generation == generation:
        return dt.date.fromisoformat(recorded.as_of)
    try:
        manifest = read_manifest(storage)
    except ValueError:
        return None
    return manifest.as_of if manifest is not None and manifest.generation == generation else None


def _has_files(storage: S3Storage) -> bool:
    try:
        return bool(storage.children())
    except storage.client.exceptions.NoSuchBucket:
        return False
