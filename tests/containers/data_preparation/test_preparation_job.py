"""The data preparation container as a process: what a finished job leaves, and how a broken one says why."""

from __future__ import annotations

import csv
import shutil
import sys
from datetime import datetime
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from contracts.artifacts import Manifest
from contracts.encoding import Encoding
from rehearsal.landing import SPOILED, write_weather

ROOT = Path(__file__).resolve().parents[3]
DATA = "processing/output/data"


def test_the_manifest_seals_every_file_with_rows_and_hash(prepared):
    manifest = Manifest.from_dict(prepared.read(f"{DATA}/manifest.json"))
    on_disk = {p.relative_to(prepared.root / DATA).as_posix() for p in (prepared.root / DATA).rglob("*.*")}
    assert {file.path for file in manifest.files} == on_disk - {"manifest.json"}
    for split in ("train", "validation"):
        assert sum(f.rows for f in manifest.files if f.path.startswith(split)) == manifest.rows[split]


def test_splits_follow_each_other_in_time_with_their_shares(prepared):
    rows = prepared.read(f"{DATA}/manifest.json")["rows"]
    total = sum(rows.values())
    assert rows["validation"] / total == pytest.approx(0.15, abs=0.01)
    assert rows["test"] / total == pytest.approx(0.15, abs=0.01)
    labels = pq.read_table(prepared.root / DATA / "test/labels/labels.parquet")
    assert str(min(labels["time_hour"].to_pylist())) > "2013-05-20"


def test_hold_out_inputs_and_labels_are_the_same_rows(prepared):
    inputs = (prepared.root / DATA / "test/inputs/inputs.csv").read_text().splitlines()
    labels = pq.read_table(prepared.root / DATA / "test/labels/labels.parquet")
    encoding = Encoding.from_dict(prepared.read(f"{DATA}/encoding/encoding.json"))
    names = [column.name for column in encoding.input_columns]
    carrier, moment = names.index("carrier"), names.index("time_hour")
    rows = list(csv.reader(inputs))
    assert [row[carrier] for row in rows] == labels["carrier"].to_pylist()
    assert [datetime.fromisoformat(row[moment]) for row in rows] == labels["time_hour"].to_pylist()


def test_training_rows_hold_float_features_and_a_label(prepared):
    schema = pq.read_schema(prepared.root / DATA / "train/part-00000.parquet")
    encoding = Encoding.from_dict(prepared.read(f"{DATA}/encoding/encoding.json"))
    assert schema.names == [*encoding.feature_names, "label", "event_minute"]
    assert {str(schema.field(name).type) for name in encoding.feature_names} == {"float"}


def test_the_first_run_says_that_it_had_no_baseline(prepared):
    report = prepared.read("processing/output/statistics/shift.json")
    assert report["is_first_run"] and report["shifted"] == []
    statistics = prepared.read("processing/output/statistics/statistics.json")
    assert set(statistics["features"]) > {"departure_hour", "carrier"}


def prepare_here(job, monkeypatch, *arguments):
    """The same entry point inside the test's process: the start of one costs more than the job."""
    from features.__main__ import main

    monkeypatch.setenv("OPT_ML", str(job.root))
    monkeypatch.setattr(sys, "argv", ["features", *arguments])
    return main()


def test_csv_and_parquet_give_the_same_training_set(job, prepared, landed, contract_file, monkeypatch):
    job.put(contract_file, "processing/input/contract/contract.json")
    folder = job.root / "processing/input/landed/incoming"
    folder.mkdir(parents=True)
    shutil.copy(landed / "2013-05.parquet", folder)
    pa_csv.write_csv(pq.read_table(landed / "2013-04.parquet"), folder / "2013-04.csv")
    job.put(
        prepared.root / "processing/output/statistics/statistics.json", "processing/input/baseline/s.json"
    )
    assert prepare_here(job, monkeypatch) == 0
    assert job.read(f"{DATA}/manifest.json")["sha256"] == prepared.read(f"{DATA}/manifest.json")["sha256"]
    shift = job.read("processing/output/statistics/shift.json")
    assert [one["statistic"] for one in shift["features"]] == [0.0] * 7 and not shift["shifted"]


def test_a_split_by_hash_puts_every_row_where_its_key_belongs(job, landed, by_hash, monkeypatch):
    from features.key_hash import places
    from features.split import Cut

    job.put(landed, "processing/input/landed")
    job.write("processing/input/contract/contract.json", by_hash)
    assert prepare_here(job, monkeypatch) == 0
    table = pa.concat_tables(pq.read_table(path) for path in landed.iterdir())
    table = table.filter(pc.is_valid(table["arr_delay"])).combine_chunks()
    splits = Cut(7000, 8500).assign(places("x", table.to_batches()[0], by_hash["split"]["key"]))
    rows = dict(zip(("train", "validation", "test"), np.bincount(splits).tolist(), strict=True))
    assert job.read(f"{DATA}/manifest.json")["rows"] == rows


@pytest.mark.parametrize("kind", sorted(SPOILED))
def test_a_spoiled_month_ends_the_job_as_rejected_data(job, landed, contract_file, kind, monkeypatch):
    job.put(contract_file, "processing/input/contract/contract.json")
    folder = job.root / "processing/input/landed"
    folder.mkdir(parents=True)
    SPOILED[kind](Path(shutil.copy(landed / "2013-04.parquet", folder)))
    assert prepare_here(job, monkeypatch) == 1
    message = job.read("output/message")
    assert message["error"] == "DataRejected" and "2013-04.parquet" in message["message"]


def test_a_job_without_landed_files_says_so(job, contract_file, monkeypatch):
    job.put(contract_file, "processing/input/contract/contract.json")
    assert prepare_here(job, monkeypatch) == 1
    assert job.read("output/message")["error"] == "DataMissing"


def test_a_word_that_the_container_does_not_know_is_refused_with_those_it_does(job, monkeypatch):
    assert prepare_here(job, monkeypatch, "ingset") == 1
    message = job.read("output/message")
    assert message["error"] == "ConfigurationRejected" and "ingest, prepare, validate" in message["message"]


def test_another_dataset_takes_another_contract_and_no_other_code(job, monkeypatch):
    for month, extension in (("2013-05", "csv"), ("2013-06", "parquet")):
        write_weather(month, job.root / "processing/input/landed", extension)
    job.put(ROOT / "datasets/weather/contract.json", "processing/input/contract/contract.json")
    assert prepare_here(job, monkeypatch) == 0
    manifest = Manifest.from_dict(job.read(f"{DATA}/manifest.json"))
    assert (manifest.dataset, sum(manifest.rows.values())) == ("weather", 2232 + 2160)
    assert {"gust", "station_jfk", "hour_of_day"} < set(manifest.schema)
