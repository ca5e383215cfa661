-- Functions of PostgreSQL that Redshift does not have and that run SQL, wait, lock, notify or store: the translator refuses
-- them, and PostgreSQL too. The library's set_config calls PostgreSQL's with the rights of its owner.
DO $$
DECLARE
  found record;
BEGIN
  FOR found IN SELECT p.oid::regprocedure AS function FROM pg_catalog.pg_proc AS p
    WHERE p.pronamespace = 'pg_catalog'::regnamespace AND p.prokind = 'f' AND (
      p.proname IN ('currtid2', 'loread', 'lowrite', 'pg_export_snapshot', 'pg_logical_emit_message', 'pg_notify', 'set_config', 'ts_stat')
      OR p.proname ~ '^(lo_|pg_advisory_|pg_sleep|pg_try_advisory_|(cursor|database|query|schema|table)_to_xml)')
  LOOP
    EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', found.function);
  END LOOP;
END
$$;
GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO rds_owner;
