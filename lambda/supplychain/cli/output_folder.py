"""The files that `generate` and `export` may replace in a user's folder."""

from supplychain import schema
from supplychain.dataset.manifest import MANIFEST, read_manifest
from supplychain.dataset.storage import FolderStorage


def earlier_files(folder: FolderStorage, *, overwrite: bool = False) -> list[str]:
    """The files of an earlier generation in a user's folder, manifest first: a new one may take their place.

    With `overwrite` also those that bear a table's name and that no manifest lists.

    Raises
    ------
    FileExistsError
        Where there is a file or folder of a table's name that no manifest lists: it is somebody's.
    ValueError
        Where manifest.json is not a manifest of this app.
    """
    try:
        manifest = read_manifest(folder)
    except ValueError:
        if not overwrite:
            raise ValueError(f"{folder.folder / MANIFEST} is somebody's: give --overwrite to replace it") from None
        manifest = None
    listed = [file.path for table in manifest.tables.values() for file in table.files] if manifest else []
    found = [path for name in folder.children() for path in _in_a_table_s_place(folder, name)]
    if not overwrite and (somebodys := next((path for path in found if path not in listed), None)):
        raise FileExistsError(
            f"{folder.folder / somebodys} exists and no {MANIFEST} beside it lists it: remove it, or give --overwrite"
        )
    return [MANIFEST, *found] if folder.read(MANIFEST) is not None else found


def _in_a_table_s_place(folder: FolderStorage, name: str) -> list[str]:
    """The files of a name that a generation may want to have: the file itself, or those in the folder."""
    if name.removesuffix(".csv") not in schema.TABLE_NAMES:
        return []
    inside = folder.child(name).children()
    return [f"{name}/{child}" for child in inside] or [name]
