-- Redshift's catalog where PostgreSQL has none, and its system views.

CREATE TABLE table_storage (
  table_id oid PRIMARY KEY, diststyle text, distkey text, sortkey text[], sortstyle text, encodings jsonb, keys jsonb
);
GRANT SELECT ON table_storage TO PUBLIC;

-- SECURITY DEFINER, so that everyone may create tables; it changes no existing row.
CREATE FUNCTION record_table(relation regclass, storage text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  given jsonb := storage;
  found record;
BEGIN
  IF EXISTS (SELECT FROM redshift_library.table_storage WHERE table_id = relation::oid) THEN RETURN; END IF;
  INSERT INTO redshift_library.table_storage
  VALUES (relation::oid, given ->> 'diststyle', given ->> 'distkey', ARRAY(SELECT jsonb_array_elements_text(given -> 'sortkey')),
    given ->> 'sortstyle', given -> 'encodings', given -> 'keys')
  ON CONFLICT (table_id) DO NOTHING;
  -- The columns of CREATE TABLE AS do not have the check of their length in bytes yet: see ddl.py.
  FOR found IN SELECT a.attname, a.atttypmod - 4 AS size FROM pg_attribute AS a
    WHERE a.attrelid = relation AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('bpchar'::regtype, 'varchar'::regtype) AND a.atttypmod > 4
      AND NOT EXISTS (SELECT FROM pg_constraint AS c WHERE c.conrelid = relation AND c.conkey = ARRAY[a.attnum] AND starts_with(c.conname, 'redshift_bytes_'))
  LOOP
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (octet_length(%I) <= %s) NOT VALID', relation,
      format('redshift_bytes_%s_%s', found.size, left(md5(relation::oid || found.attname), 12)), found.attname, found.size);
  END LOOP;
END
$$;

-- Whether a schema is shown: not the library, and not PostgreSQL's temporary and TOAST schemas.
CREATE FUNCTION is_users(schema name) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
  SELECT schema <> 'redshift_library' AND schema NOT LIKE 'pg@_toast%' ESCAPE '@' AND schema NOT LIKE 'pg@_temp%' ESCAPE '@'
$$;

-- Type names as Redshift shows them.
CREATE FUNCTION type_name(type oid, modifier integer) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE type WHEN 'json'::regtype THEN 'super' WHEN 'bytea'::regtype THEN 'binary varying' WHEN 'text'::regtype THEN 'character varying'
    WHEN 'bpchar'::regtype THEN replace(pg_catalog.format_type(type, modifier), 'bpchar', 'character') ELSE pg_catalog.format_type(type, modifier) END
$$;

CREATE VIEW svv_tables AS
  SELECT current_database()::text AS table_catalog, n.nspname::text AS table_schema, c.relname::text AS table_name,
    CASE c.relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'VIEW' ELSE 'BASE TABLE' END AS table_type, obj_description(c.oid, 'pg_class') AS remarks
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'v', 'p', 'm') AND redshift_library.is_users(n.nspname) AND has_schema_privilege(n.oid, 'USAGE')
    AND has_table_privilege(c.oid, 'SELECT');
CREATE VIEW svv_all_tables AS
  SELECT table_catalog AS database_name, table_schema AS schema_name, table_name,
    CASE table_type WHEN 'BASE TABLE' THEN 'TABLE' ELSE table_type END AS table_type, NULL::text AS table_acl, remarks
  FROM redshift_library.svv_tables;
CREATE VIEW svv_redshift_tables AS
  SELECT database_name, schema_name, table_name, table_type, table_acl, remarks FROM redshift_library.svv_all_tables;

CREATE VIEW svv_columns AS
  SELECT current_database()::text AS table_catalog, n.nspname::text AS table_schema, c.relname::text AS table_name, a.attname::text AS column_name,
    a.attnum::integer AS ordinal_position, pg_get_expr(d.adbin, d.adrelid) AS column_default,
    CASE WHEN a.attnotnull THEN 'NO' ELSE 'YES' END AS is_nullable, redshift_library.type_name(a.atttypid, -1) AS data_type,
    CASE WHEN a.atttypid IN ('bpchar'::regtype, 'varchar'::regtype) AND a.atttypmod >= 4 THEN a.atttypmod - 4 END AS character_maximum_length,
    CASE a.atttypid WHEN 'numeric'::regtype THEN ((a.atttypmod - 4) >> 16) & 65535 WHEN 'smallint'::regtype THEN 16 WHEN 'integer'::regtype THEN 32 WHEN 'bigint'::regtype THEN 64 END AS numeric_precision,
    CASE a.atttypid WHEN 'numeric'::regtype THEN (a.atttypmod - 4) & 2047 WHEN 'smallint'::regtype THEN 0 WHEN 'integer'::regtype THEN 0 WHEN 'bigint'::regtype THEN 0 END AS numeric_scale,
    col_description(c.oid, a.attnum) AS remarks
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_catalog.pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE c.relkind IN ('r', 'v', 'p', 'm') AND redshift_library.is_users(n.nspname) AND has_table_privilege(c.oid, 'SELECT');
CREATE VIEW svv_all_columns AS
  SELECT table_catalog AS database_name, table_schema AS schema_name, table_name, column_name, ordinal_position, column_default, is_nullable,
    data_type, character_maximum_length, numeric_precision, numeric_scale, remarks
  FROM redshift_library.svv_columns;
