"""UpdateEndpoint: a new fleet beside the old, traffic moved in steps, alarms watched, rolled back on alarm.

After a rollback the endpoint is InService again, on the old configuration: success shows only in the name of
the configuration, as on AWS.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

from rehearsal.sagemaker import events
from rehearsal.sagemaker.endpoints.endpoint import Endpoint
from rehearsal.sagemaker.endpoints.fleet import Fleet, FleetError
from rehearsal.sagemaker.endpoints.shift import Step
from rehearsal.sagemaker.endpoints.stages import Pending

WATCH_INTERVAL_SECONDS = 0.05
SILENT = ""


@dataclass(frozen=True)
class Deployment:
    """One update of an endpoint, run on the endpoint's thread."""

    endpoint: Endpoint
    green: Fleet
    steps: list[Step]
    alarm_names: list[str]
    config: dict[str, Any] | None

    def start(self) -> None:
        """Enter Updating and go on in the background."""
        pending = Pending(self.green)
        self.endpoint.set_status("Updating", PendingDeploymentSummary=pending.launching(), FailureReason=None)
        self.endpoint.in_background(lambda: self._run(pending))

    def _run(self, pending: Pending) -> None:
        endpoint = self.endpoint
        endpoint.shift(self.green, 0.0)
        try:
            self.green.start()
        except FleetError as error:
            self._roll_back(str(error))
            return
        for step in self.steps:
            self._tell(pending.activating(step))
            endpoint.shift(self.green, step.share)
            if step.wait_seconds:
                self._tell(pending.baking(step))
            reason = self._watch(step)
            if endpoint.account.closing.is_set():
                return
            if reason is not None:
                self._roll_back(reason)
                return
        self._finish()

    def _tell(self, summary: dict[str, Any]) -> None:
        """Enter a stage of the deployment and announce it."""
        self.endpoint.record.update(PendingDeploymentSummary=summary)
        events.emit(self.endpoint.account.platform, self.endpoint.record, events.DEPLOYMENT)

    def _watch(self, step: Step) -> str | None:
        """Watch the alarms for a step's wait; return why to roll back, None where all is well."""
        account = self.endpoint.account
        if account.faults.strike("endpoint_rollback", "Endpoint", self.endpoint.record.name):
            return SILENT
        if account.faults.strike("alarm_during_bake", "Endpoint", self.endpoint.record.name):
            self._sound_alarm()
        deadline = time.monotonic() + account.scaled(step.wait_seconds)
        while True:
            alarming = self._alarming()
            if alarming:
                return f"One or more alarms configured for rollback are in ALARM: {', '.join(alarming)}."
            if time.monotonic() >= deadline or account.pause(WATCH_INTERVAL_SECONDS):
                return None

    def _sound_alarm(self) -> None:
        """Set the first rollback alarm off, for as long as CloudWatch lets it be."""
        for name in self.alarm_names[:1]:
            self.endpoint.account.platform.client("cloudwatch").set_alarm_state(
                AlarmName=name, StateValue="ALARM", StateReason="the fault alarm_during_bake"
            )

    def _alarming(self) -> list[str]:
        if not self.alarm_names:
            return []
        found = self.endpoint.account.platform.client("cloudwatch").describe_alarms(
            AlarmNames=self.alarm_names
        )
        alarms = [*found.get("MetricAlarms", []), *found.get("CompositeAlarms", [])]
        return [alarm["AlarmName"] for alarm in alarms if alarm["StateValue"] == "ALARM"]

    def _roll_back(self, reason: str) -> None:
        endpoint = self.endpoint
        endpoint.shift(None, 0.0)
        if endpoint.account.closing.is_set():
            return
        endpoint.set_status("RollingBack")
        self.green.stop()
        endpoint.set_status("InService", PendingDeploymentSummary=None, FailureReason=reason or None)
        events.emit(endpoint.account.platform, endpoint.record, events.DEPLOYMENT)

    def _finish(self) -> None:
        endpoint, blue = self.endpoint, self.endpoint.fleet
        endpoint.adopt(self.green)
        if blue:
            blue.stop()
        endpoint.set_status(
            "InService",
            PendingDeploymentSummary=None,
            LastDeploymentConfig=self.config,
            **endpoint.shown(self.green),
        )
        events.emit(endpoint.account.platform, endpoint.record, events.DEPLOYMENT)
