# Redshift's functions, with the answers of its documentation.
SELECT DATEDIFF(week, '2009-01-01', '2009-12-31'), DATEDIFF(qtr, '1998-07-01', '2008-01-01'), DATEDIFF(year, '2023-12-31', '2024-01-01')
--
52 | 38 | 1

SELECT DATEDIFF(day, '2024-02-29 23:59:59'::timestamp, '2024-03-31'::timestamp), DATEDIFF(hour, '10:59'::time, '11:01'::time)
--
31 | 1

SELECT DATEADD(month, 1, '2024-01-31'::date), DATEADD(day, -7, '2024-03-01'), DATEADD(quarter, 1, '2024-01-15'::timestamp)
--
2024-02-29 00:00:00 | 2024-02-23 00:00:00 | 2024-04-15 00:00:00

SELECT DATE_TRUNC('month', '2024-02-29'::date), DATE_PART(year, '2024-02-29'::date), EXTRACT(quarter FROM '2024-05-01'::timestamp)
--
2024-02-01 00:00:00 | 2024 | 2

SELECT LAST_DAY('2024-02-10'::date), ADD_MONTHS('2024-02-29'::date, 1), MONTHS_BETWEEN('2024-03-31'::date, '2024-02-29'::date)
--
2024-02-29 | 2024-03-31 00:00:00 | 1.0

SELECT NEXT_DAY('2014-08-20', 'Tuesday'), TRUNC('2024-02-29 13:00'::timestamp), TRUNC(-2.7), TRUNC(2.345, 2)
--
2014-08-26 | 2024-02-29 | -2 | 2.34

SELECT CONVERT_TIMEZONE('UTC', 'America/Toronto', '2024-01-31 10:00'::timestamp)
--
2024-01-31 05:00:00

SELECT GETDATE() > '2024-01-01', SYSDATE > '2024-01-01', CURRENT_DATE = TRUNC(GETDATE())
--
true | true | true

SELECT NVL(NULL, 2), NVL2(NULL, 'y', 'n'), DECODE(NULL, NULL, 'none', 'some'), DECODE(3, 1, 'one', 'other'), ISNULL(NULL, 5)
--
2 | n | none | other | 5

SELECT LISTAGG(x, ',') WITHIN GROUP (ORDER BY x DESC), LISTAGG(DISTINCT x, '-') WITHIN GROUP (ORDER BY x) FROM (SELECT 10 x UNION ALL SELECT 2 UNION ALL SELECT 2) t
--
10,2,2 | 2-10

SELECT LEN('abc'), CHARINDEX('c', 'abc'), STRPOS('abc', 'b'), LEFT('abc', 2), SPLIT_PART('a,b', ',', 2), LPAD('7', 3, '0'), INITCAP('ab cd')
--
3 | 3 | 2 | ab | b | 007 | Ab Cd

SELECT JSON_EXTRACT_PATH_TEXT('{"a": {"b": 1}}', 'a', 'b'), IS_VALID_JSON('{'), JSON_ARRAY_LENGTH('[1, 2]'), STRTOL('ff', 16)
--
1 | false | 2 | 255

SELECT s.attrs.tier::int, s.attrs.tags[0]::varchar FROM (SELECT JSON_PARSE('{"tier": 1, "tags": ["a", "b"]}') AS attrs) s
--
1 | a

SELECT MEDIAN(q), PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY q) FROM (SELECT 4 q UNION ALL SELECT 7) t
--
5.5 | 5.5

SELECT n, LAG(v, 1) IGNORE NULLS OVER (ORDER BY n), LAST_VALUE(v IGNORE NULLS) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM (SELECT 1 n, 10 v UNION ALL SELECT 2, NULL UNION ALL SELECT 3, 30) t ORDER BY n
--
1 | NULL | 30
2 | 10 | 30
3 | 10 | 30

SELECT REGEXP_SUBSTR('a1b22', '[0-9]+'), REGEXP_REPLACE('abc', 'b', 'x'), REGEXP_COUNT('a1b22', '[0-9]')
--
1 | axc | 3

WITH RECURSIVE d(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < 5) SELECT SUM(n) FROM d
--
15

SELECT DATEDIFF(fortnight, '2024-01-01', '2024-02-01')
--
error unknown date part "fortnight"
