-- Numbers and strings.

-- These return the type of their argument; PostgreSQL's return double precision for integers.
DO $$
DECLARE
  type text;
BEGIN
  FOREACH type IN ARRAY ARRAY['smallint', 'integer', 'bigint', 'numeric', 'double precision'] LOOP
    EXECUTE format('CREATE FUNCTION ceil(a %1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT AS ''SELECT pg_catalog.ceil(a::numeric)::%1$s''', type);
    EXECUTE format('CREATE FUNCTION floor(a %1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT AS ''SELECT pg_catalog.floor(a::numeric)::%1$s''', type);
    EXECUTE format('CREATE FUNCTION sign(a %1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT AS ''SELECT pg_catalog.sign(a::numeric)::%1$s''', type);
    EXECUTE format('CREATE FUNCTION round(a %1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT AS ''SELECT pg_catalog.round(a::numeric)::%1$s''', type);
    EXECUTE format('CREATE FUNCTION trunc(a %1$s) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT AS ''SELECT pg_catalog.trunc(a::numeric)::%1$s''', type);
    EXECUTE format('CREATE FUNCTION round(a %1$s, n integer) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT AS ''SELECT pg_catalog.round(a::numeric, n)::%1$s''', type);
    EXECUTE format('CREATE FUNCTION trunc(a %1$s, n integer) RETURNS %1$s LANGUAGE sql IMMUTABLE STRICT AS ''SELECT pg_catalog.trunc(a::numeric, n)::%1$s''', type);
  END LOOP;
END
$$;
CREATE FUNCTION trunc(a timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT a::date $$;
CREATE FUNCTION trunc(a timestamptz) RETURNS date LANGUAGE sql STABLE STRICT AS $$ SELECT a::date $$;

-- The average of integers is a truncated integer; the average of decimals is truncated to their scale.
CREATE AGGREGATE avg(bigint) (SFUNC = add_integer, STYPE = numeric[], INITCOND = '{0,0}', FINALFUNC = avg_integer);
CREATE AGGREGATE avg(integer) (SFUNC = int4_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = avg_integer);
CREATE AGGREGATE avg(smallint) (SFUNC = int2_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = avg_integer);
CREATE AGGREGATE avg(numeric) (SFUNC = add_decimal, STYPE = numeric[], INITCOND = '{0,0}', FINALFUNC = avg_decimal);
CREATE AGGREGATE avg(double precision) (SFUNC = float8_accum, STYPE = double precision[], INITCOND = '{0,0,0}', FINALFUNC = float8_avg);
CREATE AGGREGATE avg(interval) (SFUNC = interval_avg_accum, STYPE = internal, FINALFUNC = interval_avg);

CREATE FUNCTION to_hex(a bigint) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.to_hex(a) $$;
CREATE FUNCTION to_hex(a text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT encode(convert_to(a, 'UTF8'), 'hex') $$;
CREATE FUNCTION strtol(a text, base integer) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  digits text := lower(ltrim(a, ' +-'));
  total bigint := 0;
  digit integer;
BEGIN
  -- Hashes are converted by the million.
  IF base = 16 AND a ~ '^[0-9a-f]{1,15}$' THEN RETURN ('x' || lpad(a, 16, '0'))::bit(64)::bigint; END IF;
  IF base = 16 AND left(digits, 2) = '0x' THEN digits := substr(digits, 3); END IF;
  FOR i IN 1..length(digits) LOOP
    digit := strpos('0123456789abcdefghijklmnopqrstuvwxyz', substr(digits, i, 1)) - 1;
    IF digit < 0 OR digit >= base THEN RAISE EXCEPTION 'The input % is not valid to be converted to base %', a, base; END IF;
    total := total * base + digit;
  END LOOP;
  RETURN CASE WHEN ltrim(a) LIKE '-%' THEN -total ELSE total END;
END
$$;

CREATE FUNCTION octetindex(part text, a text) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE strpos(a, part) WHEN 0 THEN 0 ELSE octet_length(left(a, strpos(a, part) - 1)) + 1 END
$$;
CREATE FUNCTION crc32(a text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT lpad(pg_catalog.to_hex(pg_catalog.crc32(convert_to(a, 'UTF8'))), 8, '0')
$$;
CREATE FUNCTION regexp_replace(a text, pattern text, replacement text DEFAULT '', start integer DEFAULT 1, options text DEFAULT 'c')
RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  -- Groups are $1, not \1; every match is replaced.
  SELECT pg_catalog.regexp_replace(a, pattern, pg_catalog.regexp_replace(replacement, '\\$(\\d)', E'\\\\\\1', 'g'), start, 0,
    translate(options, 'pe', ''))
$$;
CREATE FUNCTION regexp_substr(a text, pattern text, start integer DEFAULT 1, occurrence integer DEFAULT 1, options text DEFAULT 'c')
RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  -- Option e returns the first group. Without a match the result is an empty string.
  SELECT coalesce(pg_catalog.regexp_substr(a, pattern, start, occurrence, translate(options, 'pe', ''),
    CASE WHEN options LIKE '%e%' THEN 1 ELSE 0 END), '')
$$;
CREATE FUNCTION regexp_count(a text, pattern text, start integer DEFAULT 1, options text DEFAULT 'c') RETURNS integer
LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT pg_catalog.regexp_count(a, pattern, start, translate(options, 'pe', '')) $$;
CREATE FUNCTION regexp_instr(a text, pattern text, start integer DEFAULT 1, occurrence integer DEFAULT 1, option integer DEFAULT 0, options text DEFAULT 'c')
RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT pg_catalog.regexp_instr(a, pattern, start, occurrence, option, translate(options, 'pe', ''), CASE WHEN options LIKE '%e%' THEN 1 ELSE 0 END)
$$;
-- American Soundex.
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
CREATE FUNCTION sha2(a text, bits integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT encode(CASE bits WHEN 0 THEN sha256(a::bytea) WHEN 224 THEN sha224(a::bytea) WHEN 256 THEN sha256(a::bytea)
    WHEN 384 THEN sha384(a::bytea) WHEN 512 THEN sha512(a::bytea) END, 'hex')
$$;
