-- Changes of tables and views that PostgreSQL does not have, or makes differently.

-- A late-binding view calls a function of its owner, which runs the query when the view is read.
CREATE FUNCTION create_late_binding_view(name text, query text, is_replace boolean, written text) RETURNS void LANGUAGE plpgsql
SET client_min_messages = error AS $$
DECLARE
  columns text;
  casts text;
  named text;
  schema text := coalesce((parse_ident(name))[array_length(parse_ident(name), 1) - 1], current_schema());
  body text;
  source text;
BEGIN
  EXECUTE format('CREATE TEMPORARY VIEW "late binding" AS %s', query);
  SELECT string_agg(format('%I %s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum),
    string_agg(format('%I::%s', attname, format_type(atttypid, atttypmod)), ', ' ORDER BY attnum), string_agg(quote_ident(attname), ', ' ORDER BY attnum)
  INTO columns, casts, named FROM pg_catalog.pg_attribute WHERE attrelid = '"late binding"'::regclass AND attnum > 0;
  DROP VIEW "late binding";
  source := format('%I.%I', schema, 'late binding ' || (parse_ident(name))[array_length(parse_ident(name), 1)]);
  body := format('BEGIN RETURN QUERY EXECUTE %L; END', format('SELECT %s FROM (%s) AS late(%s)', casts, query, named));
  IF is_replace THEN EXECUTE format('DROP VIEW IF EXISTS %s', name); END IF;
  EXECUTE format('CREATE OR REPLACE FUNCTION %s() RETURNS SETOF record LANGUAGE plpgsql STABLE SECURITY DEFINER AS %L', source, body);
  EXECUTE format('COMMENT ON FUNCTION %s() IS %L', source, written);
  EXECUTE format('CREATE VIEW %s AS SELECT %s FROM %s() AS late(%s)', name, named, source, columns);
END
$$;

-- Redshift can change the length of VARCHAR columns, and no other type.
CREATE FUNCTION resize_varchar(name text, of_column text, type text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  relation regclass := name::regclass;
  declared oid;
  held text;
  size integer := substring(type FROM '[(]([0-9]+)[)]')::integer;
BEGIN
  SELECT atttypid INTO declared FROM pg_catalog.pg_attribute WHERE attrelid = relation AND attname = of_column AND NOT attisdropped;
  IF declared IS NULL THEN
    RAISE undefined_column USING MESSAGE = format('column "%s" of relation "%s" does not exist', of_column, relation);
  ELSIF declared <> 'varchar'::regtype OR size IS NULL THEN
    RAISE feature_not_supported USING MESSAGE = format('target data type "%s" is not supported: only the size of a VARCHAR column can be altered', type);
  END IF;
  SELECT conname INTO held FROM pg_catalog.pg_constraint
  WHERE conrelid = relation AND conname LIKE 'redshift@_bytes@_%' ESCAPE '@'
    AND conkey = ARRAY[(SELECT attnum FROM pg_catalog.pg_attribute WHERE attrelid = relation AND attname = of_column)];
  IF held IS NOT NULL THEN EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', relation, held); END IF;
  BEGIN
    EXECUTE format('ALTER TABLE %s ADD CONSTRAINT %I CHECK (octet_length(%I) <= %s)', relation,
      format('redshift_bytes_%s_%s', size, left(md5(relation || of_column), 12)), of_column, size);
    EXECUTE format('ALTER TABLE %s ALTER COLUMN %I TYPE varchar(%s)', relation, of_column, size);
  EXCEPTION WHEN check_violation OR string_data_right_truncation THEN
    RAISE string_data_right_truncation USING MESSAGE = format('target column size %s should be equal to or greater than the current maximum column size', size);
  END;
END
$$;

-- ALTER TABLE APPEND moves the rows of one table to the end of another.
CREATE FUNCTION append_table(target text, source text, option text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  missing text;
  extra text;
  named text;
BEGIN
  SELECT string_agg(quote_ident(t.attname), ', ' ORDER BY t.attnum) FILTER (WHERE s.attname IS NOT NULL),
    string_agg(t.attname, ', ') FILTER (WHERE s.attname IS NULL), string_agg(s.attname, ', ') FILTER (WHERE t.attname IS NULL)
  INTO named, missing, extra
  FROM (SELECT * FROM pg_catalog.pg_attribute WHERE attrelid = target::regclass AND attnum > 0 AND NOT attisdropped) AS t
  FULL JOIN (SELECT * FROM pg_catalog.pg_attribute WHERE attrelid = source::regclass AND attnum > 0 AND NOT attisdropped) AS s
    ON s.attname = t.attname AND s.atttypid = t.atttypid AND s.atttypmod = t.atttypmod;
  IF missing IS NOT NULL AND option <> 'FILLTARGET' THEN
    RAISE EXCEPTION 'Columns of the target table are not in the source table: %. Use FILLTARGET', missing;
  ELSIF extra IS NOT NULL AND option <> 'IGNOREEXTRA' THEN
    RAISE EXCEPTION 'Columns of the source table are not in the target table: %. Use IGNOREEXTRA', extra;
  END IF;
  EXECUTE format('INSERT INTO %s (%s) OVERRIDING SYSTEM VALUE SELECT %s FROM %s', target::regclass, named, named, source::regclass);
  EXECUTE format('TRUNCATE %s', source::regclass);
END
$$;

-- ALTER DISTSTYLE, DISTKEY, SORTKEY and ENCODE change table_storage; only the table's owner may use them.
CREATE FUNCTION change_storage(name regclass, change text) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
DECLARE
  relation oid := name::oid;
  given jsonb := change::jsonb;
  owner oid;
BEGIN
  SELECT relowner INTO owner FROM pg_catalog.pg_class WHERE oid = relation;
  IF NOT (pg_has_role(session_user, owner, 'USAGE') OR redshift_library.is_superuser(session_user)) THEN
    RAISE insufficient_privilege USING MESSAGE = format('must be owner of relation %s', name);
  END IF;
  INSERT INTO redshift_library.table_storage (table_id, diststyle, sortkey, sortstyle, encodings, keys)
  VALUES (relation, 'AUTO', '{}', 'AUTO', '{}', '[]') ON CONFLICT (table_id) DO NOTHING;
  UPDATE redshift_library.table_storage AS s SET
    diststyle = coalesce(given ->> 'diststyle', s.diststyle),
    distkey = CASE WHEN given ? 'diststyle' THEN given ->> 'distkey' ELSE s.distkey END,
    sortkey = CASE WHEN given ? 'sortkey' THEN ARRAY(SELECT jsonb_array_elements_text(given -> 'sortkey')) ELSE s.sortkey END,
    sortstyle = coalesce(given ->> 'sortstyle', s.sortstyle),
    encodings = s.encodings || coalesce(given -> 'encodings', '{}')
  WHERE s.table_id = relation;
END
$$;

-- ANALYZE COMPRESSION: Redshift's default encoding of each type.
CREATE FUNCTION analyze_compression(name text) RETURNS TABLE ("Table" text, "Column" text, "Encoding" text, "Est_reduction_pct" numeric(5, 2))
LANGUAGE sql STABLE AS $$
  SELECT c.relname::text, a.attname::text, CASE WHEN a.atttypid IN ('boolean'::regtype, 'real'::regtype, 'double precision'::regtype) THEN 'raw'
    WHEN a.atttypid IN ('bpchar'::regtype, 'varchar'::regtype, 'json'::regtype) THEN 'lzo' ELSE 'az64' END, 0.00
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_attribute AS a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  WHERE c.oid = name::regclass ORDER BY a.attnum
$$;

-- SHOW TABLE: the statement that creates the table.
CREATE FUNCTION show_table(name text) RETURNS TABLE ("Show Table DDL statement" text) LANGUAGE sql STABLE AS $$
  SELECT format(E'CREATE TABLE %s.%s (\n%s\n)\n%s;', quote_ident(n.nspname), quote_ident(c.relname),
    (SELECT string_agg(format('    %s %s%s%s', quote_ident(a.attname), redshift_library.type_name(a.atttypid, a.atttypmod),
        CASE WHEN a.attnotnull THEN ' NOT NULL' ELSE '' END, coalesce(' ENCODE ' || (s.encodings ->> a.attname::text), '')), E',\n' ORDER BY a.attnum)
      FROM pg_catalog.pg_attribute AS a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    concat_ws(E'\n', 'DISTSTYLE ' || coalesce(s.diststyle, 'AUTO'), 'DISTKEY (' || s.distkey || ')',
      CASE WHEN array_length(s.sortkey, 1) > 0 THEN 'SORTKEY (' || array_to_string(s.sortkey, ', ') || ')' END))
  FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    LEFT JOIN redshift_library.table_storage AS s ON s.table_id = c.oid
  WHERE c.oid = name::regclass
$$;
CREATE FUNCTION show_view(name text) RETURNS TABLE ("Show View DDL statement" text) LANGUAGE sql STABLE AS $$
  SELECT coalesce((SELECT obj_description(p.oid, 'pg_proc') FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace = c.relnamespace AND p.proname = 'late binding ' || c.relname), pg_get_viewdef(c.oid))
  FROM pg_catalog.pg_class AS c WHERE c.oid = name::regclass
$$;
