"""The sandbox's command line: ``redshift-sandbox up|down|status|logs``."""

import argparse
import json
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from redshift_sandbox.place import DIRECT, Place, default_place, port_from_environment
from redshift_sandbox.process import SandboxError, Server, find, start, stop

# What a shell makes of SIGINT.
_INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """Run one command and return its exit code."""
    options = _parser().parse_args(arguments)
    place = Place(options.state_dir.resolve()) if options.state_dir else default_place()
    try:
        return _run(options, place)
    except (SandboxError, ValueError, PermissionError) as error:
        _say(f"error: {error}", error=True)
        return 1
    except KeyboardInterrupt:
        _say("error: interrupted", error=True)
        return _INTERRUPTED
    except urllib.error.URLError as error:
        _say(f"error: the sandbox runs but does not answer: {error.reason}", error=True)
        return 2


def _run(options: argparse.Namespace, place: Place) -> int:
    if options.command == "up":
        return _up(place, options.until)
    if options.command == "down":
        return _down(place)
    if options.command == "status":
        return _status(place)
    return _logs(place, follow=options.follow)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="redshift-sandbox", description="A local AWS with a real Redshift Serverless."
    )
    parser.add_argument(
        "--state-dir", type=Path, help="where the sandbox keeps its files (default: .sandbox/ of the current folder)"
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    up = commands.add_parser(
        "up", help="start the sandbox in the background; SANDBOX_PORT chooses the port (default 4566)"
    )
    up.add_argument(
        "--until", type=int, metavar="PID", help="stop it when this process ends: a test run's, say, whatever ends it"
    )
    commands.add_parser("down", help="stop it and everything it started, and remove what it held")
    commands.add_parser(
        "status", help="say whether it runs and what it holds; exit code 1 when it is down, 2 when it does not answer"
    )
    logs = commands.add_parser("logs", help="print the server's log")
    logs.add_argument("-f", "--follow", action="store_true", help="go on printing as the log grows")
    return parser


def _up(place: Place, until: int | None) -> int:
    server, started = start(place, port_from_environment(), until)
    _say(f"sandbox {'is up' if started else 'was already up'} at {server.url} (pid {server.pid})")
    _say(f"to use it from a shell: . {place.env_file}")
    return 0


def _down(place: Place) -> int:
    _say("sandbox stopped" if stop(place) else "sandbox was not running")
    return 0


def _status(place: Place) -> int:
    server = find(place)
    if server is None:
        _say("sandbox is down")
        return 1
    _say(f"sandbox is up at {server.url} (pid {server.pid})")
    for workgroup in _workgroups(server):
        _say(f"workgroup {workgroup['workgroupName']} of namespace {workgroup['namespaceName']}: {workgroup['status']}")
    return 0


def _workgroups(server: Server) -> list[dict[str, str]]:
    """Ask the running server; a plain request spares the two seconds that loading an AWS client takes."""
    request = urllib.request.Request(  # noqa: S310  # always http on loopback
        server.url,
        data=b"{}",
        headers={"X-Amz-Target": "RedshiftServerless.ListWorkgroups", "Content-Type": "application/x-amz-json-1.1"},
    )
    with DIRECT.open(request, timeout=10) as response:
        workgroups: list[dict[str, str]] = json.load(response)["workgroups"]
    return workgroups


def _logs(place: Place, *, follow: bool) -> int:
    if not place.log_file.exists():
        raise SandboxError(f"there is no log yet at {place.log_file}")
    if not follow:
        sys.stdout.write(place.log_file.read_text(errors="replace"))
        return 0
    try:
        return subprocess.call(["tail", "-n", "+1", "-f", str(place.log_file)])  # noqa: S603, S607  # the system's own tail
    except KeyboardInterrupt:
        return 0


def _say(text: str, *, error: bool = False) -> None:
    (sys.stderr if error else sys.stdout).write(f"{text}\n")


if __name__ == "__main__":
    sys.exit(main())
