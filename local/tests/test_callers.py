"""Who may use the sandbox: its user's programs, and neither web pages nor other users of the machine."""

import contextlib
import http.client
import http.server
import io
import json
import os
import pwd
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from local.tests.checkout import ROOT
from local.tests.test_process import family
from local.tests.warehouse import Warehouse, allow, make_role
from redshift_sandbox.environment import HOST
from redshift_sandbox.launch import Account, command
from redshift_sandbox.testing import Sandbox, free_port, run_command

_AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="becomes another user of the machine, so it needs root")
# A throwaway user, and the one that other services of the system may run as.
_USERS = pytest.mark.parametrize("uid", [64_999, 65_534])

# What a page does that creates a function: a form's request, which a browser sends without asking first.
_CREATE = json.dumps(
    {
        "FunctionName": "planted",
        "Runtime": "python3.12",
        "Role": "arn:aws:iam::000000000000:role/planted",
        "Handler": "index.handler",
        "Code": {"ZipFile": "UEsFBgAAAAAAAAAAAAAAAAAAAAAAAA=="},
    }
)
_FUNCTIONS = "/2015-03-31/functions"


def request(aws: Sandbox, method: str, path: str, headers: dict[str, str], body: str = "") -> http.client.HTTPResponse:
    """Send a request with these headers and no others."""
    connection = http.client.HTTPConnection(HOST, aws.port, timeout=30)
    connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
    for name, value in {**headers, "Content-Length": str(len(body))}.items():
        connection.putheader(name, value)
    connection.endheaders(body.encode())
    response = connection.getresponse()
    response.read()
    connection.close()
    return response


def refuses_creation(aws: Sandbox, headers: dict[str, str]) -> bool:
    status = request(aws, "POST", _FUNCTIONS, {"Content-Type": "text/plain", **headers}, _CREATE).status
    functions = aws.client("lambda").list_functions()["Functions"]
    return status == 403 and "planted" not in [function["FunctionName"] for function in functions]


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "http://localhost.evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_a_page_of_another_site_is_refused(sandbox: Sandbox, headers: dict[str, str]):
    """A cross-site POST of text/plain creates no function."""
    assert refuses_creation(sandbox, {"Host": f"localhost:{sandbox.port}", **headers})


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "localhost.evil.example:{port}",
        "127.0.0.1.evil.example:{port}",
        "evillocalhost:{port}",
        "lambda.us-east-1.amazonaws.com",
        "localhost:{port}@evil.example",
        "0.0.0.0:{port}",
        "",
    ],
)
def test_a_host_name_that_was_rebound_is_refused(sandbox: Sandbox, host: str):
    """A page whose own name resolves to 127.0.0.1 sends that name as the Host."""
    assert refuses_creation(sandbox, {"Host": host.format(port=sandbox.port)})


def test_a_request_without_a_host_is_refused(sandbox: Sandbox):
    """HTTP/1.1 requires a Host."""
    assert request(sandbox, "GET", "/", {}).status in {400, 403}


def test_a_preflight_is_not_answered(sandbox: Sandbox):
    """No browser learns that another site may send requests."""
    headers = {"Host": f"localhost:{sandbox.port}", "Access-Control-Request-Method": "POST"}
    for origin in ({}, {"Origin": "https://evil.example"}):
        response = request(sandbox, "OPTIONS", _FUNCTIONS, {**headers, **origin})
        assert response.status == 403
        assert not [name for name in response.headers if name.lower().startswith("access-control-")]


def test_an_image_of_another_site_is_refused(sandbox: Sandbox):
    """A GET without an Origin is refused by its Sec-Fetch-Site."""
    headers = {"Host": f"localhost:{sandbox.port}", "Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"}
    assert request(sandbox, "GET", "/", headers).status == 403


def test_a_web_socket_of_another_site_is_refused(sandbox: Sandbox):
    """Browsers send no preflight for a web socket, but its Origin."""
    headers = {
        "Host": f"x.execute-api.localhost:{sandbox.port}",
        "Origin": "https://evil.example",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    assert request(sandbox, "GET", "/dev", headers).status == 403


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "127.0.0.1", "[::1]", "bucket.localhost", "a.s3.localhost"])
@pytest.mark.parametrize("extra", [{}, {"Sec-Fetch-Site": "none"}, {"Origin": "http://{host}"}])
def test_the_users_own_programs_are_accepted(sandbox: Sandbox, name: str, extra: dict[str, str]):
    """Every name of loopback works, with S3's buckets in the host, and a page of the sandbox itself."""
    host = f"{name}:{sandbox.port}"
    headers = {"Host": host, **{key: value.format(host=host) for key, value in extra.items()}}
    assert request(sandbox, "GET", "/_ministack/ready", headers).status == 200


