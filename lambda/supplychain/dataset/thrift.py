"""Thrift's compact protocol, as far as the footers of Parquet files need it: values, and where in the bytes they stand.

https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
"""

from dataclasses import dataclass
from typing import Any, Final

STRUCT: Final = 12
_TRUE, _FALSE, _BYTE, _I16, _I32, _I64, _DOUBLE, _BINARY, _LIST = range(1, 10)

_LONG_LIST: Final = 15
"""Lists of fewer items have their number in the first byte."""


@dataclass(frozen=True)
class Value:
    """A value: a number, bytes, a list of values, or a struct, which is a dictionary of field numbers."""

    value: Any
    start: int
    stop: int
    """It was read from the bytes from `start` to before `stop`."""


Struct = dict[int, Value]


def read(data: bytes) -> Struct:
    """The struct that `data` begins with.

    Raises
    ------
    ValueError
        Where it has a type that no footer has.
    """
    return _Reader(data).struct()


def number(value: int) -> bytes:
    """A whole number of 16, 32 or 64 bits."""
    return _varint(value << 1 if value >= 0 else (-value << 1) - 1)


def list_head(count: int, kind: int) -> bytes:
    """What stands before the items of a list, all of one kind."""
    short = bytes([min(count, _LONG_LIST) << 4 | kind])
    return short if count < _LONG_LIST else short + _varint(count)


class _Reader:
    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def struct(self) -> Struct:
        fields: Struct = {}
        field = 0
        while head := self._byte():
            field = field + (head >> 4) if head >> 4 else self._zigzag()
            kind = head & 0x0F
            fields[field] = Value(kind == _TRUE, self._at, self._at) if kind in {_TRUE, _FALSE} else self._item(kind)
        return fields

    def _item(self, kind: int) -> Value:
        start = self._at
        return Value(self._value(kind), start, self._at)

    def _value(self, kind: int) -> Any:
        if kind in {_I16, _I32, _I64}:
            return self._zigzag()
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _LIST:
            head = self._byte()
            count = self._varint() if head >> 4 == _LONG_LIST else head >> 4
            return [self._item(head & 0x0F) for _ in range(count)]
        if kind == STRUCT:
            return self.struct()
        if kind in {_TRUE, _FALSE, _BYTE}:  # an item of a list of booleans is a byte too
            return self._byte()
        if kind == _DOUBLE:
            return self._bytes(8)
        raise ValueError(f"type {kind} of the compact protocol is not expected in a footer")

    def _byte(self) -> int:
        byte = self._data[self._at]
        self._at += 1
        return byte

    def _bytes(self, count: int) -> bytes:
        self._at += count
        return self._data[self._at - count : self._at]

    def _varint(self) -> int:
        value, shift = 0, 0
        while (byte := self._byte()) & 0x80:
            value |= (byte & 0x7F) << shift
            shift += 7
        return value | byte << shift

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >> 7:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)
