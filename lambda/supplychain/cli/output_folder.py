"""The files that `generate` and `export` may replace in the folder of a user."""

from supplychain import schema
from supplychain.dataset.manifest import MANIFEST, Manifest, read_manifest
from supplychain.dataset.storage import FolderStorage


def replaceable_files(folder: FolderStorage, *, overwrite: bool = False) -> list[str]:
    """Return the files of an earlier generation in a folder, manifest first, which a new one may replace.

    With `overwrite`, also files that have the name of a table and are not in a manifest.

    Raises
    ------
    FileExistsError
        If a file or folder has the name of a table and is not in the manifest.
    ValueError
        If manifest.json is not a manifest of this app.
    """
    listed = _listed_files(folder, overwrite=overwrite)
    found = [path for name in folder.children() for path in _table_files(folder, name)]
    unlisted = next((path for path in found if path not in listed), None)
    if unlisted is not None and not overwrite:
        raise FileExistsError(
            f"{folder.folder / unlisted} exists, but no {MANIFEST} lists it: remove it, or use --overwrite"
        )
    return [MANIFEST, *found] if folder.read(MANIFEST) is not None else found


def _listed_files(folder: FolderStorage, *, overwrite: bool) -> list[str]:
    try:
        manifest: Manifest | None = read_manifest(folder)
    except ValueError:
        if not overwrite:
            raise ValueError(
                f"{folder.folder / MANIFEST} was not written by this app: remove it, or use --overwrite"
            ) from None
        return []
    return [file.path for table in manifest.tables.values() for file in table.files] if manifest else []


def _table_files(folder: FolderStorage, name: str) -> list[str]:
    """Return the file with the name of a table, or the files in the folder with that name."""
    if name.removesuffix(".csv") not in schema.TABLE_NAMES:
        return []
    inside = folder.child(name).children()
    return [f"{name}/{child}" for child in inside] or [name]