@_AS_ROOT
@_USERS
def test_another_user_is_refused_at_every_port(sandbox: Sandbox, uid: int):
    """The server's port, and the port that a function of a custom runtime gets its events from."""
    functions = sandbox.client("lambda")
    role = make_role(sandbox, "custom-runtime", allow(["s3:*"], "*"))
    with contextlib.suppress(functions.exceptions.ResourceConflictException):
        functions.create_function(
            FunctionName="waits",
            Runtime="provided.al2023",
            Role=role,
            Handler="x",
            Timeout=900,  # until the end of the tests, so that none of the ports is closed in between
            Code={"ZipFile": zipped("bootstrap", "#!/bin/sh\nexec sleep 900\n")},
        )
    functions.invoke(FunctionName="waits", InvocationType="Event")
    ports = wait_for_ports(sandbox, more_than={sandbox.port})
    assert len(ports) > 1
    for port in ports:
        assert as_user(uid, _REQUEST, str(port)) == "refused"
        assert as_user(os.geteuid(), _REQUEST, str(port)) == "accepted"


@_AS_ROOT
@_USERS
def test_another_user_reaches_no_file_and_no_socket(sandbox: Sandbox, warehouse: Warehouse, uid: int):
    """The state folder is closed, and PostgreSQL refuses even a user that finds a way to its socket."""
    server = sandbox.client("redshift-serverless").get_namespace(namespaceName=warehouse.name)["namespace"]
    data = sandbox.state_folder / "postgres" / server["namespaceId"]
    for path in (sandbox.state_folder, sandbox.state_folder / "env", data, data / "PG_VERSION"):
        assert as_user(uid, _READ, str(path)) == "PermissionError"
    pid = (data / "postmaster.pid").read_text().split()[0]
    number = next(link.name for link in Path(f"/proc/{pid}/fd").iterdir() if str(link.readlink()) == str(data))
    assert as_user(uid, _READ, f"/proc/{pid}/cwd/PG_VERSION") == "PermissionError"
    for folder in (str(data), f"/proc/{pid}/fd/{number}", f"/proc/{pid}/cwd"):
        assert as_user(uid, _CONNECT, folder) == "OperationalError"


@_AS_ROOT
def test_postgres_has_no_capability_of_roots(warehouse: Warehouse):
    """It runs under an id that no user has, with no more rights, below folders that only root may enter."""
    servers = [process for process in family(warehouse.aws.state_folder) if process.name() == "postgres"]
    assert servers
    for process in servers:
        status = Path(f"/proc/{process.pid}/status").read_text()
        with pytest.raises(KeyError):
            pwd.getpwuid(process.uids().real)
        assert "CapEff:\t0000000000000000\n" in status
        assert "CapPrm:\t0000000000000000\n" in status


@_AS_ROOT
@pytest.mark.parametrize(("closed", "capabilities"), [(False, 0), (True, 1 << 2)])
def test_only_a_closed_installation_leaves_a_capability(tmp_path: Path, *, closed: bool, capabilities: int):
    """Below folders of root's the program keeps CAP_DAC_READ_SEARCH, to read itself; it may write nothing."""
    program = Path("/usr/bin/cat")
    if closed:
        for name in ("bin", "lib", "share"):
            (tmp_path / name).mkdir()
        tmp_path.chmod(0o700)
        program = tmp_path / "bin" / "cat"
        program.write_bytes(Path("/usr/bin/cat").read_bytes())
        program.chmod(0o755)
    result = subprocess.run(
        command(Account(65534, 65534), program, "/proc/self/status"), capture_output=True, text=True, check=True
    )
    for name in ("CapPrm", "CapEff"):
        assert f"{name}:\t{capabilities:016x}\n" in result.stdout


