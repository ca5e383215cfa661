"""What SQL may reach: no file, program, network or other database, whoever runs it and however it is written."""

from collections.abc import Iterator

import psycopg
import pytest

from local.tests.engine import connected
from local.tests.warehouse import Warehouse

# A call that reads a file, and one that waits; neither is a function of Redshift's.
_READ = """pg_read_file('/etc/passwd')"""
_QUOTED = """"pg_read_file"('/etc/passwd')"""

CALLS = (
    _READ,
    _QUOTED,
    """"PG_READ_FILE"('/etc/passwd')""",
    f"pg_catalog.{_READ}",
    f'"pg_catalog".{_QUOTED}',
    f'analytics."pg_catalog".{_QUOTED}',
    '"pg_sleep"(0)',
    "\"pg_ls_dir\"('/')",
    "\"pg_read_binary_file\"('/etc/passwd')",
    "\"lo_import\"('/etc/passwd')",
    "\"lo_from_bytea\"(0, 'x')",
    "\"dblink\"('host=127.0.0.1', 'select 1')",
    "\"query_to_xml\"('select 1', true, true, '')",
    "\"set_config\"('standard_conforming_strings', 'on', false)",
    "set_config('session_authorization', 'rdsdb', false)",
    "set_config('role', 'rdsdb', false)",
    '"pg_reload_conf"()',
    "redshift_library.run_as_owner('select 1', 'public')",
    "\"redshift_library\".set_superuser('nobody', true)",
)

# Everywhere that a statement may hold an expression.
PLACES = (
    "SELECT {}",
    "SELECT * FROM {}",
    "SELECT 1 WHERE {} IS NULL",
    "SELECT 1 ORDER BY {}",
    "WITH c AS (SELECT {} AS x) SELECT * FROM c",
    "INSERT INTO places SELECT {}",
    "INSERT INTO places VALUES ({})",
    "UPDATE places SET a = {}",
    "DELETE FROM places WHERE a = {}",
    "MERGE INTO places USING places AS s ON places.a = s.a WHEN MATCHED THEN UPDATE SET a = {}",
    "CREATE TABLE made AS SELECT {}",
    "CREATE TABLE made (a VARCHAR(100) DEFAULT {})",
    "ALTER TABLE places ADD COLUMN b VARCHAR(100) DEFAULT {}",
    "ALTER TABLE places OWNER TO admin, ADD COLUMN b VARCHAR(100) DEFAULT {}",
    "ALTER TABLE places DROP COLUMN b, ADD COLUMN b VARCHAR(100) DEFAULT {}",
    "ALTER TABLE places RENAME TO b, ADD COLUMN b VARCHAR(100) DEFAULT {}",
    "CREATE VIEW made AS SELECT {} AS x",
    "CREATE VIEW made AS SELECT {} AS x WITH NO SCHEMA BINDING",
    "CREATE MATERIALIZED VIEW made AS SELECT {} AS x",
    "CREATE SCHEMA made CREATE TABLE t (a VARCHAR(100) DEFAULT {})",
    "CREATE FUNCTION made() RETURNS varchar STABLE AS $$ SELECT {} $$ LANGUAGE sql",
    "CREATE FUNCTION made(a varchar DEFAULT {}) RETURNS varchar STABLE AS $$ SELECT 'x' $$ LANGUAGE sql",
    "CREATE OR REPLACE PROCEDURE made(a varchar DEFAULT {}) AS $$ BEGIN END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ DECLARE x varchar := {}; BEGIN END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ DECLARE x varchar = {}; BEGIN END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ DECLARE x varchar; BEGIN x = {}; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ DECLARE x varchar; BEGIN SELECT {} INTO x; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN PERFORM {}; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN RAISE INFO '%', {}; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN RAISE INFO 'x' USING HINT = {}; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN IF {} = 'x' THEN NULL; END IF; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN CASE {} WHEN 'x' THEN NULL; END CASE; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN CASE WHEN {} = 'x' THEN NULL; END CASE; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN FOR i IN 1..{} LOOP NULL; END LOOP; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN LOOP EXIT WHEN {} = 'x'; END LOOP; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN <<a>> LOOP EXIT a WHEN {} = 1; END LOOP; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN WHILE {} = 'x' LOOP NULL; END LOOP; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN ASSERT {} = 'x'; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN FOREACH x IN ARRAY {} LOOP NULL; END LOOP; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN NULL; EXCEPTION WHEN {} THEN NULL; END $$ LANGUAGE plpgsql",
    "CALL takes({})",
    "EXECUTE prepared({})",
    "PREPARE made AS SELECT {}",
    "EXPLAIN SELECT {}",
    "DECLARE made CURSOR FOR SELECT {}",
    "COMMENT ON TABLE places IS {}",
    "SET search_path TO {}",
    "UNLOAD ('SELECT {0}') TO 's3://reach/x' IAM_ROLE default",
)

