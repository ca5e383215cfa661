"""The database users that the sandbox creates itself: a namespace's admin, and those of IAM callers."""

from psycopg import errors, sql

from redshift_sandbox.connections import Connection


def create_user(connection: Connection, name: str, *, superuser: bool) -> None:
    """Create a database user, or change whether an existing one is Redshift's superuser.

    ``sql/library/12_superusers.sql`` has the roles, and does the same for CREATE USER.

    Parameters
    ----------
    connection
        A connection of PostgreSQL's superuser.
    name
        The user's name.
    superuser
        Whether it may do everything that Redshift's superusers may.
    """
    user = sql.Identifier(name)
    with connection.transaction():
        try:
            with connection.transaction():
                connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(user))
                connection.execute(sql.SQL(_OWNED).format(user))
        except (errors.DuplicateObject, errors.UniqueViolation):
            pass
        for step in _SUPERUSER if superuser else _ORDINARY:
            connection.execute(sql.SQL(step).format(user))


_OWNED = "GRANT {} TO rds_owner WITH ADMIN TRUE, INHERIT TRUE, SET TRUE"
_SUPERUSER = ("REVOKE {0} FROM rds_superuser", "GRANT rds_superuser TO {0}", "ALTER ROLE {0} CREATEDB")
_ORDINARY = ("GRANT {0} TO rds_superuser",)
