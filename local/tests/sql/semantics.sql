## Where Redshift and PostgreSQL differ
#! EXPLAIN shows PostgreSQL's plan.

SELECT 7/2, 7 % 2, -7/2
--
3 | 1 | -3

SELECT 10::numeric(10,2)/4::numeric(10,2) > 2.49, 1/0.5 = 2
--
true | true

SELECT 1/0
--
error division by zero

CREATE TABLE quantities (q INT, p NUMERIC(12,2), s VARCHAR(10))
--
ok

INSERT INTO quantities VALUES (7, 1.30, 'a'), (2, NULL, 'b'), (1, 41.00, NULL)
--
ok

SELECT AVG(q), SUM(q), AVG(p) FROM quantities
--
3 | 10 | 21.15

SELECT AVG(q) OVER () FROM quantities LIMIT 1
--
3

SELECT p FROM quantities ORDER BY p DESC
--
NULL
41.00
1.30

SELECT s FROM quantities ORDER BY s
--
a
b
NULL

SELECT 'abcdef'::varchar(3), CAST('abcdef' AS CHAR(2))
--
abc | ab

SELECT 2.7::numeric, 2.7::int
--
3 | 3

SELECT GREATEST(1, NULL), LEAST(2, NULL, 3), CONCAT('a', NULL), 'a' || NULL
--
1 | 2 | NULL | NULL

SELECT 'it''s', 'a\\b', 'tab\tend' = 'tab	end', 'it\'s'
--
it's | a\b | true | it's

SELECT COUNT(*) FROM quantities WHERE s LIKE 'a\\_%' OR s = 'a'
--
1

SELECT TOP 2 q FROM quantities ORDER BY q
--
1
2

SELECT q FROM quantities QUALIFY ROW_NUMBER() OVER (ORDER BY q) = 2
--
2

SELECT 1 AS "MixedCase"
--
1

SELECT 1 MINUS SELECT 1
--


SELECT MAX(q) FILTER (WHERE q > 1) FROM quantities
--
error syntax error at or near "FILTER"

SELECT STRING_AGG(s, ',') FROM quantities
--
error function string_agg

SELECT * FROM quantities, LATERAL (SELECT 1) x
--
error syntax error at or near "LATERAL"

INSERT INTO quantities VALUES (1, 1, 'x') ON CONFLICT DO NOTHING
--
error syntax error at or near "CONFLICT"

INSERT INTO quantities VALUES (1, 1, 'x') RETURNING q
--
error syntax error at or near "RETURNING"

SELECT DISTINCT ON (q) q FROM quantities
--
error syntax error at or near "ON"

SELECT * FROM stl_query
--
error relation "stl_query" does not exist

SELECT 1; SELECT 2
--
error cannot insert multiple commands

DELETE quantities WHERE q = 1
--
ok

UPDATE quantities SET s = 'z' FROM (SELECT 2 AS n) x WHERE q = x.n
--
ok

SELECT q, s FROM quantities ORDER BY q
--
2 | z
7 | a

SELECT 1 / CASE WHEN (SELECT COUNT(*) FROM quantities) = 2 THEN 1 ELSE 0 END
--
1

SELECT CASE WHEN version() LIKE '%Redshift%' THEN 'yes' END
--
yes

SELECT query_text, status FROM sys_query_history ORDER BY start_time DESC LIMIT 1
--
SELECT query_text, status FROM sys_query_history ORDER BY start_time DESC LIMIT 1 | running

SELECT * FROM svv_alter_table_recommendations
--
error the sandbox does not support the system view svv_alter_table_recommendations yet

SELECT SUM(q) FROM quantities GROUP BY ROLLUP(s) ORDER BY 1
--
2
7
9
