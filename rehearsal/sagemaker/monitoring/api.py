"""The operations on monitoring schedules and data quality job definitions.

A rehearsal lasts minutes, so no hour strikes: a schedule runs when it says NOW, or when the control route
/_rehearsal/monitoring/NAME asks for it.
"""

from __future__ import annotations

import threading
import time
import uuid
from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker import events
from rehearsal.sagemaker.account import PRINCIPAL, Account
from rehearsal.sagemaker.jobs import rules
from rehearsal.sagemaker.jobs.api import JobsApi, Operation, list_records, vpc_of
from rehearsal.sagemaker.kinds import DATA_QUALITY, ENDPOINT, MONITORING_SCHEDULE, PROCESSING_JOB, Kind
from rehearsal.sagemaker.monitoring.request import Definition
from rehearsal.sagemaker.store import Record

VIOLATED = "CompletedWithViolations"
NO_DATA = "Job inputs had no data"


class MonitoringApi:
    """Schedules, definitions and executions."""

    def __init__(self, account: Account, jobs: JobsApi) -> None:
        self.account = account
        self._jobs = jobs
        self._executions: list[dict[str, Any]] = []
        self._lock = threading.Lock()

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        return {
            "CreateDataQualityJobDefinition": self.create_definition,
            "DescribeDataQualityJobDefinition": self._describing(DATA_QUALITY),
            "DeleteDataQualityJobDefinition": self._deleting(DATA_QUALITY),
            "CreateMonitoringSchedule": self.create,
            "DescribeMonitoringSchedule": self._describing(MONITORING_SCHEDULE),
            "UpdateMonitoringSchedule": self.update,
            "StartMonitoringSchedule": self._switching("Scheduled"),
            "StopMonitoringSchedule": self._switching("Stopped"),
            "DeleteMonitoringSchedule": self._deleting(MONITORING_SCHEDULE),
            "ListMonitoringSchedules": self.list_schedules,
            "ListMonitoringExecutions": self.list_executions,
        }

    def _describing(self, kind: Kind) -> Operation:
        def describe(request: dict[str, Any], _: str | None) -> dict[str, Any]:
            record = self.account.store.get(kind, request[kind.name_field])
            return self.account.model.respond(f"Describe{kind.name}", record.snapshot())

        return describe

    def _deleting(self, kind: Kind) -> Operation:
        def delete(request: dict[str, Any], _: str | None) -> dict[str, Any]:
            self.account.store.remove(self.account.store.get(kind, request[kind.name_field]))
            return {}

        return delete

    def _switching(self, status: str) -> Operation:
        def switch(request: dict[str, Any], _: str | None) -> dict[str, Any]:
            record = self.account.store.get(MONITORING_SCHEDULE, request["MonitoringScheduleName"])
            record.update(MonitoringScheduleStatus=status)
            events.emit(self.account.platform, record)
            return {}

        return switch

    def create_definition(self, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Keep a data quality job definition; definitions never change."""
        self.account.platform.require_pass_role(access_key_id, request["RoleArn"], PRINCIPAL)
        self._check(Definition.data_quality, request, request["DataQualityJobInput"])
        details = {key: value for key, value in request.items() if key != "Tags"}
        name = request["JobDefinitionName"]
        record = self.account.store.add(DATA_QUALITY, name, details, request.get("Tags", []))
        return {"JobDefinitionArn": record.arn}

    def _check(self, read: Any, request: dict[str, Any], source: dict[str, Any]) -> None:
        if "EndpointInput" not in source:
            raise ServiceError(
                "ValidationException", "EndpointInput is required: BatchTransformInput isn't built."
            )
        self.account.images.find(read(request).application["ImageUri"])

    def create(self, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Create a schedule; NOW runs it once."""
        config = request["MonitoringScheduleConfig"]
        definition = self._definition(config, access_key_id)
        details = {
            "MonitoringScheduleConfig": config,
            "MonitoringScheduleStatus": "Scheduled",
            "MonitoringType": config.get("MonitoringType", "DataQuality"),
            "EndpointName": definition.endpoint_input["EndpointName"],
        }
        name = request["MonitoringScheduleName"]
        record = self.account.store.add(MONITORING_SCHEDULE, name, details, request.get("Tags", []))
        events.emit(self.account.platform, record)
        if config.get("ScheduleConfig", {}).get("ScheduleExpression") == "NOW":
            self.execute(name)
        return {"MonitoringScheduleArn": record.arn}

    def update(self, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Point a schedule at another definition or time."""
        record = self.account.store.get(MONITORING_SCHEDULE, request["MonitoringScheduleName"])
        config = request["MonitoringScheduleConfig"]
        definition = self._definition(config, access_key_id)
        endpoint = definition.endpoint_input["EndpointName"]
        record.update(MonitoringScheduleConfig=config, EndpointName=endpoint)
        events.emit(self.account.platform, record)
        return {"MonitoringScheduleArn": record.arn}

    def _definition(self, config: dict[str, Any], access_key_id: str | None) -> Definition:
        job = config.get("MonitoringJobDefinition")
        if job:
            self.account.platform.require_pass_role(access_key_id, job["RoleArn"], PRINCIPAL)
            self._check(Definition.inline, job, job["MonitoringInputs"][0])
            return Definition.inline(job)
        return self._read(config)

    def _read(self, config: dict[str, Any]) -> Definition:
        if "MonitoringJobDefinition" in config:
            return Definition.inline(config["MonitoringJobDefinition"])
        name = config.get("MonitoringJobDefinitionName")
        if name is None:
            raise ServiceError(
                "ValidationException", "MonitoringJobDefinition or MonitoringJobDefinitionName is required."
            )
        return Definition.data_quality(self.account.store.get(DATA_QUALITY, name).details)

    def execute(self, schedule_name: str) -> dict[str, Any]:
        """Run a schedule now; returns the execution's summary. A stopped schedule is refused."""
        record = self.account.store.get(MONITORING_SCHEDULE, schedule_name)
        if record.details["MonitoringScheduleStatus"] != "Scheduled":
            raise ServiceError("ValidationException", f"Schedule {schedule_name} is not Scheduled.")
        definition = self._read(record.details["MonitoringScheduleConfig"])
        now = time.time()
        execution: dict[str, Any] = {
            "MonitoringScheduleName": schedule_name,
            "ScheduledTime": now,
            "CreationTime": now,
            "LastModifiedTime": now,
            "MonitoringExecutionStatus": "InProgress",
            "EndpointName": definition.endpoint_input["EndpointName"],
            "MonitoringType": record.details["MonitoringType"],
        }
        with self._lock:
            self._executions.append(execution)
        try:
            self._start_job(record, definition, execution)
        except ServiceError as error:
            execution.update(MonitoringExecutionStatus="Failed", FailureReason=str(error))
        record.update(LastMonitoringExecutionSummary=execution)
        return dict(execution)

    def _start_job(self, schedule: Record, definition: Definition, execution: dict[str, Any]) -> None:
        endpoint = self.account.store.get(ENDPOINT, definition.endpoint_input["EndpointName"])
        capture = endpoint.details.get("DataCaptureConfig")
        if not capture:
            execution.update(MonitoringExecutionStatus="Failed", FailureReason=NO_DATA)
            return
        name = f"model-monitoring-{uuid.uuid4().hex[:16]}"
        uri = f"{capture['DestinationS3Uri'].rstrip('/')}/{endpoint.name}/"
        request = definition.processing_request(name, schedule.name, uri)
        rules.check_processing(request)
        credentials = self.account.assume(definition.role_arn, schedule.arn, vpc_of(request))
        execution["ProcessingJobArn"] = self._jobs.start_processing(request, credentials)["ProcessingJobArn"]
        job = self.account.store.get(PROCESSING_JOB, name)
        job.update(MonitoringScheduleArn=schedule.arn)
        job.live.on_end(lambda details: self._close(schedule, execution, details))

    def _close(self, schedule: Record, execution: dict[str, Any], details: dict[str, Any]) -> None:
        """Take the job's end over; the analyzer reports violations in its exit message."""
        status = details["ProcessingJobStatus"]
        is_violated = status == "Completed" and details.get("ExitMessage", "").startswith(VIOLATED)
        execution.update(
            MonitoringExecutionStatus=VIOLATED if is_violated else status, LastModifiedTime=time.time()
        )
        if details.get("FailureReason"):
            is_empty = "No S3 objects found" in details["FailureReason"]
            execution["FailureReason"] = NO_DATA if is_empty else details["FailureReason"]
        schedule.update(LastMonitoringExecutionSummary=dict(execution))

    def list_schedules(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """List schedules, by endpoint."""
        wanted = request.get("EndpointName")
        records = self.account.store.all(
            MONITORING_SCHEDULE, lambda record: wanted in (None, record.details["EndpointName"])
        )
        return list_records(self.account, MONITORING_SCHEDULE, "ListMonitoringSchedules", records, request)

    def list_executions(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """List executions, newest first, by schedule, endpoint and status."""
        filters = (
            ("MonitoringScheduleName", "MonitoringScheduleName"),
            ("EndpointName", "EndpointName"),
            ("StatusEquals", "MonitoringExecutionStatus"),
        )
        with self._lock:
            rows = [
                dict(row)
                for row in reversed(self._executions)
                if all(request.get(field) in (None, row[shown]) for field, shown in filters)
            ]
        return self.account.model.listing("ListMonitoringExecutions", rows[: request.get("MaxResults", 100)])
