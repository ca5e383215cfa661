## Statements of analysts, dbt, Airflow and BI tools

create schema if not exists analytics_dev
--
ok

create table analytics_dev.stg_orders (order_id bigint, customer varchar(64), status varchar(20), amount numeric(12,2), ordered_at timestamp, meta super)
--
ok

insert into analytics_dev.stg_orders values (1,'ann','open',10.50,'2024-01-05 10:00:00',json_parse('{"channel":"web","tags":["a","b"]}')),(2,'bob','shipped',20.00,'2024-01-20 11:30:00',null),(3,'ann','shipped',5.25,'2024-02-03 09:00:00',json_parse('{"channel":"app","tags":[]}')),(4,'cid','open',null,'2024-02-28 23:59:59',null)
--
ok

/* {"app": "dbt", "dbt_version": "1.8.0", "node_id": "model.x"} */ create table "script_workloads"."analytics_dev"."orders__dbt_tmp" diststyle even compound sortkey(order_id) as ( with source as (select * from analytics_dev.stg_orders) select *, row_number() over (partition by customer order by ordered_at) as n from source )
--
ok

alter table analytics_dev.orders__dbt_tmp rename to orders
--
ok

select count(*) from analytics_dev.orders
--
4

create or replace view analytics_dev.v_orders as (select order_id, customer from analytics_dev.orders) with no schema binding
--
ok

select * from analytics_dev.v_orders order by 1 limit 2
--
1 | ann
2 | bob

delete from analytics_dev.orders using (select 1 as order_id) s where analytics_dev.orders.order_id = s.order_id
--
ok

delete from analytics_dev.orders where (order_id) in (select (order_id) from analytics_dev.stg_orders where order_id = 2)
--
ok

insert into analytics_dev.orders (order_id, customer, status, amount, ordered_at) (select order_id, customer, status, amount, ordered_at from analytics_dev.stg_orders where order_id in (1,2))
--
ok

select distinct nspname from pg_namespace where nspname not like 'pg_%' order by 1
--
analytics_dev
information_schema
public

select table_catalog as database, table_name as name, table_schema as schema, 'table' as type from information_schema.tables where table_schema ilike 'analytics_dev' and table_type = 'BASE TABLE' order by 2
--
script_workloads | orders | analytics_dev | table
script_workloads | stg_orders | analytics_dev | table

with bound_views as (select ordinal_position, table_schema, column_name, data_type, character_maximum_length, numeric_precision, numeric_scale from information_schema."columns" where table_name = 'orders') select column_name, data_type, character_maximum_length, numeric_precision, numeric_scale from bound_views order by ordinal_position
--
order_id | bigint | NULL | 64 | 0
customer | character varying | 64 | NULL | NULL
status | character varying | 20 | NULL | NULL
amount | numeric | NULL | 12 | 2
ordered_at | timestamp without time zone | NULL | NULL | NULL
meta | super | NULL | NULL | NULL
n | bigint | NULL | 64 | 0

select table_schema, table_name from svv_tables where table_schema = 'analytics_dev' order by 2
--
analytics_dev | orders
analytics_dev | stg_orders
analytics_dev | v_orders

select case when has_schema_privilege('analytics_dev', 'usage') then 1 else 0 end
--
1

select current_database(), current_schema(), current_user, session_user, user, version() like 'PostgreSQL 8.0.2%'
--
script_workloads | public | admin | admin | admin | true

select n.nspname, c.relname, c.relkind, pg_get_userbyid(c.relowner) = current_user from pg_catalog.pg_class c join pg_catalog.pg_namespace n on n.oid = c.relnamespace where c.relkind in ('r','v') and n.nspname = 'analytics_dev' order by 2
--
analytics_dev | orders | r | true
analytics_dev | stg_orders | r | true
analytics_dev | v_orders | v | true

