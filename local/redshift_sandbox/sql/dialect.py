"""The sqlglot dialect: read as Redshift reads, write as PostgreSQL reads.

sqlglot's own Redshift parser turns functions into common ones and loses what sets Redshift's apart (the boundaries
that DATEDIFF counts, IGNORE NULLS). So functions keep their names here, and ``functions.py`` says what becomes of each.
"""

from typing import Any, ClassVar

from sqlglot import exp
from sqlglot.dialects.postgres import Postgres
from sqlglot.dialects.redshift import Redshift
from sqlglot.generators.postgres import PostgresGenerator
from sqlglot.parsers.redshift import RedshiftParser

# Functions whose arguments are not a plain list, so that the parser must know them.
_SYNTAX = ("CAST", "CONVERT", "EXTRACT", "POSITION", "SUBSTRING", "TRIM", "OVERLAY", "TRY_CAST")


class RedshiftOnPostgres(Postgres):
    """Redshift's grammar in front, PostgreSQL's behind."""

    # The only subscripts are those of SUPER, which count from 0 as PostgreSQL's JSON does.
    INDEX_OFFSET = 0

    class Tokenizer(Redshift.Tokenizer):
        """Redshift's words; a backslash escapes in a text, as it does in the sandbox's PostgreSQL."""

        # sqlglot keeps what follows some words (SHOW, FETCH, …) as one text.
        COMMANDS: ClassVar = set()

    class Parser(RedshiftParser):
        """Redshift's grammar with functions left as they are written."""

        FUNCTIONS: ClassVar[dict[str, Any]] = {}
        FUNCTION_PARSERS: ClassVar = {
            name: parser for name, parser in RedshiftParser.FUNCTION_PARSERS.items() if name in _SYNTAX
        }
        NO_PAREN_FUNCTION_PARSERS: ClassVar = {
            **RedshiftParser.NO_PAREN_FUNCTION_PARSERS,
            # sqlglot knows APPROXIMATE COUNT only, and by its own names of functions.
            "APPROXIMATE": lambda self: exp.Anonymous(this="APPROXIMATE", expressions=[self._parse_function()]),
        }

    class Generator(PostgresGenerator):
        """PostgreSQL's text."""

        TRANSFORMS: ClassVar = {
            **PostgresGenerator.TRANSFORMS,
            # Redshift's POSITION(a IN b) and the like keep their syntax; these are written as PostgreSQL takes them.
            exp.Substring: lambda self, node: self.func(
                "SUBSTRING", node.this, node.args.get("start"), node.args.get("length")
            ),
        }
