"""The sqlglot dialect that parses Redshift's SQL and writes PostgreSQL's.

sqlglot's own Redshift parser replaces functions by generic ones and loses what is special to Redshift's (how DATEDIFF
counts, IGNORE NULLS). Here functions keep their names, and ``functions.py`` replaces them.
"""

from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.redshift import Redshift
from sqlglot.generators.postgres import PostgresGenerator
from sqlglot.parsers.redshift import RedshiftParser

# Functions with syntax of their own between the parentheses.
_SYNTAX = ("CAST", "CONVERT", "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "OVERLAY", "TRY_CAST")


class RedshiftOnPostgres(Postgres):
    """Redshift's grammar, PostgreSQL's text."""

    # Only SUPER has subscripts; they start at 0, as those of PostgreSQL's JSON.
    INDEX_OFFSET = 0

    class Tokenizer(Redshift.Tokenizer):
        """Redshift's keywords; a backslash escapes in string literals, as in the sandbox's PostgreSQL."""

        # sqlglot makes one token of the text after SHOW, FETCH and others.
        COMMANDS: ClassVar = set()

    class Parser(RedshiftParser):
        """Redshift's grammar; functions keep their names."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar = {
            name: parser for name, parser in RedshiftParser.FUNCTION_PARSERS.items() if name in _SYNTAX
        }
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {
            **RedshiftParser.NO_PAREN_FUNCTION_PARSERS,
            # sqlglot parses APPROXIMATE COUNT only, into a function of its own.
            "APPROXIMATE": lambda self: exp.Anonymous(this="APPROXIMATE", expressions=[self._parse_function()]),
        }

    class Generator(PostgresGenerator):
        """PostgreSQL's text."""

        TRANSFORMS: ClassVar = {
            **PostgresGenerator.TRANSFORMS,
            # Unlike POSITION(a IN b) and others, SUBSTRING(a FROM b) is written as a plain call.
            exp.Substring: lambda self, node: self.func(
                "SUBSTRING", node.this, node.args.get("start"), node.args.get("length")
            ),
        }
