"""The app with a seeder that is killed at an external call, while it loads a generation.

KILL_AT is the operation and the number of the call, such as PutObject:4, and KILL_GENERATION the id of the generation.
"""

# ruff: noqa: E402, I001  # import the packages of the copy, and infra before aws_cdk, because it sets the Node.js to use

import hashlib
import os
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

import infra.stack
from infra.bundling import make_bundle
from infra.settings import Settings

from aws_cdk import App, AssetHashType, CfnResource, aws_lambda

HANDLER = """
import os, signal
from supplychain.seeder import handler

def handle(event, context):
    if event["ResourceProperties"].get("Generation") == os.environ["KILL_GENERATION"]:
        watch(*os.environ["KILL_AT"].split(":"))
    return handler.handle(event, context)

def watch(operation, last):
    calls = []
    def count(model, **_):
        calls.append(model.name)
        if calls.count(operation) == int(last):
            os.kill(os.getpid(), signal.SIGKILL)
    make_clients = handler._clients
    def watched():
        clients = make_clients()
        for client in (clients.s3, clients.serverless, clients.data):
            client.meta.events.register("before-call", count)
        return clients
    handler._clients = watched
"""


def code(_target: str) -> aws_lambda.Code:
    """Return the bundle of the function for this machine with the handler above."""
    bundle = ROOT / "cdk.out" / "killed.zip"
    bundle.parent.mkdir(exist_ok=True)
    bundle.write_bytes(make_bundle("host").read_bytes())
    with zipfile.ZipFile(bundle, "a") as archive:
        archive.writestr(zipfile.ZipInfo("killed.py"), HANDLER)
    digest = hashlib.sha256(bundle.read_bytes()).hexdigest()
    return aws_lambda.Code.from_asset(str(bundle), asset_hash=digest, asset_hash_type=AssetHashType.CUSTOM)


infra.stack.function_code = code
app = App()
settings = Settings.read(app.node.get_all_context())
stack = infra.stack.SupplyChainWarehouseStack(app, settings.deploy.stack_name, settings=settings)
function = stack.seeder.function.node.default_child
assert isinstance(function, CfnResource)
function.add_property_override("Handler", "killed.handle")
for name in ("KILL_AT", "KILL_GENERATION"):
    function.add_property_override(f"Environment.Variables.{name}", os.environ[name])
app.synth()
