"""The limits of the Redshift Data API.

Source: docs.aws.amazon.com/redshift/latest/mgmt/data-api.html#data-api-considerations, data-api-troubleshooting.html
beside it, and botocore's model for those it holds.
"""

MAX_STATEMENT_BYTES = 100_000
MAX_RESULT_BYTES = 500_000_000
MAX_ROW_BYTES = 64 * 1024
MAX_ACTIVE_STATEMENTS = 500
# Statements of a workgroup that run at once: docs.aws.amazon.com/redshift/latest/mgmt/amazon-redshift-limits.html,
# "Concurrency level (query slots) for all user-defined manual WLM queues". Automatic WLM runs no documented number.
MAX_CONCURRENCY = 50
MAX_SESSIONS = 500
MAX_SESSION_SECONDS = 24 * 3600.0
RETENTION_SECONDS = 24 * 3600.0
CLIENT_TOKEN_SECONDS = 8 * 3600.0
# A page of a result is not fixed in rows; AWS cuts pages at about a megabyte.
PAGE_BYTES = 1_000_000
