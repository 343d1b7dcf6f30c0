"""The real months as they land, and the ways to break one."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.failures import ConfigurationRejected
from rehearsal.landing import cut_off, drop_column, months, put_text_among_numbers, write_month


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("months")


def test_all_months_together_are_the_flights_of_the_year(folder):
    rows = [pq.read_metadata(write_month(month, folder)).num_rows for month in months()]
    assert sum(rows) == 336_776
    assert rows[0] == 27_004


def test_a_month_that_was_spoiled_lands_whole_the_next_time(folder):
    cut_off(write_month("2013-03", folder))
    assert pq.read_metadata(write_month("2013-03", folder)).num_rows == 28_834


def test_the_year_is_converted_once_for_each_cache(folder, tmp_path):
    write_month("2013-05", folder, cache=tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{month}.parquet" for month in months()]
    (tmp_path / "2013-06.parquet").write_bytes(b"from the cache")
    assert write_month("2013-06", folder, cache=tmp_path).read_bytes() == b"from the cache"


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


def test_spoiled_months_are_broken_in_the_way_they_say(folder):
    path = write_month("2013-02", folder)
    drop_column(path)
    assert "sched_dep_time" not in pq.read_schema(path).names
    put_text_among_numbers(write_month("2013-02", folder))
    assert pq.read_schema(path).field("distance").type == pa.string()
    assert "far" in pq.read_table(path)["distance"].to_pylist()
    cut_off(write_month("2013-02", folder))
    with pytest.raises(pa.ArrowInvalid):
        pq.read_metadata(path)


def test_a_text_is_put_into_a_csv_month_as_well(folder):
    path = write_month("2013-02", folder, "csv")
    put_text_among_numbers(path, "distance")
    assert pa_csv.read_csv(path)["distance"].type == pa.string()
