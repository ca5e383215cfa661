## PostgreSQL features that Redshift does not have

SELECT * FROM (VALUES (1)) v
--
error syntax error at or near "VALUES"

CREATE TYPE mood AS ENUM ('sad')
--
error SQL command "CREATE TYPE" not supported.

CREATE SEQUENCE s
--
error SQL command "CREATE SEQUENCE" not supported.

CREATE EXTENSION hstore
--
error SQL command "CREATE EXTENSION" not supported.

CREATE TRIGGER x
--
error SQL command "CREATE TRIGGER" not supported.

CREATE TEMP VIEW v AS SELECT 1
--
error SQL command "CREATE TEMP VIEW" not supported.

DO $$ BEGIN END $$
--
error SQL command "DO" not supported.

VALUES (1)
--
error syntax error at or near "VALUES"