select a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attnum from pg_attribute a join pg_class c on a.attrelid = c.oid join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'analytics_dev' and c.relname = 'stg_orders' and a.attnum > 0 order by a.attnum
--
order_id | bigint | false | 1
customer | character varying(64) | false | 2
status | character varying(20) | false | 3
amount | numeric(12,2) | false | 4
ordered_at | timestamp without time zone | false | 5
meta | super | false | 6

select tablename, schemaname from pg_tables where schemaname = 'analytics_dev' order by 1
--
orders | analytics_dev
stg_orders | analytics_dev

select viewname from pg_views where schemaname = 'analytics_dev'
--
v_orders

select usename, usesuper from pg_user where usename = current_user
--
admin | true

select * from svv_redshift_columns where schema_name = 'analytics_dev' and table_name = 'stg_orders' and ordinal_position < 3
--
script_workloads | analytics_dev | stg_orders | order_id | 1 | NULL | YES | bigint | NULL | 64 | 0 | NULL
script_workloads | analytics_dev | stg_orders | customer | 2 | NULL | YES | character varying | 64 | NULL | NULL | NULL

select schema_name from svv_all_schemas where schema_name = 'analytics_dev'
--
analytics_dev

select column_name, data_type from svv_all_columns where table_name = 'stg_orders' order by ordinal_position
--
order_id | bigint
customer | character varying
status | character varying
amount | numeric
ordered_at | timestamp without time zone
meta | super

select table_name, table_type from svv_redshift_tables where schema_name = 'analytics_dev' order by 1
--
orders | TABLE
stg_orders | TABLE
v_orders | VIEW

set search_path to analytics_dev, public
--
ok

select "column", type from pg_table_def where schemaname = 'analytics_dev' and tablename = 'stg_orders'
--
order_id | bigint
customer | character varying(64)
status | character varying(20)
amount | numeric(12,2)
ordered_at | timestamp without time zone
meta | super

select date_trunc('month', ordered_at) as month, status, count(*) as orders, sum(amount) as revenue from stg_orders group by 1, 2 order by 1, 2
--
2024-01-01 00:00:00 | open | 1 | 10.50
2024-01-01 00:00:00 | shipped | 1 | 20.00
2024-02-01 00:00:00 | open | 1 | NULL
2024-02-01 00:00:00 | shipped | 1 | 5.25

select date_trunc('week', ordered_at)::date, count(distinct customer) from stg_orders group by 1 order by 1
--
2024-01-01 | 1
2024-01-15 | 1
2024-01-29 | 1
2024-02-26 | 1

select customer, sum(amount) as total, rank() over (order by sum(amount) desc nulls last) as r from stg_orders group by customer order by r
--
bob | 20.00 | 1
ann | 15.75 | 2
cid | NULL | 3

select customer, amount, sum(amount) over (partition by customer order by ordered_at rows unbounded preceding) as running, lag(amount) over (partition by customer order by ordered_at) as before, first_value(amount) over (partition by customer order by ordered_at rows between unbounded preceding and unbounded following) from stg_orders order by customer, ordered_at
--
ann | 10.50 | 10.50 | NULL | 10.50
ann | 5.25 | 15.75 | 10.50 | 10.50
bob | 20.00 | 20.00 | NULL | 20.00
cid | NULL | NULL | NULL | NULL

select ntile(2) over (order by order_id), percent_rank() over (order by order_id), cume_dist() over (order by order_id), nth_value(order_id, 2) over (order by order_id rows between unbounded preceding and unbounded following) from stg_orders order by 2
--
1 | 0.0 | 0.25 | 2
1 | 0.3333333333333333 | 0.5 | 2
2 | 0.6666666666666666 | 0.75 | 2
2 | 1.0 | 1.0 | 2

select to_char(ordered_at, 'YYYY-MM'), to_char(ordered_at, 'Mon DD, YYYY HH12:MI AM'), to_char(amount, '999D99'), to_char(1234.5, '9,999.00') from stg_orders where order_id = 1
--
2024-01 | Jan 05, 2024 10:00 AM |   10.50 |  1,234.50

