"""What a job's hosts use is measured from its real processes, and told as SageMaker tells it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from rehearsal.sagemaker.jobs.usage import Size, bytes_below
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.conftest import Account
from tests.rehearsal.sagemaker.fakes import FakePlatform, eventually, training_request

BUSY = (
    "held = bytearray(200 * 1024**2); (opt / 'model/weights').write_bytes(bytes(50 * 1024**2)); "
    "any(sum(range(10_000)) < 0 for _ in iter(int, 1))"
)
FULL = (
    "import os, signal; full = open(os.environ.get('OPT_ML', '/opt/ml') + '/full', 'wb'); "
    "full.truncate(900 * 1024**2); signal.pause()"
)


def seen(platform: FakePlatform, job: str) -> dict[str, float]:
    """The largest value of each host metric so far."""
    values: dict[str, float] = {}
    for namespace, name, value, dimensions in list(platform.metrics):
        if dimensions == {"Host": f"{job}/algo-1"}:
            assert namespace == "/aws/sagemaker/TrainingJobs"
            values[name] = max(value, values.get(name, 0.0))
    return values


def test_a_busy_jobs_processor_memory_and_disk_are_told_by_host(
    service: SageMakerService, platform: FakePlatform
) -> None:
    service.handle("CreateTrainingJob", training_request("busy", BUSY), "AKIA")

    def is_told() -> bool:
        found = seen(platform, "busy")
        # 200 MiB of an ml.m5.large's 8 GiB, 50 MiB of its 5 GiB volume, one core at work.
        return (
            found.get("MemoryUtilization", 0) > 2.3
            and found.get("DiskUtilization", 0) > 0.9
            and found.get("CPUUtilization", 0) > 5
        )

    eventually(is_told)
    found = seen(platform, "busy")
    assert found["MemoryUtilization"] < 8 and found["DiskUtilization"] < 2
    service.handle("StopTrainingJob", {"TrainingJobName": "busy"}, "AKIA")


@pytest.mark.parametrize(
    ("resources", "size"),
    [
        ({"InstanceType": "ml.m5.xlarge", "VolumeSizeInGB": 10}, Size(16 * 1024**3, 10 * 1024**3)),
        ({"InstanceType": "ml.unheard.of", "VolumeSizeInGB": 1}, Size(None, 1024**3)),
        ({"InstanceType": "ml.unheard.of"}, Size(None, None)),
    ],
)
def test_shares_are_of_the_declared_machine_and_unknown_ones_have_none(
    resources: dict[str, Any], size: Size
) -> None:
    assert Size.of(resources) == size


def test_the_local_disk_of_a_machine_that_has_one_counts_not_a_volume() -> None:
    disk = Size.of({"InstanceType": "ml.g5.xlarge"}).disk_bytes
    assert disk is not None and disk > 200 * 1000**3


def test_files_that_go_away_while_they_are_counted_count_nothing(tmp_path: Path) -> None:
    (tmp_path / "kept").write_bytes(b"12345")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    assert bytes_below(tmp_path) >= 5


@pytest.mark.rehearsal
def test_an_alarm_on_the_worst_hosts_disk_goes_off_while_a_job_fills_it(aws: Account) -> None:
    name, request = aws.name("disk"), aws.processing_job(FULL)
    request["ProcessingResources"]["ClusterConfig"]["VolumeSizeInGB"] = 1
    query = 'SELECT MAX(DiskUtilization) FROM SCHEMA("/aws/sagemaker/ProcessingJobs", Host)'
    aws.client("cloudwatch").put_metric_alarm(
        AlarmName=name,
        Metrics=[{"Id": "worst", "Expression": query, "Period": 60, "ReturnData": True}],
        EvaluationPeriods=1,
        Threshold=80,
        ComparisonOperator="GreaterThanThreshold",
    )
    aws.client("sagemaker").create_processing_job(**request)

    def sounds() -> bool:
        [alarm] = aws.client("cloudwatch").describe_alarms(AlarmNames=[name])["MetricAlarms"]
        return bool(alarm["StateValue"] == "ALARM")

    aws.eventually(sounds)
    aws.client("sagemaker").stop_processing_job(ProcessingJobName=request["ProcessingJobName"])
