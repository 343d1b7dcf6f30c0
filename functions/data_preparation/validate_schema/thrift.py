"""Reads Thrift's compact protocol, in which Parquet writes its footer and page headers. Bounded: what a
damaged or hostile file claims about sizes is held against the bytes that are there."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# A struct of one row group holds about six containers for each of its columns.
MAX_CONTAINERS = 500_000
MAX_DEPTH = 12
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _MAP, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 11, 12
_INTEGERS = frozenset({4, 5, 6})


class DamagedError(ValueError):
    """Bytes that are not what the format says they are."""


@contextmanager
def making_sense() -> Iterator[None]:
    """Raises DamagedError where decoded metadata lacks a field, or holds another kind of value in it."""
    try:
        yield
    except (IndexError, KeyError, AttributeError, TypeError, OverflowError) as error:
        raise DamagedError(f"the metadata makes no sense: {error!r}"[:300]) from error


class CompactReader:
    """A position in some bytes; structs become dictionaries of field id → value, strings stay bytes."""

    def __init__(self, data: bytes, position: int = 0) -> None:
        self.data, self.position = data, position
        self._containers = 0

    def struct(self, depth: int = 0) -> dict[int, Any]:
        """One struct; read it `making_sense`, which catches what the bytes lack."""
        if depth == 0:
            self._containers = 0
        return {identifier: self._value(kind, depth) for identifier, kind in self.fields(depth)}

    def fields(self, depth: int = 0) -> Iterator[tuple[int, int]]:
        """(field id, type) of each field; the caller reads its value before it goes on."""
        self._count(depth)
        identifier = 0
        while True:
            byte = self._byte()
            if byte == 0:
                return
            step = byte >> 4
            identifier = identifier + step if step else self._zigzag()
            yield identifier, byte & 15

    def value(self, kind: int) -> Any:
        """The value of a field that `fields` announced."""
        return self._value(kind, 0)

    def list_header(self) -> tuple[int, int]:
        """(number of elements, their type) of a list that follows."""
        byte = self._byte()
        size = byte >> 4
        if size == 15:
            size = self._varint()
        if size > len(self.data) - self.position:
            raise DamagedError(f"a list claims {size} elements, more than there are bytes")
        return size, byte & 15

    def _value(self, kind: int, depth: int) -> Any:
        if kind in _INTEGERS:
            return self._zigzag()
        if kind == _BINARY:
            return self._take(self._varint())
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            return self._list(depth + 1)
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        return self._rare(kind, depth)

    def _rare(self, kind: int, depth: int) -> Any:
        if kind == _BYTE:
            return self._byte()
        if kind == _DOUBLE:
            return struct.unpack("<d", self._take(8))[0]
        if kind == _MAP:
            return self._map(depth + 1)
        raise DamagedError(f"the metadata has a field of the unknown type {kind}")

    def _list(self, depth: int) -> list[Any]:
        self._count(depth)
        size, kind = self.list_header()
        if kind in (_TRUE, _FALSE):
            return [self._byte() == _TRUE for _ in range(size)]
        return [self._value(kind, depth) for _ in range(size)]

    def _map(self, depth: int) -> dict[Any, Any]:
        self._count(depth)
        size = self._varint()
        if not size:
            return {}
        if size > len(self.data) - self.position:
            raise DamagedError(f"a map claims {size} entries, more than there are bytes")
        kinds = self._byte()
        pairs = ((str(self._value(kinds >> 4, depth)), self._value(kinds & 15, depth)) for _ in range(size))
        return dict(pairs)

    def _count(self, depth: int) -> None:
        self._containers += 1
        if depth > MAX_DEPTH or self._containers > MAX_CONTAINERS:
            raise DamagedError("the metadata is nested too deeply or too large")

    def _take(self, size: int) -> bytes:
        part = self.data[self.position : self.position + size]
        if len(part) != size:
            raise DamagedError(f"a field claims {size} bytes, more than there are")
        self.position += size
        return part

    def _byte(self) -> int:
        byte = self.data[self.position]
        self.position += 1
        return byte

    def _varint(self) -> int:
        data, position, shift, result = self.data, self.position, 0, 0
        while True:
            byte = data[position]
            position += 1
            result |= (byte & 0x7F) << shift
            if byte < 0x80:
                self.position = position
                return result
            shift += 7
            if shift > 63:
                raise DamagedError("a number has more than 64 bits")

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
