-- Redshift's functions that PostgreSQL does not have, or that return something else there: function_names.py reads their
-- names from the files *_functions.sql. A backslash escapes in string literals here (standard_conforming_strings = off).

-- DATEDIFF counts the boundaries of a date part between two times, not whole units.
CREATE FUNCTION datediff(part text, a timestamp, b timestamp) RETURNS bigint LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE part
    WHEN 'year' THEN extract(year FROM b) - extract(year FROM a)
    WHEN 'decade' THEN floor(extract(year FROM b) / 10) - floor(extract(year FROM a) / 10)
    WHEN 'century' THEN extract(century FROM b) - extract(century FROM a)
    WHEN 'millennium' THEN extract(millennium FROM b) - extract(millennium FROM a)
    WHEN 'quarter' THEN (extract(year FROM b) - extract(year FROM a)) * 4 + extract(quarter FROM b) - extract(quarter FROM a)
    WHEN 'month' THEN (extract(year FROM b) - extract(year FROM a)) * 12 + extract(month FROM b) - extract(month FROM a)
    -- Weeks begin on Sunday; 2000-01-02 was a Sunday.
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

-- EXTRACT returns an integer.
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
CREATE FUNCTION date_part_year(a date) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT extract(year FROM a)::integer $$;

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
-- Whole months between equal days of the month or between last days; otherwise with a fraction of 31 days.
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
CREATE FUNCTION to_date(a text, format text) RETURNS date LANGUAGE sql STABLE STRICT AS $$ SELECT pg_catalog.to_date(a, format) $$;
CREATE FUNCTION to_date(a text, format text, is_strict boolean) RETURNS date LANGUAGE sql STABLE STRICT AS $$ SELECT pg_catalog.to_date(a, format) $$;
