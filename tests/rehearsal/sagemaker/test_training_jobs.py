from __future__ import annotations

import io
import tarfile

import pytest

from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import (
    FakePlatform,
    archive_names,
    eventually,
    finish,
    job_log,
    train,
    training_request,
)

CHANNEL = {
    "ChannelName": "train",
    "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data/"}},
}


def test_a_completed_job_leaves_its_model_archive_in_s3(
    service: SageMakerService, platform: FakePlatform
) -> None:
    job = train(service, "done", "(opt / 'model/m.txt').write_text('42')")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Completed", "Completed"), job
    assert job["ModelArtifacts"] == {"S3ModelArtifacts": "s3://bucket/out/done/output/model.tar.gz"}
    assert archive_names(platform, "bucket/out/done/output/model.tar.gz") == ["m.txt"]


def test_the_container_finds_its_channel_below_opt_ml_input(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.objects["bucket/data/a/x.csv"] = b"1,2"
    code = "(opt / 'output/failure').write_text((opt / 'input/data/train/a/x.csv').read_text()); sys.exit(3)"
    job = train(service, "channel", code, InputDataConfig=[CHANNEL])
    assert job["FailureReason"] == "AlgorithmError: 1,2, exit code: 3"


def test_the_secondary_statuses_follow_each_other_as_on_aws(service: SageMakerService) -> None:
    job = train(service, "phases")
    phases = [entry["Status"] for entry in job["SecondaryStatusTransitions"]]
    assert phases == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert all("EndTime" in entry for entry in job["SecondaryStatusTransitions"])


def test_data_that_may_be_listed_but_not_read_fails_the_job_as_a_client_error(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.objects["bucket/data/a"] = b"1"
    platform.s3.unreadable.add("bucket/data/")
    job = train(service, "unread", InputDataConfig=[CHANNEL])
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"].startswith(
        "ClientError: Data download failed: s3://bucket/data/a: AccessDenied"
    )


@pytest.mark.parametrize(
    ("uri", "status"),
    [("s3://bucket/data/", "Completed"), ("s3://bucket/data/a", "Completed"), ("s3://bucket/da", "Failed")],
)
def test_fast_file_mode_mounts_whole_folders_only(
    service: SageMakerService, platform: FakePlatform, uri: str, status: str
) -> None:
    platform.s3.objects["bucket/data/a"] = b"1"
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}
    channel = {"ChannelName": "train", "DataSource": source, "InputMode": "FastFile"}
    job = train(service, "mounted", InputDataConfig=[channel])
    assert job["TrainingJobStatus"] == status, job.get("FailureReason")
    assert status == "Completed" or "partial S3 prefix is not supported" in job["FailureReason"]


