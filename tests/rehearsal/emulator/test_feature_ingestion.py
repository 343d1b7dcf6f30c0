"""The ingestion container as a job in the embedded AWS: its role, its store, records that meet trouble."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from contracts.artifacts import RunKeys, incoming_key, incoming_prefix
from contracts.dataset import Contract
from contracts.feature_group import definitions
from contracts.landed import document_of, listed
from rehearsal.emulator.process import Emulator
from rehearsal.landing import write_month
from tests.rehearsal.conftest import Account
from trainyard.features.history import read_history, values_as_of

pytestmark = pytest.mark.rehearsal
ROOT = Path(__file__).resolve().parents[3]
CONTRACT = ROOT / "datasets/flights/contract.json"
ROWS = 500
KEY = incoming_key("flights", "2013-01", "parquet")
INPUTS = (("landed", incoming_prefix("flights")), ("contract", "contract/"))
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
def bucket(account: Account) -> str:
    return made_bucket(account)


@pytest.fixture
def ingest(account: Account, group: str, bucket: str, tmp_path: Path) -> Any:
    """Runs the job on a few flights under a role with these permissions; its description and report."""
    s3, keys = account.client("s3"), RunKeys("run-1")
    (tmp_path / "whole").mkdir()
    flights = tmp_path / "2013-01.parquet"
    pq.write_table(pq.read_table(write_month("2013-01", tmp_path / "whole")).slice(0, ROWS), flights)
    s3.upload_file(str(flights), bucket, KEY)
    s3.upload_file(str(CONTRACT), bucket, "contract/contract.json")
    plan = document_of(listed(s3, bucket, incoming_prefix("flights")))
    s3.put_object(Bucket=bucket, Key=keys.landed, Body=json.dumps(plan))

    def run(*permissions: str) -> tuple[dict[str, Any], dict[str, Any] | None]:
        request = account.processing_job("")
        name, role = request["ProcessingJobName"], account.role("sagemaker", *JOB, *permissions)
        image = {"ImageUri": "trainyard-dev-data-preparation:1", "ContainerArguments": ["ingest"]}
        request |= {"RoleArn": role, "AppSpecification": image}
        request |= {
            "Environment": {"FEATURE_GROUP": group, "RUN_ID": "run-1", "ARTIFACTS_BUCKET": bucket},
            "ProcessingInputs": [_input(bucket, *one) for one in INPUTS],
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


def _input(bucket: str, name: str, prefix: str) -> dict[str, Any]:
    source = {"S3Uri": f"s3://{bucket}/{prefix}", "LocalPath": f"/opt/ml/processing/input/{name}"}
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


@pytest.fixture
def written(account: Account, group: str, tmp_path: Path) -> Any:
    """Ends the group, which writes what it still holds, and copies its offline store; a folder."""

    def copy() -> Path:
        described = account.client("sagemaker").describe_feature_group(FeatureGroupName=group)
        uri = described["OfflineStoreConfig"]["S3StorageConfig"]["ResolvedOutputS3Uri"]
        account.client("sagemaker").delete_feature_group(FeatureGroupName=group)
        bucket, _, prefix = uri.removeprefix("s3://").partition("/")
        pages = account.client("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        for entry in (entry for page in pages for entry in page.get("Contents", ())):
            path = tmp_path / "store" / entry["Key"]
            path.parent.mkdir(parents=True, exist_ok=True)
            account.client("s3").download_file(bucket, entry["Key"], str(path))
        return tmp_path / "store"

    return copy


def test_a_file_replaced_since_it_was_judged_gives_not_one_record(
    account: Account, ingest: Any, bucket: str, written: Any
) -> None:
    account.client("s3").put_object(Bucket=bucket, Key=KEY, Body=b"another")
    described, report = ingest("sagemaker:PutRecord")
    message = json.loads(described["ExitMessage"])
    assert (described["ProcessingJobStatus"], report) == ("Failed", None)
    assert message["error"] == "DataReplaced" and f"{KEY} was written again" in message["message"]
    assert not written().exists()


def test_a_repeated_job_leaves_every_line_twice_and_one_answer_a_record(ingest: Any, written: Any) -> None:
    for _ in range(2):
        assert ingest("sagemaker:PutRecord")[1]["ingested"] == ROWS
    moment = datetime(2013, 2, 2, tzinfo=UTC)
    history = read_history(written(), moment)
    answer = values_as_of(history, moment)
    assert history.num_rows == 2 * ROWS
    assert answer.num_rows == len(set(answer["record_id"].to_pylist())) == ROWS
