"""Users, groups, roles and their rights: all of them are roles to PostgreSQL."""

from sqlglot.tokenizer_core import TokenType

from redshift_sandbox.sql.errors import SqlError, UnsupportedSqlError
from redshift_sandbox.sql.functions import LIBRARY
from redshift_sandbox.sql.lexer import Lexed, literal, quoted, rejoin
from redshift_sandbox.sql.plan import Plan
from redshift_sandbox.sql.routines import own_name


def create_principal(statement: Lexed) -> Plan:
    """CREATE USER, GROUP or ROLE."""
    kind = statement.tokens[1].text.upper()
    name = _name(statement, 2)
    if kind == "USER":
        return Plan("CREATE USER", (f"CREATE ROLE {name} LOGIN{_user_options(statement, 3)}",))
    if kind == "ROLE":
        return Plan("CREATE ROLE", (f"CREATE ROLE {name} NOLOGIN",))
    members = [quoted(token.text) for token in statement.tokens[3:] if token.text.upper() not in ("WITH", "USER", ",")]
    joins = [f"GRANT {name} TO {member}" for member in members]
    return Plan("CREATE GROUP", (f"CREATE ROLE {name} NOLOGIN", *joins))


def alter_principal(statement: Lexed) -> Plan:
    """ALTER USER, GROUP or ROLE."""
    kind, name = statement.tokens[1].text.upper(), _name(statement, 2)
    words = [token.text.upper() for token in statement.tokens]
    if words[3:5] == ["RENAME", "TO"]:
        return Plan(f"ALTER {kind}", (f"ALTER ROLE {name} RENAME TO {_name(statement, 5)}",))
    if kind == "GROUP" and words[3:5] in (["ADD", "USER"], ["DROP", "USER"]):
        verb, word = ("GRANT", "TO") if words[3] == "ADD" else ("REVOKE", "FROM")
        members = [quoted(token.text) for token in statement.tokens[5:] if token.text != ","]
        return Plan("ALTER GROUP", (f"{verb} {name} {word} {', '.join(members)}",))
    if kind == "USER" and words[3:4] in (["SET"], ["RESET"]):
        return Plan("ALTER USER", (f"ALTER ROLE {name} {rejoin(statement, 3)}",))
    if kind == "USER":
        change = f"ALTER ROLE {name}{_user_options(statement, 3)}"
        return Plan("ALTER USER", (_must_exist(kind, statement.tokens[2].text), change), answer=1)
    raise UnsupportedSqlError(f"ALTER {kind} of this form")


def drop_principal(statement: Lexed) -> Plan:
    """DROP USER, GROUP or ROLE."""
    kind = statement.tokens[1].text.upper()
    words = [token.text.upper() for token in statement.tokens]
    exists, first = (" IF EXISTS", 4) if words[2:4] == ["IF", "EXISTS"] else ("", 2)
    names = [token.text for token in statement.tokens[first:] if token.text.upper() not in (",", "FORCE", "RESTRICT")]
    checks = [] if exists else [_must_exist(kind, name) for name in names]
    if kind == "ROLE" and words[-1] == "FORCE" and not exists:
        # What was granted to the role goes too.
        checks += [f"DROP OWNED BY {quoted(name)}" for name in names]
    drop = f"DROP ROLE{exists} {', '.join(quoted(name) for name in names)}"
    return Plan(f"DROP {kind}", (*checks, drop), answer=len(checks))


def alter_default_privileges(statement: Lexed) -> Plan:
    """ALTER DEFAULT PRIVILEGES: PostgreSQL's, but that it does not say ROLE of a receiver."""
    words = [token.text.upper() for token in statement.tokens]
    kept = [
        rejoin(statement, index, index + 1)
        for index, word in enumerate(words)
        if not (word == "ROLE" and words[index - 1] in ("TO", "FROM", ","))
    ]
    return Plan("ALTER DEFAULT PRIVILEGES", (" ".join(kept),))


def grant(statement: Lexed) -> Plan:
    """GRANT and REVOKE: PostgreSQL's, but that the kind of a receiver is not named and names are folded."""
    verb = statement.tokens[0].text.upper()
    words = [token.text.upper() for token in statement.tokens]
    if statement.words(2)[1:] == ("ASSUMEROLE",) or ":" in words:
        raise UnsupportedSqlError("ASSUMEROLE" if words[1] == "ASSUMEROLE" else "system roles")
    receiver = "TO" if verb == "GRANT" else "FROM"
    if receiver not in words:
        raise SqlError(f'syntax error at or near "{statement.tokens[-1].text}"')
    border = len(words) - 1 - words[::-1].index(receiver)
    pieces, checks = [], []
    for index, token in enumerate(statement.tokens):
        word = words[index]
        if (index > border and word in ("ROLE", "GROUP")) or (index == 1 and word == "ROLE"):
            continue
        if index > border and index + 1 < len(words) and word == "USER":
            continue
        if index > border and words[index - 1] in (receiver, "ROLE", "GROUP", "USER", ",") and word != "PUBLIC":
            checks.append(
                _must_exist(words[index - 1] if words[index - 1] in ("ROLE", "GROUP") else "USER", token.text)
            )
        pieces.append(rejoin(statement, index, index + 1))
    if "FUNCTION" in words[:border]:
        # The names of users' functions are kept otherwise: see functions.py.
        function = words.index("FUNCTION")
        first = rejoin(statement, 0, function + 1)
        pieces = [first, own_name(statement, function + 1, border), *pieces[border:]]
    return Plan(verb, (*checks, " ".join(pieces)), answer=len(checks))


def _must_exist(kind: str, name: str) -> str:
    folded = name if name.startswith(("IAM:", "IAMR:")) else name.lower()
    return f"SELECT {LIBRARY}.require_principal({literal(kind.lower())}, {literal(folded)})"


def _user_options(statement: Lexed, first: int) -> str:
    """Turn the options of CREATE USER and ALTER USER into PostgreSQL's."""
    options: list[str] = []
    words = [token.text.upper() for token in statement.tokens]
    index = first
    while index < len(words):
        word = words[index]
        if word == "PASSWORD":
            options.append(_password(statement, index + 1))
            index += 2
        elif word in _FLAGS:
            options.append(_FLAGS[word])
            index += 1
        elif word in _SKIPPED:
            index += _SKIPPED[word]
        else:
            raise UnsupportedSqlError(f"the user option {word}")
    return "".join(f" {option}" for option in options)


def _password(statement: Lexed, index: int) -> str:
    token = statement.tokens[index]
    if token.token_type != TokenType.STRING:
        return "PASSWORD NULL"
    if len(token.text) == _MD5_LENGTH and token.text.startswith("md5"):
        raise UnsupportedSqlError("a password given as its MD5 hash")
    return f"PASSWORD {literal(token.text)}"


def _name(statement: Lexed, index: int) -> str:
    if index >= len(statement.tokens):
        raise SqlError("syntax error at end of input")
    return quoted(statement.tokens[index].text)


_FLAGS = {
    "CREATEDB": "CREATEDB",
    "NOCREATEDB": "NOCREATEDB",
    "CREATEUSER": "SUPERUSER",
    "NOCREATEUSER": "NOSUPERUSER",
}
# Options without a counterpart, and how many tokens each takes.
_SKIPPED = {"WITH": 1, "SYSLOG": 3, "CONNECTION": 3, "SESSION": 3, "EXTERNALID": 2}
# "md5" and 32 digits.
_MD5_LENGTH = 35
