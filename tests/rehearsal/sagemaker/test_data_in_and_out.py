from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from rehearsal.sagemaker.jobs.artifacts import pack, unpack
from rehearsal.sagemaker.jobs.channels import Host, Source, fetch
from rehearsal.sagemaker.jobs.launcher import own_namespaces
from rehearsal.sagemaker.s3 import DataError, Files, relative, split
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import (
    FakePlatform,
    FakeS3,
    eventually,
    finish,
    processing_request,
    train,
)


@pytest.mark.parametrize(
    ("key", "prefix", "path"),
    [
        ("data/train/a.csv", "data/train/", "a.csv"),
        ("data/train/a.csv", "data/train", "a.csv"),
        ("data/train/a.csv", "data/train/a.csv", "a.csv"),
        ("data/train-1/a.csv", "data/train", "train-1/a.csv"),
        ("a.csv", "", "a.csv"),
    ],
)
def test_an_object_lies_in_its_channel_below_the_prefix(key: str, prefix: str, path: str) -> None:
    assert relative(key, prefix) == path


def test_a_manifest_names_the_objects_of_a_channel(tmp_path: Path) -> None:
    s3 = FakeS3()
    s3.objects = {
        "bucket/list.json": json.dumps([{"prefix": "s3://bucket/days/"}, "1.csv", "2/3.csv"]).encode(),
        "bucket/days/1.csv": b"1",
        "bucket/days/2/3.csv": b"3",
        "bucket/days/4.csv": b"4",
    }
    fetch(Files(s3), Source("s3://bucket/list.json", "ManifestFile"), tmp_path, Host())
    assert sorted(path.name for path in tmp_path.rglob("*.csv")) == ["1.csv", "3.csv"]


def test_a_manifest_that_is_none_is_an_error_naming_it(tmp_path: Path) -> None:
    s3 = FakeS3()
    s3.objects["bucket/list.json"] = b'{"not": "a list"}'
    with pytest.raises(DataError, match=r"s3://bucket/list\.json is not a manifest"):
        fetch(Files(s3), Source("s3://bucket/list.json", "ManifestFile"), tmp_path, Host())


def test_what_is_no_s3_uri_is_refused() -> None:
    with pytest.raises(DataError, match="is not an S3 URI"):
        split("https://bucket/key")


def test_an_archive_keeps_the_first_hosts_file_where_names_meet(tmp_path: Path) -> None:
    for host in ("algo-1", "algo-2"):
        (tmp_path / host).mkdir()
        (tmp_path / host / "model").write_text(host)
    (tmp_path / "algo-2/shard").write_text("2")
    unpack(pack([tmp_path / "algo-1", tmp_path / "algo-2"], tmp_path / "m.tar.gz"), tmp_path / "out")
    assert (tmp_path / "out/model").read_text() == "algo-1"
    assert (tmp_path / "out/shard").read_text() == "2"


def test_model_data_that_is_no_archive_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "m.tar.gz").write_bytes(b"no archive")
    with pytest.raises(DataError, match=r"m\.tar\.gz is not a gzipped tar archive"):
        unpack(tmp_path / "m.tar.gz", tmp_path / "out")


def test_an_uncompressed_model_is_uploaded_file_by_file(
    service: SageMakerService, platform: FakePlatform
) -> None:
    output = {"S3OutputPath": "s3://bucket/out", "CompressionType": "NONE"}
    job = train(service, "plain", "(opt / 'model/m.txt').write_text('42')", OutputDataConfig=output)
    assert job["ModelArtifacts"]["S3ModelArtifacts"] == "s3://bucket/out/plain/output/model/"
    assert platform.s3.objects["bucket/out/plain/output/model/m.txt"] == b"42"


def test_a_continuous_output_is_uploaded_while_the_job_runs(
    service: SageMakerService, platform: FakePlatform
) -> None:
    local = {"S3Uri": "s3://bucket/live", "LocalPath": "/opt/ml/processing/output"}
    outputs: dict[str, Any] = {
        "Outputs": [{"OutputName": "live", "S3Output": {**local, "S3UploadMode": "Continuous"}}]
    }
    code = "(opt / 'processing/output/early').write_text('1'); signal.pause()"
    service.handle(
        "CreateProcessingJob", processing_request("live", code, ProcessingOutputConfig=outputs), None
    )
    eventually(lambda: bool(platform.s3.names("bucket/live/")))
    service.handle("StopProcessingJob", {"ProcessingJobName": "live"}, None)
    assert finish(service, "ProcessingJob", "live")["ProcessingJobStatus"] == "Stopped"
    assert platform.s3.names("bucket/live/") == ["bucket/live/early"]


class NoNamespaces:
    def unshare(self, flags: int) -> int:
        assert flags
        return -1


def test_a_container_goes_without_namespaces_where_they_are_refused() -> None:
    assert own_namespaces(NoNamespaces()) is False  # type: ignore[arg-type]
