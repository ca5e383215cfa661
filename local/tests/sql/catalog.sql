## SHOW, system views and the catalog
#! The database name in SHOW … FROM is ignored. SVV_EXTERNAL_…, SVV_DATASHARES and SYS_SERVERLESS_USAGE are empty; SYS_QUERY_HISTORY has the last 1,000 queries of each database.

CREATE TABLE t (id int, name varchar(5), v numeric(8,2)) DISTSTYLE KEY DISTKEY(id) SORTKEY(id)
--
ok

INSERT INTO t VALUES (1,'a',1.5),(2,'b',2.5)
--
ok

SHOW COLUMNS FROM TABLE script_catalog.public.t LIKE 'n%'
--
script_catalog | public | t | name | 2 | NULL | YES | character varying | 5 | NULL | NULL | NULL

SHOW TABLES FROM SCHEMA script_catalog.public LIKE 't%'
--
script_catalog | public | t | TABLE | NULL | NULL

ANALYZE COMPRESSION t
--
t | id | az64 | 0.00
t | name | lzo | 0.00
t | v | az64 | 0.00

SHOW search_path
--
"$user", public

SHOW enable_result_cache_for_session
--
on
