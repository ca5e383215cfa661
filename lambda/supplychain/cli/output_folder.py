"""The folder that `generate` and `export` write into: the old data set stays until the new one is complete."""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from supplychain import schema
from supplychain.cli.interrupts import deferred_interrupts, terminated_by_exception
from supplychain.dataset.manifest import MANIFEST, Manifest, read_manifest
from supplychain.dataset.storage import UNFINISHED, FolderStorage

_REPLACED: Final = f"{UNFINISHED}replaced"
"""The folder inside the draft for the files of the old data set."""


@contextmanager
def replacement(folder: FolderStorage, *, overwrite: bool = False) -> Iterator[FolderStorage]:
    """Yield a storage inside `folder` for a new data set, which replaces the old one at the end of the context.

    If the context fails or is terminated, `folder` is as before. Drafts of runs that were killed are removed.

    Raises
    ------
    FileExistsError
        If a file that `replaceable_files` refuses exists, before or after the context.
    BlockingIOError
        If another run is writing into `folder`.
    ValueError
        If manifest.json is not a manifest of this app, and `overwrite` is off.
    """
    replaceable_files(folder, overwrite=overwrite)
    draft = FolderStorage(folder.folder / f"{UNFINISHED}{secrets.token_hex(8)}")
    with terminated_by_exception(), _existing(folder.folder), _locked(folder.folder):
        _remove_drafts(folder.folder)
        try:
            yield draft
            with deferred_interrupts():
                _swap(draft.folder, folder.folder, replaceable_files(folder, overwrite=overwrite))
        except OSError as error:
            if error.filename and UNFINISHED in str(error.filename):  # the user knows only the folder
                raise OSError(error.errno, error.strerror, str(folder.folder)) from None
            raise
        finally:
            shutil.rmtree(draft.folder, ignore_errors=True)


def replaceable_files(folder: FolderStorage, *, overwrite: bool = False) -> list[str]:
    """Return the files of an earlier generation in a folder, manifest first, which a new one may replace.

    With `overwrite`, also files that have the name of a table and are not in a manifest.

    Raises
    ------
    FileExistsError
        If a file or folder has the name of a table and is not in the manifest.
    IsADirectoryError
        If the folder of a table has a folder with files, which is never replaced.
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
    nested = next((path for path in found if folder.child(path).children()), None)
    if nested is not None:
        raise IsADirectoryError(f"{folder.folder / nested} is a folder with files: remove it")
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


@contextmanager
def _existing(folder: Path) -> Iterator[None]:
    """Create the folder and its parents; remove those that are empty at the end and did not exist before."""
    created = [path for path in (folder, *folder.parents) if not path.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    finally:
        with suppress(OSError):  # not empty
            for path in created:
                path.rmdir()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a lock on the folder, which ends with the process. Network file systems may not have locks of folders."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise BlockingIOError(f"{folder}: another run is writing into this folder; wait until it has ended") from None
    except OSError:
        pass
    try:
        yield
    finally:
        os.close(descriptor)


def _remove_drafts(folder: Path) -> None:
    for path in folder.glob(f"{UNFINISHED}*"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink()


def _swap(draft: Path, folder: Path, old: Iterable[str]) -> None:
    """Move the old files into the draft and the new ones out of it, the manifest last; undo that if a move fails."""
    new = sorted((path for path in draft.rglob("*") if path.is_file()), key=lambda path: path.name == MANIFEST)
    moves = [(folder / path, draft / _REPLACED / path) for path in old]
    moves += [(path, folder / path.relative_to(draft)) for path in new]
    done: list[tuple[Path, Path]] = []
    try:
        for source, target in moves:
            target.parent.mkdir(parents=True, exist_ok=True)
            source.rename(target)
            done.append((source, target))
    except OSError:
        for source, target in reversed(done):
            target.rename(source)
        raise
    finally:
        _remove_empty({path.parent for move in moves for path in move if path.parent.parent == folder})


def _remove_empty(folders: Iterable[Path]) -> None:
    for folder in folders:
        with suppress(OSError):  # not empty, or not there
            folder.rmdir()