select extract(year from ordered_at), extract(dow from ordered_at), extract(epoch from ordered_at), date_part('week', ordered_at), date_part(dayofyear, ordered_at) from stg_orders where order_id = 1
--
2024 | 5 | 1704448800 | 1 | 5

select datediff('day', min(ordered_at), max(ordered_at)), datediff(months, '2024-01-31', '2024-02-01'), dateadd('hour', 5, '2024-01-01 00:00:00') from stg_orders
--
54 | 1 | 2024-01-01 05:00:00

select getdate()::date = current_date, sysdate >= getdate(), trunc(sysdate) = current_date
--
true | true | true

select current_date - 7 < current_date, current_date - interval '7 days' < current_date, '2024-03-01'::date - '2024-02-01'::date
--
true | true | 29

select case when amount > 10 then 'big' when amount is null then 'none' else 'small' end as size, count(*) from stg_orders group by 1 order by 1
--
big | 2
none | 1
small | 1

select nvl(amount, 0), coalesce(status, 'x'), nullif(status, 'open'), nvl2(amount, 1, 0) from stg_orders order by order_id
--
10.50 | open | NULL | 1
20.00 | shipped | shipped | 1
5.25 | shipped | shipped | 1
0 | open | NULL | 0

select upper(customer), lower('ABC'), trim('  x '), ltrim('xxy', 'x'), rtrim('yxx', 'x'), btrim('xyx','x'), replace('aXb','X','-'), reverse('abc'), repeat('ab', 2), left(customer, 1) || '.' from stg_orders where order_id = 1
--
ANN | abc | x | y | y | y | a-b | cba | abab | a.

select substring('abcdef', 2, 3), substring('abcdef' from 2 for 2), position('c' in 'abc'), strpos('abc','c'), charindex('c','abc'), split_part('a-b-c','-',2), lpad('5',3,'0'), rpad('5',3,'x'), translate('abc','ab','xy'), chr(65), ascii('A'), len('äö'), octet_length('äö'), initcap('hello world')
--
bcd | bc | 3 | 3 | 3 | b | 005 | 5xx | xyc | A | 65 | 2 | 4 | Hello World

select regexp_replace('abc123', '[0-9]+', ''), regexp_substr('abc123', '[0-9]+'), regexp_count('a1b2', '[0-9]'), regexp_instr('abc1', '[0-9]'), 'abc' ~ '^a', 'abc' !~ 'z', 'abc' similar to '(a|b)%', 'abc' ilike 'AB%'
--
abc | 123 | 2 | 4 | true | true | true | true

select md5('a'), sha2('a', 256), func_sha1('a'), strtol('ff', 16), to_hex(255), crc32('a')
--
0cc175b9c0f1b6a831c399e269772661 | ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb | 86f7e437faa5a7fce15d1ddcb9eaeaea377667b8 | 255 | ff | e8b7be43

select abs(-1), ceil(1.2), floor(-1.2), round(1.255, 2), trunc(1.999, 1), mod(7, 3), power(2, 10), sqrt(16), sign(-5), greatest(1, 2, 3), least(1, 2), ln(1), exp(0), log(100), pi() > 3.14, 7 / 2, 7 / 2.0, 7 % 3, -7 / 2
--
1 | 2 | -2 | 1.26 | 1.9 | 1 | 1024.0 | 4.0 | -1 | 3 | 1 | 0.0 | 1.0 | 2.0 | true | 3 | 3.5000000000000000 | 1 | -3

select listagg(customer, ', ') within group (order by customer), listagg(distinct status, '|') within group (order by status), count(distinct customer), approximate count(distinct customer) from stg_orders
--
ann, ann, bob, cid | open|shipped | 3 | 3

select median(amount), percentile_cont(0.9) within group (order by amount), stddev(amount), variance(amount), avg(amount), min(ordered_at), max(status), sum(amount), any_value(status) is not null from stg_orders
--
10.5 | 18.1 | 7.476351605785628 | 55.895833333333336 | 11.91 | 2024-01-05 10:00:00 | shipped | 35.75 | true

