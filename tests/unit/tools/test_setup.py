"""tools/setup.sh, as far as it can be tested without installing anything; a fresh clone tests the rest."""

import os
import shutil
import subprocess
import sys
import venv

import pytest

from infra import ROOT

INPUTS = ("requirements-dev.txt", "pyproject.toml", "local/pyproject.toml", "package-lock.json")


@pytest.fixture
def project(tmp_path):
    """A folder with the script and its inputs, in which everything appears to be installed."""
    folder = tmp_path / "project"
    (folder / "tools").mkdir(parents=True)
    (folder / "node_modules").mkdir()
    shutil.copy(ROOT / "tools" / "setup.sh", folder / "tools")
    for name in INPUTS:
        (folder / name).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / name, folder / name)
    venv.create(folder / ".venv", with_pip=False, symlinks=True)
    (folder / ".venv" / ".installed").write_text(
        f"{folder}\n" + "".join((folder / name).read_text() for name in INPUTS if name != "package-lock.json")
    )
    shutil.copy(folder / "package-lock.json", folder / "node_modules" / ".installed")
    return folder


def _setup(folder, path="/usr/bin:/bin", **environment):
    command = ["/bin/sh", str(folder / "tools" / "setup.sh")]
    return subprocess.run(command, env={"PATH": path, **environment}, capture_output=True, text=True, check=False)


def _python_on_path(folder, name, script):
    """A PATH on which the script `name` is the only program that could be Python."""
    programs = folder / "bin"
    programs.mkdir(exist_ok=True)
    for needed in ("cat", "cmp", "dirname", "grep", "head", "ln", "readlink", "rm", "sh", "sleep"):
        if not (programs / needed).exists():
            (programs / needed).symlink_to(shutil.which(needed))
    (programs / name).write_text(f"#!/bin/sh\n{script}\n")
    (programs / name).chmod(0o755)
    return str(programs)


def test_with_everything_installed_it_prints_and_changes_nothing(project):
    """Every target runs it first, so it must be quick and quiet."""
    before = {path: path.lstat().st_mtime_ns for path in project.rglob("*")}
    done = _setup(project)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert {path: path.lstat().st_mtime_ns for path in project.rglob("*")} == before


def test_a_missing_python_is_reported_in_one_line(project, tmp_path):
    """A program on the PATH that fails when run, such as a pyenv shim, does not count."""
    shutil.rmtree(project / ".venv")
    path = _python_on_path(tmp_path, "python3.13", "echo 'pyenv: python3.13: command not found' >&2; exit 127")
    done = _setup(project, path)
    assert done.returncode != 0
    assert done.stdout == ""
    assert done.stderr == (
        "No Python 3.11 or later with venv found: install one, or name it with PYTHON=/path/to/python3\n"
    )


def test_an_old_python_is_skipped(project, tmp_path):
    """A Python that fails the version check is not used."""
    shutil.rmtree(project / ".venv")
    path = _python_on_path(tmp_path, "python3", "exit 1")
    assert "No Python 3.11 or later" in _setup(project, path).stderr


def test_no_other_python_is_used_than_the_given_one(project, tmp_path):
    """If PYTHON=… does not work, that is an error."""
    shutil.rmtree(project / ".venv")
    done = _setup(project, os.environ["PATH"], PYTHON=str(tmp_path / "missing"))
    assert done.returncode != 0
    assert f"found at {tmp_path / 'missing'}: " in done.stderr


@pytest.mark.parametrize("damage", ["interpreter", "moved", "no pip"])
def test_a_broken_environment_is_recreated(project, tmp_path, damage):
    """A missing interpreter, a moved folder and a missing pip are detected."""
    match damage:
        case "interpreter":
            (project / ".venv" / "bin" / "python").unlink()
            (project / ".venv" / "bin" / "python").symlink_to(tmp_path / "uninstalled")
        case "moved":
            project = project.rename(tmp_path / "elsewhere")
        case "no pip":
            (project / "requirements-dev.txt").write_text("changed\n")
    # It gets as far as creating one, with a program that fails to.
    path = _python_on_path(tmp_path, "python3.12", f'[ "$1" = -c ] || exit 3; exec {sys.executable} "$@"')
    done = _setup(project, path)
    assert done.stdout.startswith("Making .venv with ")
    assert done.returncode == 3


@pytest.mark.parametrize("name", INPUTS)
def test_a_changed_requirement_is_detected(project, tmp_path, name):
    """The contents of the files count, not their modification times."""
    (project / name).touch()
    assert _setup(project).stdout == ""
    (project / name).write_text((project / name).read_text() + "\n")
    path = _python_on_path(tmp_path, "python3.12", "exit 1")
    done = _setup(project, path)
    assert done.returncode != 0


def test_concurrent_runs_do_not_interfere(project):
    """The second waits for the first to end, and then finds nothing to do."""
    lock, requirements = project / ".setup.lock", project / "requirements-dev.txt"
    installed = requirements.read_text()
    lock.symlink_to(str(os.getpid()))
    requirements.write_text("changed\n")
    command = ["/bin/sh", str(project / "tools" / "setup.sh")]
    second = subprocess.Popen(command, env={"PATH": "/usr/bin:/bin"}, stdout=subprocess.PIPE, text=True)
    assert second.stdout.readline() == "Waiting for another make setup in this folder …\n"
    requirements.write_text(installed)
    lock.unlink()
    assert second.communicate(timeout=10)[0] == ""
    assert second.returncode == 0
    assert not lock.is_symlink()


def test_a_stale_lock_is_ignored(project, tmp_path):
    """A killed run leaves its lock behind; the next run takes it over and removes it."""
    gone = subprocess.Popen(["true"])
    gone.wait()
    (project / ".setup.lock").symlink_to(str(gone.pid))
    (project / "requirements-dev.txt").write_text("changed\n")
    shutil.rmtree(project / ".venv")
    done = _setup(project, _python_on_path(tmp_path, "python3", "exit 1"))
    assert "No Python 3.11 or later" in done.stderr
    assert not (project / ".setup.lock").is_symlink()
