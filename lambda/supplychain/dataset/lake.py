"""Write and read a generation: files by table, and the manifest, written last."""

import datetime as dt
from collections.abc import Callable
from contextlib import ExitStack

from supplychain import generator, schema
from supplychain.dataset import workers
from supplychain.dataset.manifest import MANIFEST, Manifest
from supplychain.dataset.storage import FolderStore, Store
from supplychain.dataset.writers import Format, TableFiles
from supplychain.settings import SeedSettings

Progress = Callable[[int, int], None]
"""Called with the rows done so far and the rows to come in all."""


def write_generation(
    store: Store,
    asked: SeedSettings,
    today: dt.date,
    *,
    files: Format = "parquet",
    progress: Progress | None = None,
    processes: int = 1,
) -> Manifest:
    """Make the generation that `asked` names, `today` for an `as_of` of today, and write it to `store`, its own place.

    With several `processes` the store must be a folder. Memory holds a few blocks of rows for each process.

    Raises
    ------
    SettingError
        Where the settings lead to numbers that do not fit their columns; nothing is written then.
    ProcessLostError
        Where one of the processes was killed.
    """
    resolved = asked.resolved(today)
    with ExitStack() as ending:
        crew = ending.enter_context(workers.crew(processes)) if processes > 1 else None
        plan = generator.make_plan(resolved) if crew is None else generator.make_plan(resolved, crew.draw)
        tables = {table.name: TableFiles(store, table, files) for table in schema.TABLES}
        for writer in tables.values():
            ending.callback(writer.drop)
        placed = counted(progress, sum(plan.rows.values()))
        if crew is None:
            workers.produce_here(workers.Work(plan, files), tables, placed)
        else:
            crew.produce(plan, files, tables, placed)
        written = {name: writer.finish() for name, writer in tables.items()}
    manifest = Manifest.of(asked, resolved.last_day, written)
    write_manifest(store, manifest)
    return manifest


def write_manifest(store: Store, manifest: Manifest) -> None:
    """Write the manifest: from then on the generation is complete."""
    text = store.begin()
    text.write(manifest.to_json())
    store.commit(text, MANIFEST)


def counted(progress: Progress | None, total: int) -> Callable[[int], None]:
    """Takes rows as they are done, and tells `progress` of all so far."""
    done = 0

    def placed(rows: int) -> None:
        nonlocal done
        done += rows
        if progress is not None:
            progress(done, total)

    return placed


def earlier_files(folder: FolderStore, *, overwrite: bool = False) -> list[str]:
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


def _in_a_table_s_place(folder: FolderStore, name: str) -> list[str]:
    """The files of a name that a generation may want to have: the file itself, or those in the folder."""
    if name.removesuffix(".csv") not in schema.TABLE_NAMES:
        return []
    inside = folder.child(name).children()
    return [f"{name}/{child}" for child in inside] or [name]


def read_manifest(store: Store) -> Manifest | None:
    """The manifest of a complete generation, or None where there is none.

    Raises
    ------
    ValueError
        Where there is a manifest that cannot be read.
    """
    text = store.read(MANIFEST)
    return None if text is None else Manifest.from_json(text)
