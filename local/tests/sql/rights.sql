## Users, roles, grants and settings
#! Users, groups and roles share one namespace.

CREATE USER reader PASSWORD 'Reader123'
--
ok

CREATE ROLE analysts
--
ok

CREATE GROUP staff WITH USER reader
--
ok

GRANT ROLE analysts TO reader
--
ok

CREATE TABLE shared (n INT)
--
ok

GRANT SELECT ON shared TO ROLE analysts
--
ok

GRANT SELECT ON TABLE public.shared TO reader, GROUP staff, PUBLIC
--
ok

GRANT SELECT ON ALL TABLES IN SCHEMA public TO PUBLIC
--
ok

GRANT SELECT ON shared TO "IAM:somebody"
--
error user "IAM:somebody" does not exist

GRANT SELECT ON shared TO nobody_at_all
--
error user "nobody_at_all" does not exist

REVOKE SELECT ON shared FROM reader
--
ok

SELECT has_table_privilege('reader', 'shared', 'SELECT')
--
true

ALTER USER reader PASSWORD 'Other1234'
--
ok

SET search_path TO public, pg_catalog
--
ok

SET query_group TO 'nightly'
--
ok

SET no_such_setting TO 1
--
error unrecognized configuration parameter

SET statement_timeout TO 60000
--
ok

SHOW search_path
--
public, pg_catalog

REVOKE ROLE analysts FROM reader
--
ok

DROP GROUP staff
--
error cannot be dropped because some objects depend on it

DROP USER IF EXISTS nobody_at_all
--
ok

ANALYZE shared
--
ok

VACUUM FULL shared
--
ok
