"""Users, groups, roles and privileges: to PostgreSQL all three are roles."""

from sqlglot.tokenizer_core import TokenType

from redshift_sandbox.sql.commands import setting, setting_name
from redshift_sandbox.sql.errors import UnsupportedSqlError
from redshift_sandbox.sql.functions import LIBRARY
from redshift_sandbox.sql.lexer import Cursor, Lexed, folded, literal, quoted
from redshift_sandbox.sql.plan import Plan
from redshift_sandbox.sql.routines import user_function
from redshift_sandbox.sql.settings import stored_name

_FLAGS = ("CREATEDB", "NOCREATEDB")
# Whether the user is a superuser.
_SUPERUSER = {"CREATEUSER": True, "NOCREATEUSER": False}
# Options without a counterpart, and how many tokens follow each.
_IGNORED_OPTIONS = {"WITH": 0, "SYSLOG": 2, "CONNECTION": 2, "SESSION": 2, "EXTERNALID": 1}
# "md5" and 32 digits.
_MD5_LENGTH = 35


def create_principal(statement: Lexed) -> Plan:
    """CREATE USER, GROUP or ROLE."""
    kind = statement.words(2)[1]
    cursor = statement.after("CREATE", kind)
    principal = cursor.name()
    name = quoted(principal)
    if kind == "USER":
        superuser = any(cursor.finds(flag) and granted for flag, granted in _SUPERUSER.items())
        create = f"CREATE ROLE {name} LOGIN{_user_options(cursor)}"
        return Plan("CREATE USER", (create, _set_superuser(principal, granted=superuser)))
    if kind == "ROLE":
        # EXTERNALID has no effect here.
        return Plan("CREATE ROLE", (f"CREATE ROLE {name} NOLOGIN",))
    cursor.skip("WITH")
    cursor.skip("USER")
    members = [] if cursor.at_end else _members(cursor)
    return Plan("CREATE GROUP", (f"CREATE ROLE {name} NOLOGIN", *(f"GRANT {name} TO {member}" for member in members)))


def alter_principal(statement: Lexed) -> Plan:
    """ALTER USER, GROUP or ROLE."""
    kind = statement.words(2)[1]
    cursor = statement.after("ALTER", kind)
    principal = cursor.name()
    name = quoted(principal)
    if cursor.skip("RENAME", "TO"):
        return Plan(f"ALTER {kind}", (f"ALTER ROLE {name} RENAME TO {quoted(cursor.name())}",))
    if kind == "GROUP" and cursor.skip("ADD", "USER"):
        return Plan("ALTER GROUP", (f"GRANT {name} TO {', '.join(_members(cursor))}",))
    if kind == "GROUP" and cursor.skip("DROP", "USER"):
        return Plan("ALTER GROUP", (f"REVOKE {name} FROM {', '.join(_members(cursor))}",))
    if kind == "USER" and cursor.word in ("SET", "RESET"):
        change = f"SET {setting(cursor)}" if cursor.skip("SET") else _reset(cursor)
        cursor.expect_end()
        return Plan("ALTER USER", (f"ALTER ROLE {name} {change}",))
    if kind == "USER":
        flags = [granted for flag, granted in _SUPERUSER.items() if cursor.finds(flag)]
        changes = [_set_superuser(principal, granted=granted) for granted in flags]
        change = f"ALTER ROLE {name}{_user_options(cursor)}"
        return Plan("ALTER USER", (_must_exist(kind, principal), change, *changes), answer=1)
    raise UnsupportedSqlError(f"ALTER {kind} of this form")


def drop_principal(statement: Lexed) -> Plan:
    """DROP USER, GROUP or ROLE."""
    kind = statement.words(2)[1]
    cursor = statement.after("DROP", kind)
    exists = " IF EXISTS" if cursor.skip("IF", "EXISTS") else ""
    names = cursor.names()
    force = cursor.skip("FORCE")
    cursor.skip("RESTRICT")
    cursor.expect_end()
    checks = [] if exists else [_must_exist(kind, name) for name in names]
    if kind == "ROLE" and force and not exists:
        # What was granted to the role goes too.
        checks += [f"DROP OWNED BY {quoted(name)}" for name in names]
    drop = f"DROP ROLE{exists} {', '.join(quoted(name) for name in names)}"
    return Plan(f"DROP {kind}", (*checks, drop), answer=len(checks))