CREATE VIEW svv_redshift_columns AS SELECT * FROM redshift_library.svv_all_columns;

CREATE VIEW svv_all_schemas AS
  SELECT current_database()::text AS database_name, nspname::text AS schema_name, nspowner::bigint AS schema_owner,
    'local'::text AS schema_type, NULL::text AS schema_acl, NULL::text AS source_database, NULL::text AS schema_option
  FROM pg_catalog.pg_namespace WHERE redshift_library.is_users(nspname);
CREATE VIEW svv_redshift_schemas AS
  SELECT database_name, schema_name, schema_owner, schema_type, schema_acl, schema_option FROM redshift_library.svv_all_schemas;
CREATE VIEW svv_redshift_databases AS
  SELECT datname::text AS database_name, datdba::bigint AS database_owner, 'local'::text AS database_type, NULL::text AS database_acl,
    ''::text AS database_options, 'Snapshot Isolation'::text AS database_isolation_level
  FROM pg_catalog.pg_database WHERE NOT datistemplate AND datname <> 'postgres';

CREATE VIEW pg_table_def AS
  SELECT n.nspname AS schemaname, c.relname AS tablename, a.attname AS "column", redshift_library.type_name(a.atttypid, a.atttypmod) AS type,
    coalesce(s.encodings ->> a.attname::text, 'none') AS encoding, coalesce(s.distkey = a.attname::text, false) AS distkey,
    coalesce(array_position(s.sortkey, a.attname::text), 0) AS sortkey, a.attnotnull AS "notnull"
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN redshift_library.table_storage s ON s.table_id = c.oid
  WHERE c.relkind IN ('r', 'p') AND n.nspname = ANY (current_schemas(false)) AND has_table_privilege(c.oid, 'SELECT');

CREATE VIEW svv_table_info AS
  SELECT current_database()::text AS database, n.nspname::text AS schema, c.oid::bigint AS table_id, c.relname::text AS "table",
    CASE WHEN s.encodings <> '{}' THEN 'Y' ELSE 'N' END AS encoded,
    CASE WHEN s.diststyle = 'KEY' THEN 'KEY(' || s.distkey || ')' WHEN s.diststyle = 'AUTO' THEN 'AUTO(ALL)' ELSE s.diststyle END AS diststyle,
    s.sortkey[1] AS sortkey1, coalesce(array_length(s.sortkey, 1), 0) AS sortkey_num,
    (pg_catalog.pg_table_size(c.oid) / 1048576)::bigint AS size, greatest(c.reltuples, 0)::numeric(38, 0) AS tbl_rows
  FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    LEFT JOIN redshift_library.table_storage s ON s.table_id = c.oid
  WHERE c.relkind IN ('r', 'p') AND redshift_library.is_users(n.nspname) AND n.nspname NOT IN ('pg_catalog', 'information_schema');

CREATE VIEW svv_user_info AS
  SELECT rolname::text AS user_name, oid::integer AS user_id, rolcreatedb AS createdb, redshift_library.is_superuser(rolname) AS superuser
  FROM pg_catalog.pg_roles WHERE rolcanlogin AND NOT redshift_library.is_own_role(rolname);
CREATE VIEW svv_roles AS
  SELECT oid::integer AS role_id, rolname::text AS role_name, NULL::text AS role_owner
  FROM pg_catalog.pg_roles WHERE NOT rolcanlogin AND NOT redshift_library.is_own_role(rolname);

-- PostgreSQL's catalog without the schemas that are not shown.
CREATE VIEW pg_namespace AS
  SELECT oid, nspname, nspowner, CASE WHEN nspacl IS NOT NULL THEN ARRAY(SELECT a FROM unnest(nspacl) AS a WHERE NOT starts_with(a::text, 'rds_superuser=')) END AS nspacl
  FROM pg_catalog.pg_namespace WHERE redshift_library.is_users(nspname);
