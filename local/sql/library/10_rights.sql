-- In Redshift everybody may use, and create in, the schema public of a new database.
GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC;
CREATE SCHEMA redshift_library;
GRANT USAGE ON SCHEMA redshift_library TO PUBLIC;
SET search_path = redshift_library, pg_catalog;
