from __future__ import annotations

from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import (
    ROLE,
    FakePlatform,
    add_config,
    add_model,
    eventually,
    finish,
    invoke,
    settle,
    variant,
)

CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://bucket/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}],
}
DRIFTED = (
    "files = list((opt / 'processing/input/endpoint').rglob('*.jsonl'));"
    "(opt / 'output/message').write_text(f'CompletedWithViolations: {len(files)} files');"
    "(opt / 'processing/output/constraint_violations.json').write_text(os.environ['baseline_constraints'])"
)


def schedule(code: str, **config: Any) -> dict[str, Any]:
    output = {"S3Uri": "s3://bucket/reports", "LocalPath": "/opt/ml/processing/output"}
    source = {"EndpointName": "live", "LocalPath": "/opt/ml/processing/input/endpoint"}
    job = {
        "MonitoringInputs": [{"EndpointInput": source}],
        "MonitoringOutputConfig": {"MonitoringOutputs": [{"S3Output": output}]},
        "MonitoringResources": {
            "ClusterConfig": {"InstanceCount": 1, "InstanceType": "ml.m5.large", "VolumeSizeInGB": 5}
        },
        "MonitoringAppSpecification": {"ImageUri": "worker:1", "ContainerArguments": [code]},
        "BaselineConfig": {"ConstraintsResource": {"S3Uri": "s3://bucket/baseline/constraints.json"}},
        "RoleArn": ROLE,
    }
    hourly = {"ScheduleConfig": {"ScheduleExpression": "cron(0 * ? * * *)"}}
    config = {**hourly, "MonitoringJobDefinition": job, "MonitoringType": "DataQuality", **config}
    return {"MonitoringScheduleName": "drift", "MonitoringScheduleConfig": config}


@pytest.fixture
def captured(service: SageMakerService, platform: FakePlatform) -> None:
    platform.s3.objects["bucket/baseline/constraints.json"] = b"{}"
    add_model(service, platform, "old", "old")
    add_config(service, "blue", variant("old"), DataCaptureConfig=CAPTURE)
    service.handle("CreateEndpoint", {"EndpointName": "live", "EndpointConfigName": "blue"}, None)
    settle(service)
    invoke(service)
    eventually(lambda: bool(platform.s3.names("bucket/capture/")))


@pytest.mark.usefixtures("captured")
def test_a_schedule_run_on_demand_reports_the_analyzers_violations(
    service: SageMakerService, platform: FakePlatform
) -> None:
    service.handle("CreateMonitoringSchedule", schedule(DRIFTED), None)
    execution = service.control("POST", "monitoring/drift", {}) or {}
    job_name = execution["ProcessingJobArn"].rsplit("/", 1)[-1]
    job = finish(service, "ProcessingJob", job_name)
    assert job["ExitMessage"] == "CompletedWithViolations: 1 files", job
    assert job["MonitoringScheduleArn"].endswith("monitoring-schedule/drift")
    rows = service.handle("ListMonitoringExecutions", {"MonitoringScheduleName": "drift"}, None)
    (summary,) = rows["MonitoringExecutionSummaries"]
    assert summary["MonitoringExecutionStatus"] == "CompletedWithViolations"
    found = platform.s3.objects["bucket/reports/constraint_violations.json"]
    assert found == b"/opt/ml/processing/baseline/constraints/constraints.json"


def test_a_stopped_schedule_does_not_run_on_demand(service: SageMakerService) -> None:
    service.handle("CreateMonitoringSchedule", schedule("pass"), None)
    service.handle("StopMonitoringSchedule", {"MonitoringScheduleName": "drift"}, None)
    with pytest.raises(ServiceError, match="drift is not Scheduled"):
        service.control("POST", "monitoring/drift", {})


def test_a_run_without_captured_data_fails_and_says_so(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_model(service, platform, "old", "old")
    add_config(service, "blue", variant("old"))
    service.handle("CreateEndpoint", {"EndpointName": "live", "EndpointConfigName": "blue"}, None)
    settle(service)
    now = {"ScheduleConfig": {"ScheduleExpression": "NOW"}}
    service.handle("CreateMonitoringSchedule", schedule("pass", **now), None)
    found = service.handle("DescribeMonitoringSchedule", {"MonitoringScheduleName": "drift"}, None)
    assert found["LastMonitoringExecutionSummary"]["FailureReason"] == "Job inputs had no data"
