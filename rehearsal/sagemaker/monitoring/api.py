"""The operations on monitoring schedules and data quality job definitions.

A rehearsal lasts minutes, so no hour strikes: a schedule runs when it says NOW, or when the control route
/_rehearsal/monitoring/NAME asks for it.
"""

from __future__ import annotations

import threading
import time
import uuid
from datetime import UTC, datetime
from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker import events
from rehearsal.sagemaker.account import PRINCIPAL, Account
from rehearsal.sagemaker.jobs import rules
from rehearsal.sagemaker.jobs.api import JobsApi, Operation, list_records, vpc_of
from rehearsal.sagemaker.kinds import DATA_QUALITY, ENDPOINT, MONITORING_SCHEDULE, PROCESSING_JOB, Kind
from rehearsal.sagemaker.monitoring.executions import Executions
from rehearsal.sagemaker.monitoring.request import Definition
from rehearsal.sagemaker.monitoring.schedule import NOW, check_schedule, window
from rehearsal.sagemaker.store import Record

VIOLATED = "CompletedWithViolations"
NO_DATA = "Job inputs had no data"
SET_UP_SECONDS = 30.0
LISTED_BY = {
    "EndpointName": "EndpointName",
    "MonitoringJobDefinitionName": "MonitoringJobDefinitionName",
    "MonitoringTypeEquals": "MonitoringType",
}


class MonitoringApi:
    """Schedules, definitions and executions."""

    def __init__(self, account: Account, jobs: JobsApi) -> None:
        self.account = account
        self._jobs = jobs
        self._executions = Executions()
        self._settled_by_name: dict[str, threading.Event] = {}  # set once a schedule isn't Pending any more

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        return {
            "CreateDataQualityJobDefinition": self.create_definition,
            "DescribeDataQualityJobDefinition": self._describing(DATA_QUALITY),
            "DeleteDataQualityJobDefinition": self.delete_definition,
            "CreateMonitoringSchedule": self.create,
            "DescribeMonitoringSchedule": self._describing(MONITORING_SCHEDULE),
            "UpdateMonitoringSchedule": self.update,
            "StartMonitoringSchedule": self._switching("Scheduled"),
            "StopMonitoringSchedule": self._switching("Stopped"),
            "DeleteMonitoringSchedule": self.delete,
            "ListMonitoringSchedules": self.list_schedules,
            "ListMonitoringExecutions": self.list_executions,
        }

    def _describing(self, kind: Kind) -> Operation:
        def describe(request: dict[str, Any], _: str | None) -> dict[str, Any]:
            record = self.account.store.get(kind, request[kind.name_field])
            return self.account.model.respond(f"Describe{kind.name}", record.snapshot())

        return describe

    def delete_definition(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Forget a definition."""
        self.account.store.remove(self.account.store.get(DATA_QUALITY, request["JobDefinitionName"]))
        return {}

    def delete(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Forget a schedule."""
        self.account.store.remove(self._settled(request))
        return {}

    def _settled(self, request: dict[str, Any]) -> Record:
        """Return a schedule, or refuse to touch one that is still Pending."""
        record = self.account.store.get(MONITORING_SCHEDULE, request["MonitoringScheduleName"])
        if record.details["MonitoringScheduleStatus"] == "Pending":
            raise ServiceError("ValidationException", "Monitoring schedule in status Pending")
        return record

    def _switching(self, status: str) -> Operation:
        def switch(request: dict[str, Any], _: str | None) -> dict[str, Any]:
            record = self._settled(request)
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
        """Create a schedule, Pending for a while; NOW then runs it once."""
        config = request["MonitoringScheduleConfig"]
        definition = self._definition(config, access_key_id)
        details = {
            "MonitoringScheduleConfig": config,
            "MonitoringScheduleStatus": "Pending",
            "MonitoringType": config.get("MonitoringType", "DataQuality"),
            "EndpointName": definition.endpoint_input["EndpointName"],
        }
        name = request["MonitoringScheduleName"]
        record = self.account.store.add(MONITORING_SCHEDULE, name, details, request.get("Tags", []))
        self._set_up(record)
        return {"MonitoringScheduleArn": record.arn}

    def _set_up(self, record: Record) -> None:
        """Announce a Pending schedule, and have it Scheduled before long."""
        events.emit(self.account.platform, record)
        settled = self._settled_by_name[record.name] = threading.Event()
        name = f"schedule-{record.name}"
        threading.Thread(target=self._finish, args=(record, settled), daemon=True, name=name).start()

    def _finish(self, record: Record, settled: threading.Event) -> None:
        if self.account.pause(self.account.scaled(SET_UP_SECONDS)):
            return
        record.update(MonitoringScheduleStatus="Scheduled")
        events.emit(self.account.platform, record)
        settled.set()
        if _when(record).get("ScheduleExpression") == NOW:
            self.execute(record.name)

    def update(self, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Point a schedule at another definition or time; it is Pending again for a while."""
        record = self._settled(request)
        config = request["MonitoringScheduleConfig"]
        definition = self._definition(config, access_key_id)
        endpoint = definition.endpoint_input["EndpointName"]
        record.update(
            MonitoringScheduleConfig=config, EndpointName=endpoint, MonitoringScheduleStatus="Pending"
        )
        self._set_up(record)
        return {"MonitoringScheduleArn": record.arn}

    def _definition(self, config: dict[str, Any], access_key_id: str | None) -> Definition:
        """Return what a schedule runs; its time must be one AWS takes, its endpoint must exist."""
        check_schedule(config.get("ScheduleConfig", {}))
        job = config.get("MonitoringJobDefinition")
        if job:
            self.account.platform.require_pass_role(access_key_id, job["RoleArn"], PRINCIPAL)
            self._check(Definition.inline, job, job["MonitoringInputs"][0])
        definition = self._read(config)
        self.account.store.get(ENDPOINT, definition.endpoint_input["EndpointName"])
        return definition

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
        """Run a schedule now, once it is no longer Pending; returns the execution's summary."""
        record = self.account.store.get(MONITORING_SCHEDULE, schedule_name)
        self._settled_by_name[schedule_name].wait(SET_UP_SECONDS)
        if record.details["MonitoringScheduleStatus"] != "Scheduled":
            raise ServiceError("ValidationException", f"Schedule {schedule_name} is not Scheduled.")
        config = record.details["MonitoringScheduleConfig"]
        definition = self._read(config)
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
        if "MonitoringJobDefinitionName" in config:
            execution["MonitoringJobDefinitionName"] = config["MonitoringJobDefinitionName"]
        self._executions.add(execution)
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
        looked_at = window(_when(schedule), datetime.now(UTC))
        request = definition.processing_request(name, schedule.name, uri, looked_at)
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
        """List schedules, by endpoint, definition and type."""

        def is_wanted(record: Record) -> bool:
            shown = {**record.details["MonitoringScheduleConfig"], **record.details}
            return all(request.get(field) in (None, shown.get(name)) for field, name in LISTED_BY.items())

        records = self.account.store.all(MONITORING_SCHEDULE, is_wanted)
        return list_records(self.account, MONITORING_SCHEDULE, "ListMonitoringSchedules", records, request)

    def list_executions(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """List executions, newest first."""
        rows, following = self._executions.page(request)
        answer = self.account.model.listing("ListMonitoringExecutions", rows)
        return {**answer, "NextToken": following} if following else answer


def _when(schedule: Record) -> dict[str, Any]:
    """Return a schedule's ScheduleConfig."""
    found: dict[str, Any] = schedule.details["MonitoringScheduleConfig"].get("ScheduleConfig", {})
    return found
