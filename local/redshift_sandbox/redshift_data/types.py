"""Redshift's names, precisions and scales of PostgreSQL's types.

The Data API shows those of Redshift's JDBC driver.
"""

from dataclasses import dataclass

from redshift_sandbox.redshift_data import oids


@dataclass(frozen=True)
class TypeFacts:
    """A type's ColumnMetadata. Precision 0 means that the column's length is used."""

    name: str
    precision: int
    scale: int = 0
    signed: bool = False
    case_sensitive: bool = False


_BY_OID = {
    oids.BOOLEAN: TypeFacts("bool", 1),
    oids.BYTEA: TypeFacts("varbyte", 0),
    oids.BIGINT: TypeFacts("int8", 19, signed=True),
    oids.SMALLINT: TypeFacts("int2", 5, signed=True),
    oids.INTEGER: TypeFacts("int4", 10, signed=True),
    oids.OID: TypeFacts("oid", 10),
    oids.NAME: TypeFacts("name", 128, case_sensitive=True),
    oids.TEXT: TypeFacts("varchar", 0, case_sensitive=True),
    oids.JSON: TypeFacts("super", 0, case_sensitive=True),
    oids.REAL: TypeFacts("float4", 8, 8, signed=True),
    oids.DOUBLE: TypeFacts("float8", 17, 17, signed=True),
    oids.CHAR: TypeFacts("bpchar", 0, case_sensitive=True),
    oids.VARCHAR: TypeFacts("varchar", 0, case_sensitive=True),
    oids.DATE: TypeFacts("date", 13),
    oids.TIME: TypeFacts("time", 15, 6),
    oids.TIMESTAMP: TypeFacts("timestamp", 29, 6),
    oids.TIMESTAMPTZ: TypeFacts("timestamptz", 35, 6),
    oids.INTERVAL: TypeFacts("interval", 49, 6),
    oids.TIMETZ: TypeFacts("timetz", 21, 6),
    oids.NUMERIC: TypeFacts("numeric", 0, signed=True),
    oids.JSONB: TypeFacts("super", 0, case_sensitive=True),
}

_OTHER = TypeFacts("varchar", 0, case_sensitive=True)

# PostgreSQL adds this to a length, or to a packed precision and scale.
_MODIFIER_OFFSET = 4


def type_facts(oid: int) -> TypeFacts:
    """Return the metadata of a type; a type that Redshift does not have is shown as varchar."""
    return _BY_OID.get(oid, _OTHER)


def precision_and_scale(oid: int, modifier: int) -> tuple[int, int]:
    """Return a column's precision and scale from its type modifier (-1 when it has none).

    The precision of a string is its length. PostgreSQL's modifiers are length + 4, and for numeric
    (precision << 16 | scale) + 4.
    """
    facts = type_facts(oid)
    if oid == oids.NUMERIC:
        if modifier < 0:
            return 38, 0
        packed = modifier - _MODIFIER_OFFSET
        return (packed >> 16) & 0xFFFF, packed & 0x7FF
    if oid in oids.STRINGS and modifier >= _MODIFIER_OFFSET:
        return modifier - _MODIFIER_OFFSET, 0
    return facts.precision, facts.scale
