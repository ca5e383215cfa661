## One of each command

create table #t (a int, b varchar(5))
--
ok

insert into #t values (1, 'x')
--
ok

select * from #t
--
1 | x

truncate #t
--
ok

alter table #t add column c int
--
ok

analyze #t
--
ok

drop table #t
--
ok

select 1 as a into temp table tt
--
ok

select * from tt
--
1

create temp table if not exists ctas distkey(a) as select 1 as a
--
ok

create local temp table lt (a int)
--
ok

create table perms (a int, b int)
--
ok

create user u1 password 'Abcdefg1'
--
ok

create role r1
--
ok

create group g1
--
ok

grant select (a) on perms to u1
--
ok

grant all privileges on perms to role r1
--
ok

grant create, usage on schema public to group g1
--
ok

grant temp on database script_commands to u1
--
ok

grant usage on language plpgsql to u1
--
ok

grant role r1 to u1
--
ok

grant role r1 to role sys:operator
--
error the sandbox does not support system roles yet

grant assumerole on 'arn:aws:iam::1:role/x' to u1 for copy
--
error the sandbox does not support ASSUMEROLE yet

alter default privileges for user u1 in schema public grant select on tables to group g1
--
ok

alter default privileges in schema public grant select, insert on tables to role r1
--
ok

alter default privileges in schema public revoke select on tables from group g1
--
ok

revoke all on all tables in schema public from u1
--
ok

grant select on all tables in schema public to u1, group g1, role r1
--
ok

create procedure p1(a int) as $$ begin insert into perms values (a, 1); end; $$ language plpgsql security definer
--
ok

grant execute on procedure p1(int) to u1
--
ok

call p1(3)
--
ok

select a from perms
--
3

create procedure p2(inout x int, y varchar(10)) as $$
declare
  n int;
begin
  select count(*) into n from perms where a > 0;
  if n = 0 then
    raise exception 'none';
  elsif n > 0 and x is not null then
    x := x + n;
  end if;
  for i in 1..3 loop
    x := x + i;
    exit when x > 100;
  end loop;
  return;
end;
$$ language plpgsql
--
ok

call p2(10, 'q')
--
17

create or replace procedure p3() as '
begin
  truncate perms;
  insert into perms values (nvl(null, 9), datepart);
end' language plpgsql
--
ok

create or replace procedure p3() language plpgsql as $$
begin
  truncate perms;
  insert into perms values (nvl(null, 9), 1);
  delete perms where a = 1;
  update perms set b = decode(b, 1, 2, 3);
  commit;
end $$
--
ok

call p3()
--
ok

select * from perms
--
9 | 2

call no_such(1)
--
error procedure no_such(integer) does not exist

drop procedure p1(int)
--
ok

drop procedure if exists nope()
--
ok

create function f1(a int) returns int stable as $$ select $1 $$ language sql
--
ok

create function f2(int) returns int as $$ select $1 + 1 $$ language sql immutable
--
ok

select f2(1), public.f2(a) from perms
--
2 | 10

create function f3(int) returns int volatile as $$ select count(*) from perms $$ language sql
--
error The body of an SQL function must be a SELECT clause without FROM

create external function f4(int) returns int volatile lambda 'x' iam_role default
--
error the sandbox does not support external schemas and tables yet

create library l language plpythonu from 's3://x/y.zip'
--
error syntax error at or near "create"

select function_name from svv_redshift_functions where schema_name = 'public' order by 1
--
f1
f2
p2
p3

create materialized view mv as select a, count(*) as n from perms group by a
--
ok

alter materialized view mv auto refresh yes
--
ok

refresh materialized view mv
--
ok

select * from mv
--
9 | 1

drop materialized view mv
--
ok

create view v as select a from perms
--
ok

drop view v, nope
--
error view "nope" does not exist

drop view if exists v cascade
--
ok

create or replace view v (x) as select a from perms
--
ok

select x from v
--
9

alter view v rename to v2
--
error syntax error at or near "alter"

alter table v owner to u1
--
ok

create schema s1 authorization u1 quota 10 gb
--
ok

alter schema s1 rename to s2
--
ok

alter schema s2 owner to admin
--
ok

alter schema s2 quota 5 gb
--
ok

drop schema if exists s2 restrict
--
ok

create database d2 with owner admin
--
ok

alter database d2 rename to d3
--
ok

drop database d3
--
ok

declare c cursor for select 1
--
error DECLARE CURSOR can only be used in transaction blocks

begin
--
ok

declare c cursor for select a from perms order by a
--
ok

fetch next from c
--
9

fetch forward 5 from c
--

close c
--
ok

commit
--
ok

prepare pq (int) as select $1 + 1
--
ok

execute pq(1)
--
2

deallocate pq
--
ok

set query_group to 'x'
--
ok

show query_group
--
x

reset query_group
--
ok

set enable_result_cache_for_session to off
--
ok

set search_path = s9
--
ok

select current_schema()
--
NULL

reset all
--
ok

lock perms
--
error LOCK TABLE can only be used in transaction blocks

comment on schema public is 'x'
--
ok

comment on database script_commands is 'x'
--
ok

use dev
--
error the sandbox does not support USE yet

alter system set x = 1
--
error syntax error at or near "alter"

checkpoint
--
error syntax error at or near "checkpoint"

cluster perms
--
error syntax error at or near "cluster"

reindex table perms
--
error syntax error at or near "reindex"

create table a1 as table perms
--
ok

create table a3 (a int unique, b int references perms(a), c int default nextval('x'))
--
error function nextval("unknown") does not exist

create table a4 (a int collate case_insensitive)
--
error the sandbox does not support COLLATE CASE_INSENSITIVE yet

create table a5 (a varchar(10) collate case_sensitive)
--
ok

alter user u1 rename to u9
--
ok

alter role r1 rename to r9
--
ok

drop role r9
--
error role "r9" cannot be dropped because some objects depend on it

drop role r9 force
--
ok

alter table perms add b2 int
--
ok

alter table perms drop b2
--
ok

alter table perms add column c1 int, add column c2 int
--
ok

alter table perms rename to perms2
--
ok

alter table perms2 alter sortkey auto
--
ok

alter table perms2 alter sortkey none
--
ok

alter table perms2 alter diststyle key distkey a
--
ok

alter table perms2 alter distkey b
--
ok

alter table perms2 alter encode auto
--
ok

select diststyle from svv_table_info where "table" = 'perms2'
--
KEY(b)

vacuum full perms2
--
ok

vacuum sort only perms2 to 99 percent
--
ok

vacuum reindex perms2
--
ok

analyze verbose perms2
--
ok

analyze perms2 predicate columns
--
ok

alter table perms2 set table properties ('numRows'='1')
--
error the sandbox does not support ALTER TABLE … SET TABLE PROPERTIES ( yet

create table big (a varchar(65536))
--
error length for type character varying cannot exceed 65535

create table big2 (a char(5000))
--
error length for type character cannot exceed 4096

create table num (a numeric(39,2))
--
error NUMERIC precision 39 must be between 1 and 38

create table num2 (a decimal(38,37), b decimal(5))
--
ok

select set_config('search_path', 'public, pg_catalog', false)
--
public, pg_catalog

select set_config('query_group', 'night', false)
--
night

show query_group
--
night

select set_config('log_statement', 'all', false)
--
error unrecognized configuration parameter "log_statement"
