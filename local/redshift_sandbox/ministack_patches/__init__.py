"""Patches to MiniStack: services it lacks, and places where it differs from AWS.

MiniStack has no hooks for this, so each patch replaces something private. Each is a function whose docstring says what
AWS does and what MiniStack does. ``tests/test_contract.py`` fails when a new MiniStack changes what a patch relies on.
"""

from redshift_sandbox.ministack_patches.buckets import refuse_to_delete_full_buckets, store_bucket_tags
from redshift_sandbox.ministack_patches.callers import refuse_other_users, refuse_web_pages
from redshift_sandbox.ministack_patches.custom_resources import (
    answer_only_the_sandbox,
    delete_after_failed_create,
    fail_when_the_function_dies,
)
from redshift_sandbox.ministack_patches.deletion import keep_what_failed_deletions_need
from redshift_sandbox.ministack_patches.functions import (
    end_functions_as_a_whole,
    log_with_the_role,
    run_functions_as_their_role,
)
from redshift_sandbox.ministack_patches.iam import (
    check_users_and_roles,
    keep_expired_sessions,
    substitute_policy_variables,
    take_http_for_tls,
    word_denials_as_aws,
)
from redshift_sandbox.ministack_patches.iam_requests import (
    check_every_action_and_resource,
    check_versions_in_batches,
    correct_resource_arns,
    hide_missing_objects,
)
from redshift_sandbox.ministack_patches.network import add_security_group_rules, add_vpc_attributes
from redshift_sandbox.ministack_patches.services import register_redshift
from redshift_sandbox.ministack_patches.sockets import close_connections_with_their_client
from redshift_sandbox.postgres import PostgresServers


def install(servers: PostgresServers) -> None:
    """Add Redshift Serverless and its Data API to MiniStack, and apply the patches; call once, before it serves."""
    refuse_other_users()
    register_redshift(servers)
    apply_patches()


def apply_patches() -> None:
    """Correct MiniStack where it differs from AWS."""
    close_connections_with_their_client()
    add_vpc_attributes()
    add_security_group_rules()
    store_bucket_tags()
    refuse_to_delete_full_buckets()
    keep_what_failed_deletions_need()
    delete_after_failed_create()
    fail_when_the_function_dies()
    run_functions_as_their_role()
    log_with_the_role()
    end_functions_as_a_whole()
    check_users_and_roles()
    keep_expired_sessions()
    take_http_for_tls()
    substitute_policy_variables()
    word_denials_as_aws()
    correct_resource_arns()
    check_versions_in_batches()
    check_every_action_and_resource()
    hide_missing_objects()
    answer_only_the_sandbox()
    # Last, so that nothing else sees a request that it refuses.
    refuse_web_pages()
