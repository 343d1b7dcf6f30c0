"""Tuning jobs: training jobs over a search space, some at a time, the best of them named."""

from __future__ import annotations

import math
import queue
import time
import uuid
import zlib
from collections.abc import Callable
from typing import Any

from rehearsal.emulator.platform import Credentials, ServiceError
from rehearsal.sagemaker.account import Account
from rehearsal.sagemaker.jobs.job import Ending, Job
from rehearsal.sagemaker.jobs.search import candidates
from rehearsal.sagemaker.store import Record

COUNTED = {"Completed": "Completed", "Failed": "NonRetryableError", "Stopped": "Stopped"}
OUTCOMES = ("Completed", "InProgress", "RetryableError", "NonRetryableError", "Stopped")
OBJECTIVES = ("Succeeded", "Pending", "Failed")
Start = Callable[[dict[str, Any], Credentials], Record]


class TuningJob(Job):
    """One tuning job; `start_training` starts one of its training jobs."""

    def __init__(
        self, account: Account, record: Record, credentials: Credentials, start_training: Start
    ) -> None:
        super().__init__(account, record, credentials, None)
        self._start_training = start_training
        self._ended_children: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self.children: list[Record] = []
        self.tuned: dict[str, dict[str, str]] = {}

    @property
    def role_arn(self) -> str:
        """Return the role of the training jobs."""
        return str(self.request["TrainingJobDefinition"]["RoleArn"])

    def stop(self) -> None:
        """Stop the training jobs, then the tuning job."""
        super().stop()
        self._ended_children.put(None)

    def abandon(self) -> None:
        """End at once; the training jobs are abandoned by the service."""
        self._ended_children.put(None)
        super().abandon()

    def work(self) -> Ending:
        """Run the training jobs; one that can't be started fails the tuning job."""
        try:
            self._search()
        except ServiceError as error:
            self._stop_children()
            return Ending("Failed", reason=f"ClientError: {error}")
        return self._close()

    def _search(self) -> None:
        """Keep the wanted number of training jobs running until all are through or a limit is reached."""
        config = self.request["HyperParameterTuningJobConfig"]
        limits = config["ResourceLimits"]
        total = limits.get("MaxNumberOfTrainingJobs", math.inf)
        seed = config.get("RandomSeed", zlib.crc32(self.record.name.encode()))
        found = candidates(config["Strategy"], config.get("ParameterRanges", {}), seed)
        deadline = time.time() + limits.get("MaxRuntimeInSeconds", float("inf"))
        running = 0
        while not self.stopping.is_set() and time.time() < deadline:
            while running < limits["MaxParallelTrainingJobs"] and len(self.children) < total:
                chosen = next(found, None)
                if chosen is None:
                    total = len(self.children)
                    break
                self._start_child(chosen)
                running += 1
            if running == 0:
                break
            running -= self._await_child(deadline)

    def _start_child(self, chosen: dict[str, str]) -> None:
        definition = self.request["TrainingJobDefinition"]
        number = len(self.children) + 1
        request = {key: value for key, value in definition.items() if key not in ("StaticHyperParameters",)}
        objective = self.request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
        request["TrainingJobName"] = f"{self.record.name}-{number:03d}-{uuid.uuid4().hex[:8]}"
        request["HyperParameters"] = {
            "_tuning_objective_metric": objective["MetricName"],
            **definition.get("StaticHyperParameters", {}),
            **chosen,
        }
        request["Tags"] = [{"Key": key, "Value": value} for key, value in self.record.tags.items()]
        child = self._start_training(request, self.credentials)
        child.update(TuningJobArn=self.record.arn)
        self.children.append(child)
        self.tuned[child.name] = chosen
        self._count()
        child.live.on_end(self._ended_children.put)

    def _await_child(self, deadline: float) -> int:
        """Wait for the next training job to end; return how many ended (0 or 1)."""
        wait_seconds = None if deadline == float("inf") else max(0.0, deadline - time.time())
        try:
            ended = self._ended_children.get(timeout=wait_seconds)
        except queue.Empty:
            return 0
        self._count()
        return int(ended is not None)

    def _stop_children(self) -> None:
        for child in self.children:
            try:
                child.live.stop()
            except ServiceError:
                continue  # it had ended
        for child in self.children:
            child.live.ended.wait()
        self._count()

    def _close(self) -> Ending:
        self._stop_children()
        if self.stopping.is_set():
            return Ending("Stopped")
        if not any(child.details["TrainingJobStatus"] == "Completed" for child in self.children):
            return Ending(
                "Failed", reason="All training jobs failed. Please take a look at the training jobs failures."
            )
        return Ending("Completed")

    def _count(self) -> None:
        """Bring the counters and the best training job up to date."""
        rows = [self.summary(child) for child in self.children]
        succeeded = [row for row in rows if row["ObjectiveStatus"] == "Succeeded"]
        self.record.update(**counted(rows), BestTrainingJob=self._best(succeeded))

    def _best(self, succeeded: list[dict[str, Any]]) -> dict[str, Any] | None:
        objective = self.request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
        choose = max if objective["Type"] == "Maximize" else min
        if not succeeded:
            return None
        return choose(
            succeeded, key=lambda item: item["FinalHyperParameterTuningJobObjectiveMetric"]["Value"]
        )

    def summary(self, child: Record) -> dict[str, Any]:
        """Describe a training job as the tuning job lists it, with its objective."""
        details = child.snapshot()
        fields = ("TrainingJobName", "TrainingJobArn", "CreationTime", "TrainingStartTime", "TrainingEndTime")
        found = {
            name: details[name] for name in (*fields, "TrainingJobStatus", "FailureReason") if name in details
        }
        found.update(TunedHyperParameters=self.tuned.get(child.name, {}), TuningJobName=self.record.name)
        objective = self.request["HyperParameterTuningJobConfig"]["HyperParameterTuningJobObjective"]
        values = [
            m for m in details.get("FinalMetricDataList", []) if m["MetricName"] == objective["MetricName"]
        ]
        if details["TrainingJobStatus"] not in COUNTED:
            return {**found, "ObjectiveStatus": "Pending"}
        if details["TrainingJobStatus"] == "Completed" and values:
            metric = {**objective, "Value": values[0]["Value"]}
            return {
                **found,
                "ObjectiveStatus": "Succeeded",
                "FinalHyperParameterTuningJobObjectiveMetric": metric,
            }
        return {**found, "ObjectiveStatus": "Failed"}

    def closing_details(self, ending: Ending) -> dict[str, Any]:
        """Add the end's time."""
        _ = ending
        return {"HyperParameterTuningEndTime": time.time()}


def counted(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """Count summaries of training jobs by how they ended and by what became of their objectives."""
    ends = [COUNTED.get(row["TrainingJobStatus"], "InProgress") for row in rows]
    objectives = [row["ObjectiveStatus"] for row in rows]
    return {
        "TrainingJobStatusCounters": {name: ends.count(name) for name in OUTCOMES},
        "ObjectiveStatusCounters": {name: objectives.count(name) for name in OBJECTIVES},
    }
