"""The ingestion container as a job in the embedded AWS: its role, its store, records that meet trouble."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contracts.dataset import Contract
from contracts.feature_group import definitions
from rehearsal.emulator.process import Emulator
from rehearsal.landing import write_month
from tests.rehearsal.conftest import Account

pytestmark = pytest.mark.rehearsal
ROOT = Path(__file__).resolve().parents[3]
CONTRACT = ROOT / "datasets/flights/contract.json"
ROWS = 500
JOB = ("s3:*", "logs:*", "sagemaker:BatchWriteRecord")


@pytest.fixture(scope="module")
def account(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Account]:
    """An account whose images are the repository's own containers."""
    with Emulator.start(work_dir=tmp_path_factory.mktemp("ingestion")) as emulator:
        yield Account(emulator)


def made_bucket(account: Account) -> str:
    name = account.name("bucket")
    place = {"LocationConstraint": account.emulator.region}
    account.client("s3").create_bucket(Bucket=name, CreateBucketConfiguration=place)
    return name


@pytest.fixture
def group(account: Account) -> str:
    name, contract = account.name("flights"), Contract.from_json(CONTRACT.read_text())
    bucket = made_bucket(account)
    sagemaker = account.client("sagemaker")
    sagemaker.create_feature_group(
        FeatureGroupName=name,
        RecordIdentifierFeatureName="record_id",
        EventTimeFeatureName="event_time",
        FeatureDefinitions=[
            {"FeatureName": one.name, "FeatureType": one.type} for one in definitions(contract)
        ],
        OfflineStoreConfig={"S3StorageConfig": {"S3Uri": f"s3://{bucket}/store"}},
        RoleArn=account.role("sagemaker", "s3:PutObject", "s3:GetBucketAcl"),
    )
    describe = sagemaker.describe_feature_group
    account.eventually(lambda: describe(FeatureGroupName=name)["FeatureGroupStatus"] == "Created")
    return name


@pytest.fixture
def ingest(account: Account, group: str, tmp_path: Path) -> Any:
    """Runs the job on a few flights under a role with these permissions; its description and report."""
    s3, bucket = account.client("s3"), made_bucket(account)
    (tmp_path / "whole").mkdir()
    flights = tmp_path / "2013-01.parquet"
    pq.write_table(pq.read_table(write_month("2013-01", tmp_path / "whole")).slice(0, ROWS), flights)
    s3.upload_file(str(flights), bucket, "landed/2013-01.parquet")
    s3.upload_file(str(CONTRACT), bucket, "contract/contract.json")

    def run(*permissions: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        request = account.processing_job("")
        name, role = request["ProcessingJobName"], account.role("sagemaker", *JOB, *permissions)
        image = {"ImageUri": "trainyard-dev-data-preparation:1", "ContainerArguments": ["ingest"]}
        request |= {"RoleArn": role, "AppSpecification": image}
        request |= {
            "Environment": {"FEATURE_GROUP": group, "RUN_ID": "run-1"},
            "ProcessingInputs": [_input(bucket, one) for one in ("landed", "contract")],
            "ProcessingOutputConfig": {"Outputs": [_output(bucket, name)]},
        }
        account.client("sagemaker").create_processing_job(**request)
        described = account.eventually(lambda: _ended(account, name))
        found = s3.list_objects_v2(Bucket=bucket, Prefix=f"out/{name}/").get("Contents", ())
        bodies = [s3.get_object(Bucket=bucket, Key=one["Key"])["Body"].read() for one in found]
        return described, json.loads(bodies[0]) if bodies else None

    return run


def _ended(account: Account, name: str) -> Any:
    described = account.client("sagemaker").describe_processing_job(ProcessingJobName=name)
    return described if described["ProcessingJobStatus"] != "InProgress" else None


def _input(bucket: str, name: str) -> dict[str, Any]:
    source = {"S3Uri": f"s3://{bucket}/{name}/", "LocalPath": f"/opt/ml/processing/input/{name}"}
    return {"InputName": name, "S3Input": {**source, "S3DataType": "S3Prefix", "S3InputMode": "File"}}


def _output(bucket: str, name: str) -> dict[str, Any]:
    target = {"S3Uri": f"s3://{bucket}/out/{name}", "LocalPath": "/opt/ml/processing/output/ingestion"}
    return {"OutputName": "ingestion", "S3Output": {**target, "S3UploadMode": "EndOfJob"}}


def test_throttled_records_arrive_later_and_refused_ones_are_named(
    account: Account, ingest: Any, group: str
) -> None:
    faults = [
        {"fault": "record_throttled", "name": group, "every": 10, "times": 40},
        {"fault": "record_refused", "name": group, "nth": 5, "every": 100, "times": 3, "message": "injected"},
    ]
    for fault in faults:
        account.emulator.control("POST", "faults", fault)
    described, report = ingest("sagemaker:PutRecord")
    account.emulator.control("DELETE", "faults")
    assert described["ProcessingJobStatus"] == "Completed"
    assert (report["records"], report["ingested"], report["failed"]) == (ROWS, ROWS - 3, 3)
    assert report["retried"] == 40 and report["reasons"] == {"ValidationError: injected": 3}
    assert len({one["record_id"] for one in report["samples"]}) == 3


def test_a_role_that_may_only_write_batches_is_refused_by_the_store(ingest: Any) -> None:
    described, report = ingest()
    assert described["ProcessingJobStatus"] == "Failed" and report is None
    message = json.loads(described["ExitMessage"])
    assert message["error"] == "ConfigurationRejected"
    assert "AccessForbidden" in message["message"] and "sagemaker:PutRecord" in message["message"]
