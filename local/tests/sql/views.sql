## Views
#! A late-binding view keeps the columns that it was created with; AUTO REFRESH has no effect.

CREATE TABLE t (id int, name varchar(5), v numeric(8,2)) DISTSTYLE KEY DISTKEY(id) SORTKEY(id)
--
ok

INSERT INTO t VALUES (1,'a',1.5),(2,'b',2.5)
--
ok

SELECT * FROM (VALUES (1)) v
--
error syntax error at or near "VALUES"

CREATE VIEW late AS SELECT id, name FROM public.t WITH NO SCHEMA BINDING
--
ok

CREATE VIEW late2 AS SELECT id FROM t WITH NO SCHEMA BINDING
--
error All the relation names inside should be qualified when creating views with no schema binding. Unqualified: t

SELECT * FROM late ORDER BY 1
--
1 | a
2 | b

CREATE OR REPLACE VIEW late AS SELECT id, name, upper(name) AS big FROM public.t WITH NO SCHEMA BINDING
--
ok

DROP TABLE t
--
ok

SELECT * FROM late
--
error relation "public.t" does not exist

CREATE TABLE t (id int, name varchar(5), v numeric(8,2)) DISTSTYLE KEY DISTKEY(id) SORTKEY(id)
--
ok

INSERT INTO t VALUES (1,'a',1.5),(2,'b',2.5)
--
ok

SELECT * FROM late ORDER BY 1
--
1 | a | A
2 | b | B

SELECT table_name, table_type FROM svv_tables WHERE table_schema = 'public' ORDER BY 1
--
late | VIEW
t | BASE TABLE

CREATE MATERIALIZED VIEW mv BACKUP NO DISTSTYLE ALL SORTKEY(name) AUTO REFRESH YES AS SELECT name, sum(v) AS total FROM t GROUP BY name
--
ok

INSERT INTO t VALUES (3,'a',1)
--
ok

SELECT * FROM mv ORDER BY 1
--
a | 1.50
b | 2.50

REFRESH MATERIALIZED VIEW mv
--
ok

SELECT * FROM mv ORDER BY 1
--
a | 2.50
b | 2.50

DROP MATERIALIZED VIEW IF EXISTS mv
--
ok

SHOW VIEW late
--
SELECT id, name, upper(name) AS big FROM public.t WITH NO SCHEMA BINDING;

DROP VIEW late
--
ok
