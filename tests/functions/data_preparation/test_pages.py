"""Pages are held against their headers, nothing is unpacked beyond its bound, and what needs no library gets
none."""

from __future__ import annotations

import gzip
from typing import Any

import pyarrow as pa
import pytest

from functions.data_preparation.validate_schema import snappy
from functions.data_preparation.validate_schema.column_data import MAX_CHUNK_BYTES, ColumnData
from functions.data_preparation.validate_schema.footer import Chunk, Leaf, read_footer
from functions.data_preparation.validate_schema.index_pages import are_more_used
from functions.data_preparation.validate_schema.judged import Judged
from functions.data_preparation.validate_schema.pages import (
    GZIP,
    MAX_DICTIONARY_BYTES,
    check_pages,
    dictionary_values,
    read_header,
    unpack,
)
from functions.data_preparation.validate_schema.thrift import DamagedError
from tests.corpus.broken_files import InMemory, as_parquet
from tests.corpus.odd_contract import contract_of

INTEGERS = Judged(contract_of("integer").column("v"), is_input=True)
LEVELS = [f"level {number:04}" for number in range(500)]


class Listening(InMemory):
    """Remembers what was asked for."""

    def __init__(self, data: bytes) -> None:
        super().__init__(data)
        self.ranges = list[tuple[int, int]]()

    def range(self, start: int, end: int) -> bytes:
        self.ranges.append((start, end))
        return super().range(start, end)


def levels_of(codes: list[int], is_nullable: bool = True, **options: Any) -> tuple[InMemory, Chunk, Leaf]:
    """A column of these levels, of which the dictionary holds more than the rows use."""
    column = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), LEVELS)
    schema = pa.schema([pa.field("v", column.type, nullable=is_nullable)])
    return chunk_of(pa.table([column], schema), **options)


def chunk_of(table: pa.Table, **options: Any) -> tuple[InMemory, Chunk, Leaf]:
    source = InMemory(as_parquet(table, **options))
    footer = read_footer(source)
    ((_, chunks),) = footer.groups({0: footer.leaves[0]})
    return source, chunks[0], footer.leaves[0]


@pytest.mark.parametrize("is_nullable", [True, False])
@pytest.mark.parametrize("version", ["1.0", "2.0"])
@pytest.mark.parametrize("compression", ["none", "snappy", "gzip"])
def test_levels_in_use_are_counted_without_a_library(
    is_nullable: bool, version: str, compression: str
) -> None:
    options = {"data_page_version": version, "compression": compression}
    for rows in range(50, 60):  # of which the last group of eight is filled up with zeros
        source, chunk, leaf = levels_of([1 + row % 50 for row in range(rows)], is_nullable, **options)
        assert [are_more_used(source, chunk, leaf, most) for most in (49, 50)] == [True, False]


def test_what_a_gzip_page_holds_beyond_its_size_is_noticed() -> None:
    packed = gzip.compress(b"x" * 11)
    assert unpack(packed, GZIP, 11) == b"x" * 11
    for size in (10, 12):
        with pytest.raises(DamagedError, match=f"announces {size} bytes"):
            unpack(packed, GZIP, size)


def test_a_dictionary_that_unpacks_to_too_much_is_left_to_the_reader_of_values() -> None:
    for size, is_read in ((1_000, True), (MAX_DICTIONARY_BYTES, False)):
        options = {"compression": "gzip", "dictionary_pagesize_limit": 2 * MAX_DICTIONARY_BYTES}
        source, chunk, _ = chunk_of(pa.table({"v": ["a" * size, "b"]}), **options)
        assert chunk.is_all_dictionary and chunk.compressed_bytes < MAX_DICTIONARY_BYTES
        assert (dictionary_values(source, chunk, 9) is not None) is is_read


def test_a_chunk_whose_pages_unpack_to_more_than_is_allowed_is_refused_before_they_are() -> None:
    source, chunk, _ = chunk_of(pa.table({"v": range(1_000)}), use_dictionary=False)
    data = source.range(chunk.start, chunk.end)
    check_pages(data, chunk, 8_000 + 100)
    with pytest.raises(DamagedError, match="more than 7999 bytes; write smaller row groups"):
        check_pages(data, chunk, 7_999)


@pytest.mark.parametrize("claim", ["unpacked_bytes", "compressed_bytes"])
def test_a_chunk_that_claims_too_much_is_not_even_read(claim: str) -> None:
    source, chunk, _ = chunk_of(pa.table({"v": range(1_000)}))
    source.largest = 0
    with pytest.raises(DamagedError, match="write smaller row groups"):
        ColumnData(source, INTEGERS, has_extremes=True).facts(chunk._replace(**{claim: MAX_CHUNK_BYTES + 1}))
    assert source.largest == 0


def test_a_chunk_is_read_in_one_range_however_many_reads_its_reader_makes() -> None:
    source, chunk, _ = chunk_of(pa.table({"v": range(50_000)}), compression="none", data_page_size=1_000)
    listening = Listening(source.data)
    ColumnData(listening, INTEGERS, has_extremes=True).facts(chunk)
    inside = [(start, end) for start, end in listening.ranges if start >= chunk.start and end <= chunk.end]
    assert inside == [(chunk.start, chunk.end)]


def test_the_footer_is_read_once_by_arrow_whatever_number_of_columns_is_read() -> None:
    source, chunk, _ = chunk_of(pa.table({"v": range(50_000)}))
    listening, counts = Listening(source.data), []
    for _ in range(3):
        ColumnData(listening, INTEGERS, has_extremes=True).facts(chunk)
        counts.append(sum(end == len(source.data) for _, end in listening.ranges))
    assert counts == [counts[0]] * 3 and counts[0] > 0


@pytest.mark.parametrize("size", [*range(1, 70), 255, 256, 257, 65_536])
def test_literals_of_every_length_are_unpacked(size: int) -> None:
    content = bytes(number * number % 251 for number in range(size))
    packed = pa.compress(content, codec="snappy", asbytes=True)
    assert snappy.decompress(packed, size) == content


def test_a_width_that_no_index_has_tells_nothing() -> None:
    source, chunk, leaf = levels_of(list(range(60)), compression="none", data_page_version="2.0")
    page = read_header(source.data, chunk.data_at)
    place, data = page.start + page.levels_bytes, bytearray(source.data)
    assert data[place] == 9, "bits for 500 levels"
    for width, is_told in ((9, True), (32, True), (33, False), (0, False)):
        data[place] = width
        assert are_more_used(InMemory(bytes(data)), chunk, leaf, 1) is is_told
