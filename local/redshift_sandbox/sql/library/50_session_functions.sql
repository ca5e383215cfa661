-- The session and the server.

CREATE FUNCTION current_user_id() RETURNS integer LANGUAGE sql STABLE AS $$ SELECT oid::integer FROM pg_catalog.pg_roles WHERE rolname = current_user $$;
-- Operators are qualified because the caller's search_path applies, which this may change.
CREATE FUNCTION set_config(name text, value text, is_local boolean) RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  -- The translator gives names that SET takes too: see settings.py.
  IF pg_catalog.starts_with(name, 'redshift.') OR name OPERATOR(pg_catalog.=) ANY (ARRAY['search_path', 'statement_timeout', 'timezone', 'datestyle',
    'extra_float_digits', 'client_encoding', 'application_name', 'lock_timeout']) THEN
    RETURN pg_catalog.set_config(name, value, is_local);
  END IF;
  RAISE undefined_object USING MESSAGE = pg_catalog.format('unrecognized configuration parameter "%s"', name);
END
$$;
CREATE FUNCTION pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('redshift.last_copy_count', true), ''), '0')::bigint
$$;
CREATE FUNCTION pg_last_copy_id() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('redshift.last_copy_id', true), ''), '-1')::bigint
$$;
CREATE FUNCTION version() RETURNS text LANGUAGE sql STABLE AS $$
  SELECT 'PostgreSQL 8.0.2 on the sandbox, Redshift 1.0 (' || split_part(pg_catalog.version(), ' on ', 1) || ')'
$$;
CREATE FUNCTION format_type(type oid, modifier integer) RETURNS text LANGUAGE sql STABLE AS $$ SELECT redshift_library.type_name(type, modifier) $$;