# Statements that leave the database, or change PostgreSQL itself.
STATEMENTS = (
    "COPY places FROM PROGRAM 'id'",
    "COPY places TO PROGRAM 'id'",
    "COPY places FROM '/etc/passwd'",
    "COPY places TO '/tmp/x'",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "DO $$ BEGIN COPY places FROM PROGRAM 'id'; END $$",
    "CREATE PROCEDURE made() AS $$ BEGIN DO 'begin copy places from program ''id''; end'; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN COPY places FROM PROGRAM 'id'; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN EXECUTE 'select 1'; END $$ LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS '$redshift$; COPY places FROM PROGRAM ''id''; --' LANGUAGE plpgsql",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN END $$ LANGUAGE plpgsql SET log_statement = 'all'",
    "CREATE OR REPLACE PROCEDURE made() AS $$ BEGIN END $$ LANGUAGE plpgsql SET standard_conforming_strings = on",
    "CREATE FUNCTION made(int) RETURNS int AS 'libc', 'system' LANGUAGE c",
    "CREATE FUNCTION made(text) RETURNS text AS 'pg_read_file_all' LANGUAGE internal",
    "DROP TABLE $$places; SELECT pg_sleep(0)$$",
    "DROP TABLE IF EXISTS $a$nothing; COPY places FROM PROGRAM 'id'$a$",
    "SHOW $$all; SELECT pg_sleep(0)$$",
    "SHOW data_directory",
    "LOCK $$places; SELECT pg_sleep(0)$$",
    "TRUNCATE $$places; SELECT pg_sleep(0)$$",
    "COMMENT ON TABLE $$places IS 'x'; SELECT pg_sleep(0); --$$ IS 'x'",
    "SET search_path TO public; SELECT 1",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION hstore",
    "LOAD 'dblink'",
    "ALTER SYSTEM SET archive_command = 'id'",
    "SET archive_command TO 'id'",
    "SET session_preload_libraries TO 'x'",
    "SET local_preload_libraries TO 'x'",
    "SET role TO rdsdb",
    "SET ROLE rdsdb",
    "SET SESSION AUTHORIZATION rdsdb",
    "SET SESSION AUTHORIZATION 'rds_owner'",
    "SET standard_conforming_strings TO on",
    "SET allow_system_table_mods TO on",
    "ALTER USER current_user SET log_statement TO 'all'",
    "ALTER DATABASE analytics SET log_statement TO 'all'",
    "ALTER DATABASE template1 RENAME TO mine",
    "ALTER DATABASE postgres OWNER TO admin",
    "CREATE DATABASE made TEMPLATE postgres",
    "DROP DATABASE postgres",
    "DROP DATABASE template1",
    "ALTER ROLE rdsdb PASSWORD 'Abc12345'",
    "ALTER USER rdsdb PASSWORD 'Abc12345'",
    "DROP USER rdsdb",
    "GRANT rds_superuser TO ordinary",
    "GRANT rds_owner TO ordinary",
    "GRANT pg_read_server_files TO ordinary",
    "GRANT ROLE pg_execute_server_program TO ordinary",
    "CREATE USER pg_made PASSWORD 'Abc12345'",
    "UPDATE pg_proc SET prosrc = 'x'",
    "UPDATE pg_catalog.pg_authid SET rolsuper = true",
    "DELETE FROM pg_class",
    "INSERT INTO pg_authid VALUES (1)",
    "SELECT * FROM redshift_library.loads",
    'SELECT * FROM "redshift_library".queries',
    "COPY redshift_library.loads FROM 's3://reach/x' IAM_ROLE default",
    "CREATE SERVER made FOREIGN DATA WRAPPER postgres_fdw",
    "CREATE SUBSCRIPTION made CONNECTION 'host=127.0.0.1' PUBLICATION p",
    "CREATE TABLESPACE made LOCATION '/tmp'",
    "CREATE LANGUAGE plpython3u",
    "CREATE EVENT TRIGGER made ON ddl_command_end EXECUTE FUNCTION x()",
    "CREATE RULE made AS ON SELECT TO places DO INSTEAD NOTHING",
    "SECURITY LABEL ON TABLE places IS 'x'",
    "IMPORT FOREIGN SCHEMA public FROM SERVER s INTO public",
    "CHECKPOINT",
    "LISTEN x",
    "REINDEX TABLE places",
    "CLUSTER places",
)

