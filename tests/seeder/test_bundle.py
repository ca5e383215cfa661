"""The bundle of the function as Lambda runs it: Python 3.13, nothing else installed, no bytecode, real events."""

import json
import platform
import subprocess
import sys
import zipfile

import pytest

from infra.bundling import make_bundle
from tests.pythons import python_at_hand

TARGETS = {"x86_64": "twin", "aarch64": "aws"}
"""The bundle that runs on Linux with the processor of this machine."""

START = "import sys; sys.path.insert(0, {bundle!r}); "
IMPORT = """
import supplychain.seeder.handler
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""
HANDLE = """
import json
class Context:
    function_name, memory_limit_in_mb = "seeder", 3008
    invoked_function_arn = "arn:aws:lambda:us-east-1:000000000000:function:seeder"
    log_stream_name, aws_request_id = "2026/01/31/[$LATEST]0", "1"
    def get_remaining_time_in_millis(self):
        return 300_000
from supplychain.seeder.handler import handle
{before}
handle(json.loads({event!r}), Context())
files = [str(getattr(module, "__file__", "")) for module in list(sys.modules.values())]
outside = [file for file in files if "site-packages" in file]
assert not outside, outside
"""


@pytest.fixture(scope="module")
def function(tmp_path_factory, sandbox):
    """Runs code with the unpacked bundle, in an interpreter without other packages."""
    python = python_at_hand("3.13")
    target = TARGETS.get(platform.machine()) if sys.platform == "linux" else None
    if python is None or target is None:
        pytest.skip("needs Python 3.13, on Linux")
    folder = str(tmp_path_factory.mktemp("bundle"))
    with zipfile.ZipFile(make_bundle(target)) as zipped:
        zipped.extractall(folder)
    environment = {name: value for name, value in sandbox.env.items() if name.startswith("AWS_")} | {
        "POWERTOOLS_SERVICE_NAME": "supply-chain-seeder",
        "POWERTOOLS_METRICS_NAMESPACE": "SupplyChainWarehouse",
    }

    def run(code):
        command = [python, "-I", "-S", "-B", "-c", START.format(bundle=folder) + code]
        done = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@pytest.fixture
def handle(function, cloudformation):
    """Sends an event to the function and returns its answer and output."""

    def send(event, before=""):
        printed = function(HANDLE.format(event=json.dumps(event), before=before))
        (answer,) = [one for one in cloudformation.answers if one["RequestId"] == event["RequestId"]]
        return answer, printed

    return send


def test_a_start_loads_only_what_every_event_needs(function):
    """The libraries for data take most of a second to load, and are loaded only when rows are made."""
    loaded = set(function(IMPORT).split())
    assert {"boto3", "aws_lambda_powertools"} <= loaded
    assert not loaded & {"numpy", "pyarrow"}


def test_a_create_fills_the_warehouse(handle, place):
    """The function generates, writes Parquet, loads and answers without other packages; it logs JSON lines."""
    answer, printed = handle(place.event("Create"))
    assert answer["Status"] == "SUCCESS", answer["Reason"]
    assert place.rows()["product"] == 12
    assert "answered" in {json.loads(line).get("message") for line in printed.splitlines()}


def test_a_bad_event_is_answered_in_one_line(handle, place):
    """FAILED, with a reason that names the setting, and without a secret in the log."""
    event = place.event("Create")
    event["ResourceProperties"]["Settings"]["days"] = "none"
    answer, printed = handle(event)
    assert answer["Status"] == "FAILED"
    assert answer["Reason"].startswith("days: 'none' is not accepted; a whole number from 1 to 3,650.")
    assert "\n" not in answer["Reason"]
    assert "X-Amz-Signature" not in printed


def test_a_library_that_cannot_be_imported_is_answered(handle, place):
    """CloudFormation gets an answer at once, instead of waiting for its timeout."""
    answer, _ = handle(place.event("Create"), before="sys.modules['numpy'] = None")
    assert answer["Status"] == "FAILED"
    assert "numpy" in answer["Reason"]
    assert "\n" not in answer["Reason"]
