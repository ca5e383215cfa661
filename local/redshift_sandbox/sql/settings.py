"""Redshift's settings."""

from redshift_sandbox.sql.errors import SqlError

# Settings that PostgreSQL has too. Redshift's other settings are stored under the prefix ``redshift.``.
SHARED_SETTINGS = frozenset({
    "search_path", "statement_timeout", "timezone", "datestyle", "extra_float_digits", "client_encoding",
    "application_name", "lock_timeout",
})  # fmt: skip
# Redshift's own, with their defaults.
REDSHIFT_SETTINGS = {
    "analyze_threshold_percent": "10", "auto_mv": "true", "describe_field_name_in_uppercase": "off",
    "downcase_delimited_identifier": "on", "enable_case_sensitive_identifier": "off",
    "enable_case_sensitive_super_attribute": "off", "enable_numeric_rounding": "off",
    "enable_result_cache_for_session": "on", "enable_vacuum_boost": "off", "error_on_nondeterministic_update": "off",
    "interval_forbid_composite_literals": "on", "json_serialization_enable": "off",
    "json_serialization_parse_nested_strings": "off", "max_concurrency_scaling_clusters": "1",
    "max_cursor_result_set_size": "0", "mv_enable_aqmv_for_session": "true", "navigate_super_null_on_error": "on",
    "parse_super_null_on_error": "off", "query_group": "unset", "spectrum_enable_pseudo_columns": "true",
    "spectrum_query_maxerror": "-1", "use_fips_ssl": "off", "wlm_query_slot_count": "1",
}  # fmt: skip


def stored_name(name: str) -> str:
    """Return the name that PostgreSQL knows a setting by.

    Raises
    ------
    SqlError
        If Redshift does not have it.
    """
    if name in SHARED_SETTINGS:
        return name
    if name not in REDSHIFT_SETTINGS:
        raise SqlError(f'unrecognized configuration parameter "{name}"')
    return f"redshift.{name}"
