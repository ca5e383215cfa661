## Reports and the loads they need

create table zt as (with x as (select 1 as a, '2024-01-05'::timestamp as ts, 2.5::decimal(8,2) as v union all select 2, '2024-02-05', 3.5) select * from x)
--
ok

insert into zt with y as (select 3 as a, current_timestamp::timestamp as ts, 1 as v) select * from y
--
ok

select date_trunc('month', current_date) <= current_date, dateadd(day, -1, current_date) < current_date, to_char(ts, 'YYYYMMDD')::int from zt where a = 1
--
true | true | 20240105

select extract(epoch from max(ts) - min(ts)) from zt where a < 3
--
2678400

select datediff(second, min(ts), max(ts)), datediff(minute, min(ts), max(ts)), datediff(week, min(ts), max(ts)) from zt where a < 3
--
2678400 | 44640 | 5

select round(sum(v)::decimal(10,2) / count(*), 2), sum(v) / nullif(count(*), 0) > 1 from zt
--
2.33 | true

select a, sum(v) over (order by ts rows between 6 preceding and current row), v - lag(v) over (order by ts) from zt where a < 3 order by a
--
1 | 2.50 | NULL
2 | 6.00 | 1.00

select case when grouping(a) = 1 then 'total' else a::varchar end, sum(v) from zt where a < 3 group by rollup(a) order by 2
--
1 | 2.50
2 | 3.5
total | 6.00

select a from zt order by ts desc nulls last limit 1 offset 1
--
2

select * from zt where ts >= dateadd(month, -1, '2024-02-20') and ts < '2024-02-20' order by a
--
2 | 2024-02-05 00:00:00 | 3.5

select count(*) from zt where to_char(ts, 'YYYY-MM') = '2024-01' or extract(month from ts) = 2
--
2

select 'a' as x, 1.0 as y union all select 'b', 2 order by x
--
a | 1.0
b | 2

with a as (select 1 as id), b as (select id + 1 as id from a), c as (select * from a union all select * from b) select sum(id) from c
--
3

select max(case when a = 1 then v end) as one, max(case when a = 2 then v end) as two from zt
--
2.50 | 3.5

select z.a, (select count(*) from zt y where y.a <= z.a) from zt z where a < 3 order by 1
--
1 | 1
2 | 2

select distinct date_trunc('year', ts)::date from zt where a < 3
--
2024-01-01

select listagg(a::varchar, ',') within group (order by a), listagg(distinct case when a > 1 then 'x' else 'y' end, '') within group (order by 1) from zt
--
error the sandbox does not support LISTAGG(DISTINCT …) ordered by something else yet

select a % 2 as odd, count(1), min(ts)::date, max(v)::int, avg(v)::decimal(10,3) from zt where a < 3 group by odd order by odd
--
0 | 1 | 2024-02-05 | 4 | 3.500
1 | 1 | 2024-01-05 | 3 | 2.500

select upper(left('abc', 1)) || lower(substring('ABC', 2)), lpad(7::varchar, 3, '0'), len(trim('  a ')), 'a' || coalesce(null, 'b')
--
Abc | 007 | 1 | ab

select json_extract_path_text('{"a": 1}', 'a')::int + 1, nvl(nullif('', ''), 'empty')
--
2 | empty

select cast(ts as date), ts::date::varchar, ts::time, ts at time zone 'UTC' from zt where a = 1
--
2024-01-05 | 2024-01-05 | 00:00:00 | 2024-01-05 00:00:00+00

create or replace view zv as select a, v from zt where v > 2 with no schema binding
--
error All the relation names inside should be qualified when creating views with no schema binding. Unqualified: zt

create or replace view public.zv as select a, v from public.zt where v > 2 with no schema binding
--
ok

select * from zv order by 1
--
1 | 2.50
2 | 3.5

select * from (select a, row_number() over (order by v desc) as rn from zt) where rn <= 1
--
2 | 1

update zt set v = v + s.m from (select max(v) as m from zt where a < 3) s where zt.a = 1
--
ok

delete from zt where a in (select a from zt where a = 3)
--
ok

select a, v from zt order by a
--
1 | 6.00
2 | 3.5

begin; commit
--
error cannot insert multiple commands into a prepared statement

select sum(v) filter (where a > 1) from zt
--
error syntax error at or near "filter"

select unnest(array[1])
--
error function unnest("unknown") does not exist

select jsonb_build_object('a', 1)
--
error function jsonb_build_object("unknown", integer) does not exist

select make_date(2024, 1, 1)
--
error function make_date(integer, integer, integer) does not exist

select * from zt cross join lateral (select 1) x
--
error syntax error at or near "lateral"

create table zs (id serial primary key)
--
error syntax error at or near "serial"

create type zc as enum ('a')
--
error SQL command "CREATE TYPE" not supported.

select a::text[] from zt
--
error cannot cast type integer to character varying[]
