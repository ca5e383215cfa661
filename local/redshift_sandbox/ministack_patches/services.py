"""Registers Redshift Serverless in MiniStack: the APIs and the CloudFormation types."""
# ruff: noqa: SLF001  # MiniStack's registries are private

from ministack import app
from ministack.core import router
from ministack.services.cloudformation import provisioners, stacks

from redshift_sandbox.aws.service import JsonService
from redshift_sandbox.ministack_patches.drift import create_missing_resources_again
from redshift_sandbox.postgres import PostgresServers
from redshift_sandbox.redshift_data.api import DataApi
from redshift_sandbox.redshift_data.sessions import Sessions
from redshift_sandbox.redshift_data.statements import Statements
from redshift_sandbox.redshift_serverless import api
from redshift_sandbox.redshift_serverless.cloudformation import CREATE_ONLY, Handlers
from redshift_sandbox.redshift_serverless.store import Store


def register_redshift(servers: PostgresServers) -> None:
    """Add both APIs and both CloudFormation types."""
    store = Store(servers)
    _register_service(api.service(store), "RedshiftServerless")
    _register_service(DataApi(store, Statements(), Sessions()).service(), "RedshiftData")
    for resource_type, handlers in Handlers(store).registry().items():
        provisioners._RESOURCE_HANDLERS[resource_type] = handlers
        provisioners._STACK_TAG_PROPERTY[resource_type] = ("Tags", "list")
        provisioners._REPLACING_PROPERTIES[resource_type] = CREATE_ONLY[resource_type]
    _provision_on_worker_threads(frozenset(CREATE_ONLY))
    create_missing_resources_again(Handlers(store).existence())


def _register_service(service: JsonService, target_prefix: str) -> None:
    app.SERVICE_HANDLERS[service.name] = service.handle_request
    router.SERVICE_PATTERNS[service.name] = {
        "target_prefixes": [f"{target_prefix}."],
        "host_patterns": [rf"{service.name}\."],
    }


def _provision_on_worker_threads(types: frozenset[str]) -> None:
    """Run these types' provisioners on worker threads: MiniStack would run them on the event loop and block it."""
    original = stacks._runs_on_worker_thread

    def runs_on_worker_thread(resource_type: str) -> bool:
        return resource_type in types or bool(original(resource_type))

    stacks._runs_on_worker_thread = runs_on_worker_thread