CREATE VIEW pg_tables AS SELECT * FROM pg_catalog.pg_tables WHERE redshift_library.is_users(schemaname);
CREATE VIEW pg_views AS SELECT * FROM pg_catalog.pg_views WHERE redshift_library.is_users(schemaname);
CREATE VIEW pg_group AS SELECT groname, grosysid,
    ARRAY(SELECT m FROM unnest(grolist) AS m WHERE NOT redshift_library.is_own_role(pg_get_userbyid(m))) AS grolist
  FROM pg_catalog.pg_group WHERE NOT redshift_library.is_own_role(groname);
-- Views of Redshift's catalog that drivers query.
CREATE VIEW pg_attribute_info AS SELECT attrelid, attname, atttypid, attlen, attnum, atttypmod, attnotnull, atthasdef, attisdropped, attacl FROM pg_catalog.pg_attribute;
CREATE VIEW pg_class_info AS
  SELECT c.oid AS reloid, c.oid, c.relname, c.relnamespace, c.reltype, c.relowner, c.relkind, c.relnatts, c.reltuples, c.relacl, CASE s.diststyle WHEN 'EVEN' THEN 0 WHEN 'KEY' THEN 1 WHEN 'ALL' THEN 8 ELSE 9 END AS reldiststyle
  FROM pg_catalog.pg_class AS c LEFT JOIN redshift_library.table_storage AS s ON s.table_id = c.oid;
CREATE VIEW pg_database_info AS
  SELECT oid AS datid, datname, datdba, encoding, datistemplate, datallowconn, datconnlimit FROM pg_catalog.pg_database
  WHERE NOT datistemplate AND datname <> 'postgres';
CREATE VIEW pg_proc_info AS SELECT oid AS prooid, ltrim(proname, '$')::name AS proname, pronamespace, proowner, prolang, prokind, prorettype, proargtypes, prosrc, proacl
  FROM pg_catalog.pg_proc;
CREATE VIEW pg_user AS SELECT usename, usesysid, usecreatedb, redshift_library.is_superuser(usename) AS usesuper, false AS usecatupd, passwd, valuntil,
    useconfig FROM pg_catalog.pg_user;
CREATE VIEW pg_user_info AS SELECT * FROM redshift_library.pg_user WHERE NOT redshift_library.is_own_role(usename);
CREATE VIEW pg_external_schema AS SELECT NULL::integer AS esoid, NULL::integer AS eskind, NULL::text AS esdbname, NULL::text AS esoptions WHERE false;
CREATE VIEW information_schema_schemata AS SELECT * FROM information_schema.schemata WHERE redshift_library.is_users(schema_name::name);
CREATE VIEW information_schema_tables AS SELECT * FROM information_schema.tables WHERE redshift_library.is_users(table_schema::name);
CREATE VIEW information_schema_views AS SELECT * FROM information_schema.views WHERE redshift_library.is_users(table_schema::name);
CREATE VIEW information_schema_columns AS
  SELECT table_catalog, table_schema, table_name, column_name, ordinal_position, column_default, is_nullable,
    CASE data_type WHEN 'json' THEN 'super' WHEN 'bytea' THEN 'binary varying' ELSE data_type::text END AS data_type, character_maximum_length,
    character_octet_length, numeric_precision, numeric_precision_radix, numeric_scale, datetime_precision, interval_type, udt_catalog, udt_schema, udt_name
  FROM information_schema.columns WHERE redshift_library.is_users(table_schema::name);

-- Always empty: the sandbox has no datashares and no external tables.
CREATE VIEW svv_external_schemas AS SELECT NULL::integer AS esoid, NULL::smallint AS eskind, NULL::text AS schemaname, NULL::integer AS esowner,
  NULL::text AS databasename, NULL::text AS esoptions WHERE false;
CREATE VIEW svv_external_tables AS SELECT NULL::text AS redshift_database_name, NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS tabletype,
  NULL::text AS location, NULL::text AS input_format, NULL::text AS output_format, NULL::text AS serialization_lib, NULL::text AS serde_parameters,
  NULL::integer AS compressed, NULL::text AS parameters WHERE false;
CREATE VIEW svv_external_columns AS SELECT NULL::text AS redshift_database_name, NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS columnname,
  NULL::text AS external_type, NULL::integer AS columnnum, NULL::integer AS part_key, NULL::text AS is_nullable WHERE false;
