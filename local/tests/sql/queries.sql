## Queries and data changes in general

select current_user_id > 0
--
true

create table emp (id int, name varchar(20), manager_id int, salary decimal(10,2), dept varchar(10), hired date)
--
ok

insert into emp values (1,'Ann',null,100.00,'x','2020-01-01'),(2,'Bob',1,80.50,'x','2021-05-05'),(3,'Cid',1,70.00,'y','2022-07-07'),(4,'Dee',2,60.25,'y','2023-12-31')
--
ok

select id, name, level from emp start with manager_id is null connect by prior id = manager_id order by level, id
--
1 | Ann | 1
2 | Bob | 2
3 | Cid | 2
4 | Dee | 3

select sum(salary)/3 from emp
--
103.5833333333333333

select 10.00/3
--
3.3333333333333333

select avg(salary), sum(salary), stddev(salary) from emp
--
77.68 | 310.75 | 17.018831481626464

select cast(avg(salary) as decimal(10,1)) from emp
--
77.7

select dept, listagg(name, ',') within group (order by salary desc) from emp group by dept order by dept
--
x | Ann,Bob
y | Cid,Dee

select name, salary, dense_rank() over (partition by dept order by salary desc) from emp order by id
--
Ann | 100.00 | 1
Bob | 80.50 | 2
Cid | 70.00 | 1
Dee | 60.25 | 2

select dept, sum(salary) from emp group by dept having sum(salary) > 150
--
x | 180.50

select e.name, m.name from emp e left join emp m on e.manager_id = m.id order by e.id
--
Ann | NULL
Bob | Ann
Cid | Ann
Dee | Bob

select * from emp where name like 'A%' or name like '%\\_%'
--
1 | Ann | NULL | 100.00 | x | 2020-01-01

select * from emp where hired between '2021-01-01' and current_date order by id limit 1
--
2 | Bob | 1 | 80.50 | x | 2021-05-05

select count(*), count(manager_id), count(distinct dept) from emp
--
4 | 3 | 2

select dept, count(*) filter (where salary > 70) from emp group by dept
--
error syntax error at or near "filter"

select extract(month from hired), date_part(year, hired), to_char(hired, 'DD-MON-YYYY'), to_char(hired, 'Day'), to_char(hired, 'Q') from emp where id = 4
--
12 | 2023 | 31-DEC-2023 | Sunday    | 4

select dateadd(year, -1, hired), dateadd(month, 2, hired), datediff(day, hired, '2024-01-01'), datediff(year, hired, '2024-01-01') from emp where id = 4
--
2022-12-31 00:00:00 | 2024-02-29 00:00:00 | 1 | 1

select date_trunc('quarter', hired), date_trunc('year', hired), date_trunc('day', '2024-01-01 10:11:12'::timestamp), date_trunc('hour', timestamp '2024-01-01 10:11:12') from emp where id = 4
--
2023-10-01 00:00:00 | 2023-01-01 00:00:00 | 2024-01-01 00:00:00 | 2024-01-01 10:00:00

select date_diff('month', '2024-01-01'::date, '2024-03-01'::date), months_between('2024-03-15'::date, '2024-01-10'::date)
--
2 | 2.161290322580645

select interval '1' day, interval '2 years 3 months', '2024-01-31'::date + interval '1 month'
--
1 day | 2 years 3 mons | 2024-02-29 00:00:00

select getdate() - interval '1 day' < getdate(), sysdate::date - 1 = current_date - 1
--
true | true

select timestamp '2024-01-01' - timestamp '2023-12-31', '2024-01-02'::date - '2024-01-01'::date
--
1 day | 1

select extract(epoch from timestamp '1970-01-02'), timestamp 'epoch' + 86400 * interval '1 second'
--
86400 | 1970-01-02 00:00:00

select date '2024-02-30'
--
error date/time field value out of range: "2024-02-30"

select to_date('2024-13-01', 'YYYY-MM-DD')
--
error date/time field value out of range: "2024-13-01"

select 'abc' < 'abd', 'a' = 'A', upper('a') = 'A', 'a' || 'b' = 'ab', 'x' in ('x', 'y'), null = null, null is null
--
true | false | true | true | true | NULL | true

