"""A Parquet file's footer: its columns, rows, and what it says about every column chunk. Nothing in it is
believed further than the file's own size. https://github.com/apache/parquet-format (parquet.thrift)"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Any, NamedTuple, Protocol

from functions.data_preparation.validate_schema.first_bytes import LONGEST, told_by_first_bytes
from functions.data_preparation.validate_schema.leaf import Leaf, leaf_of
from functions.data_preparation.validate_schema.thrift import CompactReader, DamagedError, making_sense

MAGIC = b"PAR1"
ENCRYPTED_MAGIC = b"PARE"
MAX_FOOTER_BYTES = 32 * 1024 * 1024
MAX_SCHEMA_ELEMENTS = 200_000


class Source(Protocol):
    """A file of known size whose parts can be read."""

    size: int

    def range(self, start: int, end: int) -> bytes:
        """The bytes of [start, end), cut at the end of the file."""

    def chunks(self) -> Iterator[bytes]:
        """The whole file, once, from front to back."""


class Chunk(NamedTuple):
    """What the footer says about one column in one row group; None where it says nothing."""

    group: int
    rows: int
    physical: int
    values: int
    nulls: int | None
    low: bytes | None
    high: bytes | None
    codec: int
    is_all_dictionary: bool
    dictionary_at: int
    data_at: int
    compressed_bytes: int
    unpacked_bytes: int

    @property
    def start(self) -> int:
        """Where its first page lies."""
        return self.dictionary_at if 0 < self.dictionary_at < self.data_at else self.data_at

    @property
    def end(self) -> int:
        """Where its last page ends."""
        return self.start + self.compressed_bytes


class Footer:
    """The footer of a file; row groups are read one at a time, so that memory stays bounded."""

    def __init__(self, data: bytes, data_end: int) -> None:
        self.data_end = data_end
        self.rows = -1
        self.leaves: list[Leaf] = []
        self.leaf_count = 0
        self.has_bytes_unaccounted_for = False
        self._reader = CompactReader(data)
        self._groups = 0
        with making_sense():
            self._read_head()

    @property
    def names(self) -> list[str]:
        """The names of the columns at the top, in order; a name may occur twice."""
        return [leaf.name for leaf in self.leaves]

    def groups(self, wanted: dict[int, Leaf]) -> Iterator[tuple[int, dict[int, Chunk]]]:
        """(rows, chunks of the wanted leaves by index) of every row group, once; raises DamagedError.

        After the last one it is known whether anything lies between the data and the footer.
        """
        last: list[dict[int, Any]] = []
        for number in range(self._groups):
            with making_sense():
                group = self._reader.struct()
                columns, rows = group.get(1, []), _whole(group.get(3, -1))
                if len(columns) != self.leaf_count:
                    raise DamagedError(
                        f"row group {number} has {len(columns)} columns, not {self.leaf_count}"
                    )
                chunks = {i: _chunk(columns[i], number, rows, leaf) for i, leaf in wanted.items()}
            last = columns if rows else last
            yield rows, chunks
        with making_sense():
            self.has_bytes_unaccounted_for = bool(last) and _end_of(last) not in (None, self.data_end)

    def _read_head(self) -> None:
        """Schema (field 2) and rows (3); stops at the row groups (4), which every writer puts after them."""
        reader = self._reader
        for identifier, kind in reader.fields():
            if identifier == 4:
                self._groups, _ = reader.list_header()
                break
            value = reader.value(kind)
            if identifier == 2:
                self._read_schema(value)
            elif identifier == 3:
                self.rows = _whole(value)
        if not self.leaves or self.rows < 0:
            raise DamagedError("the footer names no columns or no number of rows")

    def _read_schema(self, elements: list[dict[int, Any]]) -> None:
        if not 1 < len(elements) <= MAX_SCHEMA_ELEMENTS:
            raise DamagedError(f"the schema has {len(elements)} elements")
        position = 1
        for _ in range(elements[0].get(5, 0)):
            element = elements[position]
            end, leaves = _extent(elements, position)
            is_flat = not element.get(5)
            self.leaves.append(leaf_of(element, self.leaf_count, is_flat))
            self.leaf_count, position = self.leaf_count + leaves, end


def read_footer(source: Source) -> Footer:
    """The footer of a file; raises DamagedError when it is not a whole Parquet file, or an encrypted one."""
    if source.size < 12:
        raise DamagedError(f"{source.size} bytes are less than the smallest Parquet file")
    tail = source.range(source.size - 8, source.size)
    size = int(struct.unpack("<I", tail[:4])[0])
    if tail[4:] == ENCRYPTED_MAGIC:
        raise DamagedError("the footer is encrypted; land the file unencrypted (the bucket encrypts it)")
    if tail[4:] != MAGIC:
        other = told_by_first_bytes(source.range(0, LONGEST))
        what = other.seen if other and other.seen != "Parquet" else "cut off, or another format"
        raise DamagedError(f"the file does not end as Parquet does: it is {what}")
    end = source.size - 8
    if not 0 < size <= end - 4:
        raise DamagedError(f"the footer claims {size} bytes in a file of {source.size}")
    if size > MAX_FOOTER_BYTES:
        raise DamagedError(
            f"the footer has {size} bytes, more than {MAX_FOOTER_BYTES}; write fewer row groups"
        )
    return Footer(source.range(end - size, end), end - size)


def _extent(elements: list[dict[int, Any]], position: int) -> tuple[int, int]:
    """(Where the subtree at `position` ends, how many leaves it has), without recursion."""
    pending, leaves = 1, 0
    while pending:
        children = _whole(elements[position].get(5) or 0)
        leaves += not children
        pending += children - 1
        position += 1
    return position, leaves


def _chunk(column: dict[int, Any], group: int, rows: int, leaf: Leaf) -> Chunk:
    about = column.get(3)
    if not isinstance(about, dict) or column.get(1):
        raise DamagedError(
            f"row group {group} keeps the metadata of {leaf.name} elsewhere; write one whole file"
        )
    statistics = about.get(12) or {}
    # The deprecated pair (1, 2) is ordered as signed numbers.
    high = statistics.get(5, None if leaf.is_unsigned else statistics.get(1))
    low = statistics.get(6, None if leaf.is_unsigned else statistics.get(2))
    nulls = statistics.get(3)
    return Chunk(
        group=group,
        rows=rows,
        physical=_whole(about.get(1, -1)),
        values=_whole(about.get(5, -1)),
        nulls=0 if leaf.is_required else None if nulls is None else _whole(nulls),
        low=_bytes(low),
        high=_bytes(high),
        codec=_whole(about.get(4, -1)),
        is_all_dictionary=_is_all_dictionary(about),
        dictionary_at=_whole(about.get(11) or 0),
        data_at=_whole(about.get(9, -1)),
        compressed_bytes=_whole(about.get(7, -1)),
        unpacked_bytes=_whole(about.get(6, -1)),
    )


def _end_of(columns: list[dict[int, Any]]) -> int | None:
    """Where the last of what a row group points to ends: pages, indexes of pages, Bloom filters; None where
    the length of such a filter is not said."""
    ends: list[int] = []
    for column in columns:
        about = column[3]
        if 14 in about and 15 not in about:
            return None
        first = about.get(11) or about[9]
        ends.append(min(first, about[9]) + about[7])
        ends += [column[at] + column[size] for at, size in ((4, 5), (6, 7)) if at in column]
        ends.append(about.get(14, 0) + about.get(15, 0))
    return max(ends)


def _is_all_dictionary(about: dict[int, Any]) -> bool:
    """Whether every data page refers to the dictionary: by the page statistics, else by the encodings."""
    dictionary = {2, 8}
    pages = about.get(13)
    if pages:
        return all(page.get(2) in dictionary for page in pages if page.get(1) in (0, 3))
    encodings = set(about.get(2) or ())
    return bool(encodings & dictionary) and encodings <= dictionary | {3, 4}


def _whole(value: Any) -> int:
    if not isinstance(value, int):
        raise DamagedError("the footer has something else where a number belongs")
    return value


def _bytes(value: Any) -> bytes | None:
    if value is not None and not isinstance(value, bytes):
        raise DamagedError("the footer has something else where a value belongs")
    return value
