"""Redshift's SQL as PostgreSQL gets it, without a server."""

import pytest

from redshift_sandbox.redshift_data.parameters import bind
from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.function_names import IN_LIBRARY, SHARED, is_missing
from redshift_sandbox.sql.insert import plain_insert
from redshift_sandbox.sql.translate import translate


@pytest.mark.parametrize(
    ("redshift", "postgres"),
    [
        ('SELECT "Two Words", a FROM "Shop".Things', 'SELECT "two words", "a" FROM "shop"."things"'),
        ("SELECT TOP 3 a FROM t", 'SELECT "a" FROM "t" LIMIT 3'),
        ("SELECT x::numeric FROM t", 'SELECT CAST("x" AS DECIMAL(18, 0)) FROM "t"'),
        ("SELECT a FROM t MINUS SELECT b FROM u", 'SELECT "a" FROM "t" EXCEPT SELECT "b" FROM "u"'),
        ("DELETE t WHERE a = 1", 'DELETE FROM "t" WHERE "a" = 1'),
        ("SELECT current_user", "SELECT CURRENT_USER"),
        (r"SELECT 'a\\b'", r"SELECT 'a\\b'"),
        ("SELECT * FROM svv_tables", 'SELECT * FROM "redshift_library"."svv_tables" AS "svv_tables"'),
        ("END", "COMMIT"),
        ("VACUUM SORT ONLY public.t TO 90 PERCENT", 'VACUUM "public"."t"'),
        ('SHOW TABLE "Two Words"', "SELECT * FROM redshift_library.show_table('\"two words\"')"),
        ('DROP FUNCTION IF EXISTS "My Schema".f(super)', 'DROP FUNCTION IF EXISTS "my schema"."$f"( json )'),
    ],
)
def test_statement(redshift: str, postgres: str):
    """One statement, and what PostgreSQL runs for it."""
    assert translate(redshift).steps == (postgres,)


def test_grantees_must_exist_and_are_named_without_their_kind():
    """PostgreSQL has one set of names for users, groups and roles."""
    *required, grant = translate('GRANT SELECT ON t TO ROLE r, GROUP g, "IAM:Bob", PUBLIC').steps
    assert [step.rpartition("(")[2] for step in required] == ["'role', 'r')", "'group', 'g')", "'user', 'IAM:Bob')"]
    assert grant == 'GRANT SELECT ON t TO r , g , "IAM:Bob" , PUBLIC'


@pytest.mark.parametrize(
    ("statement", "what"),
    [
        ("COPY t FROM 's3://b/k' IAM_ROLE default ORC", "COPY with ORC"),
        ("SELECT * FROM svv_alter_table_recommendations", "the system view svv_alter_table_recommendations"),
        ("CREATE EXTERNAL SCHEMA s FROM DATA CATALOG", "external schemas and tables"),
        ("CREATE TABLE t (g GEOMETRY)", "the type GEOMETRY"),
        ("SELECT LAG(a, 2) IGNORE NULLS OVER (ORDER BY b) FROM t", "IGNORE NULLS with these arguments of LAG"),
    ],
)
def test_what_is_missing_is_named(statement: str, what: str):
    """It is refused with a message that says what the sandbox does not support."""
    with pytest.raises(UnsupportedSqlError) as caught:
        translate(statement)
    assert str(caught.value) == f"the sandbox does not support {what} yet"


def test_a_quoted_grantee_may_be_named_like_a_keyword():
    """Only an unquoted word is the kind of a grantee."""
    assert translate('REVOKE SELECT ON t FROM "Group"').steps == (
        "SELECT redshift_library.require_principal('user', 'group')",
        'REVOKE SELECT ON t FROM "group"',
    )


def test_users_are_no_superusers_of_postgres():
    """CREATEUSER makes a member of the role of Redshift's superusers; an owner of databases is no more than that."""
    assert translate("CREATE USER u PASSWORD 'Abc12345' CREATEUSER CREATEDB").steps == (
        "CREATE ROLE \"u\" LOGIN PASSWORD 'Abc12345' CREATEDB",
        "SELECT redshift_library.set_superuser('u', true)",
    )
    assert translate("CREATE DATABASE Sales WITH OWNER = boss").steps == (
        'CREATE DATABASE "sales" OWNER "boss"',
        'GRANT ALL ON DATABASE "sales" TO rds_superuser',
    )


