"""The first rows of a dictionary-encoded column, read without a library: enough to see that a category has
too many values in use, which its dictionary alone does not prove."""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from functions.data_preparation.validate_schema.footer import Chunk, Source
from functions.data_preparation.validate_schema.leaf import Leaf
from functions.data_preparation.validate_schema.pages import (
    DATA_PAGE,
    DATA_PAGE_V2,
    DICTIONARY,
    GZIP,
    SNAPPY,
    UNCOMPRESSED,
    Page,
    read_header,
)
from functions.data_preparation.validate_schema.snappy import decompress_start, varint
from functions.data_preparation.validate_schema.thrift import DamagedError

READ_BYTES = 64 * 1024
UNPACKED_BYTES = 32 * 1024


def are_more_used(source: Source, chunk: Chunk, leaf: Leaf, most: int) -> bool:
    """Whether the first rows surely use more than `most` different values; False where they don't tell.

    Raises DamagedError for a page that makes no sense.
    """
    data = source.range(chunk.data_at, min(chunk.end, chunk.data_at + READ_BYTES))
    page = read_header(data)
    if page.kind not in (DATA_PAGE, DATA_PAGE_V2) or page.encoding not in DICTIONARY:
        return False
    content = _start_of_values(data[page.start : page.start + page.packed_bytes], page, chunk.codec, leaf)
    if not content or not 0 < content[0] <= 32:
        return False
    used: set[int] = set()
    for index in _indices(content, page.values):
        used.add(index)
        if len(used) > most:
            return True
    return False


def _start_of_values(body: bytes, page: Page, codec: int, leaf: Leaf) -> bytes:
    """The first bytes of the encoded indices, behind the levels that say which rows are null."""
    if page.kind == DATA_PAGE_V2:
        values = body[page.levels_bytes :]
        return _unpack_start(values, codec) if page.is_packed else values[:UNPACKED_BYTES]
    content = _unpack_start(body, codec)
    if leaf.is_required:
        return content
    return content[4 + int.from_bytes(content[:4], "little") :]


def _unpack_start(data: bytes, codec: int) -> bytes:
    """What the data begins with; nothing for a codec that needs a library."""
    if codec == UNCOMPRESSED:
        return data[:UNPACKED_BYTES]
    if codec == SNAPPY:
        return decompress_start(data, UNPACKED_BYTES)
    if codec != GZIP:
        return b""
    try:
        return zlib.decompressobj(wbits=47).decompress(data, UNPACKED_BYTES)
    except zlib.error:
        return b""


def _indices(content: bytes, count: int) -> Iterator[int]:
    """Parquet's hybrid of runs and bit-packed groups of eight, as far as the bytes reach."""
    width, position, seen = content[0], 1, 0
    whole, mask = (width + 7) // 8, (1 << width) - 1
    while seen < count:
        try:
            header, position = varint(content, position)
        except (IndexError, DamagedError):
            return
        if header & 1:
            for _ in range(header >> 1):
                group = content[position : position + width]
                position += width
                if len(group) < width or seen >= count:
                    return
                packed = int.from_bytes(group, "little")
                yield from ((packed >> shift * width) & mask for shift in range(min(8, count - seen)))
                seen += 8
        else:
            run = content[position : position + whole]
            position, seen = position + whole, seen + (header >> 1)
            if len(run) < whole or not header:
                return
            yield int.from_bytes(run, "little")
