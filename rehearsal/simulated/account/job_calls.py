"""SageMaker's calls about jobs in a simulated world: listed, described and stopped, by any kind."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from rehearsal.simulated.account.errors import refused
from rehearsal.simulated.account.pages import Paginated
from rehearsal.simulated.world import Job, World

KINDS = ("HyperParameterTuning", "Training", "Processing", "Transform")


class JobCalls(Paginated):
    """`list_`, `describe_` and `stop_` for each kind, and `list_tags` for whatever carries some."""

    _world: World

    def list_tags(self, **request: Any) -> dict[str, Any]:
        """The tags that say whose it is, and of which attempt."""
        arn = request["ResourceArn"]
        tags = {"execution-id": self._world.owners.get(arn), "attempt": self._world.attempts.get(arn)}
        return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items() if value]}

    def list_hyper_parameter_tuning_jobs(self, **request: Any) -> dict[str, Any]:
        """Tuning jobs."""
        return self._listed("HyperParameterTuning", request)

    def list_training_jobs(self, **request: Any) -> dict[str, Any]:
        """Training jobs."""
        return self._listed("Training", request)

    def list_processing_jobs(self, **request: Any) -> dict[str, Any]:
        """Processing jobs."""
        return self._listed("Processing", request)

    def list_transform_jobs(self, **request: Any) -> dict[str, Any]:
        """Transform jobs."""
        return self._listed("Transform", request)

    def describe_training_job(self, **request: Any) -> dict[str, Any]:
        """A job of the run, or one that a tuning job started."""
        name = request["TrainingJobName"]
        return self._world.trained.get(name) or self._described(name)

    def describe_processing_job(self, **request: Any) -> dict[str, Any]:
        """A processing job."""
        return self._described(request["ProcessingJobName"])

    def describe_transform_job(self, **request: Any) -> dict[str, Any]:
        """A transform job."""
        return self._described(request["TransformJobName"])

    def stop_hyper_parameter_tuning_job(self, **request: Any) -> None:
        """Stop a tuning job."""
        self._stop(request["HyperParameterTuningJobName"])

    def stop_training_job(self, **request: Any) -> None:
        """Stop a training job."""
        self._stop(request["TrainingJobName"])

    def stop_processing_job(self, **request: Any) -> None:
        """Stop a processing job."""
        self._stop(request["ProcessingJobName"])

    def stop_transform_job(self, **request: Any) -> None:
        """Stop a transform job."""
        self._stop(request["TransformJobName"])

    def _listed(self, kind: str, request: dict[str, Any]) -> dict[str, Any]:
        found = [job for job in self._world.jobs.values() if job.kind == kind]
        if "StatusEquals" in request:
            found = [job for job in found if job.status == request["StatusEquals"]]
        if "CreationTimeAfter" in request:
            after = request["CreationTimeAfter"].timestamp()
            found = [job for job in found if job.started_at >= after]
        summaries = [{f"{kind}JobName": job.name, f"{kind}JobArn": job.arn} for job in found]
        return {f"{kind}JobSummaries": summaries}

    def _described(self, name: str) -> dict[str, Any]:
        job = self._job(name)
        end = job.ended_at or self._world.now
        return {
            **job.request,
            f"{job.kind}JobStatus": job.status,
            "CreationTime": datetime.fromtimestamp(job.started_at, UTC),
            f"{job.kind}StartTime": datetime.fromtimestamp(job.started_at, UTC),
            f"{job.kind}EndTime": datetime.fromtimestamp(end, UTC),
            **job.ended,
        }

    def _stop(self, name: str) -> None:
        job = self._job(name)
        if job.status != "InProgress":
            raise refused("ValidationException", f"The request was rejected because the job is {job.status}")
        job.end("Stopped", self._world.now)

    def _job(self, name: str) -> Job:
        if name not in self._world.jobs:
            raise refused("ValidationException", f"Requested resource not found: {name}")
        return self._world.jobs[name]
