"""The example workload: every real month keeps its contract, and no feature knows more than the traveller."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from contracts.dataset import Contract
from rehearsal.landing import months, write_month

ROOT = Path(__file__).parents[2]
KNOWN_AFTERWARDS = {"dep_time", "dep_delay", "arr_time", "arr_delay", "air_time", "tailnum"}


@pytest.fixture(scope="module")
def contract():
    return Contract.from_json((ROOT / "datasets/flights/contract.json").read_bytes())


@pytest.fixture(scope="module")
def landed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("landed")
    return {month: pq.read_table(write_month(month, folder)) for month in months()}


def test_what_is_known_only_after_departure_is_marked_so(contract):
    assert {c.name for c in contract.columns if not c.is_known_before_prediction} == KNOWN_AFTERWARDS


def test_no_feature_uses_a_column_known_only_after_departure(contract):
    assert not {column.name for column in contract.input_columns} & KNOWN_AFTERWARDS


def test_every_month_has_exactly_the_columns_of_the_contract(contract, landed):
    names = [column.name for column in contract.columns]
    assert {month: table.column_names for month, table in landed.items()} == dict.fromkeys(months(), names)


def test_every_month_keeps_null_ratios_and_cardinalities(contract, landed):
    for month, table in landed.items():
        for column in contract.columns:
            values = table[column.name]
            assert values.null_count <= column.max_null_ratio * len(values), (month, column.name)
            assert pc.count_distinct(values).as_py() <= (column.max_cardinality or len(values))
            assert set(pc.unique(values).to_pylist()) <= set(
                column.categories or pc.unique(values).to_pylist()
            )


def test_every_month_keeps_the_ranges_of_the_contract(contract, landed):
    for month, table in landed.items():
        for column in contract.columns:
            if column.minimum is not None and column.maximum is not None:
                seen = pc.min_max(table[column.name]).as_py()
                assert column.minimum <= seen["min"] <= seen["max"] <= column.maximum, (month, column.name)


def test_the_primary_key_tells_all_flights_of_a_month_apart(contract, landed):
    for month, table in landed.items():
        keys = table.group_by(list(contract.primary_key)).aggregate([])
        assert keys.num_rows == table.num_rows, month
