"""Whether `cdk bootstrap` has to run, tested against AWS's own protocol on a loopback server."""

import json
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from infra import ROOT, bootstrap
from supplychain.cli.doctor import prerequisites

CALLER = """<GetCallerIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><GetCallerIdentityResult>
<Arn>arn:aws:iam::123456789012:user/me</Arn><UserId>me</UserId><Account>123456789012</Account>
</GetCallerIdentityResult></GetCallerIdentityResponse>"""


@pytest.fixture
def aws():
    """A server that answers STS with an account, and SSM with its attribute `version`, if set."""

    class Answers(BaseHTTPRequestHandler):
        def do_POST(self):  # the name that http.server calls
            self.rfile.read(int(self.headers["Content-Length"]))
            if "X-Amz-Target" not in self.headers:
                self._answer(200, CALLER)
            elif server.version is None:
                self._answer(400, json.dumps({"__type": "ParameterNotFound"}))
            else:
                self._answer(200, json.dumps({"Parameter": {"Value": server.version}}))

        def _answer(self, status, body):
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_):
            """Keep the test's output clean."""

    with HTTPServer(("127.0.0.1", 0), Answers) as server:
        server.version = None
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()


def _ask(tmp_path, **environment):
    clean = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    clean |= {"HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true", **environment}
    return subprocess.run(
        [sys.executable, "-m", "infra.bootstrap"], cwd=ROOT, env=clean, capture_output=True, text=True, check=False
    )


def _ask_server(tmp_path, server):
    return _ask(
        tmp_path,
        AWS_ENDPOINT_URL=f"http://127.0.0.1:{server.server_port}",
        AWS_REGION="eu-central-1",
        AWS_ACCESS_KEY_ID="test",
        AWS_SECRET_ACCESS_KEY="test",
    )


@pytest.mark.parametrize("version", [None, "5"])
def test_an_environment_without_a_recent_bootstrap_is_printed(aws, tmp_path, version):
    """Account and region are printed if there is no bootstrap, or one older than the template requires."""
    aws.version = version
    done = _ask_server(tmp_path, aws)
    assert (done.returncode, done.stdout) == (0, "aws://123456789012/eu-central-1\n")


def test_a_bootstrapped_environment_is_left_alone(aws, tmp_path):
    """Nothing is printed, so that custom options of an earlier bootstrap are kept."""
    aws.version = "28"
    done = _ask_server(tmp_path, aws)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize("environment", [{}, {"AWS_REGION": "us-east-1"}], ids=["no region", "no credentials"])
def test_missing_configuration_is_reported_in_one_line(tmp_path, environment):
    """No traceback, and nothing on standard output that make would take for an environment."""
    done = _ask(tmp_path, **environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("AWS cannot be reached with the current credentials: ")
    assert done.stderr.count("\n") == 1


def test_the_command_line_asks_for_the_same_version_of_the_same_parameter():
    """`supplychain doctor` may not import infra, and has both too."""
    assert prerequisites.BOOTSTRAP_PARAMETER == bootstrap.VERSION_PARAMETER
    assert prerequisites.OLDEST_BOOTSTRAP == bootstrap.OLDEST_VERSION
