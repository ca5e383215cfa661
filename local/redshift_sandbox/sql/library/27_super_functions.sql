-- SUPER, and JSON in strings.

CREATE FUNCTION json_parse(a text) RETURNS json LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN a::json IS NOT NULL THEN redshift_library.compact(a)::json END
$$;
CREATE FUNCTION can_json_parse(a text) RETURNS boolean LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT a IS JSON $$;
CREATE FUNCTION "json_serialize"(a json) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT redshift_library.written(a) $$;
CREATE FUNCTION "array"(VARIADIC a "any") RETURNS json LANGUAGE internal IMMUTABLE AS 'json_build_array';
CREATE FUNCTION "array"() RETURNS json LANGUAGE internal IMMUTABLE AS 'json_build_array_noargs';
CREATE FUNCTION "object"(VARIADIC a "any") RETURNS json LANGUAGE internal IMMUTABLE AS 'json_build_object';
CREATE FUNCTION "object"() RETURNS json LANGUAGE internal IMMUTABLE AS 'json_build_object_noargs';
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
