"""The app as the CDK CLI runs it."""

import json
import os
import shlex
import signal
import subprocess
import sys

from infra import ROOT
from infra.bundling import make_bundle


def _run_app(tmp_path, **context):
    """Run the command of cdk.json, with the context that `cdk -c` would pass."""
    command = shlex.split(json.loads((ROOT / "cdk.json").read_text())["app"])
    assert command[0] == ".venv/bin/python"
    environment = os.environ | {"CDK_CONTEXT_JSON": json.dumps(context), "CDK_OUTDIR": str(tmp_path)}
    return subprocess.run(
        [sys.executable, *command[1:]], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_a_bad_value_stops_the_synthesis_with_one_line(tmp_path):
    """The line names the setting, its value and what is accepted; no traceback, and nothing to deploy."""
    done = _run_app(tmp_path, days="none")
    assert done.returncode == 1
    assert done.stderr == "days: 'none' is not accepted; a whole number from 1 to 3,650\n"
    assert done.stdout == ""
    assert not (tmp_path / "manifest.json").exists()


def test_the_app_synthesises_to_the_folder_that_the_cdk_sets(tmp_path):
    """`python app.py` writes the template, named after the stack, and prints nothing."""
    make_bundle("aws")  # the first build prints a message
    done = _run_app(tmp_path, stack_name="Renamed")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert (tmp_path / "Renamed.template.json").exists()


def test_the_cdk_makes_no_network_calls_of_its_own():
    """Version reporting, notices and telemetry are off."""
    configuration = json.loads((ROOT / "cdk.json").read_text())
    assert configuration["versionReporting"] is False
    assert configuration["notices"] is False
    assert configuration["context"]["cli-telemetry"] is False


def test_no_setting_has_a_default_in_cdk_json():
    """Defaults are in the settings classes: cdk.json holds the CDK's own keys only."""
    context = json.loads((ROOT / "cdk.json").read_text())["context"]
    assert all(":" in key or key == "cli-telemetry" for key in context)


def test_ctrl_c_ends_it_without_a_traceback(tmp_path):
    """The process is killed by the signal, as a shell expects, and prints nothing."""
    environment = os.environ | {"CDK_CONTEXT_JSON": "{}", "CDK_OUTDIR": str(tmp_path)}
    app = subprocess.Popen(
        [sys.executable, "-v", "app.py"], cwd=ROOT, env=environment, stderr=subprocess.PIPE, text=True
    )
    started = next(line for line in app.stderr if "import 'infra'" in line)
    app.send_signal(signal.SIGINT)
    assert "Traceback" not in started + app.communicate()[1]
    assert app.returncode == -signal.SIGINT