select coalesce(null, null, 3), nullif(1, 1), case 1 when 1 then 'a' else 'b' end, decode(2, 1, 'x', 2, 'y'), greatest('a', 'b'), least(3.5, 2)
--
3 | NULL | a | y | b | 2

select 0.1 + 0.2, 1e3, 1.0::float / 3, 100::bigint * 100
--
0.3 | 1000 | 0.3333333333333333 | 10000

select 9223372036854775807 + 1
--
error bigint out of range

select 2147483647 + 1
--
error integer out of range

select 32768::smallint
--
error smallint out of range

select cast('abc' as int)
--
error invalid input syntax for type integer: "abc"

select cast(1.5 as int), cast(2.5 as int), cast(-1.5 as int), '3.7'::float::int
--
2 | 3 | -2 | 4

select cast('true' as boolean), cast('f' as bool), 1::boolean, true::int, 'yes'::bool
--
true | false | true | 1 | true

select cast('2024-01-01 10:00' as timestamp), cast('10:11:12' as time), '2024-01-01'::timestamptz
--
2024-01-01 10:00:00 | 10:11:12 | 2024-01-01 00:00:00+00

select 'a'::char(5) || 'b', len('a  '::char(5)), len('a  '::varchar(5)), 'abc'::char(2)
--
ab | 1 | 3 | ab

select replace('a,b', ',', ''), trim(both 'x' from 'xax'), trim(leading '0' from '007'), substring('redshift', 4), right('abc', 2), concat('a', 'b'), concat(1, 'b')
--
ab | a | 7 | shift | bc | ab | 1b

select lpad('abc', 2), rpad('a', 4, 'xy'), repeat('-', 3), reverse('äb'), ascii('a'), chr(228), initcap('o''neil mc-donald'), translate('12345', '143', 'ax'), strpos('abc', 'z'), position('b' in 'abc')
--
ab | axyx | --- | bä | 97 | ä | O'Neil Mc-Donald | a2x5 | 0 | 2

select regexp_replace('the fox', 'FOX', 'quick brown fox', 1, 'ip'), regexp_replace('a1b2', '[0-9]'), regexp_substr('the fox', 'FOX', 1, 1, 'i'), regexp_substr('key=val', '([a-z]+)=([a-z]+)', 1, 1, 'e'), regexp_instr('the fox', 'fox'), regexp_count('abcabc', 'ABC', 1, 'i')
--
the quick brown fox | ab | fox | key | 5 | 2

select split_part('abc$def$ghi', '$', 2), split_part('a,b', ',', 5), charindex('fish', 'dogfish'), charindex('x', 'dogfish')
--
def |  | 4 | 0

select strtol('0xf', 16), strtol('110', 2), to_hex(2147676847), bpcharcmp('a', 'b'), crc32('Amazon'), md5('Amazon Redshift')
--
15 | 6 | 8002f2af | -1 | 86f78d41 | f7415e33f972c03abd4f3fed36748f7a

select is_valid_json('{"a":2}'), is_valid_json('[1]'), is_valid_json('null'), is_valid_json_array('[]'), can_json_parse('1')
--
true | false | false | true | true

select json_extract_path_text('{"f2":{"f3":1},"f4":{"f5":99,"f6":"star"}}','f4', 'f6'), json_extract_path_text('{"a":[1,2]}','a'), json_extract_path_text('{"a":null}','a')
--
star | [1,2] | NULL

select json_extract_array_element_text('[111,112,113]', 2), json_extract_array_element_text('["a",["b",1]]', 1), json_array_length('[11,12,13,{"f1":21,"f2":[25,26]},14]')
--
113 | ["b",1] | 5

select json_parse('{"a":[{"b":1},{"b":2}]}').a[1].b
--
2

select json_typeof(json_parse('1')), json_typeof(json_parse('"s"')), json_typeof(json_parse('true')), json_typeof(json_parse('null')), json_size(json_parse('[1,2]'))
--
number | string | boolean | null | 5

create table sup (id int, d super)
--
ok

insert into sup values (1, json_parse('{"name":{"given":"Jane","family":"Doe"},"phones":[{"type":"home","num":"1"},{"type":"work","num":"2"}],"n":12.5}')), (2, json_parse('{"name":{"given":"Jim"},"phones":[],"n":"x"}'))
--
ok

