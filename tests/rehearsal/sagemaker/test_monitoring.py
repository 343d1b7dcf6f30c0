from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.monitoring.schedule import check_schedule, window
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


def schedule_status(service: SageMakerService) -> str:
    found = service.handle("DescribeMonitoringSchedule", {"MonitoringScheduleName": "drift"}, None)
    return str(found["MonitoringScheduleStatus"])


@pytest.fixture
def uncaptured(service: SageMakerService, platform: FakePlatform) -> None:
    add_model(service, platform, "old", "old")
    add_config(service, "blue", variant("old"))
    service.handle("CreateEndpoint", {"EndpointName": "live", "EndpointConfigName": "blue"}, None)
    settle(service)


@pytest.mark.usefixtures("uncaptured")
def test_a_stopped_schedule_does_not_run_on_demand(service: SageMakerService) -> None:
    service.handle("CreateMonitoringSchedule", schedule("pass"), None)
    eventually(lambda: schedule_status(service) == "Scheduled")
    service.handle("StopMonitoringSchedule", {"MonitoringScheduleName": "drift"}, None)
    with pytest.raises(ServiceError, match="drift is not Scheduled"):
        service.control("POST", "monitoring/drift", {})


@pytest.mark.usefixtures("uncaptured")
@pytest.mark.parametrize("verb", ["Delete", "Stop", "Start"])
def test_a_schedule_is_pending_at_first_and_not_to_be_touched(service: SageMakerService, verb: str) -> None:
    service.handle("CreateMonitoringSchedule", schedule("pass"), None)
    assert schedule_status(service) == "Pending"
    with pytest.raises(ServiceError, match="Monitoring schedule in status Pending"):
        service.handle(f"{verb}MonitoringSchedule", {"MonitoringScheduleName": "drift"}, None)
    eventually(lambda: schedule_status(service) == "Scheduled")
    service.handle(f"{verb}MonitoringSchedule", {"MonitoringScheduleName": "drift"}, None)


@pytest.mark.usefixtures("uncaptured")
def test_a_run_without_captured_data_fails_and_says_so(service: SageMakerService) -> None:
    window = {"DataAnalysisStartTime": "-PT3H", "DataAnalysisEndTime": "-PT0H"}
    now = {"ScheduleConfig": {"ScheduleExpression": "NOW", **window}}
    service.handle("CreateMonitoringSchedule", schedule("pass", **now), None)

    def last() -> dict[str, Any]:
        request = {"MonitoringScheduleName": "drift"}
        found = service.handle("DescribeMonitoringSchedule", request, None)
        return dict(found.get("LastMonitoringExecutionSummary", {}))

    eventually(lambda: last().get("MonitoringExecutionStatus") == "Failed")
    assert last()["FailureReason"] == "Job inputs had no data"


def test_a_schedule_of_an_endpoint_that_is_not_there_is_refused(service: SageMakerService) -> None:
    with pytest.raises(ServiceError, match="Could not find endpoint"):
        service.handle("CreateMonitoringSchedule", schedule("pass"), None)


@pytest.mark.usefixtures("uncaptured")
def test_executions_are_filtered_sorted_and_paged(service: SageMakerService) -> None:
    service.handle("CreateMonitoringSchedule", schedule("pass"), None)
    runs = [service.control("POST", "monitoring/drift", {}) or {} for _ in range(3)]
    oldest_first = {"EndpointName": "live", "SortOrder": "Ascending", "MaxResults": 2}
    first = service.handle("ListMonitoringExecutions", oldest_first, None)
    rest = service.handle("ListMonitoringExecutions", {**oldest_first, "NextToken": first["NextToken"]}, None)
    rows = [*first["MonitoringExecutionSummaries"], *rest["MonitoringExecutionSummaries"]]
    assert [row["CreationTime"] for row in rows] == [run["CreationTime"] for run in runs]
    other = {"MonitoringTypeEquals": "ModelBias"}
    assert service.handle("ListMonitoringExecutions", other, None)["MonitoringExecutionSummaries"] == []
    assert service.handle("ListMonitoringSchedules", other, None)["MonitoringScheduleSummaries"] == []


NOW = {"ScheduleExpression": "NOW"}


@pytest.mark.parametrize(
    "config",
    [
        {},
        *({"ScheduleExpression": f"cron(0 {hour} ? * * *)"} for hour in ("*", "0", "23", "17/12", "00/01")),
        {"ScheduleExpression": "cron(0 * * * ? *)"},
        {**NOW, "DataAnalysisStartTime": "-P1D", "DataAnalysisEndTime": "-PT0H"},
    ],
)
def test_a_schedule_that_aws_takes_is_taken(config: dict[str, Any]) -> None:
    check_schedule(config)


@pytest.mark.parametrize(
    ("config", "named"),
    [
        *(
            ({"ScheduleExpression": expression}, "must be NOW, cron")
            for expression in (
                *("rate(1 hour)", "cron(5 * ? * * *)", "cron(0 24 ? * * *)", "cron(0 0/25 ? * * *)"),
                *("cron(0 0/0 ? * * *)", "cron(0 */2 ? * * *)", "cron(0 * ? * MON *)", "now"),
            )
        ),
        (NOW, "DataAnalysisStartTime and DataAnalysisEndTime are required"),
        ({**NOW, "DataAnalysisStartTime": "-PT25H", "DataAnalysisEndTime": "-PT0H"}, "by 24 hours at most"),
        ({**NOW, "DataAnalysisStartTime": "-PT1H", "DataAnalysisEndTime": "-PT2H"}, "must precede"),
        ({**NOW, "DataAnalysisStartTime": "yesterday", "DataAnalysisEndTime": "-PT2H"}, "'yesterday' is no"),
    ],
)
def test_a_schedule_that_aws_refuses_is_refused_with_the_rule(config: dict[str, Any], named: str) -> None:
    with pytest.raises(ServiceError, match=named):
        check_schedule(config)


def test_a_run_looks_at_its_window_or_at_the_last_hour() -> None:
    noon = datetime(2026, 11, 26, 12, tzinfo=UTC)
    assert window({}, noon) == {"start_time": "2026-11-26T11:00:00Z", "end_time": "2026-11-26T12:00:00Z"}
    asked = {**NOW, "DataAnalysisStartTime": "-PT5H30M", "DataAnalysisEndTime": "-PT1H"}
    assert window(asked, noon) == {"start_time": "2026-11-26T06:30:00Z", "end_time": "2026-11-26T11:00:00Z"}