def test_statements_of_a_procedure_are_translated():
    """Its statements, conditions and assignments are Redshift's; INTO goes to the end of its query."""
    body = "BEGIN SELECT INTO n COUNT(*) FROM t; IF NVL(n, 0) > 1 THEN n := LEN('x'); DELETE t; END IF; END"
    (step,) = translate(f"CREATE PROCEDURE p(OUT n int) AS $$ {body} $$ LANGUAGE plpgsql").steps
    assert step.startswith("CREATE PROCEDURE p ( INOUT n int DEFAULT NULL ) AS 'BEGIN")
    assert step.partition("BEGIN\n")[2].partition("' LANGUAGE")[0].splitlines() == [
        'SELECT COUNT(*) AS "count" FROM "t" INTO n;',
        'IF COALESCE("n", 0) > 1 THEN',
        "\"n\" := LENGTH(CAST(''x'' AS TEXT));",
        'DELETE FROM "t";',
        "END IF;",
        "END",
    ]


def test_the_lists_of_functions_do_not_overlap():
    """A function stays as it is, is called in the library, or is missing."""
    assert not SHARED & IN_LIBRARY
    assert not [name for name in SHARED | IN_LIBRARY if is_missing(name)]
    assert {"getdate", "ceil", "avg", "json_serialize", "version"} <= IN_LIBRARY
    assert not IN_LIBRARY & {"cut", "compact", "try_cast", "require_principal"}


@pytest.mark.parametrize(
    "statement",
    [
        "", ";", "SELECT 1; SELECT 2", "SELEC 1", "SELECT 'open", "SELECT FROM WHERE", "SELECT DECODE(1, 2)",
        "CREATE DATABASE d OWNER", "DROP USER a b", "VACUUM t u", "SHOW TABLE t u", "SET query_group 'x'", "CALL p(1",
        "CREATE PROCEDURE p() AS $$ BEGIN x := ; END $$ LANGUAGE plpgsql",
        "CREATE PROCEDURE p() AS $$ BEGIN IF x $$ LANGUAGE plpgsql",
    ],
)  # fmt: skip
def test_what_is_wrong_is_refused(statement: str):
    """Before PostgreSQL sees it."""
    with pytest.raises(SqlError):
        translate(statement)


def test_truncate_commits_and_databases_stand_alone():
    """The plan says what a statement does to the transaction around it."""
    assert translate("TRUNCATE t").commits
    assert translate("CREATE DATABASE d").outside_transaction
    assert not translate("DELETE FROM t").commits


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (1, 'it''s', NULL), (-2.5e3, '\\\\', DEFAULT);",
        "insert into S.T (A, \"B\") values\n (DATE '2024-01-01', TRUE)",
        "INSERT INTO t VALUES (')', '--', '/*')",
    ],
)
def test_literal_inserts_skip_the_parser(statement: str):
    """Their values reach PostgreSQL as they are."""
    plain = plain_insert(statement)
    assert plain is not None
    assert plain.endswith(statement[statement.upper().index("VALUES") :].split(None, 1)[1])


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO t VALUES (GETDATE())",
        "INSERT INTO t SELECT 1",
        "INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING",
        "INSERT INTO t VALUES (1); DROP TABLE t",
        "INSERT INTO t VALUES ('a) -- ",
    ],
)
def test_other_inserts_do_not(statement: str):
    """Whatever is more than literals is parsed, or refused."""
    assert plain_insert(statement) is None


def test_parameters_spare_texts_comments_and_casts():
    """Only a parameter's own name is replaced."""
    text = "SELECT ':a', \":a\", x::a, /* :a */ :a -- :a"
    assert bind([text], [{"name": "a", "value": "it's"}]) == ["SELECT ':a', \":a\", x::a, /* :a */ 'it''s' -- :a"]
