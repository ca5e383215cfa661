## ALTER TABLE

CREATE TABLE t (id int, name varchar(5), v numeric(8,2)) DISTSTYLE KEY DISTKEY(id) SORTKEY(id)
--
ok

INSERT INTO t VALUES (1,'a',1.5),(2,'b',2.5)
--
ok

ALTER TABLE t ALTER COLUMN name TYPE varchar(10)
--
ok

INSERT INTO t VALUES (9, 'abcdefghij', 1)
--
ok

INSERT INTO t VALUES (9, 'abcdefghijk', 1)
--
error value too long for type character varying(10)

ALTER TABLE t ALTER COLUMN name TYPE varchar(3)
--
error target column size 3 should be equal to or greater than the current maximum column size

ALTER TABLE t ALTER COLUMN id TYPE bigint
--
error target data type "bigint" is not supported: only the size of a VARCHAR column can be altered

CREATE TABLE more (LIKE t)
--
ok

INSERT INTO more VALUES (50, 'm', 5)
--
ok

ALTER TABLE t APPEND FROM more
--
ok

SELECT (SELECT count(*) FROM t WHERE id = 50), (SELECT count(*) FROM more)
--
1 | 0

ALTER TABLE t ALTER DISTSTYLE ALL
--
ok

ALTER TABLE t ALTER COMPOUND SORTKEY (name, id)
--
ok

ALTER TABLE t ALTER COLUMN name ENCODE zstd
--
ok

SELECT diststyle, sortkey1, sortkey_num FROM svv_table_info WHERE "table" = 't'
--
ALL | name | 2

SHOW TABLE t
--
CREATE TABLE public.t (
    id integer,
    name character varying(10) ENCODE zstd,
    v numeric(8,2)
)
DISTSTYLE ALL
SORTKEY (name, id);
