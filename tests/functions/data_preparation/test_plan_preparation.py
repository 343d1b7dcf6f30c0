from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.batch import values_per_row
from contracts.dataset import Contract
from contracts.failures import ConfigurationRejected, DataMissing, DataRejected, DatasetTooLarge
from contracts.landed import LandedFile
from functions.data_preparation.plan_preparation import handler, plan

GIB = 1024**3
CONTRACT = Path(__file__).resolve().parents[3] / "datasets/flights/contract.json"


def landed(*names: str, size_bytes: int = 10) -> list[LandedFile]:
    return [
        LandedFile(
            bucket="landing",
            key=f"incoming/flights/{name}",
            size_bytes=size_bytes,
            etag='"e"',
            written_at="2026-01-01T00:00:00+00:00",
        )
        for name in names
    ]


def cluster(
    files: list[LandedFile], *allowed: str, values: int = 20, volume_gb: int = 30, threshold: float = 50
) -> dict[str, Any]:
    machines = allowed or ("ml.m5.xlarge", "ml.m5.4xlarge")
    return plan.cluster(files, values, machines, volume_gb, "key", threshold)


def test_a_window_spans_its_months_across_a_year() -> None:
    assert plan.months_of({"start": "2013-11", "end": "2014-01"}) == ["2013-11", "2013-12", "2014-01"]


@pytest.mark.parametrize("window", [{"start": "2013-02", "end": "2013-01"}, {"start": "2013-13", "end": "x"}])
def test_a_window_that_is_no_window_is_refused(window: dict[str, str]) -> None:
    with pytest.raises(ConfigurationRejected, match="window"):
        plan.months_of(window)


def test_only_files_of_the_window_are_taken_oldest_first() -> None:
    files = landed(
        "2013-03.parquet", "2013-01.csv", "2013-02.parquet", "2013-02.parquet.tmp", "old/2013-01.csv"
    )
    chosen = plan.files_of(files, "flights", {"start": "2013-01", "end": "2013-02"})
    assert [file.key for file in chosen] == [
        "incoming/flights/2013-01.csv",
        "incoming/flights/2013-02.parquet",
    ]


def test_months_that_never_landed_are_named() -> None:
    with pytest.raises(DataMissing, match="no file of 2013-02, 2013-03 lies under incoming/flights/"):
        plan.files_of(landed("2013-01.csv"), "flights", {"start": "2013-01", "end": "2013-03"})


JANUARY = {"start": "2013-01", "end": "2013-01"}


@pytest.mark.parametrize(
    ("names", "ways"),
    [
        (("2013-01.csv", "2013-01.parquet"), "2013-01.csv and as 2013-01.parquet"),
        (("2013-01.csv", "2013-01/a.csv"), "2013-01.csv and as 2013-01/a.csv"),
        (
            ("2013-01/a.csv", "2013-01/b.parquet", "2013-01/_SUCCESS"),
            "2013-01/a.csv and as 2013-01/b.parquet",
        ),
    ],
)
def test_a_month_that_landed_in_two_ways_is_refused(names: tuple[str, ...], ways: str) -> None:
    with pytest.raises(DataRejected, match=f"2013-01 landed both as {ways}: rows would count twice"):
        plan.files_of(landed(*names), "flights", JANUARY)


def test_a_month_in_parts_is_taken_once_it_is_closed_without_what_its_writer_leaves_there() -> None:
    parts = ("2013-01/part-1.parquet", "2013-01/day=05/part-0.parquet")
    hidden = ("2013-01/_temporary/0/part-1.parquet", "2013-01/.part-1.parquet.crc", "2013-01/")
    files = landed(*parts, *hidden)
    with pytest.raises(DataMissing, match=r"2013-01 may still be written: .*/2013-01/_SUCCESS says"):
        plan.files_of(files, "flights", JANUARY)
    closed = [*files, *landed("2013-01/_SUCCESS")]
    chosen = plan.files_of(closed, "flights", JANUARY)
    assert sorted(file.key for file in chosen) == sorted(f"incoming/flights/{part}" for part in parts)
    assert plan.ignored(closed, "flights") == []


