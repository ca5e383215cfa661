-- SUPER is PostgreSQL's json, which keeps the order of keys and the spelling of numbers.

CREATE FUNCTION compact(a text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT regexp_replace(a, '("(?:[^"\\\\]|\\\\.)*")|\\s+', '\\1', 'g')
$$;
CREATE FUNCTION json_parse(a text) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN a::json IS NOT NULL THEN redshift_library.compact(a)::json END
$$;
-- As it is written: the cast below gives a text without its quotes.
CREATE FUNCTION written(a json) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_library.compact(textin(json_out(a))) $$;
CREATE FUNCTION can_json_parse(a text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT a IS JSON $$;
CREATE FUNCTION "json_serialize"(a json) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_library.written(a) $$;
CREATE FUNCTION "array"(VARIADIC a "any") RETURNS json LANGUAGE internal IMMUTABLE AS 'json_build_array';
CREATE FUNCTION "array"() RETURNS json LANGUAGE internal IMMUTABLE AS 'json_build_array_noargs';
CREATE FUNCTION "object"(VARIADIC a "any") RETURNS json LANGUAGE internal IMMUTABLE AS 'json_build_object';
CREATE FUNCTION "object"() RETURNS json LANGUAGE internal IMMUTABLE AS 'json_build_object_noargs';
CREATE FUNCTION compact(a json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_library.written(a)::json $$;
CREATE FUNCTION elements(a json) RETURNS SETOF json LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF json_typeof(a) = 'array' THEN RETURN QUERY SELECT pg_catalog.json_array_elements(a);
  -- What is no array is taken for an array of itself.
  ELSIF a IS NOT NULL THEN RETURN NEXT a; END IF;
END
$$;
CREATE FUNCTION attributes(a json) RETURNS TABLE (name text, value json) LANGUAGE sql IMMUTABLE AS $$
  SELECT o.key, o.value FROM pg_catalog.json_each(CASE WHEN json_typeof(a) = 'object' THEN a ELSE '{}' END) AS o
$$;
CREATE FUNCTION super_array(a json[]) RETURNS json LANGUAGE sql IMMUTABLE AS $$
  SELECT redshift_library.compact(coalesce(array_to_json(a), '[]'))
$$;
CREATE FUNCTION array_concat(a json, b json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT redshift_library.super_array(ARRAY(SELECT json_array_elements(a)) || ARRAY(SELECT json_array_elements(b)))
$$;
CREATE FUNCTION array_flatten(a json) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT redshift_library.super_array(ARRAY(SELECT inner_one FROM json_array_elements(a) AS o(outer_one),
    redshift_library.elements(outer_one) AS i(inner_one)))
$$;
CREATE FUNCTION subarray(a json, start integer, length integer) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT redshift_library.super_array((ARRAY(SELECT json_array_elements(a)))[start + 1 : start + length])
$$;
CREATE FUNCTION get_array_length(a json) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN json_typeof(a) = 'array' THEN pg_catalog.json_array_length(a) END
$$;
CREATE FUNCTION split_to_array(a text, delimiter text DEFAULT ',') RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT redshift_library.super_array(ARRAY(SELECT to_json(part) FROM unnest(string_to_array(a, delimiter)) AS part))
$$;
CREATE FUNCTION json_size(a json) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT octet_length(redshift_library.written(a))::bigint $$;
CREATE FUNCTION json_typeof(a json) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof(a) $$;
CREATE FUNCTION is_array(a json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof(a) = 'array' $$;
CREATE FUNCTION is_object(a json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof(a) = 'object' $$;
CREATE FUNCTION is_scalar(a json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof(a) NOT IN ('array', 'object') $$;
CREATE FUNCTION is_varchar(a json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof(a) = 'string' $$;
CREATE FUNCTION is_char(a json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof(a) = 'string' $$;
CREATE FUNCTION is_boolean(a json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof(a) = 'boolean' $$;
CREATE FUNCTION is_whole(a json, low numeric, high numeric) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN pg_catalog.json_typeof(a) = 'number' AND a::text !~ '[.eE]' THEN a::text::numeric BETWEEN low AND high ELSE false END
$$;
CREATE FUNCTION is_smallint(a json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_library.is_whole(a, -32768, 32767) $$;
CREATE FUNCTION is_integer(a json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_library.is_whole(a, -2147483648, 2147483647) $$;
CREATE FUNCTION is_bigint(a json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT redshift_library.is_whole(a, -9223372036854775808, 9223372036854775807)
$$;
CREATE FUNCTION is_decimal(a json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT pg_catalog.json_typeof(a) = 'number' AND a::text !~ '[eE]'
$$;
CREATE FUNCTION is_float(a json) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.json_typeof(a) = 'number' $$;

CREATE FUNCTION json_extract_path_text(a text, VARIADIC path text[]) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT a::json #>> path $$;
-- In plpgsql, because PostgreSQL would read a literal before it tests it.
CREATE FUNCTION json_extract_path_text_if_valid(a text, VARIADIC path text[]) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN CASE WHEN a IS JSON THEN a::json #>> path END;
END
$$;
CREATE FUNCTION json_array_length(a text, null_if_invalid boolean DEFAULT false) RETURNS integer LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN CASE WHEN NOT null_if_invalid OR a IS JSON ARRAY THEN pg_catalog.json_array_length(a::json) END;
END
$$;
CREATE FUNCTION json_extract_array_element_text(a text, n integer, null_if_invalid boolean DEFAULT false) RETURNS text
LANGUAGE plpgsql IMMUTABLE STRICT AS $$
BEGIN
  RETURN CASE WHEN NOT null_if_invalid OR a IS JSON THEN a::json ->> n END;
END
$$;
CREATE FUNCTION is_valid_json(a text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT a IS JSON OBJECT $$;
CREATE FUNCTION is_valid_json_array(a text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT a IS JSON ARRAY $$;

-- Casts from SUPER: a scalar becomes its value, the null of JSON becomes NULL.
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
  -- Comparing SUPER with a value: another type of value is not equal, and gives NULL.
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
-- So that SUPER can be sorted, grouped and counted.
CREATE FUNCTION super_order(a json, b json) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT jsonb_cmp(a::jsonb, b::jsonb) $$;
CREATE OPERATOR CLASS super_order DEFAULT FOR TYPE json USING btree AS OPERATOR 1 pg_catalog.<, OPERATOR 2 pg_catalog.<=, OPERATOR 3 pg_catalog.=,
  OPERATOR 4 pg_catalog.>=, OPERATOR 5 pg_catalog.>, FUNCTION 1 super_order(json, json);
