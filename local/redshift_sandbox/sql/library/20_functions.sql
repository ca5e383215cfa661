-- Redshift's functions where PostgreSQL has none, or one that answers differently. A backslash escapes in texts here
-- (standard_conforming_strings = off).

-- DATEDIFF counts the boundaries of the part between two times, not the whole parts.
CREATE FUNCTION datediff(part text, a timestamp, b timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE part
    WHEN 'year' THEN extract(year FROM b) - extract(year FROM a)
    WHEN 'decade' THEN floor(extract(year FROM b) / 10) - floor(extract(year FROM a) / 10)
    WHEN 'century' THEN extract(century FROM b) - extract(century FROM a)
    WHEN 'millennium' THEN extract(millennium FROM b) - extract(millennium FROM a)
    WHEN 'quarter' THEN (extract(year FROM b) - extract(year FROM a)) * 4 + extract(quarter FROM b) - extract(quarter FROM a)
    WHEN 'month' THEN (extract(year FROM b) - extract(year FROM a)) * 12 + extract(month FROM b) - extract(month FROM a)
    -- Weeks begin on Sunday here; 2000-01-02 was one.
    WHEN 'week' THEN floor((b::date - DATE '2000-01-02') / 7.0) - floor((a::date - DATE '2000-01-02') / 7.0)
    WHEN 'day' THEN b::date - a::date
    WHEN 'dow' THEN b::date - a::date
    WHEN 'doy' THEN b::date - a::date
    WHEN 'hour' THEN extract(epoch FROM date_trunc('hour', b) - date_trunc('hour', a)) / 3600
    WHEN 'minute' THEN extract(epoch FROM date_trunc('minute', b) - date_trunc('minute', a)) / 60
    WHEN 'second' THEN extract(epoch FROM date_trunc('second', b) - date_trunc('second', a))
    WHEN 'millisecond' THEN extract(epoch FROM date_trunc('milliseconds', b) - date_trunc('milliseconds', a)) * 1000
    WHEN 'microsecond' THEN extract(epoch FROM b - a) * 1000000
    WHEN 'epoch' THEN extract(epoch FROM date_trunc('second', b) - date_trunc('second', a))
  END::bigint
$$;
CREATE FUNCTION datediff(part text, a timestamptz, b timestamptz) RETURNS bigint LANGUAGE sql STABLE STRICT AS $$
  SELECT redshift_library.datediff(part, a AT TIME ZONE 'UTC', b AT TIME ZONE 'UTC')
$$;
CREATE FUNCTION datediff(part text, a time, b time) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT redshift_library.datediff(part, DATE '2000-01-01' + a, DATE '2000-01-01' + b)
$$;

CREATE FUNCTION dateadd(part text, n bigint, a timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT a + n * CASE part
    WHEN 'quarter' THEN interval '3 months' WHEN 'dow' THEN interval '1 day' WHEN 'doy' THEN interval '1 day'
    WHEN 'epoch' THEN interval '1 second' WHEN 'century' THEN interval '100 years' WHEN 'millennium' THEN interval '1000 years'
    ELSE ('1 ' || part)::interval END
$$;
CREATE FUNCTION dateadd(part text, n bigint, a timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT AS $$
  SELECT redshift_library.dateadd(part, n, a AT TIME ZONE 'UTC') AT TIME ZONE 'UTC'
$$;
CREATE FUNCTION dateadd(part text, n bigint, a date) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT redshift_library.dateadd(part, n, a::timestamp)
$$;
CREATE FUNCTION date_trunc(part text, a timestamp) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT pg_catalog.date_trunc(part, a)
$$;
CREATE FUNCTION date_trunc(part text, a date) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT pg_catalog.date_trunc(part, a::timestamp)
$$;
CREATE FUNCTION date_trunc(part text, a timestamptz) RETURNS timestamptz LANGUAGE sql STABLE STRICT AS $$
  SELECT pg_catalog.date_trunc(part, a)
$$;

-- EXTRACT gives an integer.
CREATE FUNCTION date_part(part text, a timestamp) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT trunc(CASE part
    WHEN 'millisecond' THEN extract(milliseconds FROM a)::bigint % 1000
    WHEN 'microsecond' THEN extract(microseconds FROM a)::bigint % 1000000
    ELSE pg_catalog.date_part(part, a)::numeric END)::integer
$$;
CREATE FUNCTION date_part(part text, a timestamptz) RETURNS integer LANGUAGE sql STABLE STRICT AS $$
  SELECT trunc(pg_catalog.date_part(part, a))::integer
$$;
CREATE FUNCTION date_part(part text, a date) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT redshift_library.date_part(part, a::timestamp)
$$;
CREATE FUNCTION date_part(part text, a time) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT trunc(pg_catalog.date_part(part, a))::integer
$$;
CREATE FUNCTION date_part(part text, a interval) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT trunc(pg_catalog.date_part(part, a))::integer
$$;

CREATE FUNCTION getdate() RETURNS timestamp LANGUAGE sql STABLE AS $$
  SELECT pg_catalog.date_trunc('second', statement_timestamp())::timestamp
$$;

-- The last day of a month stays the last day.
CREATE FUNCTION add_months(a timestamp, n bigint) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN a::date = (pg_catalog.date_trunc('month', a) + interval '1 month - 1 day')::date
    THEN pg_catalog.date_trunc('month', a) + (n + 1) * interval '1 month' - interval '1 day' + (a - pg_catalog.date_trunc('day', a))
    ELSE a + n * interval '1 month' END
$$;
CREATE FUNCTION add_months(a date, n bigint) RETURNS timestamp LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT redshift_library.add_months(a::timestamp, n)
$$;
CREATE FUNCTION last_day(a timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT (pg_catalog.date_trunc('month', a) + interval '1 month - 1 day')::date
$$;
CREATE FUNCTION next_day(a timestamp, day text) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT a::date + 1 + ((strpos('sumotuwethfrsa', left(lower(day), 2)) - 1) / 2 - extract(dow FROM a)::integer + 6) % 7
$$;
-- Whole months between equal days, or between last days; the rest in 31sts.
CREATE FUNCTION months_between(a timestamp, b timestamp) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN extract(day FROM a) = extract(day FROM b)
      OR (a::date = redshift_library.last_day(a) AND b::date = redshift_library.last_day(b))
    THEN (extract(year FROM a) - extract(year FROM b)) * 12 + extract(month FROM a) - extract(month FROM b)
    ELSE (extract(year FROM a) - extract(year FROM b)) * 12 + extract(month FROM a) - extract(month FROM b)
      + (extract(day FROM a) - extract(day FROM b)) / 31.0 + extract(epoch FROM a::time - b::time) / 86400 / 31
    END::double precision
$$;

CREATE FUNCTION convert_timezone(source text, target text, a timestamp) RETURNS timestamp LANGUAGE sql STABLE STRICT AS $$
  SELECT (a AT TIME ZONE source) AT TIME ZONE target
$$;
CREATE FUNCTION convert_timezone(target text, a timestamp) RETURNS timestamp LANGUAGE sql STABLE STRICT AS $$
  SELECT (a AT TIME ZONE 'UTC') AT TIME ZONE target
$$;
CREATE FUNCTION convert_timezone(target text, a timestamptz) RETURNS timestamp LANGUAGE sql STABLE STRICT AS $$
  SELECT a AT TIME ZONE target
$$;
CREATE FUNCTION to_timestamp(a text, format text) RETURNS timestamptz LANGUAGE sql STABLE STRICT AS $$
  SELECT pg_catalog.to_timestamp(a, format)
$$;

CREATE FUNCTION trunc(a timestamp) RETURNS date LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT a::date $$;
CREATE FUNCTION trunc(a timestamptz) RETURNS date LANGUAGE sql STABLE STRICT AS $$ SELECT a::date $$;

CREATE FUNCTION strtol(a text, base integer) RETURNS bigint LANGUAGE plpgsql IMMUTABLE STRICT AS $$
DECLARE
  digits text := lower(ltrim(a, ' +-'));
  total bigint := 0;
  digit integer;
BEGIN
  IF base = 16 AND left(digits, 2) = '0x' THEN digits := substr(digits, 3); END IF;
  FOR i IN 1..length(digits) LOOP
    digit := strpos('0123456789abcdefghijklmnopqrstuvwxyz', substr(digits, i, 1)) - 1;
    IF digit < 0 OR digit >= base THEN RAISE EXCEPTION 'The input % is not valid to be converted to base %', a, base; END IF;
    total := total * base + digit;
  END LOOP;
  RETURN CASE WHEN ltrim(a) LIKE '-%' THEN -total ELSE total END;
END
$$;
CREATE FUNCTION sha2(a text, bits integer) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT encode(CASE bits WHEN 0 THEN sha256(a::bytea) WHEN 224 THEN sha224(a::bytea) WHEN 256 THEN sha256(a::bytea)
    WHEN 384 THEN sha384(a::bytea) WHEN 512 THEN sha512(a::bytea) END, 'hex')
$$;

-- The average of integers is an integer, cut off.
CREATE FUNCTION avg_integer(state numeric[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN state[2] > 0 THEN pg_catalog.trunc(state[1] / state[2])::bigint END
$$;
CREATE FUNCTION add_integer(state numeric[], a bigint) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN a IS NULL THEN state ELSE ARRAY[state[1] + a, state[2] + 1] END
$$;
CREATE AGGREGATE avg(bigint) (SFUNC = add_integer, STYPE = numeric[], INITCOND = '{0,0}', FINALFUNC = avg_integer);
CREATE FUNCTION avg_integer(state bigint[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  -- State of int4_avg_accum: count, sum.
  SELECT CASE WHEN state[1] > 0 THEN state[2] / state[1] END
$$;
CREATE AGGREGATE avg(integer) (SFUNC = int4_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = avg_integer);
CREATE AGGREGATE avg(smallint) (SFUNC = int2_avg_accum, STYPE = bigint[], INITCOND = '{0,0}', FINALFUNC = avg_integer);
-- The average of decimals has their scale, cut off. State: sum, count.
CREATE FUNCTION add_decimal(state numeric[], a numeric) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN a IS NULL THEN state ELSE ARRAY[state[1] + a, state[2] + 1] END
$$;
CREATE FUNCTION avg_decimal(state numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN state[2] > 0 THEN pg_catalog.trunc(state[1] / state[2], scale(state[1])) END
$$;
CREATE AGGREGATE avg(numeric) (SFUNC = add_decimal, STYPE = numeric[], INITCOND = '{0,0}', FINALFUNC = avg_decimal);
CREATE AGGREGATE avg(double precision) (SFUNC = float8_accum, STYPE = double precision[], INITCOND = '{0,0,0}', FINALFUNC = float8_avg);
CREATE AGGREGATE avg(interval) (SFUNC = interval_avg_accum, STYPE = internal, FINALFUNC = interval_avg);

-- FIRST_VALUE, LAST_VALUE, LAG and LEAD with IGNORE NULLS, as aggregates over the window's frame.
CREATE FUNCTION keep_first(state anyelement, a anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(state, a) $$;
CREATE FUNCTION keep_last(state anyelement, a anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(a, state) $$;
CREATE AGGREGATE first_present(anyelement) (SFUNC = keep_first, STYPE = anyelement);
CREATE AGGREGATE last_present(anyelement) (SFUNC = keep_last, STYPE = anyelement);
