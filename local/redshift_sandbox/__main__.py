"""The sandbox's command line: ``redshift-sandbox up|down|status|logs``."""

import argparse
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from redshift_sandbox.environment import DIRECT, port_from_environment
from redshift_sandbox.process import SandboxError, Server, find, has_crashed, start, stop
from redshift_sandbox.state_folder import StateFolder, default_state_folder

# The exit code that a shell reports for SIGINT.
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    state = StateFolder(options.state_dir.resolve()) if options.state_dir else default_state_folder()
    try:
        return _run(options, state)
    except KeyboardInterrupt:
        _say("error: interrupted", error=True)
        return _INTERRUPTED
    except (urllib.error.URLError, TimeoutError) as error:
        reason = error.reason if isinstance(error, urllib.error.URLError) else error
        _say(f"error: the sandbox is running but does not answer: {reason}", error=True)
        return 2
    except (SandboxError, ValueError, OSError) as error:
        _say(f"error: {error}", error=True)
        return 1


def _run(options: argparse.Namespace, state: StateFolder) -> int:
    if options.command == "up":
        return _up(state, options.until)
    if options.command == "down":
        return _down(state)
    if options.command == "status":
        return _status(state)
    return _logs(state, follow=options.follow)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="redshift-sandbox", description="A local AWS with a real Redshift Serverless."
    )
    parser.add_argument(
        "--state-dir", type=Path, help="where the sandbox keeps its files (default: .sandbox/ in the current folder)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser("up", help="start the sandbox in the background, on port 4566 or SANDBOX_PORT")
    up.add_argument(
        "--until", type=int, metavar="PID", help="also stop the sandbox when this process ends, for example a test run"
    )
    commands.add_parser("down", help="stop the sandbox and everything it started, and delete its data")
    commands.add_parser(
        "status",
        help="show whether the sandbox runs, and its workgroups; exit code 1 if it is down, 2 if it does not answer",
    )
    logs = commands.add_parser("logs", help="print the server's log")
    logs.add_argument("-f", "--follow", action="store_true", help="keep printing as the log grows")
    return parser


def _up(state: StateFolder, until: int | None) -> int:
    started = start(state, port_from_environment(), until)
    server = started.server
    if started.after_crash:
        _say(f"the sandbox had been killed: this one starts empty; the log is in {state.crash_log_file}")
    _say(f"sandbox is {'up' if started.new else 'already up'} at {server.url} (pid {server.pid})")
    _say(f"to use it from a shell: . {state.env_file}")
    return 0


def _down(state: StateFolder) -> int:
    crashed = has_crashed(state)
    stopped = stop(state)
    if crashed:
        _say(f"sandbox had been killed: the log is in {state.crash_log_file}")
    else:
        _say("sandbox stopped" if stopped else "sandbox was not running")
    return 0


def _status(state: StateFolder) -> int:
    server = find(state)
    if server is None:
        _say("sandbox has been killed: the next up starts an empty one" if has_crashed(state) else "sandbox is down")
        return 1
    _say(f"sandbox is up at {server.url} (pid {server.pid})")
    for workgroup in _workgroups(server):
        _say(f"workgroup {workgroup['workgroupName']} of namespace {workgroup['namespaceName']}: {workgroup['status']}")
    return 0


def _workgroups(server: Server) -> list[dict[str, str]]:
    """List the workgroups with a plain HTTP request, which saves the two seconds that loading boto3 takes."""
    request = urllib.request.Request(  # noqa: S310  # always http on loopback
        server.url,
        data=b"{}",
        headers={"X-Amz-Target": "RedshiftServerless.ListWorkgroups", "Content-Type": "application/x-amz-json-1.1"},
    )
    with DIRECT.open(request, timeout=10) as response:
        workgroups: list[dict[str, str]] = json.load(response)["workgroups"]
    return workgroups


def _logs(state: StateFolder, *, follow: bool) -> int:
    if not state.log_file.exists():
        raise SandboxError(f"there is no log at {state.log_file}")
    if not follow:
        sys.stdout.write(state.log_file.read_text(errors="replace"))
        return 0
    try:
        return subprocess.call(["tail", "-n", "+1", "-f", str(state.log_file)])  # noqa: S603, S607  # the system's tail
    except KeyboardInterrupt:
        return 0


def _say(text: str, *, error: bool = False) -> None:
    (sys.stderr if error else sys.stdout).write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
