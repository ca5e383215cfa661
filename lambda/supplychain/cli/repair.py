"""Put back what was removed or changed in a deployment: files of the lake, rows, record, grants and Glue tables.

Each function yields a line for each thing that it has put back, and none if there is nothing to do.
"""

import datetime as dt
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

from supplychain.cli import terminal
from supplychain.cli.admin_warehouse import AdminWarehouse, connect_as_admin
from supplychain.cli.deployed_settings import DeployedSettings
from supplychain.cli.doctor.contents import is_recorded, missing_grants
from supplychain.cli.doctor.deployment import Deployment
from supplychain.cli.glue import update_catalog
from supplychain.dataset.manifest import MANIFEST, Manifest
from supplychain.dataset.storage import FolderStorage, S3Storage
from supplychain.dataset.workers import default_processes
from supplychain.generator import generate_dataset
from supplychain.schema import TABLE_NAMES
from supplychain.settings import PlaceSettings, SeedSettings
from supplychain.warehouse import schema_drift
from supplychain.warehouse.comparison import differences
from supplychain.warehouse.data_api import DataApi, StatementError
from supplychain.warehouse.loader import Loader, WarehouseState

_CHUNK: Final = 1 << 20


@contextmanager
def generated_again(seed: SeedSettings, as_of: dt.date) -> Iterator[tuple[FolderStorage, Manifest]]:
    """Generate the data set of a deployment into a temporary folder, with the day on which its history ends."""
    with tempfile.TemporaryDirectory(prefix="supplychain-repair-") as folder:
        made = FolderStorage(Path(folder))
        with terminal.progress("generating") as progress:
            manifest = generate_dataset(made, seed, as_of, progress=progress, processes=default_processes(seed))
        yield made, manifest


def repair_lake(lake: S3Storage, made: FolderStorage) -> Iterator[str]:
    """Make the files of the lake those of `made`, byte for byte."""
    wanted, there = made.sizes(), lake.sizes()
    for path in sorted(wanted, key=lambda path: (path == MANIFEST, path)):  # the manifest last: it completes the rest
        if there.get(path) == wanted[path] and _is_same(lake, made, path):
            continue
        with (made.folder / path).open("rb") as body:
            lake.client.upload_fileobj(body, lake.bucket, lake.prefix + path)
        yield f"lake: wrote {path}, which was {'changed' if path in there else 'missing'}"
    for path in sorted(there.keys() - wanted.keys()):
        lake.remove(path)
        yield f"lake: removed {path}, which no manifest lists"


def repair_warehouse(
    deployment: Deployment, settings: DeployedSettings, made: FolderStorage, manifest: Manifest
) -> Iterator[str]:
    """Make the tables, rows, record, grants and comments those of the deployment. The lake must be whole."""
    try:
        warehouse = deployment.warehouse
    except StatementError:  # the database does not exist
        warehouse = _create_database(deployment)
        yield f"warehouse: created the database {warehouse.place.database}"
    api = warehouse.api
    existing = {str(row[0]) for row in api.execute(schema_drift.READ_COLUMNS).rows}
    loader = Loader(
        api=api,
        settings=settings.load,
        request=str(uuid.uuid4()),
        copy_role=warehouse.copy_role or "",
        restrict_public=settings.owns_namespace,
    )
    state = loader.prepare()
    if missing := [name for name in TABLE_NAMES if name not in existing]:
        yield f"warehouse: created {', '.join(missing)}"
    if reasons := _reasons_to_load(api, state, made, manifest):
        loader.load(deployment.lake, manifest, state)
        yield f"warehouse: loaded {manifest.rows:,} rows from the lake, because {'; '.join(reasons)}"
    elif reasons := _reasons_to_grant(api, state, settings):
        loader.update_grants(state)
        yield f"warehouse: granted SELECT, because {'; '.join(reasons)}"
    loader.update_comments(state)
    if state.missing_comments:
        yield f"warehouse: set {len(state.missing_comments)} comments of tables and columns"


def repair_catalog(deployment: Deployment) -> Iterator[str]:
    """Make the Glue database and its tables those of the deployment."""
    database = deployment.outputs["CatalogDatabaseName"]
    outcomes = update_catalog(deployment.session.client("glue"), database, deployment.lake.location)
    for name, outcome in outcomes.items():
        if outcome != "unchanged":
            yield f"catalog: {outcome} {name if name == database else f'{database}.{name}'}"


def _create_database(deployment: Deployment) -> AdminWarehouse:
    place = PlaceSettings(workgroup=deployment.outputs["WorkgroupName"], database=deployment.outputs["DatabaseName"])
    prefix = f"{place.workgroup}/{place.database}/"
    lake = S3Storage(deployment.lake.client, deployment.lake.bucket, prefix)
    return connect_as_admin(deployment.session, place, create_in=lake)


def _reasons_to_load(api: DataApi, state: WarehouseState, made: FolderStorage, manifest: Manifest) -> list[str]:
    if state.drifted:
        return [f"{', '.join(table.name for table in state.drifted)} had other columns"]
    if different := differences(api, made, manifest):
        return list(map(str, different))
    return [] if is_recorded(api, manifest) else ["the record differed"]


def _reasons_to_grant(api: DataApi, state: WarehouseState, settings: DeployedSettings) -> list[str]:
    wanted = settings.load.grant_select_to
    if missing := missing_grants(api, wanted):
        return missing
    recorded = state.record.granted_to if state.record else ()
    return [] if recorded == wanted else ["the record had other grantees"]


def _is_same(lake: S3Storage, made: FolderStorage, path: str) -> bool:
    with tempfile.TemporaryFile() as copy, (made.folder / path).open("rb") as wanted:
        lake.fetch(path, copy)
        copy.seek(0)
        return all(one == other for one, other in zip(_chunks(copy), _chunks(wanted), strict=True))


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    return iter(lambda: file.read(_CHUNK), b"")
