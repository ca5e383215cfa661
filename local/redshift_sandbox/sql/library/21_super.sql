-- SUPER is PostgreSQL's json, which keeps the order of keys and the spelling of numbers.

CREATE FUNCTION compact(a text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT regexp_replace(a, '("(?:[^"\\\\]|\\\\.)*")|\\s+', '\\1', 'g')
$$;
-- The JSON text; the cast to text below removes the quotes of a string.
CREATE FUNCTION written(a json) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_library.compact(textin(json_out(a))) $$;
CREATE FUNCTION compact(a json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_library.written(a)::json $$;
CREATE FUNCTION elements(a json) RETURNS SETOF json LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF json_typeof(a) = 'array' THEN RETURN QUERY SELECT pg_catalog.json_array_elements(a);
  -- Anything else counts as an array with itself as its only element.
  ELSIF a IS NOT NULL THEN RETURN NEXT a; END IF;
END
$$;
CREATE FUNCTION attributes(a json) RETURNS TABLE (name text, value json) LANGUAGE sql IMMUTABLE AS $$
  SELECT o.key, o.value FROM pg_catalog.json_each(CASE WHEN json_typeof(a) = 'object' THEN a ELSE '{}' END) AS o
$$;
CREATE FUNCTION super_array(a json[]) RETURNS json LANGUAGE sql IMMUTABLE AS $$
  SELECT redshift_library.compact(coalesce(array_to_json(a), '[]'))
$$;
CREATE FUNCTION is_whole(a json, low numeric, high numeric) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN pg_catalog.json_typeof(a) = 'number' AND a::text !~ '[.eE]' THEN a::text::numeric BETWEEN low AND high ELSE false END
$$;
-- In PL/pgSQL, because in SQL PostgreSQL would parse a literal before it tests it.
CREATE FUNCTION json_extract_path_text_if_valid(a text, VARIADIC path text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN CASE WHEN a IS JSON THEN a::json #>> path END;
END
$$;

-- Casts from SUPER: a scalar becomes its value, JSON's null becomes NULL.
CREATE FUNCTION scalar(a json) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT a #>> '{}' $$;
CREATE CAST (json AS text) WITH FUNCTION scalar(json);
CREATE FUNCTION to_varchar(a json) RETURNS varchar LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT (a #>> '{}')::varchar $$;
CREATE CAST (json AS varchar) WITH FUNCTION to_varchar(json);
CREATE FUNCTION to_super(a anynonarray) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT to_json(a) $$;
DO $$
DECLARE
  type text;
  operator text;
  opposite text;
  other text;
  test text;
BEGIN
  FOREACH type IN ARRAY ARRAY['smallint', 'integer', 'bigint', 'numeric', 'real', 'double precision', 'boolean', 'date', 'timestamp', 'timestamptz'] LOOP
    EXECUTE format('CREATE FUNCTION %I(a json) RETURNS %s LANGUAGE sql STABLE STRICT AS %L', 'to_' || type, type, format('SELECT (a #>> ''{}'')::%s', type));
    EXECUTE format('CREATE CAST (json AS %s) WITH FUNCTION %I(json)', type, 'to_' || type);
  END LOOP;
  -- Comparing SUPER with a value of another type gives NULL.
  FOR operator, opposite IN VALUES ('=', '='), ('<>', '<>'), ('<', '>'), ('<=', '>='), ('>', '<'), ('>=', '<=') LOOP
    FOR other, test IN VALUES ('numeric', 'number'), ('text', 'string'), ('boolean', 'boolean') LOOP
      EXECUTE format('CREATE FUNCTION %I(a json, b %s) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS %L', 'super' || operator, other,
        format('SELECT CASE WHEN pg_catalog.json_typeof(a) = %L THEN (a #>> ''{}'')::%s %s b END', test, other, operator));
      EXECUTE format('CREATE FUNCTION %I(a %s, b json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS %L', 'super' || operator, other,
        format('SELECT CASE WHEN pg_catalog.json_typeof(b) = %L THEN a %s (b #>> ''{}'')::%s END', test, operator, other));
      EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = json, RIGHTARG = %s, FUNCTION = %I)', operator, other, 'super' || operator);
      EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = %s, RIGHTARG = json, FUNCTION = %I)', operator, other, 'super' || operator);
    END LOOP;
    EXECUTE format('CREATE FUNCTION %I(a json, b json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS %L', 'super' || operator,
      format('SELECT a::jsonb %s b::jsonb', operator));
    EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = json, RIGHTARG = json, FUNCTION = %I, COMMUTATOR = OPERATOR(pg_catalog.%s))',
      operator, 'super' || operator, opposite);
  END LOOP;
  FOREACH operator IN ARRAY ARRAY['+', '-', '*', '/'] LOOP
    EXECUTE format('CREATE FUNCTION %I(a json, b json) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS %L', 'super' || operator, format('SELECT a::numeric %s b::numeric', operator));
    EXECUTE format('CREATE FUNCTION %I(a json, b numeric) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS %L', 'super' || operator, format('SELECT a::numeric %s b', operator));
    EXECUTE format('CREATE FUNCTION %I(a numeric, b json) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS %L', 'super' || operator, format('SELECT a %s b::numeric', operator));
    EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = json, RIGHTARG = json, FUNCTION = %I)', operator, 'super' || operator);
    EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = json, RIGHTARG = numeric, FUNCTION = %I)', operator, 'super' || operator);
    EXECUTE format('CREATE OPERATOR pg_catalog.%s (LEFTARG = numeric, RIGHTARG = json, FUNCTION = %I)', operator, 'super' || operator);
  END LOOP;
END
$$;
-- For sorting, grouping and counting SUPER.
CREATE FUNCTION super_order(a json, b json) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT jsonb_cmp(a::jsonb, b::jsonb) $$;
CREATE OPERATOR CLASS super_order DEFAULT FOR TYPE json USING btree AS OPERATOR 1 pg_catalog.<, OPERATOR 2 pg_catalog.<=, OPERATOR 3 pg_catalog.=,
  OPERATOR 4 pg_catalog.>=, OPERATOR 5 pg_catalog.>, FUNCTION 1 super_order(json, json);