select meta.channel::varchar, meta.tags[0]::varchar, get_array_length(meta.tags), json_typeof(meta) from stg_orders where meta is not null order by order_id
--
web | a | 2 | object
app | NULL | 0 | object

select o.order_id, t::varchar as tag from stg_orders o, o.meta.tags t order by 2
--
1 | a
1 | b

select order_id from stg_orders where meta.channel = 'web'
--
1

select json_extract_path_text('{"a":{"b":"c"}}', 'a', 'b'), json_extract_array_element_text('["x","y"]', 1), json_array_length('[1,2,3]'), is_valid_json('{}'), json_serialize(object('a', 1)), json_parse('[1,2]')
--
c | y | 3 | true | {"a":1} | [1,2]

select a.order_id, b.order_id from stg_orders a full outer join stg_orders b on a.order_id = b.order_id + 2 order by 1, 2
--
1 | NULL
2 | NULL
3 | 1
4 | 2
NULL | 3
NULL | 4

select order_id from stg_orders where exists (select 1 from orders o where o.order_id = stg_orders.order_id) order by 1
--
1
2
3
4

select order_id from stg_orders except select order_id from orders order by 1
--


select order_id from stg_orders minus select order_id from orders order by 1
--


select order_id from stg_orders intersect select 1 order by 1
--
1

with recursive dates(d) as (select '2024-01-01'::date union all select (d + 1)::date from dates where d < '2024-01-05') select count(*), max(d) from dates
--
5 | 2024-01-05

select * from (select customer, status, amount from stg_orders) pivot (sum(amount) for status in ('open' as open_amount, 'shipped' as shipped_amount)) order by customer
--
ann | 10.50 | 5.25
bob | NULL | 20.00
cid | NULL | NULL

select top 1 customer from stg_orders order by amount desc nulls last
--
bob

select customer from stg_orders qualify row_number() over (partition by customer order by ordered_at desc) = 1 order by 1
--
ann
bob
cid

select status, count(*) from stg_orders group by rollup (status) order by status nulls last
--
open | 2
shipped | 2
NULL | 4

select 1 as a union all select 2 order by a desc limit 1 offset 1
--
1

update orders set status = s.status || '!' from stg_orders s where orders.order_id = s.order_id and s.order_id = 1
--
ok

update orders set amount = amount * 1.1, status = default where order_id = 2
--
ok

select order_id, status, amount from orders order by 1
--
1 | open! | 10.50
2 | NULL | 22.00
3 | shipped | 5.25
4 | open | NULL

truncate table orders
--
ok

create temporary table tmp_x (like stg_orders including defaults)
--
ok

insert into tmp_x select * from stg_orders
--
ok

select count(*) from tmp_x
--
4

create table if not exists events (event_id bigint identity(1,1) not null, payload super, created_at timestamp default sysdate, kind varchar(20) not null default 'x' encode zstd, primary key (event_id)) distkey(event_id) sortkey(created_at)
--
ok

insert into events (payload) values (json_parse('{"a":1}'))
--
ok

select event_id, kind, payload from events
--
1 | x | {"a":1}

create table gbd (id bigint generated by default as identity(1,1), b varbyte(10), g double precision, t timetz, ts timestamptz, tm time, i interval year to month)
--
ok

create table gbd2 (id bigint generated by default as identity(1,1), b varbyte(10), g float8, f real, ts timestamptz, tm time, n char(3), x nvarchar(10), s smallint, bo bool)
--
ok

select column_name, data_type from svv_columns where table_name = 'gbd2' order by ordinal_position
--
id | bigint
b | binary varying
g | double precision
f | real
ts | timestamp with time zone
tm | time without time zone
n | character
x | character varying
s | smallint
bo | boolean

comment on table events is 'raw events'
--
ok

comment on column events.kind is 'which kind'
--
ok

comment on view v_orders is 'a view'
--
ok

alter table events add column source varchar(10) default 'web'
--
ok

alter table events drop column source cascade
--
ok

alter table events owner to current_user
--
ok

