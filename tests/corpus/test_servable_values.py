"""What the features job refuses in the columns that it judges, the gate refuses before a job is paid for: by
every route that reads the facts anyway."""

from __future__ import annotations

import math
from typing import Any

import pyarrow as pa
import pytest

from contracts.dataset import Contract
from functions.data_preparation.validate_schema.leaf import INT32, INT64, INT96, leaf_of
from functions.data_preparation.validate_schema.pages import MAX_DICTIONARY_BYTES
from functions.data_preparation.validate_schema.validation import validate
from tests.corpus.broken_files import InMemory
from tests.corpus.odd_contract import contract_of, csv_of, feature_contract_of
from tests.corpus.servable_values import BEYOND, IN_RANGE, IN_TEXT, Case, expected, level, said
from tests.corpus.test_odd_parquet import parquet_of

ROUTES: dict[str, dict[str, Any]] = {
    "footer": {},
    "footer of many groups": {"row_group_size": 1},
    "no statistics": {"write_statistics": False},
    "no dictionary": {"use_dictionary": False},
    "pages v2 of zstd": {"compression": "zstd", "data_page_version": "2.0"},
}
CASES = {**{f"in range: {name}": one for name, one in IN_RANGE.items()}, **BEYOND}
BOUNDED = {"max_cardinality": 9}


def limits_of(kind: str) -> dict[str, Any]:
    """A bound on a category, so that its levels are known."""
    return BOUNDED if kind == "categorical" else {}


def report_on(content: bytes, contract: Contract, is_strict: bool = False, name: str = "x.parquet") -> Any:
    return validate(name, InMemory(content), contract, is_strict)


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("name", CASES)
def test_a_value_that_no_request_may_hold_is_refused_whatever_the_verdict_rests_on(
    name: str, route: str
) -> None:
    kind, values, seen = CASES[name]
    content = parquet_of(values, **ROUTES[route])
    contract = feature_contract_of(kind, **limits_of(kind))
    for is_strict in (False, True):
        assert said(report_on(content, contract, is_strict)) == expected(kind, seen)


@pytest.mark.parametrize("name", BEYOND)
def test_a_column_that_no_feature_is_made_of_may_hold_it(name: str) -> None:
    kind, values, _ = BEYOND[name]
    for is_strict in (False, True):
        assert said(report_on(parquet_of(values), contract_of(kind, **limits_of(kind)), is_strict)) == []


@pytest.mark.parametrize("name", IN_TEXT)
@pytest.mark.parametrize("beside", [[], ["wrong"]], ids=["converted", "as text"])
def test_text_is_held_to_the_same_alone_and_beside_what_is_of_another_type(
    name: str, beside: list[str]
) -> None:
    kind, texts, seen = IN_TEXT[name]
    beside = [] if kind == "categorical" else beside
    contract = feature_contract_of(kind)
    found = said(report_on(csv_of(*texts, *beside), contract, name="x.csv"))
    assert [one for one in found if one[0] != "type"] == expected(kind, seen)
    assert len(found) - len(seen) == len(beside)


def test_levels_of_a_block_that_is_read_as_text_are_held_to_one_line() -> None:
    kind, texts, seen = IN_TEXT["levels"]
    content = csv_of(*(f"{text},0x1F" for text in texts)).replace(b"v\n", b"v,w\n")
    assert said(report_on(content, feature_contract_of(kind), name="x.csv")) == expected(kind, seen)


@pytest.mark.parametrize("name", IN_TEXT)
def test_text_that_no_feature_is_made_of_may_hold_it(name: str) -> None:
    kind, texts, _ = IN_TEXT[name]
    assert said(report_on(csv_of(*texts), contract_of(kind), name="x.csv")) == []


@pytest.mark.parametrize("is_strict", [False, True])
def test_moments_of_96_bits_which_no_footer_bounds_are_read(is_strict: bool) -> None:
    kind, values, seen = BEYOND["moments: never"]
    for array, found in ((values, seen), (IN_RANGE["moments: first and last"][1], [])):
        content = parquet_of(array, use_deprecated_int96_timestamps=True)
        report = report_on(content, feature_contract_of(kind), is_strict)
        assert (said(report), report.evidence["v"]) == (expected(kind, found), "data")


@pytest.mark.parametrize("name", ["moments: never", "numbers: too large"])
def test_what_the_footer_bounds_is_refused_without_reading_values(name: str) -> None:
    kind, values, seen = BEYOND[name]
    report = report_on(parquet_of(values), feature_contract_of(kind))
    assert (said(report), report.evidence["v"]) == (expected(kind, seen), "statistics")


def test_a_level_of_a_dictionary_that_no_row_uses_is_let_pass() -> None:
    levels = pa.array(["JFK", "a\nb"])
    for codes, seen in (([0, 0, None], []), ([0, 1, None], ['"a\\nb"'])):
        column = pa.DictionaryArray.from_arrays(pa.array(codes, pa.int32()), levels)
        report = report_on(parquet_of(column), feature_contract_of("categorical", **BOUNDED))
        assert (said(report), report.evidence["v"]) == (expected("categorical", seen), "data")


