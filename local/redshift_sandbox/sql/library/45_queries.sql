-- The latest queries; redshift_data/history.py writes them before a statement that reads them.

CREATE UNLOGGED TABLE queries (
  user_name text, query_id bigint, query_label text, session_id integer, database_name text, query_type text, status text, start_time timestamp,
  end_time timestamp, elapsed_time bigint, error_message text, returned_rows bigint, returned_bytes bigint, query_text text
);
CREATE VIEW sys_query_history AS
  SELECT redshift_library.user_id(user_name) AS user_id, query_id, query_label, query_id AS transaction_id, session_id, database_name, query_type, status,
    false AS result_cache_hit, start_time, end_time, elapsed_time, 0::bigint AS queue_time, elapsed_time AS execution_time, error_message,
    returned_rows, returned_bytes, query_text::varchar(4000) AS query_text, 'sandbox'::text AS redshift_version, NULL::text AS usage_limit,
    'primary'::text AS compute_type, 0::bigint AS compile_time, 0::bigint AS planning_time, 0::bigint AS lock_wait_time
  FROM redshift_library.queries WHERE redshift_library.is_ones_own(user_name);
CREATE VIEW sys_query_text AS
  SELECT user_id, query_id, transaction_id, session_id, start_time, part AS sequence,
    substr(query_text, part * 200 + 1, 200)::varchar(200) AS text
  FROM redshift_library.sys_query_history, generate_series(0, (greatest(length(query_text), 1) - 1) / 200) AS part;
-- The sandbox charges nothing.
CREATE VIEW sys_serverless_usage AS
  SELECT NULL::timestamp AS start_time, NULL::timestamp AS end_time, NULL::bigint AS compute_seconds, NULL::double precision AS compute_capacity,
    NULL::integer AS data_storage, NULL::integer AS cross_region_transferred_data, NULL::bigint AS charged_seconds WHERE false;
-- The locks of open transactions of users. The sandbox's own sessions, the library's tables and locks of other kinds are not Redshift's.
CREATE VIEW svv_transactions AS
  SELECT a.usename::text AS txn_owner, a.datname::text AS txn_db, l.xid, a.pid, a.xact_start::timestamp AS txn_start, l.lock_mode,
    l.lockable_object_type, l.relation, l.granted
  FROM (SELECT pid, coalesce(transactionid::text::bigint, 0) AS xid, mode::text AS lock_mode, locktype::text AS lockable_object_type,
      relation::integer AS relation, granted
    FROM pg_catalog.pg_locks WHERE locktype = 'transactionid' OR locktype = 'relation'
      AND database = (SELECT oid FROM pg_catalog.pg_database WHERE datname = current_database())
      AND relation IN (SELECT c.oid FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE redshift_library.is_users(n.nspname))) AS l
    JOIN pg_catalog.pg_stat_activity AS a ON a.pid = l.pid
  WHERE a.backend_type = 'client backend' AND NOT redshift_library.is_own_role(a.usename) AND redshift_library.is_ones_own(a.usename::text);
