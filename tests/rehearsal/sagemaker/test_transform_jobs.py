from __future__ import annotations

from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.jobs.records import assembled, payloads
from rehearsal.sagemaker.s3 import DataError
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import FakePlatform, add_model, finish


def transform(service: SageMakerService, platform: FakePlatform, **more: Any) -> dict[str, Any]:
    add_model(service, platform, "old", "old")
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/rows/"}}
    request = {
        "TransformJobName": "scores",
        "ModelName": "old",
        "TransformInput": {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": "s3://bucket/scores", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }
    service.handle("CreateTransformJob", request, None)
    return finish(service, "TransformJob", "scores")


def test_every_object_is_answered_in_an_out_file_of_its_name(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.objects.update({"bucket/rows/a.csv": b"1\n2\n", "bucket/rows/b/c.csv": b"3"})
    job = transform(service, platform, BatchStrategy="SingleRecord", MaxConcurrentTransforms=4)
    assert job["TransformJobStatus"] == "Completed", job
    assert platform.s3.objects["bucket/scores/a.csv.out"] == b"old:1\nold:2\n"
    assert platform.s3.objects["bucket/scores/b/c.csv.out"] == b"old:3\n"


def test_a_record_that_the_container_refuses_fails_the_job(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.objects.update({"bucket/rows/a.csv": b"bad", "bucket/rows/b.csv": b"1"})
    job = transform(service, platform)
    assert job["TransformJobStatus"] == "Failed"
    assert platform.s3.names("bucket/scores/") == ["bucket/scores/b.csv.out"]
    assert job["FailureReason"] == "ClientError: See job logs for more information"


def test_a_transform_of_an_unknown_model_is_refused(
    service: SageMakerService, platform: FakePlatform
) -> None:
    with pytest.raises(ServiceError, match='Could not find model "arn:aws:sagemaker'):
        transform(service, platform, ModelName="nobody")


def test_lines_are_gathered_up_to_the_largest_payload() -> None:
    line = b"x" * (400 * 1024) + b"\n"
    sizes = [
        len(body) // len(line)
        for body in payloads([line] * 5, by_line=True, is_multi_record=True, max_megabytes=1)
    ]
    assert sizes == [2, 2, 1]


def test_an_object_larger_than_the_payload_limit_is_an_error() -> None:
    with pytest.raises(DataError, match="MaxPayloadInMB"):
        list(payloads([b"x" * (1 << 21)], by_line=False, is_multi_record=True, max_megabytes=1))


def test_answers_without_a_line_break_get_one_when_assembled_by_line() -> None:
    assert assembled([b"1", b"2\n"], by_line=True) == b"1\n2\n"
    assert assembled([b"1", b"2\n"], by_line=False) == b"12\n"