# The same on a connection to PostgreSQL itself, where nothing is translated.
RAW = (
    "SELECT pg_read_file('/etc/passwd')",
    "SELECT pg_ls_dir('/')",
    "SELECT lo_import('/etc/passwd')",
    "SELECT lo_create(0)",
    "SELECT pg_sleep(0)",
    "SELECT pg_advisory_lock(1)",
    "SELECT set_config('work_mem', '1GB', false)",
    "SELECT query_to_xml('select 1', true, true, '')",
    "COPY (SELECT 1) TO PROGRAM 'id'",
    "COPY (SELECT 1) TO '/tmp/x'",
    "CREATE TABLE z (a text); COPY z FROM PROGRAM 'id'",
    "DO $$ BEGIN CREATE TEMP TABLE z (a text); COPY z FROM PROGRAM 'id'; END $$",
    "CREATE EXTENSION dblink",
    "CREATE EXTENSION hstore",
    "LOAD 'dblink'",
    "CREATE FUNCTION f(text) RETURNS text AS 'pg_read_file_all' LANGUAGE internal",
    "CREATE FUNCTION f(int) RETURNS int AS 'libc', 'system' LANGUAGE c",
    "ALTER SYSTEM SET archive_command = 'id'",
    "SET session_preload_libraries = 'x'",
    "SET ROLE rdsdb",
    "SET ROLE rds_owner",
    "SET SESSION AUTHORIZATION rdsdb",
    "ALTER ROLE rdsdb PASSWORD 'x'",
    "ALTER ROLE CURRENT_USER SUPERUSER",
    "CREATE ROLE made SUPERUSER",
    "GRANT pg_execute_server_program TO CURRENT_USER",
    "GRANT rds_owner TO CURRENT_USER",
    "UPDATE pg_proc SET prosrc = 'x'",
    "UPDATE pg_authid SET rolsuper = true",
    "ALTER DATABASE template1 ALLOW_CONNECTIONS true",
    "CREATE TABLE redshift_library.planted (a int)",
    "CREATE TABLESPACE made LOCATION '/tmp'",
    "CREATE EVENT TRIGGER made ON ddl_command_end EXECUTE FUNCTION redshift_library.open_schemas()",
    "CREATE SUBSCRIPTION made CONNECTION 'host=127.0.0.1' PUBLICATION p",
    "CREATE DATABASE made TEMPLATE postgres",
)

_TAKES = "CREATE PROCEDURE takes(a varchar(100)) AS $$ BEGIN NULL; END $$ LANGUAGE plpgsql"


@pytest.fixture(scope="module", params=["admin", "ordinary"])
def role(request: pytest.FixtureRequest, warehouse: Warehouse) -> Iterator[Warehouse]:
    """The warehouse as its admin, a Redshift superuser, and as an ordinary user that owns a schema."""
    if request.param == "admin":
        warehouse.do("CREATE USER ordinary PASSWORD 'Abc12345'")
        warehouse.with_bucket("reach")
    made = warehouse if request.param == "admin" else warehouse.as_caller()
    made.run("DROP TABLE IF EXISTS places")
    made.do("CREATE TABLE places (a VARCHAR(100))", "INSERT INTO places VALUES ('x')")
    if request.param == "admin":
        made.do(_TAKES, "GRANT EXECUTE ON PROCEDURE takes(varchar) TO PUBLIC")
    yield made
    made.do("DROP TABLE places")


