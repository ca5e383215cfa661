-- The history of COPY and UNLOAD; redshift_data/load_history.py and unload.py write it.

CREATE TABLE loads (
  query_id bigint, session_id integer, user_name text, status text, table_name text, start_time timestamp, end_time timestamp,
  data_source text, file_format text, loaded_rows bigint, file_count bigint
);
CREATE TABLE load_errors (
  query_id bigint, session_id integer, user_name text, table_id oid, start_time timestamp, file_name text, line_number bigint,
  column_name text, column_type text, column_length text, position integer, error_code integer, error_message text
);
CREATE TABLE unloads (
  query_id bigint, session_id integer, user_name text, start_time timestamp, end_time timestamp, file_format text, compression_type text,
  unloaded_location text, unloaded_rows bigint, unloaded_files_count bigint, unloaded_files_size bigint
);

-- Users see their own rows; superusers see all.
CREATE FUNCTION is_ones_own(user_name text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT user_name = current_user OR redshift_library.is_superuser(current_user)
$$;
CREATE FUNCTION user_id(user_name text) RETURNS integer LANGUAGE sql STABLE AS $$
  SELECT oid::integer FROM pg_catalog.pg_roles WHERE rolname = user_name
$$;
CREATE VIEW sys_load_history AS
  SELECT redshift_library.user_id(user_name) AS user_id, query_id, NULL::bigint AS transaction_id, session_id, current_database()::text AS database_name,
    status, table_name, start_time, end_time, (extract(epoch FROM end_time - start_time) * 1000000)::bigint AS duration, data_source,
    lower(file_format) AS file_format, loaded_rows, NULL::bigint AS loaded_bytes, file_count AS source_file_count,
    (SELECT count(*) FROM redshift_library.load_errors AS e WHERE e.query_id = l.query_id) AS error_count
  FROM redshift_library.loads AS l WHERE redshift_library.is_ones_own(user_name);
CREATE VIEW sys_load_error_detail AS
  SELECT redshift_library.user_id(user_name) AS user_id, query_id, NULL::bigint AS transaction_id, session_id, current_database()::text AS database_name,
    table_id::integer AS table_id, start_time, file_name, line_number, column_name, column_type, column_length, position, error_code, error_message
  FROM redshift_library.load_errors WHERE redshift_library.is_ones_own(user_name);
CREATE VIEW sys_unload_history AS
  SELECT redshift_library.user_id(user_name) AS user_id, query_id, NULL::bigint AS transaction_id, session_id, current_database()::text AS database_name,
    'completed'::text AS status, start_time, end_time, (extract(epoch FROM end_time - start_time) * 1000000)::bigint AS duration,
    lower(file_format) AS file_format, compression_type, unloaded_location, unloaded_rows, unloaded_files_count, unloaded_files_size, NULL::text AS error_message
  FROM redshift_library.unloads WHERE redshift_library.is_ones_own(user_name);
