"""Landed text as the features job reads it: the rows that the gate let pass, whatever lies between them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from contracts.dataset import Contract
from contracts.failures import DataRejected

ROOT = Path(__file__).resolve().parents[3]
COLUMNS = ["origin", "temp", "time_hour"]
HEADER = "origin,remark,temp,time_hour\n"
MOMENT = "2013-01-01T06:00:00Z\n"
MOMENTS = pa.timestamp("us", "UTC")


@pytest.fixture
def weather() -> Contract:
    """Its text writes NA where there is no value."""
    return Contract.from_json((ROOT / "datasets/weather/contract.json").read_text())


@pytest.fixture
def rows_of(tmp_path: Path, weather: Contract) -> Any:
    def read(text: str, contract: Contract = weather) -> list[dict[str, Any]]:
        from features.landed import batches

        path = tmp_path / "2013-01.csv"
        path.write_text(text)
        found = batches(path.name, path, contract, COLUMNS)
        return [row for batch in found for row in batch.to_pylist()]

    return read


def test_a_row_longer_than_a_block_is_read_as_any_other(rows_of: Any) -> None:
    remark = '"' + "two\nlines " * 600_000 + '"'
    rows = rows_of(f"{HEADER}EWR,,1,{MOMENT}JFK,{remark},2,{MOMENT}LGA,,3,{MOMENT}")
    assert [(row["origin"], row["temp"]) for row in rows] == [("EWR", 1), ("JFK", 2), ("LGA", 3)]


def test_other_spellings_of_null_are_those_of_the_contract(rows_of: Any, weather: Contract) -> None:
    text = f'{HEADER}EWR,,NA,{MOMENT}"NA",,,{MOMENT}'
    assert [(row["origin"], row["temp"]) for row in rows_of(text)] == [("EWR", None), ("NA", None)]
    document = weather.to_dict()
    del document["formats"]["csv"]["null_values"]
    with pytest.raises(DataRejected, match=r"2013-01\.csv is .*'NA'"):
        rows_of(text, Contract.from_dict(document))


def test_a_column_that_is_not_there_is_named(rows_of: Any) -> None:
    with pytest.raises(DataRejected, match=r"temp.*these columns are missing"):
        rows_of("origin,time_hour\nEWR,2013-01-01T06:00:00Z\n")


def test_text_without_rows_is_refused_by_name(rows_of: Any) -> None:
    with pytest.raises(DataRejected, match=r"2013-01\.csv is .0 rows.*at least one row"):
        rows_of(HEADER)


def test_parquet_without_rows_is_refused_by_name(tmp_path: Path, weather: Contract) -> None:
    from features.landed import batches

    path = tmp_path / "2013-01.parquet"
    pq.write_table(pa.table({"temp": pa.array([], pa.float64())}), path)
    with pytest.raises(DataRejected, match=r"2013-01\.parquet is .0 rows.*at least one row"):
        list(batches(path.name, path, weather, ["temp"]))


def test_text_without_a_header_is_refused_by_name(rows_of: Any) -> None:
    with pytest.raises(DataRejected, match="a file without a header"):
        rows_of("\n")


def test_the_gate_reads_the_same_spellings_of_null(tmp_path: Path, weather: Contract) -> None:
    from functions.data_preparation.validate_schema.source import LocalFile
    from functions.data_preparation.validate_schema.validation import validate

    path = tmp_path / "2013-01.csv"
    path.write_text(
        f"{','.join(one.name for one in weather.columns)}\nEWR,2013,1,1,1,NA,NA,NA,NA,NA,NA,0,NA,10,{MOMENT}"
    )
    with LocalFile(path) as source:
        report = validate(path.name, source, weather)
    assert {(one.column, one.rule) for one in report.violations} == {
        (column.name, "max_null_ratio")
        for column in weather.columns
        if column.max_null_ratio < 1
        and column.name in ("temp", "dewp", "humid", "wind_dir", "wind_speed", "pressure")
    }, json.dumps(report.to_dict())


def test_numbers_and_moments_finer_than_the_features_hold_are_rounded_not_refused(
    tmp_path: Path, weather: Contract
) -> None:
    from features.landed import batches

    moment = pa.array([1_356_998_400_123_456_789], pa.timestamp("ns", "UTC"))
    table = pa.table({"origin": ["EWR"], "temp": [2**53 + 1], "time_hour": moment})
    pq.write_table(table, tmp_path / "x.parquet")
    (batch,) = batches("x.parquet", tmp_path / "x.parquet", weather, COLUMNS)
    assert batch.column("temp").to_pylist() == [2.0**53]
    assert batch.column("time_hour").cast(pa.int64()).to_pylist() == [1_356_998_400_123_456]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_a_moment_without_a_zone_is_one_of_utc(tmp_path: Path, weather: Contract, unit: str) -> None:
    from features.landed import batches

    path = tmp_path / "x.parquet"
    moments = pa.array([1_356_998_400]).cast(pa.timestamp("s")).cast(pa.timestamp(unit))
    pq.write_table(pa.table({"time_hour": moments}), path)
    (batch,) = batches(path.name, path, weather, ["time_hour"])
    assert batch.column("time_hour").type == MOMENTS
    assert batch.column("time_hour").to_pylist() == [datetime(2013, 1, 1, tzinfo=UTC)]


def test_an_integer_is_not_cut_from_a_number_with_a_fraction(tmp_path: Path, weather: Contract) -> None:
    from features.landed import batches

    path = tmp_path / "x.parquet"
    for hour, is_read in ((3.0, True), (3.5, False)):
        pq.write_table(pa.table({"hour": [hour]}), path)
        if is_read:
            assert next(batches(path.name, path, weather, ["hour"])).to_pylist() == [{"hour": 3}]
            continue
        with pytest.raises(DataRejected, match=r"x\.parquet, column hour is .*are no integer"):
            next(batches(path.name, path, weather, ["hour"]))


def test_no_more_rows_are_held_than_belong_to_one_batch(tmp_path: Path, weather: Contract) -> None:
    from features.landed import ROWS_AT_ONCE, batches

    rows = 2 * ROWS_AT_ONCE + 1
    moments = pa.array(range(rows)).cast(MOMENTS)
    table = pa.table({"origin": ["EWR"] * rows, "temp": [1.0] * rows, "time_hour": moments})
    pq.write_table(table, tmp_path / "x.parquet")
    found = batches("x.parquet", tmp_path / "x.parquet", weather, COLUMNS)
    assert [batch.num_rows for batch in found] == [ROWS_AT_ONCE, ROWS_AT_ONCE, 1]


@pytest.mark.parametrize("encoding", ["DELTA_BYTE_ARRAY", "DELTA_LENGTH_BYTE_ARRAY", "PLAIN"])
def test_levels_are_read_however_their_pages_are_encoded(
    tmp_path: Path, weather: Contract, encoding: str
) -> None:
    from features.landed import batches

    table = pa.table(
        {"origin": ["EWR", "JFK"], "temp": [1.0, 2.0], "time_hour": pa.array([0, 1]).cast(MOMENTS)}
    )
    path = tmp_path / "x.parquet"
    pq.write_table(table, path, use_dictionary=False, column_encoding={"origin": encoding})
    (batch,) = batches("x.parquet", path, weather, COLUMNS)
    assert batch.column("origin").to_pylist() == ["EWR", "JFK"]
