## Functions and procedures
#! In a procedure: no dynamic SQL, cursors, COPY, UNLOAD or paths into SUPER.

CREATE TABLE t (id int, name varchar(5), v numeric(8,2)) DISTSTYLE KEY DISTKEY(id) SORTKEY(id)
--
ok

INSERT INTO t VALUES (1,'a',1.5),(2,'b',2.5)
--
ok

CREATE OR REPLACE FUNCTION f_greater(float, float) RETURNS float STABLE AS $$ SELECT CASE WHEN $1 > $2 THEN $1 ELSE $2 END $$ LANGUAGE sql
--
ok

SELECT f_greater(1, 2.5), public.f_greater(3, 2)
--
2.5 | 3.0

CREATE OR REPLACE FUNCTION f_len(varchar) RETURNS int IMMUTABLE AS $$ SELECT LEN($1) + DATEDIFF(day, '2024-01-01', '2024-01-02') $$ LANGUAGE sql
--
ok

SELECT f_len(name) FROM t ORDER BY id LIMIT 1
--
2

GRANT EXECUTE ON FUNCTION f_len(varchar) TO PUBLIC
--
ok

DROP FUNCTION f_len(varchar)
--
ok

SELECT f_len('a')
--
error function f_len("unknown") does not exist

CREATE FUNCTION f_py(a int) RETURNS int STABLE AS $$ return a $$ LANGUAGE plpythonu
--
error Python user-defined functions can no longer be created: use a Lambda or an SQL function

CREATE OR REPLACE PROCEDURE add_rows(n IN int, total OUT int) AS $$
DECLARE
  i int := 0;
  label varchar(20) := NVL(NULL, 'x');
  rec record;
BEGIN
  -- a comment; with a semicolon
  WHILE i < n LOOP
    INSERT INTO t SELECT 100 + i, LEFT(label, LEN(label)), DATEDIFF(day, '2024-01-01', '2024-01-11');
    i := i + 1;
  END LOOP;
  FOR rec IN SELECT id FROM t WHERE id >= 100 ORDER BY id LOOP
    UPDATE t SET v = v + 1 WHERE id = rec.id;
  END LOOP;
  IF i > 1 THEN
    RAISE INFO 'many: %', i;
  ELSE
    RAISE NOTICE 'few';
  END IF;
  CREATE TEMP TABLE IF NOT EXISTS scratch (a int) DISTSTYLE EVEN;
  SELECT INTO total COUNT(*) FROM t WHERE id >= 100;
  EXCEPTION WHEN OTHERS THEN
    RAISE EXCEPTION 'failed: %', SQLERRM;
END;
$$ LANGUAGE plpgsql
--
ok

CALL add_rows(2)
--
2

SELECT id, name, v FROM t WHERE id >= 100 ORDER BY 1
--
100 | x | 11.00
101 | x | 11.00

CREATE PROCEDURE dyn() AS $$ BEGIN EXECUTE 'SELECT 1'; END $$ LANGUAGE plpgsql
--
error the sandbox does not support EXECUTE in a stored procedure yet

DROP PROCEDURE add_rows(int, int)
--
ok
