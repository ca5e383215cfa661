-- Functions that the translator calls; Redshift does not have them. A backslash escapes in string literals here
-- (standard_conforming_strings = off).

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
-- DATE_CMP and the like.
CREATE FUNCTION compare(a anyelement, b anyelement) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS $$
  SELECT CASE WHEN a < b THEN -1 WHEN a = b THEN 0 ELSE 1 END
$$;

-- The states of AVG: sum and count; int4_avg_accum keeps count and sum.
CREATE FUNCTION avg_integer(state numeric[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN state[2] > 0 THEN pg_catalog.trunc(state[1] / state[2])::bigint END
$$;
CREATE FUNCTION add_integer(state numeric[], a bigint) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN a IS NULL THEN state ELSE ARRAY[state[1] + a, state[2] + 1] END
$$;
CREATE FUNCTION avg_integer(state bigint[]) RETURNS bigint LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN state[1] > 0 THEN state[2] / state[1] END
$$;
CREATE FUNCTION add_decimal(state numeric[], a numeric) RETURNS numeric[] LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN a IS NULL THEN state ELSE ARRAY[state[1] + a, state[2] + 1] END
$$;
CREATE FUNCTION avg_decimal(state numeric[]) RETURNS numeric LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN state[2] > 0 THEN pg_catalog.trunc(state[1] / state[2], scale(state[1])) END
$$;

-- FIRST_VALUE, LAST_VALUE, LAG and LEAD with IGNORE NULLS, as aggregates over the window's frame.
CREATE FUNCTION keep_first(state anyelement, a anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(state, a) $$;
CREATE FUNCTION keep_last(state anyelement, a anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce(a, state) $$;
CREATE AGGREGATE first_present(anyelement) (SFUNC = keep_first, STYPE = anyelement);
CREATE AGGREGATE last_present(anyelement) (SFUNC = keep_last, STYPE = anyelement);

-- MEDIAN and PERCENTILE_CONT as window functions. The state begins with the fraction.
CREATE FUNCTION add_to_percentile(state double precision[], a double precision, fraction double precision) RETURNS double precision[]
LANGUAGE sql IMMUTABLE AS $$
  SELECT CASE WHEN a IS NULL THEN coalesce(state, ARRAY[fraction]) ELSE coalesce(state, ARRAY[fraction]) || a END
$$;
CREATE FUNCTION percentile_of(state double precision[]) RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
  SELECT percentile_cont(state[1]) WITHIN GROUP (ORDER BY a) FROM unnest(state[2:]) AS a
$$;
CREATE AGGREGATE percentile(double precision, double precision) (SFUNC = add_to_percentile, STYPE = double precision[], FINALFUNC = percentile_of);
