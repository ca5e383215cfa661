"""Redshift's names, precisions and scales of PostgreSQL's types.

The Data API shows those of Redshift's JDBC driver.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class TypeFacts:
    """A type's ColumnMetadata. Precision 0 means that the column's length is used."""

    name: str
    precision: int
    scale: int = 0
    signed: bool = False
    case_sensitive: bool = False


_BY_OID = {
    16: TypeFacts("bool", 1),
    17: TypeFacts("varbyte", 0),
    20: TypeFacts("int8", 19, signed=True),
    21: TypeFacts("int2", 5, signed=True),
    23: TypeFacts("int4", 10, signed=True),
    26: TypeFacts("oid", 10),
    19: TypeFacts("name", 128, case_sensitive=True),
    25: TypeFacts("varchar", 0, case_sensitive=True),
    114: TypeFacts("super", 0, case_sensitive=True),
    700: TypeFacts("float4", 8, 8, signed=True),
    701: TypeFacts("float8", 17, 17, signed=True),
    1042: TypeFacts("bpchar", 0, case_sensitive=True),
    1043: TypeFacts("varchar", 0, case_sensitive=True),
    1082: TypeFacts("date", 13),
    1083: TypeFacts("time", 15, 6),
    1114: TypeFacts("timestamp", 29, 6),
    1184: TypeFacts("timestamptz", 35, 6),
    1186: TypeFacts("interval", 49, 6),
    1266: TypeFacts("timetz", 21, 6),
    1700: TypeFacts("numeric", 0, signed=True),
    3802: TypeFacts("super", 0, case_sensitive=True),
}

_OTHER = TypeFacts("varchar", 0, case_sensitive=True)

BOOLEAN_OIDS = frozenset({16})
LONG_OIDS = frozenset({20, 21, 23, 26})
DOUBLE_OIDS = frozenset({700, 701})
NUMERIC_OID = 1700
# PostgreSQL adds this to a length, or to a packed precision and scale.
_MODIFIER_OFFSET = 4
TEXT_OIDS = frozenset({25, 1042, 1043})


def type_facts(oid: int) -> TypeFacts:
    """Return the metadata of a type; a type that Redshift does not have is shown as varchar."""
    return _BY_OID.get(oid, _OTHER)


def precision_and_scale(oid: int, modifier: int) -> tuple[int, int]:
    """Return a column's precision and scale from its type modifier (-1 when it has none).

    The precision of a string is its length. PostgreSQL's modifiers are length + 4, and for numeric
    (precision << 16 | scale) + 4.
    """
    facts = type_facts(oid)
    if oid == NUMERIC_OID:
        if modifier < 0:
            return 38, 0
        packed = modifier - _MODIFIER_OFFSET
        return (packed >> 16) & 0xFFFF, packed & 0x7FF
    if oid in TEXT_OIDS and modifier >= _MODIFIER_OFFSET:
        return modifier - _MODIFIER_OFFSET, 0
    return facts.precision, facts.scale
