"""Parquet whose types, values or layout are out of the ordinary: the footer and the values say the same."""

from __future__ import annotations

import io
import math
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.dataset import Contract
from functions.data_preparation.validate_schema.validation import validate
from tests.corpus.broken_files import InMemory
from tests.corpus.odd_contract import contract_of

NO_UTF8 = pa.Array.from_buffers(pa.string(), 3, pa.array([b"\xff\xfe"] * 3).buffers())


def parquet_of(values: Any, others: dict[str, Any] | None = None, **options: Any) -> bytes:
    moments = pa.array(range(len(values)), pa.timestamp("us", "UTC"))
    columns = {"id": list(range(len(values))), "t": moments, **(others or {}), "v": values}
    buffer = io.BytesIO()
    pq.write_table(pa.table(columns), buffer, **options)
    return buffer.getvalue()


def broken(content: bytes, kind: str, is_strict: bool = False, **limits: Any) -> list[tuple[str, str]]:
    report = validate("odd.parquet", InMemory(content), contract_of(kind, **limits), is_strict)
    return [(one.column, one.rule) for one in report.violations]


VALUES = {
    "infinity in a double": ([1.0, math.inf], pa.float64(), "number", {}, ["type"]),
    "infinity in a half": ([1.0, -math.inf], pa.float16(), "number", {}, ["type"]),
    "infinity and too little": ([-9.0, math.inf], pa.float32(), "number", {"min": 0}, ["type", "min"]),
    "minus infinity": ([-math.inf, 5.0], pa.float64(), "number", {"min": 0}, ["type"]),
    "integers that 64 bits with a sign can't hold": ([2**63, 1], pa.uint64(), "integer", {}, ["type"]),
    "integers that they can": ([2**63 - 1, 1], pa.uint64(), "integer", {}, []),
    "the same as numbers": ([2**64 - 1, 1], pa.uint64(), "number", {}, []),
    "a single 0.1 at limits of 0.1": ([0.1, 0.1], pa.float32(), "number", {"min": 0.1, "max": 0.1}, []),
    "a half 0.1 at limits of 0.1": ([0.1, 0.1], pa.float16(), "number", {"min": 0.1, "max": 0.1}, []),
    "decimals of 32 bits": ([Decimal("1.5")] * 2, pa.decimal32(7, 2), "number", {"max": 1}, ["max"]),
    "decimals of 64 bits": ([Decimal("1.5")] * 2, pa.decimal64(12, 2), "number", {"max": 2}, []),
    "a single above 0.1": ([0.1001, 0.1], pa.float32(), "number", {"max": 0.1}, ["max"]),
    "a single below what singles reach": ([1.0, 2.0], pa.float32(), "number", {"max": 1e300}, []),
}


@pytest.mark.parametrize("name", VALUES)
@pytest.mark.parametrize("options", [{}, {"write_statistics": False}, {"row_group_size": 1}], ids=str)
def test_values_at_the_edge_of_a_type_get_one_verdict_by_either_reading(name: str, options: Any) -> None:
    values, stored_as, kind, limits, rules = VALUES[name]
    content = parquet_of(pa.array(values, stored_as), **options)
    expected = [("v", rule) for rule in rules]
    assert [broken(content, kind, is_strict, **limits) for is_strict in (False, True)] == [expected] * 2


def test_a_limit_is_shown_with_the_digits_that_tell_it_from_the_value() -> None:
    content = parquet_of([10.000000000000002])
    report = validate("odd.parquet", InMemory(content), contract_of("number", max=10))
    assert [(one.seen, one.allowed) for one in report.violations] == [("10.000000000000002", "at most 10")]


@pytest.mark.parametrize("kind", ["text", "categorical"])
def test_text_that_is_no_utf_8_is_refused_where_values_are_read(kind: str) -> None:
    assert broken(parquet_of(NO_UTF8), kind, is_strict=True) == [("v", "readable")]


def test_a_dictionary_that_holds_no_utf_8_is_refused() -> None:
    content = parquet_of(NO_UTF8)
    report = validate("odd.parquet", InMemory(content), contract_of("categorical", max_cardinality=5))
    assert [(one.column, one.rule) for one in report.violations] == [("v", "readable")]
    assert "dictionary is no UTF-8" in report.violations[0].seen


def test_a_field_of_a_struct_is_not_taken_for_a_column_of_the_same_path() -> None:
    content = parquet_of(pa.array([{"w": "x"}, {"w": "y"}]), {"v.w": [5, 6]})
    document = contract_of("integer").to_dict()
    document["columns"][2]["name"] = "v.w"
    for is_strict in (False, True):
        report = validate("odd.parquet", InMemory(content), Contract.from_dict(document), is_strict)
        assert report.violations == ()


@pytest.mark.parametrize(("before", "lost"), [(b"\n", 0), (b"PAR1" + bytes(100), 0), (b"", 9_000)], ids=str)
def test_a_file_whose_bytes_were_shifted_is_read_instead_of_believed(before: bytes, lost: int) -> None:
    whole = parquet_of(list(range(5_000)))
    assert broken(whole, "integer", min=0) == []
    assert ("v", "readable") in broken(before + whole[lost:], "integer", min=0)


@pytest.mark.parametrize(
    "options", [{"write_page_index": True}, {"bloom_filter_options": {"v": True}}], ids=str
)
def test_indexes_between_data_and_footer_are_no_reason_to_read_values(options: Any) -> None:
    content = parquet_of(list(range(5_000)), **options)
    report = validate("odd.parquet", InMemory(content), contract_of("integer", min=0))
    assert (report.violations, report.proven_from) == ((), "metadata")


@pytest.mark.parametrize(
    ("digits", "scale", "evidence"), [(38, 0, "statistics"), (50, 12, "statistics"), (39, 0, "data")]
)
def test_decimals_are_read_only_where_they_may_be_beyond_what_a_request_may_hold(
    digits: int, scale: int, evidence: str
) -> None:
    content = parquet_of(pa.array([Decimal(5)] * 2, pa.decimal256(digits, scale)))
    document = contract_of("number").to_dict()
    document["features"].append({"name": "f", "column": "v", "transform": "number"})
    report = validate("x.parquet", InMemory(content), Contract.from_dict(document))
    assert (report.violations, report.evidence["v"]) == ((), evidence)
