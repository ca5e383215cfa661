## Metadata queries and expressions

select 'SELECT' as "select", case when 1=1 then 'x' end
--
SELECT | x

select count(*) as cnt from svv_table_info
--
0

select schemaname, tablename, tableowner from pg_tables where schemaname = 'public'
--

select nspname from pg_namespace order by 1
--
information_schema
pg_catalog
public

select usename from pg_user_info order by 1 limit 1
--
admin

select proname from pg_proc_info where proname = 'nope'
--

select relname from pg_class_info where relname = 'nope'
--

select column_name, data_type from information_schema.columns where table_name = 'nope'
--

select datname from pg_database_info where datname = current_database()
--
script_metadata

select groname from pg_group where groname like 'pg@_%' escape '@'
--

select * from pg_external_schema
--

select usename from svl_user_info
--
error relation "svl_user_info" does not exist

select * from svv_all_tables where schema_name = 'public'
--

select * from svv_alter_table_recommendations
--
error the sandbox does not support the system view svv_alter_table_recommendations yet

select * from sys_connection_log
--
error the sandbox does not support the system view sys_connection_log yet

select * from sys_query_detail limit 1
--
error the sandbox does not support the system view sys_query_detail yet

select * from stl_load_errors
--
error relation "stl_load_errors" does not exist

select relname, reltuples from pg_class where relname = 'x'
--

select t.table_name from svv_tables t join svv_columns c on c.table_name = t.table_name where t.table_schema = 'public' limit 1
--

select pg_get_viewdef('pg_catalog.pg_user'::regclass) is not null
--
true

select has_database_privilege('dev', 'connect')
--
true

select current_setting('timezone'), current_setting('search_path')
--
UTC | "$user", public

select listagg(distinct x, ',') within group (order by x) over (partition by 1) from (select 'a' as x)
--
error the sandbox does not support LISTAGG(DISTINCT …) OVER yet

select nth_value(x, 1) ignore nulls over (order by x) from (select 1 as x)
--
error the sandbox does not support IGNORE NULLS with these arguments of NTH_VALUE yet

select sum(distinct x), avg(distinct x), count(distinct x) from (select 1 as x union all select 1 union all select 2)
--
3 | 1 | 2

select dateadd(day, x, '2024-01-01') from (select 1 as x)
--
2024-01-02 00:00:00

select datediff(day, '2024-01-01', x) from (select '2024-02-01'::varchar as x)
--
error function datediff("unknown", timestamp without time zone, character varying) does not exist

select date_trunc('month', '2024-02-15')
--
2024-02-01 00:00:00

select trunc(123.456, -1), trunc('2024-02-15'::timestamp), trunc(getdate()) = current_date
--
120 | 2024-02-15 | true

select to_char(12345.678, '999,999.99'), to_char(-5, '99PR'), to_char(0.5, '0.99'), to_char(current_date, 'YYYY') = extract(year from current_date)::varchar
--
  12,345.68 |  <5> |  0.50 | true

select to_timestamp('05 Dec 2000', 'DD Mon YYYY'), to_date('December 5, 2000', 'Month DD, YYYY')
--
2000-12-05 00:00:00+00 | 2000-12-05

select extract(dayofweek from '2024-02-15'::date), extract(weekday from '2024-02-15'::date), date_part(w, '2024-02-15'::date), date_part(qtr, '2024-02-15'::date), date_part(ms, '2024-02-15 10:00:00.123'::timestamp)
--
4 | 4 | 7 | 1 | 123

select timezone('America/New_York', '2024-02-15 12:00:00'::timestamp), convert_timezone('EST', '2024-02-15 12:00:00'::timestamp)
--
2024-02-15 17:00:00+00 | 2024-02-15 07:00:00

select greatest(null, null), least(1, null), greatest('2024-01-01'::date, '2024-02-01'::date)
--
NULL | 1 | 2024-02-01

select 'abc' like 'a_c', 'abc' like 'a%' escape '\\', 'a%c' like 'a^%c' escape '^', 'abc' not like 'b%', 'ABC' ilike 'abc'
--
true | true | true | true | true

select 'abc' similar to '%(b|d)%', 'abc' ~ 'b.', 'abc' ~* 'B'
--
true | true | true

select x::varchar(2) from (select 'äö' as x)
--
ä

select len('äö'), octet_length('äö'), left('äö', 1), substring('äöü', 2, 1)
--
2 | 4 | ä | ö

select cast(null as int), null::varchar, nvl(null::int, 5)
--
NULL | NULL | 5

select count(*) from (select 1 union select 1), (select 2 union all select 2) x
--
2

select rank() over (order by x), x from (select 3 as x union all select 1) order by 2
--
1 | 1
2 | 3

select max(x) over (order by x rows 1 preceding) from (select 3 as x union all select 1)
--
1
3

select sum(x) over (order by x range between unbounded preceding and current row) from (select 3 as x union all select 1)
--
1
4

select * from (select 1 as a) a left join (select 2 as b) b on a.a = b.b right join (select 3 as c) c on true
--
1 | NULL | 3

select a.a from (select 1 as a) a cross join (select 2 as b) b
--
1

select 1 in (1, 2), 1 not in (2), (1, 2) = (1, 2), 1 between 0 and 2, true and null, coalesce(false, true), 1 is distinct from 2
--
true | true | true | true | NULL | false | true

select 10 / 4, 10 / 4.0 > 2.4, 10::float / 4, 10 % 4, -10 / 4, round(2.5), round(-2.5), round(3.5)
--
2 | true | 2.5 | 2 | -2 | 3 | -3 | 4

select sha2('Amazon Redshift', 256), sha1('a') = func_sha1('a'), md5(''), fnv_hash('a')
--
error the sandbox does not support the function FNV_HASH yet

select bool_and(x), every(x) from (select true as x)
--
error function every(boolean) does not exist
