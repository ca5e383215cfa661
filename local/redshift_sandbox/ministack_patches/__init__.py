"""What is added to MiniStack, and where it is mended to do what AWS does.

MiniStack has no hooks for this, so each mend takes hold of something private. Each stands in a function of its own
that says what AWS does and what MiniStack does, and ``local/tests/test_contract.py`` fails when a new MiniStack has
moved what is taken hold of.
"""

from redshift_sandbox.ministack_patches.buckets import refuse_to_delete_full_buckets, store_bucket_tags
from redshift_sandbox.ministack_patches.custom_resources import delete_what_failed_to_create
from redshift_sandbox.ministack_patches.functions import keep_deleted_log_groups_deleted, run_functions_as_their_role
from redshift_sandbox.ministack_patches.network import add_security_group_rules, add_vpc_attributes
from redshift_sandbox.ministack_patches.services import register_redshift
from redshift_sandbox.ministack_patches.sockets import close_connections_with_their_client
from redshift_sandbox.postgres import PostgresServers


def install(servers: PostgresServers) -> None:
    """Add Redshift Serverless and its Data API to MiniStack, and mend it; call once, before it serves."""
    register_redshift(servers)
    mend()


def mend() -> None:
    """Make MiniStack do what AWS does where it differs."""
    close_connections_with_their_client()
    add_vpc_attributes()
    add_security_group_rules()
    store_bucket_tags()
    refuse_to_delete_full_buckets()
    delete_what_failed_to_create()
    run_functions_as_their_role()
    keep_deleted_log_groups_deleted()
