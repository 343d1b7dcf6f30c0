"""The real months as they land, and the ways to break one."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.failures import ConfigurationRejected
from rehearsal.landing import SPOILED, months, write_month


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("months")


def test_all_months_together_are_the_flights_of_the_year(folder):
    rows = [pq.read_metadata(write_month(month, folder)).num_rows for month in months()]
    assert sum(rows) == 336_776
    assert rows[0] == 27_004


def test_a_month_that_is_there_already_is_not_written_again(folder):
    path = write_month("2013-03", folder)
    path.write_bytes(b"mine")
    assert write_month("2013-03", folder).read_bytes() == b"mine"
    path.unlink()
    assert pq.read_metadata(write_month("2013-03", folder)).num_rows == 28_834


def test_csv_and_parquet_of_a_month_hold_the_same_rows(folder):
    parquet = pq.read_table(write_month("2013-02", folder))
    options = pa_csv.ConvertOptions(null_values=[""], strings_can_be_null=True)
    from_csv = pa_csv.read_csv(write_month("2013-02", folder, "csv"), convert_options=options)
    assert from_csv.cast(parquet.schema).equals(parquet)


@pytest.mark.parametrize(
    ("month", "file_format"), [("2013-13", "parquet"), ("2014-01", "csv"), ("2013-01", "xlsx")]
)
def test_a_month_or_format_that_does_not_exist_is_refused(folder, month, file_format):
    with pytest.raises(ConfigurationRejected, match="it must be one of"):
        write_month(month, folder, file_format)


def test_spoiled_months_are_broken_in_the_way_they_say(folder, tmp_path):
    source = write_month("2013-02", folder)
    spoiled = {kind: spoil(source, tmp_path / f"{kind}.parquet") for kind, spoil in SPOILED.items()}
    assert "sched_dep_time" not in pq.read_schema(spoiled["missing-column"]).names
    assert pq.read_schema(spoiled["text-in-number"]).field("distance").type == pa.string()
    assert "far" in pq.read_table(spoiled["text-in-number"])["distance"].to_pylist()
    with pytest.raises(pa.ArrowInvalid):
        pq.read_metadata(spoiled["cut-off"])