@pytest.mark.parametrize("codec", ["none", "zstd"], ids=["by the first indices", "by the rows"])
@pytest.mark.parametrize("is_used", [False, True])
def test_a_level_of_several_lines_is_told_beside_too_many_levels(codec: str, is_used: bool) -> None:
    levels = ["a\nb", *(f"level {number}" for number in range(50))]
    codes = pa.array([*range(0 if is_used else 1, 51)], pa.int32())
    column = pa.DictionaryArray.from_arrays(codes, levels)
    contract = feature_contract_of("categorical", max_cardinality=20)
    content = parquet_of(column, compression=codec)
    both = [said(report_on(content, contract, is_strict)) for is_strict in (False, True)]
    assert both[0] == both[1]
    assert [one[0] for one in both[0]] == ["servable"] * is_used + ["max_cardinality"]


def test_unused_levels_are_told_apart_where_another_groups_dictionary_is_too_large_to_read() -> None:
    unused = pa.DictionaryArray.from_arrays(pa.array([0, 0], pa.int32()), ["JFK", "a\nb"])
    large = pa.array(["x" * (MAX_DICTIONARY_BYTES + 1)] * 2).dictionary_encode()
    content = parquet_of(pa.chunked_array([unused, large]), row_group_size=2)
    assert said(report_on(content, feature_contract_of("categorical", **BOUNDED))) == []


def test_levels_whose_number_is_not_bound_are_seen_where_every_value_is_read() -> None:
    content, contract = parquet_of(level("a\nb")), feature_contract_of("categorical")
    assert said(report_on(content, contract)) == []
    for options in ({}, {"use_dictionary": False}):
        content = parquet_of(level("a\nb"), **options)
        assert said(report_on(content, contract, is_strict=True)) == expected("categorical", ['"a\\nb"'])


@pytest.mark.parametrize("is_strict", [False, True])
def test_what_is_infinite_is_refused_once_and_what_breaks_two_rules_twice(is_strict: bool) -> None:
    content = parquet_of(pa.array([-math.inf, 1e39]))
    report = report_on(content, feature_contract_of("number", max=5), is_strict)
    assert [one[0] for one in said(report)] == ["type", "max", "servable"]


def test_a_footer_that_bounds_moments_otherwise_than_its_pages_is_noticed() -> None:
    honest, lie = ([moment] * 6 for moment in (86_400, 86_401))
    pages, footer = (
        parquet_of(pa.array(one, pa.int64()).cast(pa.timestamp("us", "UTC")), compression="none")
        for one in (honest, lie)
    )
    end = len(pages) - 8 - int.from_bytes(pages[-8:-4], "little")
    forged = pages[:end] + footer[end:]
    report = report_on(forged, feature_contract_of("timestamp"), is_strict=True)
    (violation,) = report.violations
    assert (violation.column, violation.rule) == ("v", "readable")
    assert "its pages hold 86400 to 86400" in violation.seen


@pytest.mark.parametrize(
    ("element", "ticks"),
    [({6: 9}, 1_000), ({6: 10}, 1_000_000), ({10: {8: {1: False, 2: {3: {}}}}}, 10**9), ({6: 18}, None)],
    ids=["milliseconds, converted", "microseconds, converted", "nanoseconds", "whole numbers"],
)
def test_the_unit_of_moments_is_read_as_old_and_new_writers_say_it(
    element: dict[int, Any], ticks: int | None
) -> None:
    assert leaf_of({1: INT64, 4: b"v", **element}, 0, True).ticks_per_second == ticks
    assert leaf_of({1: INT96, 4: b"v", **element}, 0, True).ticks_per_second is None


@pytest.mark.parametrize(("physical", "unit"), [(INT64, 7), (INT32, 2)], ids=["another unit", "32 bits"])
def test_moments_of_a_kind_that_is_not_known_have_no_extremes(physical: int, unit: int) -> None:
    leaf = leaf_of({1: physical, 4: b"v", 10: {8: {1: True, 2: {unit: {}}}}}, 0, True)
    assert not leaf.has_known_extremes and leaf.may_exceed_endpoint


def test_rows_without_a_label_are_held_to_it_too() -> None:
    kind, values, seen = BEYOND["moments: never"]
    report = report_on(parquet_of(values, {"id": pa.nulls(2, pa.int64())}), feature_contract_of(kind))
    assert said(report) == expected(kind, seen)


def test_the_table_covers_every_type_that_has_a_limit() -> None:
    from contracts.servable import BOUNDS

    kinds: set[str] = {case[0] for case in BEYOND.values()}
    assert kinds == {*BOUNDS, "categorical"} and isinstance(next(iter(BEYOND.values())), tuple), Case
