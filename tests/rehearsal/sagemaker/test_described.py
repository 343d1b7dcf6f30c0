"""What Describe shows beyond the request: what AWS fills in, and what only some states have."""

from __future__ import annotations

import json
import re
from typing import Any

from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import (
    FakePlatform,
    add_model,
    archive_names,
    finish,
    processing_request,
    train,
    training_request,
    transform_request,
    tuning_request,
)

SOURCE = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data/"}


def test_a_training_job_shows_the_defaults_that_aws_fills_in(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.objects["bucket/data/a"] = b"1"
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": SOURCE}}
    job = train(service, "filled", InputDataConfig=[channel])
    assert job["InputDataConfig"] == [{**channel, "CompressionType": "None", "RecordWrapperType": "None"}]
    assert job["OutputDataConfig"] == {
        "S3OutputPath": "s3://bucket/out",
        "KmsKeyId": "",
        "CompressionType": "GZIP",
    }
    assert job["AlgorithmSpecification"]["EnableSageMakerMetricsTimeSeries"] is False
    assert job["ProfilingStatus"] == "Disabled"
    flags = ("EnableNetworkIsolation", "EnableInterContainerTrafficEncryption", "EnableManagedSpotTraining")
    assert [job[flag] for flag in flags] == [False, False, False]


def test_a_training_job_without_channels_shows_an_empty_list(service: SageMakerService) -> None:
    assert train(service, "bare")["InputDataConfig"] == []


def test_a_processing_job_and_its_container_see_the_same_defaults(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.objects["bucket/data/a"] = b"1"
    source = {**SOURCE, "LocalPath": "/opt/ml/processing/in", "S3InputMode": "File"}
    code = "(opt / 'output/message').write_text((opt / 'config/processingjobconfig.json').read_text())"
    inputs = [{"InputName": "raw", "S3Input": source}]
    service.handle("CreateProcessingJob", processing_request("seen", code, ProcessingInputs=inputs), None)
    job = finish(service, "ProcessingJob", "seen")
    told = json.loads(job["ExitMessage"])
    filled = {**source, "S3DataDistributionType": "FullyReplicated", "S3CompressionType": "None"}
    assert job["ProcessingInputs"] == [{"InputName": "raw", "AppManaged": False, "S3Input": filled}]
    assert told["ProcessingInputs"][0]["S3Input"] == {**filled, "S3DownloadMode": "StartOfJob"}
    assert told["StoppingCondition"] == job["StoppingCondition"] == {"MaxRuntimeInSeconds": 86400}
    assert told["AppSpecification"]["ContainerEntrypoint"] is None
    assert told["ProcessingResources"]["ClusterConfig"]["VolumeKmsKeyId"] is None


def test_a_transform_job_shows_the_defaults_that_aws_fills_in(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.objects["bucket/data/a"] = b"1"
    add_model(service, platform, "old", "old")
    service.handle("CreateTransformJob", transform_request("filled"), None)
    job = finish(service, "TransformJob", "filled")
    assert job["DataProcessing"] == {"InputFilter": "$", "OutputFilter": "$", "JoinSource": "None"}
    assert (job["TransformInput"]["CompressionType"], job["TransformInput"]["SplitType"]) == ("None", "Line")
    assert job["TransformOutput"]["KmsKeyId"] == ""


def test_a_tuning_job_shows_the_flags_of_its_definition(service: SageMakerService) -> None:
    service.handle("CreateHyperParameterTuningJob", tuning_request("filled"), None)
    job = finish(service, "HyperParameterTuningJob", "filled")
    assert job["TrainingJobDefinition"]["EnableManagedSpotTraining"] is False


def test_a_model_shows_its_mode_and_isolation(service: SageMakerService, platform: FakePlatform) -> None:
    add_model(service, platform, "old", "old")
    model = service.handle("DescribeModel", {"ModelName": "old"}, None)
    assert (model["PrimaryContainer"]["Mode"], model["EnableNetworkIsolation"]) == ("SingleModel", False)


def test_a_model_is_announced_when_it_comes_and_when_it_goes(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_model(service, platform, "old", "old")
    service.handle("DeleteModel", {"ModelName": "old"}, None)
    told = [detail["ModelName"] for kind, detail in platform.events if kind == "SageMaker Model State Change"]
    assert told == ["old", "old"]


def test_log_streams_are_named_for_host_and_start(service: SageMakerService, platform: FakePlatform) -> None:
    train(service, "logged", "print('hello')")
    (stream,) = [stream for _, stream in platform.logs if stream.startswith("logged/")]
    assert re.fullmatch(r"logged/algo-1-\d{10}", stream), stream


def kept(name: str) -> dict[str, Any]:
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 4, "VolumeSizeInGB": 5}
    return training_request(name, ResourceConfig={**resources, "KeepAlivePeriodInSeconds": 60})


def test_a_warm_pool_is_billed_by_the_clock_however_many_its_instances(service: SageMakerService) -> None:
    service.quotas.set("ml.m5.large", "training warm pool", 4)
    for name in ("first", "second"):
        service.handle("CreateTrainingJob", kept(name), None)
        finish(service, "TrainingJob", name)
    found = service.handle("DescribeTrainingJob", {"TrainingJobName": "first"}, None)["WarmPoolStatus"]
    assert (found["Status"], found["ResourceRetainedBillableTimeInSeconds"]) == ("Reused", 1)


def test_an_archive_keeps_the_folders_of_the_model(service: SageMakerService, platform: FakePlatform) -> None:
    train(service, "tree", "(opt / 'model/a/b').mkdir(parents=True); (opt / 'model/a/x').write_text('1')")
    assert archive_names(platform, "bucket/out/tree/output/model.tar.gz") == ["a", "a/b", "a/x"]
