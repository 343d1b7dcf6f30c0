"""What of a run's files goes to the Feature Store, and the machines for it."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from contracts.artifacts import RunKeys
from contracts.landed import LandedFile
from functions.data_preparation.plan_preparation import handler, ingestion

FILES = [
    LandedFile(
        bucket="landing",
        key=f"incoming/flights/2013-0{month}.parquet",
        size_bytes=10,
        etag='"e"',
        written_at="2026-01-01T00:00:00+00:00",
    )
    for month in (1, 2, 3)
]
DATA = {"dataset": "flights", "contract_uri": "s3://artifacts/datasets/flights/contract.json"}
MACHINES = ("ml.m5.4xlarge", "ml.m5.xlarge")


@pytest.fixture
def planned(fake_s3: Any, environment: pytest.MonkeyPatch) -> Any:
    environment.setattr(handler, "client", lambda _: fake_s3)
    for name, value in {"INSTANCE_TYPES": ",".join(MACHINES), "VOLUME_GB": "30"}.items():
        environment.setenv(name, value)

    def run(group: str = "flights-v1", months: str = "1", hosts: int = 1, values: int = 20) -> Any:
        environment.setenv("FEATURE_GROUP", group)
        environment.setenv("FEATURE_STORE_MONTHS", months)
        return handler.planned_ingestion(FILES, values, DATA, RunKeys("r"), hosts)

    return run


@pytest.mark.parametrize(("months", "first"), [("1", 3), ("2", 2), ("9", 1)])
def test_the_newest_months_of_the_window_are_ingested(
    planned: Any, fake_s3: Any, months: str, first: int
) -> None:
    uri = planned(months=months)["inputs"][1]["S3Input"]["S3Uri"]
    assert uri == f"s3://artifacts/{RunKeys('r').ingest_manifest}"
    manifest = json.loads(fake_s3.objects["artifacts", RunKeys("r").ingest_manifest])
    assert manifest[1:] == [f"2013-0{month}.parquet" for month in range(first, 4)]


def test_a_month_in_parts_counts_as_one() -> None:
    parts = [replace(FILES[0], key=f"incoming/flights/2013-02/{name}.parquet") for name in "ab"]
    assert ingestion.newest([FILES[0], *parts], 1) == parts
    assert ingestion.newest([FILES[0], *parts], 2) == [FILES[0], *parts]


def test_a_store_that_is_not_used_is_given_nothing(planned: Any, fake_s3: Any) -> None:
    assert planned(group="") == ingestion.NOTHING
    assert not fake_s3.calls


def test_the_job_is_told_its_group_and_its_run_and_gets_the_smallest_machine(planned: Any) -> None:
    plan = planned()
    assert plan["environment"] == {
        "FEATURE_GROUP": "flights-v1",
        "RUN_ID": "r",
        "ARTIFACTS_BUCKET": "artifacts",
    }
    assert (plan["cluster"]["InstanceType"], plan["cluster"]["InstanceCount"]) == ("ml.m5.xlarge", 1)
    assert plan["cluster"]["VolumeKmsKeyId"].startswith("arn:aws:kms:")


def test_rows_of_many_values_get_a_machine_with_the_memory_for_a_batch(planned: Any) -> None:
    assert planned(values=6_000)["cluster"]["InstanceType"] == "ml.m5.xlarge"
    assert planned(values=6_200)["cluster"]["InstanceType"] == "ml.m5.4xlarge"


@pytest.mark.parametrize("hosts", [2, 3])
def test_several_hosts_share_the_files_between_them(planned: Any, hosts: int) -> None:
    plan = planned(hosts=hosts, months="9")
    kinds = [one["S3Input"]["S3DataDistributionType"] for one in plan["inputs"]]
    assert (kinds, plan["cluster"]["InstanceCount"]) == (["FullyReplicated", "ShardedByS3Key"], hosts)


def test_a_host_without_a_file_of_its_own_is_not_paid_for(planned: Any) -> None:
    plan = planned(hosts=3, months="1")
    kinds = [one["S3Input"]["S3DataDistributionType"] for one in plan["inputs"]]
    assert (kinds, plan["cluster"]["InstanceCount"]) == (["FullyReplicated", "FullyReplicated"], 1)
