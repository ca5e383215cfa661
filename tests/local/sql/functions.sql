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

SELECT 'a ' = 'a', 'a '::char(3) = 'a', 'a' in ('a ')
--
true | true | true

select string_agg('a', ',')
--
error function string_agg("unknown", "unknown") does not exist

select gen_random_uuid()
--
error function gen_random_uuid() does not exist

select format('%s', 1)
--
error function format("unknown", integer) does not exist

select 'äöü'::varchar(3), 'äöü'::char(4), 12345::varchar(3), true::varchar
--
ä | äö   | 123 | true

select soundex('Robert'), soundex('Tymczak'), soundex('Pfister'), soundex('Ashcraft'), difference('Robert','Rupert'), sha1('abc'), func_sha1(''), sha('The quick brown fox jumps over the lazy dog')
--
R163 | T522 | P236 | A261 | 4 | a9993e364706816aba3e25717850c26c9cd0d89d | da39a3ee5e6b4b0d3255bfef95601890afd80709 | 2fd4e1c67a2d28fced849ee1bb76e7391b93eb12

select crc32('Amazon Redshift'), octetindex('q','AMAZON redshiftq'), regexp_replace('aaa','a','b'), regexp_replace('john@x.com','(.*)@(.*)','$2-$1')
--
32def43d | 16 | bbb | x.com-john

select date_cmp('2020-01-01','2020-01-02'), date_cmp_timestamp('2020-01-01','2020-01-01 10:00')
--
-1 | -1

select avg(x) from (select 1.25::numeric(10,2) x union all select 2.30)
--
1.77

select round(2.567::float8, 2), round(2.5), stddev(x), round(avg(x),2) from (select 1 x union all select 4)
--
2.57 | 3 | 2.1213203435596424 | 2

select approximate count(distinct x) from (select 1 x)
--
1

select x, listagg(x, ',') within group (order by x desc) over (partition by 1), median(x) over (), percentile_cont(0.5) within group (order by x) over (partition by 1), ratio_to_report(x) over () from (select 1 x union all select 3)
--
3 | 3,1 | 2.0 | 2.0 | 0.75
1 | 3,1 | 2.0 | 2.0 | 0.25

select * from pg_proc_none
--
error relation "pg_proc_none" does not exist

select foo_bar(1, 'a')
--
error function foo_bar(integer, "unknown") does not exist

select distinct x from (select 'a' x union all select 'a  ')
--
a

select st_point(1,2)
--
error the sandbox does not support the function ST_POINT yet

select try_cast('a' as int), try_cast('12' as int)
--
NULL | 12

select regexp_substr('home@example.com','@[^.]*'), regexp_instr('abc','c'), regexp_count('aaa','a')
--
@example | 3 | 3

select stddev_pop(distinct x), sqrt(4), power(2,3), log(100), ln(1) from (select 1 x)
--
0.0 | 2.0 | 8.0 | 2.0 | 0.0

select try_cast('12.5' as numeric(5,1)), try_cast('x' as date), try_cast('2020-01-02' as date)
--
12.5 | NULL | 2020-01-02

select ceil(2.5), floor(7), sign(-3), round(1234, -2), ceiling(-1.5::float8)
--
3 | 7 | -1 | 1200 | -1.0
