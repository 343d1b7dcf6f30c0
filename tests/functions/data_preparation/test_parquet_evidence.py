"""What a verdict on a Parquet file rests on, and that a footer which contradicts its pages is noticed."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from functions.data_preparation.validate_schema import snappy
from functions.data_preparation.validate_schema.footer import read_footer
from functions.data_preparation.validate_schema.source import LocalFile
from functions.data_preparation.validate_schema.thrift import DamagedError
from functions.data_preparation.validate_schema.validation import validate
from tests.corpus.broken_files import InMemory, as_parquet, changed

WRITERS: dict[str, dict[str, Any]] = {
    "usual": {},
    "zstd, pages v2": {"compression": "zstd", "data_page_version": "2.0"},
    "gzip, small groups": {"compression": "gzip", "row_group_size": 37},
    "lz4": {"compression": "lz4"},
    "brotli": {"compression": "brotli"},
    "uncompressed, small pages": {"compression": "none", "data_page_size": 64},
    "no dictionary": {"use_dictionary": False},
    "no statistics": {"write_statistics": False},
    "small dictionaries": {"dictionary_pagesize_limit": 16},
    "format 1.0": {"version": "1.0"},
    "with page index": {"write_page_index": True},
    "without Arrow's schema": {"store_schema": False},
}
# Made by tests/corpus/other_writers.py: the tests do without these libraries.
WRITTEN = Path(__file__).resolve().parents[2] / "corpus/written"
DAMAGE = {
    "none": lambda table: table,
    "nulls": lambda table: changed(table, "month", pa.array([None] * 10 + [1] * (len(table) - 10))),
    "range": lambda table: changed(table, "month", [13] * len(table)),
    "levels": lambda table: changed(table, "carrier", [f"c{i % 60}" for i in range(len(table))]),
    "levels, the least last": lambda table: changed(
        table, "carrier", [f"c{99 - i % 60}" for i in range(len(table))]
    ),
    "category": lambda table: changed(table, "origin", ["JFK"] * (len(table) - 1) + ["XXX"]),
    "type": lambda table: changed(table, "dest", [1.5] * len(table)),
    "large strings": lambda table: changed(table, "dest", pa.array(["A"] * len(table), pa.large_string())),
}


@pytest.mark.parametrize("damage", DAMAGE)
@pytest.mark.parametrize("writer", WRITERS)
def test_metadata_and_every_value_give_the_same_verdict_for_every_writer(
    contract: Any, flights: pa.Table, writer: str, damage: str
) -> None:
    content = as_parquet(DAMAGE[damage](flights), **WRITERS[writer])
    cheap, full = (validate("x.parquet", InMemory(content), contract, strict) for strict in (False, True))
    assert cheap.violations == full.violations
    assert bool(full.violations) == (damage not in ("none", "large strings"))


@pytest.mark.parametrize("path", sorted(WRITTEN.glob("*.keeps.parquet")), ids=lambda path: path.name)
def test_what_polars_and_duckdb_write_is_judged_like_every_value_of_it(contract: Any, path: Path) -> None:
    broken = path.with_name(path.name.replace("keeps", "breaks"))
    planted = {("month", "max"), ("day", "max_null_ratio"), ("origin", "categories")}
    for is_strict in (False, True):
        with LocalFile(path) as kept, LocalFile(broken) as spoiled:
            assert validate(path.name, kept, contract, is_strict).violations == ()
            found = validate(broken.name, spoiled, contract, is_strict).violations
        assert {(one.column, one.rule) for one in found} == {*planted, ("carrier", "max_cardinality")}


@pytest.mark.parametrize("compression", ["snappy", "zstd", "gzip", "lz4", None])
def test_what_pandas_writes_is_judged_like_every_value_of_it(
    contract: Any, flights: pa.Table, compression: str | None
) -> None:
    frame = flights.to_pandas()
    frame["carrier"] = frame["carrier"].astype("category")
    frame.loc[0, "origin"] = "XXX"
    content = frame.to_parquet(compression=compression)
    cheap, full = (validate("x.parquet", InMemory(content), contract, strict) for strict in (False, True))
    assert cheap.violations == full.violations
    assert [(one.column, one.rule) for one in full.violations] == [("origin", "categories")]


def test_the_report_says_what_each_verdict_rests_on(contract: Any, flights: pa.Table) -> None:
    report = validate("x.parquet", InMemory(as_parquet(flights)), contract)
    assert (report.evidence["month"], report.evidence["carrier"]) == ("statistics", "dictionary")
    assert report.proven_from == "metadata"
    mixed = as_parquet(flights, use_dictionary=["carrier"])
    report = validate("x.parquet", InMemory(mixed), contract)
    assert (report.evidence["carrier"], report.evidence["dest"]) == ("dictionary", "data")
    assert report.proven_from == "both"


def allowing(contract: Any, max_null_ratio: float) -> Any:
    """The contract with another share of nulls in a column that has no other limits."""
    columns = [
        replace(one, max_null_ratio=max_null_ratio) if one.name == "tailnum" else one
        for one in contract.columns
    ]
    return replace(contract, columns=tuple(columns))


def permissive(contract: Any) -> Any:
    """Its columns, of which every value may be missing."""
    return tuple(replace(column, max_null_ratio=1.0) for column in contract.columns)


@pytest.mark.parametrize("missing", [0, 1])
def test_nulls_of_a_column_that_allows_none_are_counted_where_no_statistics_name_them(
    contract: Any, flights: pa.Table, missing: int
) -> None:
    tails = flights["tailnum"].to_pylist()
    holed = as_parquet(
        changed(flights, "tailnum", tails[missing:] + [None] * missing), write_statistics=False
    )
    report = validate("x.parquet", InMemory(holed), allowing(contract, 0.0))
    assert report.evidence["tailnum"] == "data"
    broken = [(one.column, one.rule) for one in report.violations]
    assert broken == [("tailnum", "max_null_ratio")] * missing


@pytest.mark.parametrize("by", ["event_time", "key_hash"])
@pytest.mark.parametrize("writer", ["usual", "no statistics"])
def test_a_row_without_a_moment_or_a_key_to_split_it_by_is_refused_whatever_share_may_be_null(
    contract: Any, flights: pa.Table, by: str, writer: str
) -> None:
    split = replace(contract.split, by=by, key=("tailnum",))
    asked = replace(contract, columns=permissive(contract), split=split)
    for name in (contract.event_time, "tailnum"):
        holed = changed(flights, name, pa.array([None, *flights[name].to_pylist()[1:]], flights[name].type))
        found = validate("x.parquet", InMemory(as_parquet(holed, **WRITERS[writer])), asked).violations
        is_refused = by == "key_hash" or name == contract.event_time
        assert [one.column for one in found] == [name] * is_refused
        assert all(one.allowed == "at most 0, since rows are dated or split by it" for one in found)


@pytest.mark.parametrize(("is_nullable", "max_null_ratio"), [(False, 0.0), (True, 1.0)])
def test_what_the_schema_or_the_contract_settles_needs_no_count_of_nulls(
    contract: Any, flights: pa.Table, is_nullable: bool, max_null_ratio: float
) -> None:
    place = flights.schema.names.index("tailnum")
    field = flights.schema.field(place).with_nullable(is_nullable)
    content = as_parquet(flights.cast(flights.schema.set(place, field)), write_statistics=False)
    report = validate("x.parquet", InMemory(content), allowing(contract, max_null_ratio))
    assert report.evidence["tailnum"] == "statistics"
    assert report.evidence["year"] == "data", "its range is what nothing but its values tells"


@pytest.mark.parametrize(("used", "is_valid"), [(1, True), (50, True), (51, False)])
def test_levels_that_no_row_uses_do_not_break_a_bound(
    contract: Any, flights: pa.Table, used: int, is_valid: bool
) -> None:
    levels = [f"c{index}" for index in range(500)]
    codes = pa.array([row % used for row in range(len(flights))], pa.int32())
    content = as_parquet(changed(flights, "carrier", pa.DictionaryArray.from_arrays(codes, levels)))
    report = validate("x.parquet", InMemory(content), contract)
    assert (report.is_valid, report.evidence["carrier"]) == (is_valid, "data")


@pytest.mark.parametrize(("used", "is_valid"), [(50, True), (51, False)])
def test_a_dictionary_that_was_given_up_halfway_is_not_taken_for_all_values(
    contract: Any, flights: pa.Table, used: int, is_valid: bool
) -> None:
    carriers = [f"c{row % used:04}" for row in range(len(flights))]
    small = {"dictionary_pagesize_limit": 64, "write_batch_size": 8, "data_page_size": 64}
    content = as_parquet(changed(flights, "carrier", carriers), **small)
    report = validate("x.parquet", InMemory(content), contract)
    assert (report.is_valid, report.evidence["carrier"]) == (is_valid, "data")


def test_a_dictionary_of_other_data_than_the_footer_is_noticed(contract: Any, flights: pa.Table) -> None:
    single = changed(flights, "carrier", ["EWREWR"] * len(flights))
    content = as_parquet(single, compression="none")
    forged = content.replace(b"EWREWR", b"XXXXXX", 1)
    (violation,) = validate("x.parquet", InMemory(forged), contract).violations
    assert (violation.column, violation.rule) == ("carrier", "readable")
    assert "not of the same data" in violation.seen


@pytest.mark.parametrize("claim", ["nulls", "least", "greatest"])
def test_strict_mode_finds_a_footer_that_lies_about_its_pages(
    contract: Any, flights: pa.Table, claim: str
) -> None:
    honest = changed(flights, "month", pa.array([3] * len(flights), pa.int64()))
    lie = {
        "nulls": pa.array([None] * 6 + [3] * (len(flights) - 6), pa.int64()),
        "least": [4] * len(flights),
        "greatest": [2] * len(flights),
    }
    pages, footer = (
        as_parquet(honest, compression="none"),
        as_parquet(changed(flights, "month", lie[claim]), compression="none"),
    )
    forged = forged_file(pages, footer)
    assert validate("x.parquet", InMemory(pages), contract, True).is_valid
    assert not validate("x.parquet", InMemory(forged), contract, True).is_valid


def forged_file(pages: bytes, footer: bytes) -> bytes:
    """The pages of one file under the footer of another whose columns lie at the same places."""
    ends = [len(one) - 8 - int.from_bytes(one[-8:-4], "little") for one in (pages, footer)]
    return pages[: ends[0]].ljust(ends[1], b"\0")[: ends[1]] + footer[ends[1] :]


def test_our_footer_reader_agrees_with_arrow_on_every_chunk(flights: pa.Table) -> None:
    for options in WRITERS.values():
        content = as_parquet(flights, **options)
        metadata = pq.ParquetFile(pa.BufferReader(content)).metadata
        footer = read_footer(InMemory(content))
        assert (footer.rows, footer.leaf_count) == (metadata.num_rows, metadata.num_columns)
        for group, (rows, chunks) in enumerate(footer.groups({leaf.index: leaf for leaf in footer.leaves})):
            assert rows == metadata.row_group(group).num_rows
            for index, chunk in chunks.items():
                theirs = metadata.row_group(group).column(index)
                assert (chunk.data_at, chunk.values) == (theirs.data_page_offset, theirs.num_values)
                assert chunk.compressed_bytes == theirs.total_compressed_size
                assert chunk.nulls == (theirs.statistics.null_count if theirs.statistics else None)


@settings(max_examples=100, deadline=None)
@given(parts=st.lists(st.tuples(st.binary(min_size=1, max_size=90), st.integers(1, 40)), max_size=8))
def test_what_snappy_packs_our_reader_unpacks(parts: list[tuple[bytes, int]]) -> None:
    content = b"".join(part * times for part, times in parts)
    packed = pa.compress(content, codec="snappy", asbytes=True)
    assert snappy.decompress(packed, len(content)) == content
    start = snappy.decompress_start(packed[: len(packed) // 2], 10)
    assert content.startswith(start)


@settings(max_examples=100, deadline=None)
@given(data=st.binary(max_size=60), size=st.integers(0, 1000))
def test_bytes_that_are_not_snappy_are_damage_and_nothing_else(data: bytes, size: int) -> None:
    with suppress(DamagedError):
        assert len(snappy.decompress(data, size)) == size


def test_a_length_that_never_ends_is_refused_at_its_fifth_byte() -> None:
    with pytest.raises(DamagedError, match="more than 32 bits"):
        snappy.decompress(b"\xff" * 4_000_000, 10)
    assert snappy.decompress_start(b"\xff" * 4_000_000, 10) == b""