grant usage on schema analytics_dev to public
--
ok

grant select, insert on all tables in schema analytics_dev to public
--
ok

alter default privileges in schema analytics_dev grant select on tables to public
--
ok

revoke all on table events from public
--
ok

create user etl_user with password 'Passw0rd1' createdb
--
ok

create group etl_group with user etl_user
--
ok

alter group etl_group drop user etl_user
--
ok

alter user etl_user set search_path to analytics_dev
--
ok

alter user etl_user with password disable
--
ok

grant select on events to group etl_group
--
ok

grant all on schema analytics_dev to etl_user with grant option
--
ok

drop user no_such_user
--
error user "no_such_user" does not exist

select has_table_privilege('etl_user', 'events', 'select'), has_schema_privilege('etl_user','analytics_dev','create')
--
false | true

analyze events
--
ok

analyze events(kind)
--
ok

vacuum delete only events to 75 percent
--
ok

begin
--
ok

lock table events
--
ok

insert into events (payload) values (null)
--
ok

rollback
--
ok

start transaction isolation level serializable
--
ok

end
--
ok

set statement_timeout = 30000
--
ok

set timezone to 'America/New_York'
--
ok

select '2024-01-01 00:00:00+00'::timestamptz
--
2023-12-31 19:00:00-05

reset timezone
--
ok

set session authorization default
--
ok

select current_setting('statement_timeout')
--
30s

show statement_timeout
--
30s

show time zone
--
UTC

select pg_backend_pid() > 0
--
true

select query_id from sys_query_history where query_text like '%nothing like it%' and status = 'failed' limit 1
--


select * from stv_sessions
--
error relation "stv_sessions" does not exist

select * from svl_qlog
--
error relation "svl_qlog" does not exist

select lock_mode, lockable_object_type, granted from svv_transactions where pid = pg_backend_pid() and relation = (select oid from pg_class where relname = 'events')
--

select count(*) from svv_transactions where not granted
--
0

select "schema", "table", diststyle, tbl_rows from svv_table_info where "table" = 'events'
--
analytics_dev | events | KEY(event_id) | 1

select * from svv_external_tables
--


select * from svv_external_schemas
--


select * from svv_datashares
--


select user_name from svv_user_info where user_name = 'etl_user'
--
etl_user

select convert_timezone('America/New_York', '2024-07-01 12:00:00'), convert_timezone('UTC', 'Asia/Tokyo', '2024-07-01 12:00:00'::timestamp), '2024-07-01 12:00:00'::timestamp at time zone 'UTC' at time zone 'Asia/Tokyo'
--
2024-07-01 08:00:00 | 2024-07-01 21:00:00 | 2024-07-01 21:00:00

select timestamp '2024-01-01 10:00:00' + interval '1 hour', interval '1 day' * 3, date '2024-01-31' + 1
--
2024-01-01 11:00:00 | 3 days | 2024-02-01

select last_day('2024-02-01'), next_day('2024-02-01', 'Mon'), add_months('2024-01-31', 1), months_between('2024-03-31', '2024-01-31')
--
2024-02-29 | 2024-02-05 | 2024-02-29 00:00:00 | 2.0

select cast('2024-01-01' as date), cast('1' as integer) + 1, '1.5'::float + 1, 'true'::boolean, '10'::decimal(10,2), cast(1.5 as varchar), 1::varchar || 'x', 12.345::decimal(5,1)
--
2024-01-01 | 2 | 2.5 | true | 10.00 | 1.5 | 1x | 12.3

select 'a' || 1, 1 || 'a', len(12345), 'x' || null
--
a1 | 1a | 5 | NULL

select * from stg_orders where order_id = '1'
--
1 | ann | open | 10.50 | 2024-01-05 10:00:00 | {"channel":"web","tags":["a","b"]}

select * from stg_orders where status = 1
--
error operator does not exist: character varying = integer

select count(*) from stg_orders where ordered_at between '2024-01-01' and '2024-01-31' and ordered_at::date = '2024-01-05'
--
1