select d.name.given, d.name.family, d.phones[0].num from sup order by id
--
"Jane" | "Doe" | "1"
"Jim" | NULL | NULL

select id, p.type, p.num::varchar from sup s, s.d.phones p order by 2
--
1 | "home" | 1
1 | "work" | 2

select id, d.n + 1 from sup where id = 1
--
1 | 13.5

select id from sup where d.name.given = 'Jim'
--
2

select id from sup where d.n > 10
--
1

select count(*), d.name.given::varchar as g from sup group by d.name.given order by g
--
1 | Jane
1 | Jim

select id, k, v from sup s, unpivot s.d.name as v at k order by id, k
--
1 | family | "Doe"
1 | given | "Jane"
2 | given | "Jim"

select * from sup order by d.name.given desc
--
2 | {"name":{"given":"Jim"},"phones":[],"n":"x"}
1 | {"name":{"given":"Jane","family":"Doe"},"phones":[{"type":"home","num":"1"},{"type":"work","num":"2"}],"n":12.5}

select json_serialize(d) from sup where id = 2
--
{"name":{"given":"Jim"},"phones":[],"n":"x"}

with t as (select json_parse('[1,2,3]') as a) select x from t, t.a as x
--
1
2
3

select dept, grouping(dept), sum(salary) from emp group by grouping sets ((dept), ()) order by 2, 1
--
x | 0 | 180.50
y | 0 | 130.25
NULL | 1 | 310.75

select dept, extract(year from hired) y, count(*) from emp group by cube (dept, extract(year from hired)) order by 1 nulls last, 2 nulls last limit 3
--
x | 2020 | 1
x | 2021 | 1
x | NULL | 2

select name, first_value(name) over (order by salary), last_value(name) over (order by salary rows between unbounded preceding and unbounded following), nth_value(name, 2) ignore nulls over (order by salary rows between unbounded preceding and unbounded following) from emp order by id
--
error the sandbox does not support IGNORE NULLS with these arguments of NTH_VALUE yet

select name, lead(name, 2) over (order by id), lag(name, 1, 'none') over (order by id) from emp order by id
--
Ann | Cid | none
Bob | Dee | Ann
Cid | NULL | Bob
Dee | NULL | Cid

select id, sum(salary) over (order by id rows between 1 preceding and current row), avg(salary) over (order by id rows between current row and unbounded following), count(*) over (partition by dept) from emp order by id
--
1 | 100.00 | 77.68 | 2
2 | 180.50 | 70.25 | 2
3 | 150.50 | 65.12 | 2
4 | 130.25 | 60.25 | 2

select percentile_cont(0.25) within group (order by salary) over (partition by dept), median(salary) over (partition by dept) from emp order by 1
--
62.6875 | 65.125
62.6875 | 65.125
85.375 | 90.25
85.375 | 90.25

select percentile_disc(0.5) within group (order by salary) from emp
--
70.00

select approximate percentile_disc(0.5) within group (order by salary) from emp
--
70.00

select max(name), min(hired), any_value(dept) is not null, bool_or(salary > 90) from emp
--
Dee | 2020-01-01 | true | true

select ratio_to_report(salary) over () from emp order by id limit 1
--
0.32180209171359614

update emp set salary = salary * 1.1 where dept = 'x'
--
ok

update emp e set salary = 1 from (select 2 as id) s where e.id = s.id
--
ok

delete from emp using sup where emp.id = sup.id and sup.id = 2
--
ok

insert into emp select 10, 'Eve', 1, 5, 'z', '2024-01-01'
--
ok

insert into emp (id, name) values (11, 'Fay'), (12, default)
--
ok

insert into emp default values
--
ok

select id, salary from emp order by id nulls last
--
1 | 110.00
3 | 70.00
4 | 60.25
10 | 5.00
11 | NULL
12 | NULL
NULL | NULL

create table emp2 as select * from emp where 1 = 0
--
ok

create table emp3 (like emp including defaults)
--
ok

insert into emp3 (select * from emp)
--
ok

select count(*) from emp3
--
7

create temp table stage (like emp)
--
ok

begin transaction
--
ok

