## Numbers, conditions and casts
#! Quotients and unions of decimals have PostgreSQL's scale; casts of decimals always round, regardless of `enable_numeric_rounding`; a string column cannot be compared with a number.

SELECT NVL(NULL, 2), NVL2(NULL, 'y', 'n'), DECODE(NULL, NULL, 'none', 'some'), DECODE(3, 1, 'one', 'other'), ISNULL(NULL, 5)
--
2 | n | none | other | 5

select string_agg('a', ',')
--
error function string_agg("unknown", "unknown") does not exist

select gen_random_uuid()
--
error function gen_random_uuid() does not exist

select format('%s', 1)
--
error function format("unknown", integer) does not exist

select * from pg_proc_none
--
error relation "pg_proc_none" does not exist

select foo_bar(1, 'a')
--
error function foo_bar(integer, "unknown") does not exist

select st_point(1,2)
--
error the sandbox does not support the function ST_POINT yet

select try_cast('a' as int), try_cast('12' as int)
--
NULL | 12

select ceil(2.5), floor(7), sign(-3), round(1234, -2), ceiling(-1.5::float8)
--
3 | 7 | -1 | 1200 | -1.0