@pytest.mark.parametrize("place", PLACES)
def test_no_expression_calls_what_redshift_does_not_have(role: Warehouse, place: str):
    """A function of PostgreSQL's is refused wherever an expression may be, also quoted or qualified."""
    calls = CALLS if place == PLACES[0] else (_QUOTED, '"pg_sleep"(0)')
    if "{0}" in place:
        calls = tuple(call.replace("'", "''") for call in calls)
    for call in calls:
        described = role.run(place.format(call))
        if "PROCEDURE made" in place and described["Status"] == "FINISHED":
            # Names are looked up when it runs.
            described = role.run("CALL made()")
        assert described["Status"] == "FAILED", call
        # PostgreSQL would refuse it too, but is not asked.
        assert "permission denied" not in described["Error"]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_no_statement_leaves_the_database(role: Warehouse, statement: str):
    """Files, programs, extensions, other databases, and PostgreSQL's settings and catalog stay out of reach."""
    assert outcome(role, statement) == "FAILED"


@pytest.mark.parametrize("statement", RAW)
@pytest.mark.parametrize("user", ["admin", "IAM:root"])
def test_postgres_refuses_it_too(warehouse: Warehouse, user: str, statement: str):
    """Without the translator, neither the admin nor another user has rights outside of their database."""
    warehouse.as_caller().do("SELECT 1")
    with connected(warehouse.aws, warehouse.name, warehouse.database, user) as connection:
        connection.autocommit = False
        with pytest.raises(psycopg.Error):
            connection.execute(statement)
        connection.rollback()


@pytest.mark.parametrize("database", ["template1", "template0", "postgres"])
def test_databases_of_the_sandbox_are_closed(role: Warehouse, database: str):
    """No statement runs in the template of new databases, so nothing can be planted there."""
    described = role.in_database(database).run("CREATE TABLE planted (a INT)")
    assert described["Status"] == "FAILED"
    assert described["Error"].startswith("FATAL: ")


def test_arguments_of_execute_are_translated(role: Warehouse):
    """EXECUTE evaluates its arguments as Redshift does, and runs no function that Redshift does not have."""
    session = role.run("PREPARE one (int) AS SELECT $1", SessionKeepAliveSeconds=60)["SessionId"]
    assert role.rows("EXECUTE one (LEN('abc'))", SessionId=session) == [(3,)]
    described = role.run(f"EXECUTE one ({_QUOTED})", SessionId=session)
    assert described["Error"].startswith("ERROR: function pg_read_file(")


def test_superusers_are_equal(warehouse: Warehouse):
    """A second superuser owns nothing of the admin's, yet may change, grant and drop it, and create beside it."""
    warehouse.do(
        "CREATE USER boss PASSWORD 'Abc12345' CREATEUSER",
        "CREATE USER clerk PASSWORD 'Abc12345'",
        "CREATE SCHEMA admins",
        "CREATE TABLE admins.t (a INT)",
        "INSERT INTO admins.t VALUES (1)",
    )
    other = warehouse.as_user("boss", "Abc12345")
    assert other.rows("SELECT a, current_user FROM admins.t") == [(1, "boss")]
    other.do(
        "ALTER TABLE admins.t ADD COLUMN b INT",
        "INSERT INTO admins.t VALUES (2, 2)",
        "GRANT USAGE ON SCHEMA admins TO clerk",
        "GRANT SELECT ON admins.t TO clerk",
        "CREATE TABLE admins.mine (a INT)",
        "VACUUM admins.t",
        "ANALYZE admins.t",
        "TRUNCATE admins.t",
        "ALTER USER clerk PASSWORD 'Other1234'",
    )
    assert warehouse.rows("SELECT tableowner FROM pg_tables WHERE tablename = 'mine'") == [("boss",)]
    assert warehouse.as_user("clerk", "Other1234").rows("SELECT COUNT(*) FROM admins.t") == [(0,)]
    other.do("DROP TABLE admins.t")
    warehouse.do("DROP SCHEMA admins CASCADE", "DROP USER clerk", "ALTER USER boss NOCREATEUSER")
    assert other.run("CREATE USER clerk PASSWORD 'Abc12345'")["Error"].startswith("ERROR: permission denied")
    warehouse.do("DROP USER boss")


def outcome(role: Warehouse, statement: str) -> str:
    return str(role.run(statement)["Status"])
