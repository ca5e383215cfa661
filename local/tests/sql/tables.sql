## Tables: storage clauses, keys, lengths, identity
#! Storage clauses and encodings are stored and shown, but have no effect.

CREATE TABLE IF NOT EXISTS public.suppliers (
  supplier_id INTEGER NOT NULL ENCODE az64, supplier_name VARCHAR(80) NOT NULL ENCODE lzo, country CHAR(2) ENCODE bytedict,
  rating NUMERIC(3,2), onboarded_on DATE ENCODE az64, attrs SUPER, PRIMARY KEY (supplier_id)
) BACKUP YES DISTSTYLE ALL SORTKEY (supplier_id)
--
ok

CREATE TABLE orders (order_id BIGINT NOT NULL ENCODE RAW DISTKEY SORTKEY, supplier_id INT REFERENCES public.suppliers(supplier_id),
  qty INT, status VARCHAR(12), PRIMARY KEY(order_id), UNIQUE(qty))
--
ok

INSERT INTO orders VALUES (1, 999, 5, 'OPEN'), (1, 999, 5, 'OPEN')
--
ok

SELECT COUNT(*) FROM orders
--
2

INSERT INTO orders (supplier_id) VALUES (1)
--
error null value in column "order_id"

SELECT diststyle, sortkey1, sortkey_num FROM svv_table_info WHERE "table" = 'orders'
--
KEY(order_id) | order_id | 1

SELECT "column", type, encoding, distkey, sortkey, "notnull" FROM pg_table_def WHERE tablename = 'orders' AND "column" IN ('order_id', 'status')
--
order_id | bigint | raw | true | 1 | true
status | character varying(12) | none | false | 0 | false

CREATE TABLE bytes (short VARCHAR(4), fixed CHAR(2))
--
ok

INSERT INTO bytes VALUES ('äöü', 'x')
--
error value too long for type character varying(4)

INSERT INTO bytes VALUES ('äö', 'x')
--
ok

INSERT INTO bytes VALUES ('abcde', 'x')
--
error value too long for type character varying(4)

CREATE TABLE texts (t TEXT, v VARCHAR, n NUMERIC, m VARCHAR(MAX))
--
ok

SELECT column_name, data_type, character_maximum_length, numeric_precision, numeric_scale FROM svv_columns WHERE table_name = 'texts' ORDER BY ordinal_position
--
t | character varying | 256 | NULL | NULL
v | character varying | 256 | NULL | NULL
n | numeric | NULL | 18 | 0
m | character varying | 65535 | NULL | NULL

CREATE TABLE numbered (id BIGINT IDENTITY(10, 5), word VARCHAR(5) DEFAULT 'x')
--
ok

INSERT INTO numbered (word) VALUES ('a'), (DEFAULT)
--
ok

SELECT * FROM numbered ORDER BY id
--
10 | a
15 | x

CREATE TEMP TABLE staged (LIKE bytes)
--
ok

CREATE TABLE copied (LIKE bytes)
--
ok

INSERT INTO copied VALUES ('äöü', 'x')
--
error value too long

CREATE TABLE counted DISTSTYLE ALL SORTKEY(n) AS SELECT status, COUNT(*) AS n FROM orders GROUP BY 1
--
ok

SELECT * FROM counted
--
OPEN | 2

ALTER TABLE counted ADD COLUMN note VARCHAR(3) DEFAULT 'x' ENCODE lzo
--
ok

ALTER TABLE counted RENAME COLUMN note TO remark
--
ok

ALTER TABLE counted ALTER DISTSTYLE EVEN
--
ok

ALTER TABLE no_such_table ALTER DISTSTYLE EVEN
--
error relation "no_such_table" does not exist

ALTER TABLE orders ADD PRIMARY KEY (order_id)
--
ok

ALTER TABLE counted DROP COLUMN remark
--
ok

COMMENT ON TABLE orders IS 'what was ordered'
--
ok

SELECT remarks FROM svv_tables WHERE table_name = 'orders'
--
what was ordered

CREATE TABLE Folded ("Id" INT, "Two Words" INT)
--
ok

SELECT "ID", "two words" FROM "FOLDED"
--


DROP TABLE IF EXISTS no_such_table CASCADE
--
ok

TRUNCATE TABLE orders
--
ok

SELECT COUNT(*) FROM orders
--
0

CREATE TABLE checked (n INT CHECK (n > 0))
--
error CHECK constraints are not supported

CREATE TABLE counting (n SERIAL)
--
error syntax error at or near "SERIAL"

CREATE INDEX i ON orders (qty)
--
error SQL command "CREATE INDEX" not supported

CREATE SCHEMA IF NOT EXISTS meta
--
ok

CREATE TABLE meta.generation (id VARCHAR(64) NOT NULL)
--
ok

SELECT table_schema, table_name FROM svv_tables WHERE table_schema = 'meta'
--
meta | generation

SELECT table_name FROM information_schema.tables WHERE table_schema = 'meta'
--
generation

DROP SCHEMA meta CASCADE
--
ok

CREATE TABLE made AS SELECT 'äb'::varchar(4) AS word, 'x'::char(2) AS fixed, 'a' || 'b' AS longer
--
ok

INSERT INTO made VALUES ('äöü', 'x', 'y')
--
error value too long for type character varying(4)

SELECT word, fixed INTO taken FROM made
--
ok

UPDATE taken SET word = 'äöü'
--
error value too long for type character varying(4)

SELECT "column", type FROM pg_table_def WHERE tablename = 'made'
--
word | character varying(4)
fixed | character(2)
longer | character varying

SELECT diststyle FROM svv_table_info WHERE "table" = 'taken'
--
AUTO(ALL)