def test_the_state_folder_is_closed(tmp_path: Path):
    """Also one that exists with other modes, with the logs of an earlier run."""
    state = tmp_path / "state"
    state.mkdir()
    for name in ("lock", "server.log"):
        (state / name).touch()
        (state / name).chmod(0o666)
    state.chmod(0o777)
    port = free_port()
    try:
        assert run_command(state, port, "up").returncode == 0
        open_to_others = [path for path in (state, *state.rglob("*")) if path.lstat().st_mode & 0o077]
        assert not open_to_others
    finally:
        run_command(state, port, "down")


@_AS_ROOT
def test_a_state_folder_of_another_user_is_refused(tmp_path: Path):
    """Its owner could read everything in it."""
    state = tmp_path / "state"
    state.mkdir()
    os.chown(state, 64_999, 64_999)
    result = run_command(state, free_port(), "up")
    assert (result.returncode, result.stderr) == (
        1,
        f"error: {state} belongs to another user (uid 64999): remove it, or use --state-dir\n",
    )


def test_a_response_url_elsewhere_is_refused(sandbox: Sandbox):
    """A function sends no request for whoever invokes it as CloudFormation would."""
    code = "import urllib.request\ndef handler(event, context):\n    urllib.request.urlopen(event['ResponseURL'])\n"
    functions = sandbox.client("lambda")
    functions.create_function(
        FunctionName="answers",
        Runtime=f"python{sys.version_info.major}.{sys.version_info.minor}",
        Role=make_role(sandbox, "answers", allow(["s3:*"], "*")),
        Handler="index.handler",
        Code={"ZipFile": zipped("index.py", code)},
    )
    with listener() as (url, received):
        for elsewhere in (url, f"{sandbox.url}.evil.example/", f"{sandbox.url}/other", "file:///etc/passwd"):
            answer = functions.invoke(FunctionName="answers", Payload=json.dumps({"ResponseURL": elsewhere}))
            assert answer["FunctionError"]
            assert "ResponseURL is not on the sandbox" in json.load(answer["Payload"])["errorMessage"]
        assert not received


# Python may be below folders of root's, so everything is imported before the process becomes the user.
_BECOME = """
import encodings.idna, http.client, os, sys, psycopg
try:
    psycopg.connect(host="/nonexistent")
except psycopg.Error:
    pass
uid = int(sys.argv.pop(1))
os.setgroups([])
os.setgid(uid)
os.setuid(uid)
"""
_REQUEST = """
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=5)
try:
    connection.request("GET", "/")
    connection.getresponse()
    print("accepted")
except TimeoutError:
    print("accepted")
except (OSError, http.client.HTTPException):
    print("refused")
"""
_READ = """
try:
    print(os.listdir(sys.argv[1]) if os.path.isdir(sys.argv[1]) else open(sys.argv[1]).read())
except OSError as error:
    print(type(error).__name__)
"""
_CONNECT = """
try:
    psycopg.connect(host=sys.argv[1], dbname="postgres", user="rdsdb", connect_timeout=5)
    print("connected")
except psycopg.Error as error:
    print(type(error).__name__)
"""


def as_user(uid: int, program: str, *arguments: str) -> str:
    """Run a Python program as a user and return what it prints."""
    result = subprocess.run(
        [sys.executable, "-c", _BECOME + program, str(uid), *arguments],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout.strip()


def wait_for_ports(aws: Sandbox, more_than: set[int]) -> set[int]:
    """Return the ports that the sandbox's processes listen on, as soon as there are others than these."""
    ports: set[int] = set()
    for _ in range(200):
        ports = {
            entry.laddr.port
            for process in family(aws.state_folder)
            for entry in process.net_connections("inet")
            if entry.status == psutil.CONN_LISTEN
        }
        if ports - more_than:
            break
        time.sleep(0.05)
    return ports


def zipped(name: str, text: str) -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        entry = zipfile.ZipInfo(name)
        entry.external_attr = 0o755 << 16
        file.writestr(entry, text)
    return archive.getvalue()


@contextlib.contextmanager
def listener() -> Iterator[tuple[str, list[str]]]:
    """A server on loopback, and the paths that it was asked for."""
    received: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            received.append(self.path)
            self.send_response(200)
            self.end_headers()

    with http.server.ThreadingHTTPServer((HOST, 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://{HOST}:{server.server_port}/", received
        server.shutdown()
