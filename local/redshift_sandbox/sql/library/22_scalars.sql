-- Numbers.
-- CEIL, FLOOR, SIGN, ROUND and TRUNC give the type that they take; PostgreSQL's make whole numbers double precision.
DO $$
DECLARE
  name text;
  type text;
BEGIN
  FOREACH name IN ARRAY ARRAY['ceil', 'floor', 'sign', 'round', 'trunc'] LOOP
    FOREACH type IN ARRAY ARRAY['smallint', 'integer', 'bigint', 'numeric', 'double precision'] LOOP
      EXECUTE format('CREATE FUNCTION %I(a %s) RETURNS %s LANGUAGE sql IMMUTABLE STRICT AS %L', name, type, type, format('SELECT pg_catalog.%I(a::numeric)::%s', name, type));
      IF name IN ('round', 'trunc') THEN
        EXECUTE format('CREATE FUNCTION %I(a %s, n integer) RETURNS %s LANGUAGE sql IMMUTABLE STRICT AS %L', name, type, type,
          format('SELECT pg_catalog.%I(a::numeric, n)::%s', name, type));
      END IF;
    END LOOP;
  END LOOP;
END
$$;
CREATE FUNCTION try_cast(a text, kind anyelement) RETURNS anyelement LANGUAGE plpgsql STABLE AS $$
DECLARE
  result kind%TYPE;
BEGIN
  result := a;
  RETURN result;
EXCEPTION WHEN data_exception THEN
  RETURN NULL;
