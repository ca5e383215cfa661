"""Thrift's compact protocol, as far as the footers of Parquet files need it.

A struct is a dictionary of field numbers; what is read and written again is the same to the byte.
https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from dataclasses import dataclass
from typing import Any, Final, cast

TRUE: Final = 1
FALSE: Final = 2
BYTE: Final = 3
I16: Final = 4
I32: Final = 5
I64: Final = 6
DOUBLE: Final = 7
BINARY: Final = 8
LIST: Final = 9
STRUCT: Final = 12

_LONG_LIST: Final = 15


@dataclass
class Value:
    """A value and the protocol's number of its type; a struct's is a `Struct`, a list's a `Sequence`."""

    kind: int
    value: Any


Struct = dict[int, Value]


@dataclass
class Sequence:
    """The items of a list, and the protocol's number of their type."""

    kind: int
    items: list[Any]


def read(data: bytes) -> Struct:
    """The struct that `data` begins with.

    Raises
    ------
    ValueError
        Where it has a type that no footer has.
    """
    return _Reader(data).struct()


def write(struct: Struct) -> bytes:
    """A struct as bytes."""
    out = bytearray()
    _write_struct(out, struct)
    return bytes(out)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> Struct:
        fields: Struct = {}
        number = 0
        while head := self._byte():
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            kind = head & 0x0F
            fields[number] = Value(kind, None if kind in {TRUE, FALSE} else self._value(kind))
        return fields

    def _value(self, kind: int) -> Any:
        match kind:
            case 1 | 2 | 3:  # an item of a list of booleans is a byte too
                return self._byte()
            case 4 | 5 | 6:
                return self._zigzag()
            case 7:
                return self._bytes(8)
            case 8:
                return self._bytes(self._varint())
            case 9:
                head = self._byte()
                count = self._varint() if head >> 4 == _LONG_LIST else head >> 4
                kind = head & 0x0F
                return Sequence(kind, [self._value(kind) for _ in range(count)])
            case 12:
                return self.struct()
        raise ValueError(f"type {kind} of the compact protocol is not expected in a footer")

    def _byte(self) -> int:
        byte = self._data[self._at]
        self._at += 1
        return byte

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def _varint(self) -> int:
        number, shift = 0, 0
        while (byte := self._byte()) & 0x80:
            number |= (byte & 0x7F) << shift
            shift += 7
        return number | byte << shift

    def _zigzag(self) -> int:
        number = self._varint()
        return (number >> 1) ^ -(number & 1)


def _write_struct(out: bytearray, struct: Struct) -> None:
    before = 0
    for number in sorted(struct):
        field = struct[number]
        if 0 < number - before <= _LONG_LIST:
            out.append((number - before) << 4 | field.kind)
        else:
            out.append(field.kind)
            _write_varint(out, _zigzagged(number))
        if field.kind not in {TRUE, FALSE}:
            _write_value(out, field.kind, field.value)
        before = number
    out.append(0)


def _write_value(out: bytearray, kind: int, value: Any) -> None:
    match kind:
        case 1 | 2 | 3:
            out.append(value)
        case 4 | 5 | 6:
            _write_varint(out, _zigzagged(value))
        case 7:
            out += value
        case 8:
            _write_varint(out, len(value))
            out += value
        case 9:
            items = cast("Sequence", value)
            count = len(items.items)
            out.append(min(count, _LONG_LIST) << 4 | items.kind)
            if count >= _LONG_LIST:
                _write_varint(out, count)
            for item in items.items:
                _write_value(out, items.kind, item)
        case 12:
            _write_struct(out, value)


def _write_varint(out: bytearray, number: int) -> None:
    while number >> 7:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)


def _zigzagged(number: int) -> int:
    return number << 1 if number >= 0 else (-number << 1) - 1