delete from emp3
--
ok

insert into emp3 select * from emp limit 1
--
ok

commit
--
ok

select count(*) from emp3
--
1

alter table emp3 rename column name to full_name
--
ok

alter table emp3 add column extra int default 5 not null
--
ok

select full_name, extra from emp3
--
Cid | 5

alter table emp3 drop column extra
--
ok

create view v_emp as select id, name from emp
--
ok

select * from v_emp order by 1 limit 1
--
1 | Ann

drop table emp
--
error cannot drop table emp because other objects depend on it

drop table emp cascade
--
ok

select * from v_emp
--
error relation "v_emp" does not exist

create table "weird name" ("select" int, "Group" varchar(5))
--
ok

insert into "weird name" values (1, 'a')
--
ok

select "select", "GROUP" from "Weird Name"
--
1 | a

create table ct (a int not null, b varchar(5) default 'x', c timestamp default current_timestamp, d date default '2024-01-01', primary key (a, b), foreign key (a) references sup(id))
--
ok

insert into ct (a) values (1)
--
ok

insert into ct (b) values ('y')
--
error null value in column "a" of relation "ct" violates not-null constraint

select a, b, d from ct
--
1 | x | 2024-01-01

create table dk (a int) diststyle key
--
error DISTSTYLE KEY needs a DISTKEY

create table ident (id int identity(0,1), v int)
--
ok

insert into ident (v) values (5), (6)
--
ok

insert into ident (id, v) values (7, 7)
--
error cannot set an identity column to a value

select * from ident order by id
--
0 | 5
1 | 6

select t.a from (select 1 as a) t where t.a in (select 1 union select 2)
--
1

select exists (select 1), not exists (select 1 where false), 1 = any (select 1), 2 > all (select 1)
--
true | true | true | true

select (select 1) + 1, array(1, 2)[0]
--
error ARRAY[…] is not supported: ARRAY(…) makes a SUPER

select 1 as x where 1 <> 2 and 1 != 2 and not false and (true or null)
--
1

select * from (select 1 as a union all select 2) order by a desc
--
2
1

(select 1) union (select 2) order by 1
--
1
2

select distinct a % 2 from (select 1 as a union all select 2 union all select 3) t order by 1
--
0
1

with a as (select 1 as x), b as (select x + 1 as y from a) select * from a, b
--
1 | 2

select count(*) from pg_catalog.pg_database where datname = current_database()
--
1

select s.schemaname from pg_table_def s where tablename = 'ct' limit 1
--
public

select convert(varchar(3), 12345), convert(int, '5')
--
123 | 5

select nvl('a', 'b'), nvl(null, null) is null, isnull(null, 1), ifnull(null, 2), zeroifnull(null)
--
error function zeroifnull("unknown") does not exist

select text 'abc', date '2024-01-01', time '10:00', timestamptz '2024-01-01 00:00:00+00'
--
abc | 2024-01-01 | 10:00:00 | 2024-01-01 00:00:00+00

select hash('a')
--
error function hash("unknown") does not exist

select nextval('x')
--
error function nextval("unknown") does not exist

select row_to_json(t) from (select 1) t
--
error function row_to_json(record) does not exist

select to_json(1)
--
error function to_json(integer) does not exist

select concat_ws(',', 'a', 'b')
--
error function concat_ws("unknown", "unknown", "unknown") does not exist

select pg_sleep(0)
--
error function pg_sleep(integer) does not exist

select string_to_array('a,b', ',')
--
error function string_to_array("unknown", "unknown") does not exist

select array[1,2,3]
--
error ARRAY[…] is not supported: ARRAY(…) makes a SUPER

select '{1,2}'::int[]
--
{1,2}

select 1 from (select 1) x natural join (select 1) y
--
1

table emp3
--
error syntax error at or near "table"

insert overwrite into x values (1)
--
error syntax error at or near "OVERWRITE"

replace into x values (1)
--
error syntax error at or near "replace"

select * from emp3 tablesample system (10)
--
error the sandbox does not support TABLESAMPLE yet

select 1 limit 1, 2
--
error syntax error at or near "limit"

truncate emp3, sup
--
error syntax error at or near ","

drop table if exists nope1, nope2
--
ok
