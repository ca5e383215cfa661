## MERGE

CREATE TABLE t (id int, name varchar(5), v numeric(8,2)) DISTSTYLE KEY DISTKEY(id) SORTKEY(id)
--
ok

INSERT INTO t VALUES (1,'a',1.5),(2,'b',2.5)
--
ok

MERGE INTO t USING (SELECT 1 AS id, 'new' AS name, 9.0 AS v) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET name = s.name, v = s.v WHEN NOT MATCHED THEN INSERT VALUES (s.id, s.name, s.v)
--
ok

SELECT name FROM t WHERE id = 1
--
new

CREATE TEMP TABLE src AS SELECT 2 AS id, 'dup'::varchar(10) AS name, 1.00::numeric(8,2) AS v UNION ALL SELECT 2, 'dup', 1.00
--
ok

MERGE INTO t USING src ON t.id = src.id REMOVE DUPLICATES
--
ok

SELECT * FROM t WHERE id = 2
--
2 | dup | 1.00

CREATE TABLE #tmp (a int)
--
ok

SELECT count(*) FROM svv_tables WHERE table_name = '#tmp'
--
0