CREATE VIEW svv_external_databases AS SELECT NULL::integer AS eskind, NULL::text AS esoptions, NULL::text AS databasename WHERE false;
CREATE VIEW svv_external_partitions AS SELECT NULL::text AS schemaname, NULL::text AS tablename, NULL::text AS values, NULL::text AS location WHERE false;
CREATE VIEW svv_datashares AS SELECT NULL::text AS share_name, NULL::integer AS share_id, NULL::integer AS share_owner, NULL::text AS source_database,
  NULL::text AS consumer_database, NULL::text AS share_type, NULL::timestamp AS createdate, NULL::boolean AS is_publicaccessible, NULL::text AS share_acl,
  NULL::text AS producer_account, NULL::text AS producer_namespace WHERE false;

CREATE VIEW svv_mv_info AS
  SELECT current_database()::text AS database_name, n.nspname::text AS schema_name, pg_get_userbyid(c.relowner)::text AS user_name, c.relname::text AS name,
    'f'::text AS is_stale, 'owned'::text AS owner, 0 AS state, 'f'::text AS autorewrite, 'f'::text AS autorefresh
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace WHERE c.relkind = 'm';
-- User-defined functions have the prefix $: see functions.py.
CREATE VIEW svv_redshift_functions AS
  SELECT current_database()::text AS database_name, n.nspname::text AS schema_name, ltrim(p.proname, '$') AS function_name,
    CASE p.prokind WHEN 'p' THEN 'STORED PROCEDURE' ELSE 'REGULAR FUNCTION' END AS function_type, pg_get_function_arguments(p.oid) AS argument_type,
    pg_get_function_result(p.oid) AS result_type
  FROM pg_catalog.pg_proc AS p JOIN pg_catalog.pg_namespace AS n ON n.oid = p.pronamespace
  WHERE redshift_library.is_users(n.nspname) AND n.nspname NOT IN ('pg_catalog', 'information_schema') AND p.proname NOT LIKE 'late binding %';

CREATE FUNCTION identity_name(grantee oid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE grantee WHEN 0 THEN 'public' ELSE pg_get_userbyid(grantee)::text END
$$;
CREATE FUNCTION identity_type(grantee oid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT CASE WHEN grantee = 0 THEN 'public' WHEN (SELECT rolcanlogin FROM pg_catalog.pg_roles WHERE oid = grantee) THEN 'user' ELSE 'role' END
$$;
CREATE VIEW svv_relation_privileges AS
  SELECT n.nspname::text AS namespace_name, c.relname::text AS relation_name, a.privilege_type::text AS privilege_type, a.grantee::integer AS identity_id,
    redshift_library.identity_name(a.grantee) AS identity_name, redshift_library.identity_type(a.grantee) AS identity_type, a.is_grantable AS admin_option
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace, aclexplode(c.relacl) AS a
  WHERE c.relkind IN ('r', 'v', 'm') AND redshift_library.is_users(n.nspname) AND n.nspname NOT IN ('pg_catalog', 'information_schema')
    AND a.privilege_type IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'REFERENCES', 'TRUNCATE');
CREATE VIEW svv_schema_privileges AS
  SELECT n.nspname::text AS namespace_name, a.privilege_type::text AS privilege_type, a.grantee::integer AS identity_id,
    redshift_library.identity_name(a.grantee) AS identity_name, redshift_library.identity_type(a.grantee) AS identity_type, a.is_grantable AS admin_option
  FROM pg_catalog.pg_namespace AS n, aclexplode(n.nspacl) AS a
  WHERE NOT redshift_library.is_own_role(pg_get_userbyid(a.grantee)) AND redshift_library.is_users(n.nspname) AND n.nspname NOT IN ('pg_catalog', 'information_schema');
CREATE VIEW svv_user_grants AS
  SELECT m.oid::integer AS user_id, m.rolname::text AS user_name, r.oid::integer AS role_id, r.rolname::text AS role_name, a.admin_option
  FROM pg_catalog.pg_auth_members AS a JOIN pg_catalog.pg_roles AS r ON r.oid = a.roleid JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
  WHERE m.rolcanlogin AND NOT redshift_library.is_own_role(r.rolname);
CREATE VIEW svv_role_grants AS
  SELECT m.oid::integer AS role_id, m.rolname::text AS role_name, r.oid::integer AS granted_role_id, r.rolname::text AS granted_role_name
  FROM pg_catalog.pg_auth_members AS a JOIN pg_catalog.pg_roles AS r ON r.oid = a.roleid JOIN pg_catalog.pg_roles AS m ON m.oid = a.member
  WHERE NOT m.rolcanlogin AND NOT redshift_library.is_own_role(m.rolname) AND NOT redshift_library.is_own_role(r.rolname);
