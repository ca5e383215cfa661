-- Redshift's superusers are no superusers of PostgreSQL, which could read files and run programs of the operating system.
-- They are members of rds_superuser, and so of every other user. What takes an object's owner, or changes users, runs as
-- rds_owner, which is a member of all users: members of rds_superuser may use run_as_owner.
CREATE ROLE rds_superuser NOLOGIN;
GRANT pg_read_all_data, pg_write_all_data, pg_maintain, pg_signal_backend, pg_read_all_stats TO rds_superuser;
CREATE ROLE rds_owner NOLOGIN CREATEROLE CREATEDB;
GRANT rds_superuser TO rds_owner WITH ADMIN TRUE, INHERIT TRUE, SET FALSE;
GRANT USAGE, CREATE ON SCHEMA public TO rds_superuser;

CREATE FUNCTION is_own_role(name name) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT name IN ('rdsdb', 'rds_superuser', 'rds_owner') OR starts_with(name::text, 'pg_')
$$;
CREATE FUNCTION is_superuser(name name) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT pg_has_role(name, 'rds_superuser', 'MEMBER')
$$;

-- Statements of a superuser that name objects without a schema find them on the superuser's own path.
CREATE FUNCTION run_as_owner(statement text, path text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$
DECLARE
  before text := pg_catalog.current_setting('search_path');
BEGIN
  PERFORM pg_catalog.set_config('search_path', path, true);
  EXECUTE statement;
  PERFORM pg_catalog.set_config('search_path', before, true);
END
$$;
ALTER FUNCTION run_as_owner(text, text) OWNER TO rds_owner;
REVOKE EXECUTE ON FUNCTION run_as_owner(text, text) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION run_as_owner(text, text) TO rds_superuser;
CREATE FUNCTION run(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF redshift_library.is_superuser(current_user) THEN
    PERFORM redshift_library.run_as_owner(statement, (SELECT pg_catalog.string_agg(pg_catalog.quote_ident(s), ', ') FROM pg_catalog.unnest(pg_catalog.current_schemas(false)) AS s));
  ELSE
    EXECUTE statement;
  END IF;
END
$$;

-- CREATE USER and ALTER USER with CREATEUSER or NOCREATEUSER.
CREATE FUNCTION set_superuser(name text, granted boolean) RETURNS void LANGUAGE plpgsql SET client_min_messages = error AS $$
BEGIN
  IF granted THEN
    EXECUTE format('REVOKE %I FROM rds_superuser', name);
    EXECUTE format('GRANT rds_superuser TO %I', name);
    EXECUTE format('ALTER ROLE %I CREATEDB', name);
  ELSE
    EXECUTE format('REVOKE rds_superuser FROM %I', name);
    EXECUTE format('GRANT %I TO rds_superuser', name);
  END IF;
END
$$;

-- Superusers may create objects in every schema.
CREATE FUNCTION open_schemas() RETURNS event_trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  made record;
BEGIN
  FOR made IN SELECT n.nspname FROM pg_event_trigger_ddl_commands() AS c JOIN pg_namespace AS n ON n.oid = c.objid LOOP
    EXECUTE format('GRANT ALL ON SCHEMA %I TO rds_superuser', made.nspname);
  END LOOP;
END
$$;
CREATE EVENT TRIGGER open_schemas ON ddl_command_end WHEN TAG IN ('CREATE SCHEMA') EXECUTE FUNCTION open_schemas();
