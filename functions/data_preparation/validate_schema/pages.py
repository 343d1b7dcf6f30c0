"""The pages of a Parquet column chunk: the dictionary, which is the set of a category's values, and the
headers, which say whether the pages hold what the footer claims."""

from __future__ import annotations

import zlib
from dataclasses import dataclass

from functions.data_preparation.validate_schema.footer import Chunk, Footer, Source
from functions.data_preparation.validate_schema.leaf import BYTE_ARRAY
from functions.data_preparation.validate_schema.snappy import decompress
from functions.data_preparation.validate_schema.thrift import CompactReader, DamagedError, making_sense

# A dictionary page larger than this is not read; its column is decoded instead.
MAX_DICTIONARY_BYTES = 4 * 1024 * 1024
# From this size on importing a library pays for itself.
SMALL_PAGE_BYTES = 128 * 1024
DATA_PAGE, DICTIONARY_PAGE, DATA_PAGE_V2 = 0, 2, 3
_PLAIN = (0, 2)
DICTIONARY = (2, 8)
UNCOMPRESSED, SNAPPY, GZIP = 0, 1, 2
_BY_LIBRARY = {1: "snappy", 4: "brotli", 6: "zstd", 7: "lz4_raw"}


@dataclass(frozen=True, slots=True)
class Page:
    """A page's header; `start` is where its content begins in the bytes the header was read from."""

    kind: int
    values: int
    encoding: int
    start: int
    packed_bytes: int
    unpacked_bytes: int
    levels_bytes: int
    is_packed: bool


def read_header(data: bytes, position: int = 0) -> Page:
    """The header at a position; raises DamagedError."""
    reader = CompactReader(data, position)
    with making_sense():
        header = reader.struct()
        kind = header.get(1, -1)
        about = header.get({DATA_PAGE: 5, DICTIONARY_PAGE: 7, DATA_PAGE_V2: 8}.get(kind, 0)) or {}
        encoding = about.get(4 if kind == DATA_PAGE_V2 else 2, -1)
        unpacked, packed, values = header.get(2, -1), header.get(3, -1), about.get(1, 0)
        levels = about.get(5, 0) + about.get(6, 0) if kind == DATA_PAGE_V2 else 0
    if not all(isinstance(one, int) and one >= 0 for one in (unpacked, packed, values, levels)):
        raise DamagedError("a page's header names no sizes")
    is_packed = about.get(7, True) is True
    return Page(kind, values, encoding, reader.position, packed, unpacked, levels, is_packed)


def dictionary_values(source: Source, chunk: Chunk, most: int) -> set[bytes] | None:
    """The dictionary of a chunk, at most `most` + 1 of its values; None where it cannot be read apart.

    Values that no row uses may be among them: a set within bounds proves, one beyond them does not.
    """
    is_apart = 0 < chunk.dictionary_at < chunk.data_at and chunk.physical == BYTE_ARRAY
    size = chunk.data_at - chunk.dictionary_at
    if not is_apart or not chunk.is_all_dictionary or size > MAX_DICTIONARY_BYTES:
        return None
    data = source.range(chunk.dictionary_at, chunk.data_at)
    page = read_header(data)
    if page.kind != DICTIONARY_PAGE or page.encoding not in _PLAIN or page.start + page.packed_bytes != size:
        raise DamagedError("the footer points to a dictionary page where none lies")
    if page.unpacked_bytes > MAX_DICTIONARY_BYTES:
        return None
    content = unpack(data[page.start :], chunk.codec, page.unpacked_bytes)
    return None if content is None else _plain_values(content, page.values, most)


def unpack(data: bytes, codec: int, size: int) -> bytes | None:
    """The content of a page; None for a codec that only the library's reader takes. Raises DamagedError."""
    if codec == UNCOMPRESSED:
        content = data
    elif codec == GZIP:
        content = _inflate(data, size)
    elif codec == SNAPPY and size <= SMALL_PAGE_BYTES:
        content = decompress(data, size)
    elif codec in _BY_LIBRARY:
        content = _unpack_by_library(data, _BY_LIBRARY[codec], size)
    else:
        return None
    if len(content) != size:
        raise DamagedError(f"a page announces {size} bytes and holds {len(content)}")
    return content


def check_pages(data: bytes, chunk: Chunk, most_bytes: int) -> None:
    """Walks the headers of a whole chunk; raises DamagedError where its pages contradict the footer."""
    position = values = unpacked = 0
    while position < len(data):
        page = read_header(data, position)
        position = page.start + page.packed_bytes
        unpacked += page.unpacked_bytes
        values += page.values if page.kind in (DATA_PAGE, DATA_PAGE_V2) else 0
        if unpacked > most_bytes:
            raise DamagedError(
                f"one row group unpacks to more than {most_bytes} bytes; write smaller row groups"
            )
    if position != len(data):
        raise DamagedError("the last page of a column ends outside of its chunk")
    if values != chunk.values:
        raise DamagedError(f"the footer claims {chunk.values} values in a row group, its pages hold {values}")


def check_chunk(chunk: Chunk, name: str, footer: Footer, physical: int) -> None:
    """Holds what the footer says of a flat column's chunk against itself; raises DamagedError."""
    where = f"row group {chunk.group} of {name}"
    if chunk.physical != physical:
        raise DamagedError(f"{where} is stored as another type than the schema says")
    if chunk.values != chunk.rows:
        raise DamagedError(f"{where} has {chunk.values} values in {chunk.rows} rows")
    if chunk.nulls is not None and not 0 <= chunk.nulls <= chunk.values:
        raise DamagedError(f"{where} has {chunk.nulls} nulls in {chunk.values} values")
    if not (chunk.start >= 4 and chunk.compressed_bytes >= 0 and chunk.end <= footer.data_end):
        raise DamagedError(f"{where} lies outside of the file")


def _plain_values(content: bytes, count: int, most: int) -> set[bytes]:
    values: set[bytes] = set()
    position = 0
    for _ in range(count):
        start = position + 4
        position = start + int.from_bytes(content[position:start], "little")
        if position > len(content):
            raise DamagedError("a dictionary ends in the middle of a value")
        values.add(content[start:position])
        if len(values) > most:
            break
    return values


def _inflate(data: bytes, size: int) -> bytes:
    try:
        return zlib.decompressobj(wbits=47).decompress(data, size + 1)
    except zlib.error as error:
        raise DamagedError(f"a compressed page is damaged: {error}") from error


def _unpack_by_library(data: bytes, codec: str, size: int) -> bytes:
    import pyarrow as pa

    try:
        return bytes(pa.decompress(data, decompressed_size=size, codec=codec, asbytes=True))
    except (pa.ArrowException, OSError) as error:
        raise DamagedError(f"a compressed page is damaged: {error}") from error