END
$$;
CREATE FUNCTION to_hex(a bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.to_hex(a) $$;
CREATE FUNCTION to_hex(a text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT encode(convert_to(a, 'UTF8'), 'hex') $$;

-- Dates.
CREATE FUNCTION compare(a anyelement, b anyelement) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN a < b THEN -1 WHEN a = b THEN 0 ELSE 1 END
$$;
CREATE FUNCTION date_part_year(a date) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT extract(year FROM a)::integer $$;
CREATE FUNCTION to_date(a text, format text) RETURNS date LANGUAGE sql STABLE STRICT AS $$ SELECT pg_catalog.to_date(a, format) $$;
CREATE FUNCTION to_date(a text, format text, is_strict boolean) RETURNS date LANGUAGE sql STABLE STRICT AS $$ SELECT pg_catalog.to_date(a, format) $$;

-- Texts.
CREATE FUNCTION octetindex(part text, a text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE strpos(a, part) WHEN 0 THEN 0 ELSE octet_length(left(a, strpos(a, part) - 1)) + 1 END
$$;
CREATE FUNCTION crc32(a text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT lpad(pg_catalog.to_hex(pg_catalog.crc32(convert_to(a, 'UTF8'))), 8, '0')
$$;
CREATE FUNCTION regexp_replace(a text, pattern text, replacement text DEFAULT '', start integer DEFAULT 1, options text DEFAULT 'c')
RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  -- $1 and not \1 names a group; every match is replaced.
  SELECT pg_catalog.regexp_replace(a, pattern, pg_catalog.regexp_replace(replacement, '\\$(\\d)', E'\\\\\\1', 'g'), start, 0,
    translate(options, 'pe', ''))
$$;
CREATE FUNCTION regexp_substr(a text, pattern text, start integer DEFAULT 1, occurrence integer DEFAULT 1, options text DEFAULT 'c')
RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  -- e takes the first group. No match is the empty text.
  SELECT coalesce(pg_catalog.regexp_substr(a, pattern, start, occurrence, translate(options, 'pe', ''),
    CASE WHEN options LIKE '%e%' THEN 1 ELSE 0 END), '')
$$;
CREATE FUNCTION regexp_count(a text, pattern text, start integer DEFAULT 1, options text DEFAULT 'c') RETURNS integer
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.regexp_count(a, pattern, start, translate(options, 'pe', '')) $$;
CREATE FUNCTION regexp_instr(a text, pattern text, start integer DEFAULT 1, occurrence integer DEFAULT 1, option integer DEFAULT 0, options text DEFAULT 'c')
RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT pg_catalog.regexp_instr(a, pattern, start, occurrence, option, translate(options, 'pe', ''), CASE WHEN options LIKE '%e%' THEN 1 ELSE 0 END)
$$;
-- The American Soundex code.
CREATE FUNCTION soundex(a text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  letters text := upper(pg_catalog.regexp_replace(a, '[^A-Za-z]', '', 'g'));
  code text := left(letters, 1);
  last text := translate(code, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', '01230120022455012623010202');
  digit text;
BEGIN
  IF letters = '' THEN RETURN ''; END IF;
  FOR i IN 2..length(letters) LOOP
    digit := translate(substr(letters, i, 1), 'ABCDEFGIJKLMNOPQRSTUVXYZ', '012301202245501262301202');
    IF digit IN ('H', 'W') THEN CONTINUE; END IF;
    IF digit <> '0' AND digit <> last THEN code := code || digit; END IF;
    last := digit;
  END LOOP;
  RETURN rpad(left(code, 4), 4, '0');
END
$$;
CREATE FUNCTION difference(a text, b text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT count(*)::integer FROM generate_series(1, 4) AS i
  WHERE substr(redshift_library.soundex(a), i, 1) = substr(redshift_library.soundex(b), i, 1)
$$;
CREATE FUNCTION sha1(a text) RETURNS text LANGUAGE plpgsql IMMUTABLE STRICT AS $$
-- FIPS 180-4, section 6.1.
DECLARE
  mask bigint := 4294967295;
  input bytea := convert_to(a, 'UTF8');
  size integer := octet_length(input);
  message bytea := input || decode('80', 'hex') || decode(repeat('00', (119 - size % 64) % 64), 'hex') || int8send(size::bigint * 8);
  h bigint[] := ARRAY[1732584193, 4023233417, 2562383102, 271733878, 3285377520];
  w bigint[];
  v bigint[];
  f bigint;
  k bigint;
  x bigint;
  at integer;
BEGIN
  FOR block IN 0..octet_length(message) / 64 - 1 LOOP
    FOR t IN 0..79 LOOP
      IF t < 16 THEN
        at := block * 64 + t * 4;
        w[t] := get_byte(message, at) * 16777216::bigint + get_byte(message, at + 1) * 65536 + get_byte(message, at + 2) * 256 + get_byte(message, at + 3);
      ELSE
        x := w[t - 3] # w[t - 8] # w[t - 14] # w[t - 16];
        w[t] := ((x << 1) | (x >> 31)) & mask;
      END IF;
    END LOOP;
    v := h;
    FOR t IN 0..79 LOOP
      IF t < 20 THEN f := (v[2] & v[3]) | ((mask # v[2]) & v[4]); k := 1518500249;
      ELSIF t < 40 THEN f := v[2] # v[3] # v[4]; k := 1859775393;
      ELSIF t < 60 THEN f := (v[2] & v[3]) | (v[2] & v[4]) | (v[3] & v[4]); k := 2400959708;
      ELSE f := v[2] # v[3] # v[4]; k := 3395469782;
      END IF;
      v := ARRAY[((((v[1] << 5) | (v[1] >> 27)) & mask) + f + v[5] + k + w[t]) & mask, v[1], ((v[2] << 30) | (v[2] >> 2)) & mask, v[3], v[4]];
    END LOOP;
    FOR i IN 1..5 LOOP h[i] := (h[i] + v[i]) & mask; END LOOP;
  END LOOP;
  RETURN (SELECT string_agg(lpad(pg_catalog.to_hex(part), 8, '0'), '') FROM unnest(h) AS part);
END
$$;

-- The session.
CREATE FUNCTION current_user_id() RETURNS integer LANGUAGE sql STABLE AS $$ SELECT oid::integer FROM pg_catalog.pg_roles WHERE rolname = current_user $$;
CREATE FUNCTION pg_last_copy_count() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('redshift.last_copy_count', true), ''), '0')::bigint
$$;
CREATE FUNCTION pg_last_copy_id() RETURNS bigint LANGUAGE sql STABLE AS $$
  SELECT coalesce(nullif(current_setting('redshift.last_copy_id', true), ''), '-1')::bigint
$$;

-- MEDIAN and PERCENTILE_CONT as window functions. The state begins with the fraction.
CREATE FUNCTION add_to_percentile(state double precision[], a double precision, fraction double precision) RETURNS double precision[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN a IS NULL THEN coalesce(state, ARRAY[fraction]) ELSE coalesce(state, ARRAY[fraction]) || a END
$$;
CREATE FUNCTION percentile_of(state double precision[]) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
  SELECT percentile_cont(state[1]) WITHIN GROUP (ORDER BY a) FROM unnest(state[2:]) AS a
$$;
CREATE AGGREGATE percentile(double precision, double precision) (SFUNC = add_to_percentile, STYPE = double precision[], FINALFUNC = percentile_of);
