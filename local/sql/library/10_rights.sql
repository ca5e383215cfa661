-- In Redshift everybody may use, and create in, the schema public of a new database.
GRANT USAGE, CREATE ON SCHEMA public TO PUBLIC;