select decode(status, 'open', 'O', 'shipped', 'S'), count(*) from stg_orders group by decode(status, 'open', 'O', 'shipped', 'S') order by 1
--
O | 2
S | 2

select sum(case when status = 'open' then 1 else 0 end)::float / count(*) from stg_orders
--
0.5

select ratio_to_report(amount) over (partition by status) from stg_orders where amount is not null order by order_id
--
1.0
0.7920792079207921
0.2079207920792079

select count(*) over (), max(amount) over (partition by status) from stg_orders order by order_id limit 1
--
4 | 10.50

select generate_series(1, 3)
--
1
2
3

select n from generate_series(1, 3) as n
--
1
2
3

select order_id, n from stg_orders, generate_series(1,2) as n
--
error Specified types or functions (one per INFO message) not supported on Redshift tables.

create index ix on events (kind)
--
error SQL command "CREATE INDEX" not supported.

insert into events (payload) values (null) returning event_id
--
error syntax error at or near "returning"

select array_agg(order_id) from stg_orders
--
error function array_agg(bigint) does not exist

select order_id, (select max(amount) from stg_orders) from stg_orders where order_id = 1
--
1 | 20.00

select 1 where 1 = any(array[1,2])
--
error ARRAY[…] is not supported

select * from stg_orders for update
--
error syntax error at or near "for"

create table part_x (a int) partition by range (a)
--
error syntax error at or near "PARTITION"

create unlogged table ux (a int)
--
error syntax error at or near "unlogged"

create table arr (a int[])
--
error Column "a" has unsupported type "int[]"

create table js (a jsonb)
--
error type "jsonb" does not exist

create table uu (a uuid)
--
error type "uuid" does not exist

create table mo (a money)
--
error type "money" does not exist

alter table stg_orders alter column amount set not null
--
error ALTER TABLE ALTER COLUMN SET is not supported

alter table stg_orders add constraint ck check (amount > 0)
--
error CHECK constraints are not supported

insert into stg_orders (order_id) values (9) on conflict do nothing
--
error syntax error at or near "conflict"

select distinct on (customer) * from stg_orders
--
error syntax error at or near "on"

create table t_enc (a int encode az64, b varchar(10) encode text255) diststyle auto encode auto
--
ok

create table bad_type (a hllsketch)
--
error the sandbox does not support the type HLLSKETCH yet

create external schema spectrum from data catalog database 'x' iam_role default
--
error the sandbox does not support external schemas and tables yet

select 1::int4, 2::int8, 3::int2, 4::float4, 5::float8, 6::bpchar(2), 'x'::character varying(3), 1::dec(4,1)
--
1 | 2 | 3 | 4.0 | 5.0 | 6  | x | 1.0

select sum(order_id), avg(order_id), count(1), max(order_id)::varchar(3) from stg_orders
--
10 | 2 | 4 | 4

select interval '2 hours' > interval '90 minutes', extract(hour from interval '5 hours')
--
true | 5

select to_date('20240131', 'YYYYMMDD'), to_timestamp('2024-01-31 10:11:12', 'YYYY-MM-DD HH24:MI:SS'), to_number('12,345.67', '99,999.99')
--
2024-01-31 | 2024-01-31 10:11:12+00 | 12345.67

select bit_and(order_id), bit_or(order_id), bool_and(order_id > 0), bool_or(order_id > 3) from stg_orders
--
0 | 7 | true | true

select * from stg_orders a join orders b using (order_id)
--


select "Order_ID" from stg_orders where order_id = 1
--
1

select 1 as "Select", 2 as "order"
--
1 | 2

select 'It''s', E'tab\tx', 'a\\b'
--
It's | tab	x | a\b

select 5 as tag, 6 as "type", 7 as value, 8 as name, 9 as "user", 10 as date
--
5 | 6 | 7 | 8 | 9 | 10

drop table if exists events, gbd2
--
ok

drop schema analytics_dev cascade
--
ok

drop group etl_group
--
ok

drop user etl_user
--
ok
