## Dates and times

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

SELECT DATEDIFF(fortnight, '2024-01-01', '2024-02-01')
--
error unknown date part "fortnight"

select date_cmp('2020-01-01','2020-01-02'), date_cmp_timestamp('2020-01-01','2020-01-01 10:00')
--
-1 | -1

select try_cast('12.5' as numeric(5,1)), try_cast('x' as date), try_cast('2020-01-02' as date)
--
12.5 | NULL | 2020-01-02
