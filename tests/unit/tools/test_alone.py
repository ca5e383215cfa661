"""tools/alone.py: one deployment at a time in a folder."""

import signal
import subprocess
import sys

import pytest

from infra import ROOT


def alone(folder, script):
    """Start a Python script by way of tools/alone.py."""
    command = [sys.executable, str(ROOT / "tools" / "alone.py"), sys.executable, "-c", script]
    return subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


@pytest.fixture
def running(tmp_path):
    """A command that runs in a folder until its input ends."""
    process = alone(tmp_path, "print('started', flush=True); input()")
    assert process.stdout.readline() == b"started\n"
    yield process
    process.communicate()


def test_a_second_command_waits_for_the_first(tmp_path, running):
    """It says so in a line, and starts when the first one has ended."""
    second = alone(tmp_path, "print('done')")
    assert second.stderr.readline().startswith(b"Waiting for another make local")
    running.communicate(b"\n")
    assert second.communicate()[0] == b"done\n"
    assert second.returncode == 0


def test_a_killed_command_leaves_no_lock(tmp_path, running):
    """The system releases it."""
    running.kill()
    running.wait()
    assert alone(tmp_path, "print('done')").communicate() == (b"done\n", b"")


def test_an_interrupted_wait_ends_without_a_traceback(tmp_path, running):
    """Like any command, by the signal."""
    second = alone(tmp_path, "print('done')")
    second.stderr.readline()
    second.send_signal(signal.SIGINT)
    assert second.communicate() == (b"", b"")
    assert second.returncode == -signal.SIGINT
    assert running.poll() is None


@pytest.mark.usefixtures("running")
def test_another_folder_has_its_own_lock(tmp_path):
    """Two clones deploy at the same time."""
    other = tmp_path / "other"
    other.mkdir()
    assert alone(other, "print('done')").communicate() == (b"done\n", b"")


def test_a_background_process_does_not_keep_the_lock(tmp_path):
    """Such as the sandbox, which `make local` starts: Python passes no open file to what it starts."""
    script = (
        "import subprocess, sys; "
        "print(subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(60)'], stdout=-3, stderr=-3).pid)"
    )
    first = alone(tmp_path, script)
    pid = int(first.communicate()[0])
    try:
        assert alone(tmp_path, "print('done')").communicate() == (b"done\n", b"")
    finally:
        subprocess.run(["kill", str(pid)], check=True)
