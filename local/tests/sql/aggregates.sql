## Aggregates and window functions
#! APPROXIMATE is exact. AVG of decimals is truncated to their scale, not rounded.

SELECT LISTAGG(x, ',') WITHIN GROUP (ORDER BY x DESC), LISTAGG(DISTINCT x, '-') WITHIN GROUP (ORDER BY x) FROM (SELECT 10 x UNION ALL SELECT 2 UNION ALL SELECT 2) t
--
10,2,2 | 2-10

SELECT MEDIAN(q), PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY q) FROM (SELECT 4 q UNION ALL SELECT 7) t
--
5.5 | 5.5

SELECT n, LAG(v, 1) IGNORE NULLS OVER (ORDER BY n), LAST_VALUE(v IGNORE NULLS) OVER (ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) FROM (SELECT 1 n, 10 v UNION ALL SELECT 2, NULL UNION ALL SELECT 3, 30) t ORDER BY n
--
1 | NULL | 30
2 | 10 | 30
3 | 10 | 30

WITH RECURSIVE d(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM d WHERE n < 5) SELECT SUM(n) FROM d
--
15

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

select stddev_pop(distinct x), sqrt(4), power(2,3), log(100), ln(1) from (select 1 x)
--
0.0 | 2.0 | 8.0 | 2.0 | 0.0
