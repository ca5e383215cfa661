-- In Redshift, everyone may use the schema public of a new database and create objects in it.
GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC;
CREATE SCHEMA redshift_library;
GRANT USAGE ON SCHEMA redshift_library TO PUBLIC;
SET search_path = redshift_library, pg_catalog;

-- GRANT and similar statements name the kind of an object that does not exist.
CREATE FUNCTION require_principal(kind text, name text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = name) THEN
    RAISE undefined_object USING MESSAGE = format('%s "%s" does not exist', kind, name);
  END IF;
END
$$;