def alter_default_privileges(statement: Lexed) -> Plan:
    """ALTER DEFAULT PRIVILEGES; PostgreSQL has the same, without the word ROLE before a grantee."""
    cursor, kept = Cursor(statement), []
    while not cursor.at_end:
        before_grantee = cursor.word in ("TO", "FROM", ",")
        kept.append(cursor.take_sql())
        if before_grantee:
            cursor.skip("ROLE")
    return Plan("ALTER DEFAULT PRIVILEGES", (" ".join(kept),))


def grant(statement: Lexed) -> Plan:
    """GRANT and REVOKE; PostgreSQL has the same, without the kind of a grantee."""
    (verb,) = statement.words(1)
    cursor = statement.after(verb)
    if cursor.at("ASSUMEROLE"):
        raise UnsupportedSqlError("ASSUMEROLE")
    if cursor.finds(":"):
        raise UnsupportedSqlError("system roles")
    cursor.skip("ROLE")
    privileges = _privileges(cursor, "TO" if verb == "GRANT" else "FROM")
    grantees, checks = [], []
    while True:
        grantee, check = _grantee(cursor)
        grantees.append(grantee)
        checks += check
        if not cursor.skip(","):
            break
    sql = f"{verb} {privileges} {' , '.join(grantees)} {cursor.rest()}".rstrip()
    return Plan(verb, (*checks, sql), answer=len(checks))


def _privileges(cursor: Cursor, receiver: str) -> str:
    """Take what is granted, up to and including TO or FROM."""
    mark = cursor.index
    if not cursor.seek(receiver):
        raise cursor.syntax_error()
    granted = cursor.since(mark)
    cursor.take()
    if not granted.seek("FUNCTION"):
        return cursor.sql_since(mark)
    granted.take()
    return f"{granted.sql_since(mark)} {user_function(granted)} {receiver}"


def _grantee(cursor: Cursor) -> tuple[str, list[str]]:
    """Take a grantee; return it without its kind, and the step that checks that it exists."""
    kind = cursor.word
    if not cursor.skip_any("ROLE", "GROUP", "USER"):
        kind = "USER"
    mark, is_public = cursor.index, cursor.at("PUBLIC")
    name = cursor.name()
    return cursor.sql_since(mark), [] if is_public else [_must_exist(kind, name)]


def _members(cursor: Cursor) -> list[str]:
    members = [quoted(name) for name in cursor.names()]
    cursor.expect_end()
    return members


def _reset(cursor: Cursor) -> str:
    cursor.expect("RESET")
    return f"RESET {stored_name(setting_name(cursor))}"


def _must_exist(kind: str, name: str) -> str:
    return f"SELECT {LIBRARY}.require_principal({literal(kind.lower())}, {literal(folded(name))})"


def _set_superuser(name: str, *, granted: bool) -> str:
    return f"SELECT {LIBRARY}.set_superuser({literal(folded(name))}, {str(granted).lower()})"


def _user_options(cursor: Cursor) -> str:
    """Take the options of CREATE USER and ALTER USER as PostgreSQL's."""
    options: list[str] = []
    while not cursor.at_end:
        word = cursor.take().upper()
        if word == "PASSWORD":
            options.append(_password(cursor))
        elif word in _FLAGS:
            options.append(word)
        elif word in _SUPERUSER:
            continue
        elif word in _IGNORED_OPTIONS:
            for _ in range(_IGNORED_OPTIONS[word]):
                cursor.take()
        else:
            raise UnsupportedSqlError(f"the user option {word}")
    return "".join(f" {option}" for option in options)


def _password(cursor: Cursor) -> str:
    is_text = cursor.token is not None and cursor.token.token_type == TokenType.STRING
    password = cursor.take()
    if not is_text:
        return "PASSWORD NULL"
    if len(password) == _MD5_LENGTH and password.startswith("md5"):
        raise UnsupportedSqlError("a password given as its MD5 hash")
    return f"PASSWORD {literal(password)}"