def test_a_fast_file_channel_is_told_to_the_container_as_file(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.objects["bucket/data/a"] = b"1"
    told = "(opt / 'input/config/inputdataconfig.json').read_text()"
    code = f"(opt / 'output/failure').write_text({told}); sys.exit(1)"
    specification = {"TrainingImage": "trainer:1", "TrainingInputMode": "FastFile"}
    job = train(service, "told-file", code, AlgorithmSpecification=specification, InputDataConfig=[CHANNEL])
    assert '"TrainingInputMode": "File"' in job["FailureReason"]


def test_a_job_on_accelerated_instances_waits_for_them_in_pending(service: SageMakerService) -> None:
    resources = {"InstanceType": "ml.g5.2xlarge", "InstanceCount": 1, "VolumeSizeInGB": 5}
    job = train(service, "gpu", ResourceConfig=resources)
    phases = [(entry["Status"], entry["StatusMessage"]) for entry in job["SecondaryStatusTransitions"]]
    assert phases[:3] == [
        ("Starting", "Starting the training job"),
        ("Pending", "Preparing the instances for training"),
        ("Downloading", "Downloading input data"),
    ]


def test_a_job_is_billed_from_its_download_to_the_end_of_its_upload(service: SageMakerService) -> None:
    job = train(service, "billed")
    phases = {entry["Status"]: entry for entry in job["SecondaryStatusTransitions"]}
    assert job["TrainingStartTime"] <= phases["Downloading"]["StartTime"]
    assert phases["Uploading"]["EndTime"] <= job["TrainingEndTime"] <= job["LastModifiedTime"]


def test_the_end_of_a_failed_job_is_when_it_failed_not_the_end_of_its_upload(
    service: SageMakerService,
) -> None:
    job = train(service, "failed", "(opt / 'model/half').write_text('1'); sys.exit(1)")
    (uploading,) = [one for one in job["SecondaryStatusTransitions"] if one["Status"] == "Uploading"]
    assert job["TrainingEndTime"] <= uploading["StartTime"]


def test_a_role_that_may_not_write_fails_the_upload(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.forbidden.add("bucket/out/")
    job = train(service, "denied")
    assert job["FailureReason"].startswith("ClientError: Artifact upload failed")
    assert "AccessDenied" in job["FailureReason"]


def test_a_long_failure_file_is_cut_but_keeps_the_exit_code(service: SageMakerService) -> None:
    job = train(service, "long", "(opt / 'output/failure').write_text('x' * 5000); sys.exit(9)")
    assert len(job["FailureReason"]) == 1024
    assert job["FailureReason"].endswith(", exit code: 9")


def test_metrics_are_read_from_the_log_by_their_expressions(
    service: SageMakerService, platform: FakePlatform
) -> None:
    specification = training_request("x")["AlgorithmSpecification"]
    metric = {"Name": "validation:auc", "Regex": "auc=([0-9.]+|nan)"}
    specification["MetricDefinitions"] = [metric]
    code = "print('auc=0.5'); print('auc=nan'); print('auc=0.75')"
    job = train(service, "metrics", code, AlgorithmSpecification=specification)
    assert [(m["MetricName"], m["Value"]) for m in job["FinalMetricDataList"]] == [("validation:auc", 0.75)]
    sent = [value for _, name, value, _ in platform.metrics if name == "validation:auc"]
    assert sent == [0.5, 0.75]
    lines = next(lines for (_, stream), lines in platform.logs.items() if stream.startswith("metrics/"))
    assert lines[0] == "auc=0.5"


def test_stopping_a_job_sends_sigterm_and_keeps_the_model(
    service: SageMakerService, platform: FakePlatform
) -> None:
    code = (
        "signal.signal(signal.SIGTERM, lambda *_: ((opt / 'model/kept').write_text('k'), sys.exit(0)));"
        "print('ready'); signal.pause()"
    )
    service.handle("CreateTrainingJob", training_request("stopped", code), None)
    eventually(lambda: "ready" in job_log(service, "stopped"))
    service.handle("StopTrainingJob", {"TrainingJobName": "stopped"}, None)
    job = finish(service, "TrainingJob", "stopped")
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert archive_names(platform, "bucket/out/stopped/output/model.tar.gz") == ["kept"]


def test_a_job_beyond_its_maximum_runtime_is_stopped(service: SageMakerService) -> None:
    job = train(service, "slow", "signal.pause()", StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (job["TrainingJobStatus"], job["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def unpacked(packed: bytes) -> dict[str, bytes]:
    """The files of an archive by name."""
    with tarfile.open(fileobj=io.BytesIO(packed)) as archive:
        files = {member.name: archive.extractfile(member) for member in archive.getmembers()}
        return {name: file.read() for name, file in files.items() if file}


def test_every_host_of_a_job_has_its_own_name_and_shard(
    service: SageMakerService, platform: FakePlatform
) -> None:
    for name in "abc":
        platform.s3.objects[f"bucket/data/{name}"] = b"."
    source = {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data/"}
    source["S3DataDistributionType"] = "ShardedByS3Key"
    channel = {"ChannelName": "train", "DataSource": {"S3DataSource": source}}
    code = (
        "host = json.loads((opt / 'input/config/resourceconfig.json').read_text())['current_host'];"
        "(opt / 'output/data' / host).write_text(' '.join(sorted(os.listdir(opt / 'input/data/train'))))"
    )
    resources = {"InstanceType": "ml.m5.large", "InstanceCount": 2, "VolumeSizeInGB": 5}
    train(service, "two", code, InputDataConfig=[channel], ResourceConfig=resources)
    assert unpacked(platform.s3.objects["bucket/out/two/output/output.tar.gz"]) == {
        "algo-1": b"a c",
        "algo-2": b"b",
    }


def test_every_change_of_a_job_is_announced_with_millisecond_times(
    service: SageMakerService, platform: FakePlatform
) -> None:
    train(service, "told", Tags=[{"Key": "stage", "Value": "training"}])
    details = [detail for kind, detail in platform.events if kind == "SageMaker Training Job State Change"]
    assert [d["SecondaryStatus"] for d in details] == [
        "Starting",
        "Downloading",
        "Training",
        "Uploading",
        "Completed",
    ]
    assert details[-1]["CreationTime"] > 10**12
    assert details[-1]["Tags"] == {"stage": "training"}


def test_a_failed_job_still_uploads_what_it_left(service: SageMakerService, platform: FakePlatform) -> None:
    job = train(service, "left", "(opt / 'model/half').write_text('1'); sys.exit(1)")
    assert job["TrainingJobStatus"] == "Failed"
    assert archive_names(platform, "bucket/out/left/output/model.tar.gz") == ["half"]


def test_a_failed_upload_does_not_hide_why_the_job_failed(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.s3.forbidden.add("bucket/out/")
    job = train(service, "hidden", "(opt / 'model/half').write_text('1'); sys.exit(7)")
    assert job["FailureReason"] == "AlgorithmError: , exit code: 7"