def test_objects_that_name_no_month_are_named_where_one_is_missing() -> None:
    files = landed("2013_01.parquet", "2013-01.PARQUET", "_SUCCESS")
    with pytest.raises(DataMissing, match=r"\(beside them lie 2013-01.PARQUET, 2013_01.parquet, which name"):
        plan.files_of(files, "flights", JANUARY)


@pytest.mark.parametrize("name", ["2013-01/{}.parquet", f"2013-01/{{}}{'x' * 200}.parquet"])
def test_more_files_than_a_state_of_the_workflow_holds_are_refused(name: str) -> None:
    many = [name.format(number) for number in range(501 if len(name) < 100 else 200)]
    with pytest.raises(DatasetTooLarge, match="land fewer and larger files"):
        plan.files_of(landed("2013-01/_SUCCESS", *many), "flights", JANUARY)


def test_what_the_largest_plan_and_its_verdicts_carry_fits_a_state(
    prepare: Any, fake_s3: Any, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("IS_STRICT", "true")
    for number in range(plan.MAX_FILES):
        key = f"incoming/flights/2013-02/{number:0{plan.MAX_PATH_CHARACTERS // plan.MAX_FILES - 16}}.parquet"
        fake_s3.put_object("landing", key, b"0")
    fake_s3.put_object("landing", "incoming/flights/2013-02/_SUCCESS", b"")
    answer = prepare("2013-02", start="2013-02")
    report = f"{answer['report_prefix']}2013-02/"
    verdicts = [
        {**file, "is_valid": False, "report_uri": report + "x" * 80, "violations": 1000}
        for file in answer["files"]
    ]
    assert len(answer["files"]) == plan.MAX_FILES
    assert max(len(json.dumps(one)) for one in (answer, verdicts)) < 240 * 1024


def test_the_manifest_has_a_prefix_and_paths_relative_to_it() -> None:
    manifest = plan.landed_manifest(landed("2013-01.csv", "2013-02.parquet"), "flights")
    assert manifest == [{"prefix": "s3://landing/incoming/flights/"}, "2013-01.csv", "2013-02.parquet"]


@pytest.mark.parametrize("size_bytes", [10, 2 * GIB, 49 * GIB])
def test_the_machine_is_the_smallest_however_many_rows_stream_through_it(size_bytes: int) -> None:
    file = landed("2013-01.parquet", size_bytes=size_bytes)
    assert cluster(file, volume_gb=100)["InstanceType"] == "ml.m5.xlarge"


def test_the_machine_grows_with_the_values_that_a_row_has() -> None:
    file = landed("2013-01.parquet")
    assert cluster(file, values=6_000)["InstanceType"] == "ml.m5.xlarge"
    assert cluster(file, values=6_200)["InstanceType"] == "ml.m5.4xlarge"
    with pytest.raises(
        DatasetTooLarge, match=r"36000 values each needs 89 GiB.*dataPreparation\.instanceTypes"
    ):
        cluster(file, values=36_000)


def test_data_beyond_the_threshold_goes_to_a_host_for_each_threshold() -> None:
    two = cluster(landed("2013-01.csv", size_bytes=6 * GIB), threshold=5)
    assert (two["InstanceCount"], two["InstanceType"]) == (2, "ml.m5.xlarge")
    assert cluster(landed("2013-01.csv", size_bytes=16 * GIB), threshold=5)["InstanceCount"] == 4
    assert (plan.engine(two), plan.engine({"InstanceCount": 1})) == ("spark", "one_machine")


def test_data_that_just_fits_one_host_its_volume_or_the_largest_cluster_is_let_pass() -> None:
    just = landed("2013-01.csv", size_bytes=20 * GIB)
    assert cluster(just, volume_gb=30, threshold=20)["InstanceCount"] == 1
    more = landed("2013-01.csv", size_bytes=20 * GIB + 1)
    assert cluster(more, volume_gb=31, threshold=20)["InstanceCount"] == 2
    assert cluster(just, volume_gb=30, threshold=0.2)["InstanceCount"] == 100
    with pytest.raises(DatasetTooLarge, match="takes 101 hosts"):
        cluster(more, volume_gb=31, threshold=0.2)


def test_a_host_of_a_cluster_has_a_batch_on_every_core() -> None:
    file = landed("2013-01.csv", size_bytes=6 * GIB)
    assert cluster(file, values=1_300, threshold=5)["InstanceType"] == "ml.m5.xlarge"
    assert cluster(file, values=1_350, threshold=5)["InstanceType"] == "ml.m5.4xlarge"


def test_a_row_has_the_columns_that_are_read_and_the_features_made_of_them() -> None:
    contract = Contract.from_json(CONTRACT.read_bytes())
    assert values_per_row(contract) == 7 + 1 + 1 + 7, "inputs, target, the key's rest, features"
    hot = [replace(one, transform="one_hot") if one.name == "carrier" else one for one in contract.features]
    assert values_per_row(replace(contract, features=tuple(hot))) == 16 + 50


def test_data_beyond_the_volume_or_the_largest_cluster_is_refused() -> None:
    for size_gb, volume_gb in ((60, 90), (21, 32)):
        with pytest.raises(DatasetTooLarge, match=rf"dataPreparation.volumeGb to {volume_gb} or more"):
            cluster(landed("2013-01.parquet", size_bytes=size_gb * GIB))
    with pytest.raises(DatasetTooLarge, match="a job has 100 at most"):
        cluster(landed("2013-01.parquet", size_bytes=600 * GIB), volume_gb=2_000, threshold=5)


def test_a_cluster_on_nvme_names_a_volume_but_no_key() -> None:
    chosen = cluster(landed("2013-01.csv"), "ml.g5.xlarge")
    assert chosen == {"InstanceCount": 1, "InstanceType": "ml.g5.xlarge", "VolumeSizeInGB": 30}


@pytest.fixture
def prepare(fake_s3: Any, environment: pytest.MonkeyPatch) -> Any:
    environment.setattr(handler, "client", lambda _: fake_s3)
    environment.setenv("INSTANCE_TYPES", "ml.m5.xlarge,ml.m5.4xlarge")
    environment.setenv("VOLUME_GB", "30")
    environment.setenv("SPARK_THRESHOLD_GB", "50")
    environment.setenv("MAX_FILE_MB", "512")
    environment.setenv("IS_STRICT", "false")
    environment.setenv("FEATURE_GROUP", "")
    for name in handler.SHIFT_LIMITS:
        environment.setenv(name, "0.1")
    fake_s3.put_object("landing", "incoming/flights/2013-01.parquet", b"0123456789")
    fake_s3.put_object("artifacts", "datasets/flights/contract.json", CONTRACT.read_bytes())

    def plan(end: str = "2013-01", start: str = "2013-01") -> Any:
        uri = "s3://artifacts/datasets/flights/contract.json"
        data = {"dataset": "flights", "contract_uri": uri, "window": {"start": start, "end": end}}
        return handler.handle({"run": {"id": "r"}, "data": data}, None)

    return plan


def test_the_plan_lists_the_files_and_writes_their_manifest(prepare: Any, fake_s3: Any) -> None:
    answer = prepare()
    key = "incoming/flights/2013-01.parquet"
    (file,) = answer["files"]
    assert file == {"bucket": "landing", "key": key, "etag": fake_s3.etag("landing", key)}
    (kept,) = json.loads(fake_s3.objects["artifacts", "pipeline/r/data/landed.json"])["files"]
    assert (kept["size_bytes"], kept["etag"]) == (10, file["etag"])
    manifest = json.loads(fake_s3.objects["artifacts", "pipeline/r/data/landed.manifest"])
    assert manifest == [{"prefix": "s3://landing/incoming/flights/"}, "2013-01.parquet"]
    assert set(answer["environment"]) == {*handler.SHIFT_LIMITS, "FEATURES_ENGINE"}


def test_the_baseline_is_an_input_once_it_exists(prepare: Any, fake_s3: Any) -> None:
    fake_s3.put_object("artifacts", "baselines/flights/statistics.json.old", b"{}")
    assert [one["InputName"] for one in prepare()["inputs"]] == ["contract", "landed"]
    fake_s3.put_object("artifacts", "baselines/flights/statistics.json", b"{}")
    inputs = {one["InputName"]: one["S3Input"] for one in prepare()["inputs"]}
    assert inputs["baseline"]["S3Uri"] == "s3://artifacts/baselines/flights/"
    assert inputs["landed"]["S3DataType"] == "ManifestFile"


def test_the_job_gets_no_files_while_the_function_can_judge_them_all(prepare: Any, fake_s3: Any) -> None:
    answer = prepare()
    assert (answer["file_count"], answer["check"]) == (1, {"files": [], "inputs": [], "cluster": {}})
    assert ("artifacts", "pipeline/r/data/check.manifest") not in fake_s3.objects


def test_strict_validation_sends_parquet_to_the_job_after_the_function(
    prepare: Any, fake_s3: Any, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("IS_STRICT", "true")
    answer = prepare()
    assert answer["check"]["files"] == [{"key": file["key"]} for file in answer["files"]]
    assert [one["InputName"] for one in answer["check"]["inputs"]] == ["contract", "landed"]
    manifest = json.loads(fake_s3.objects["artifacts", "pipeline/r/data/check.manifest"])
    assert manifest[1:] == ["2013-01.parquet"]


def test_the_hosts_that_validate_share_the_files_and_read_none_twice(
    prepare: Any, fake_s3: Any, environment: pytest.MonkeyPatch
) -> None:
    environment.setenv("IS_STRICT", "true")
    environment.setenv("SPARK_THRESHOLD_GB", "1e-9")  # of ten bytes: ten hosts for the features
    fake_s3.put_object("landing", "incoming/flights/2013-02.parquet", b"0123456789")
    answer = prepare("2013-02")
    last = answer["check"]["inputs"][-1]["S3Input"]
    assert answer["cluster"]["InstanceCount"] > 2
    assert answer["check"]["cluster"]["InstanceCount"] == 2
    assert last["S3DataDistributionType"] == "ShardedByS3Key"


@pytest.mark.filterwarnings("ignore:No application metrics")
def test_the_job_that_validates_is_planned_again_with_what_the_functions_left_to_it(
    prepare: Any, fake_s3: Any
) -> None:
    first = prepare()
    keys = [file["key"] for file in first["files"]]
    data = {"dataset": "flights", "contract_uri": first["contract"]["uri"]}
    event = {"run": {"id": "r"}, "data": data, "check": {"keys": [*keys, *keys], "hosts": 3}}
    again = handler.handle(event, None)
    assert (again["files"], again["cluster"]["InstanceCount"]) == ([{"key": keys[0]}], 1)
    assert again["inputs"][0]["S3Input"]["S3Uri"] == first["contract"]["uri"]
    manifest = json.loads(fake_s3.objects["artifacts", "pipeline/r/data/check.manifest"])
    assert manifest[1:] == ["2013-01.parquet"]


def test_text_beyond_one_pass_goes_to_the_job_alone() -> None:
    small, large = (landed("2013-01.csv", size_bytes=1024**2 + more) for more in (0, 1))
    parquet = landed("2013-03.parquet", size_bytes=100 * GIB)
    check = plan.Check.of([*small, *large, *parquet], 1, is_strict=False)
    assert (check.by_function, check.by_job) == ([*small, *parquet], large)
