"""The operations on tuning jobs."""

from __future__ import annotations

from typing import Any

from rehearsal.emulator.platform import Credentials, ServiceError
from rehearsal.sagemaker.account import PRINCIPAL, Account
from rehearsal.sagemaker.jobs import rules
from rehearsal.sagemaker.jobs.api import JobsApi, Operation, reading
from rehearsal.sagemaker.jobs.search import candidates, grid_size
from rehearsal.sagemaker.jobs.tuning import TuningJob
from rehearsal.sagemaker.kinds import TRAINING_JOB, TUNING_JOB
from rehearsal.sagemaker.store import Record


class TuningApi:
    """Hyperparameter tuning jobs, by random search or grid."""

    def __init__(self, account: Account, jobs: JobsApi) -> None:
        self.account = account
        self._jobs = jobs

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        return {
            **reading(self.account, TUNING_JOB),
            "CreateHyperParameterTuningJob": self.create,
            "ListTrainingJobsForHyperParameterTuningJob": self.list_training_jobs,
        }

    def create(self, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Start a tuning job; returns its ARN."""
        definition = request.get("TrainingJobDefinition")
        if definition is None:
            raise ServiceError("ValidationException", "TrainingJobDefinition is required.")
        config = request["HyperParameterTuningJobConfig"]
        self._check(config, definition)
        self.account.platform.require_pass_role(access_key_id, definition["RoleArn"], PRINCIPAL)
        name = request["HyperParameterTuningJobName"]
        arn = self.account.store.arn(TUNING_JOB, name)
        credentials = self.account.assume(definition["RoleArn"], arn, definition.get("VpcConfig"))
        details = {key: value for key, value in request.items() if key != "Tags"}
        details["HyperParameterTuningJobStatus"] = "InProgress"
        record = self.account.store.add(TUNING_JOB, name, details, request.get("Tags", []))
        record.live = TuningJob(self.account, record, credentials, self._start_training)
        record.live.start()
        return {"HyperParameterTuningJobArn": record.arn}

    def _check(self, config: dict[str, Any], definition: dict[str, Any]) -> None:
        ranges = config.get("ParameterRanges", {})
        if config["Strategy"] == "Grid":
            grid_size(ranges)
        next(candidates(config["Strategy"], ranges, 0), None)
        objective = config.get("HyperParameterTuningJobObjective")
        if objective is None:
            raise ServiceError("ValidationException", "HyperParameterTuningJobObjective is required.")
        rules.check_training(definition)
        specification = definition["AlgorithmSpecification"]
        names = [item["Name"] for item in specification.get("MetricDefinitions", [])]
        if objective["MetricName"] not in names:
            raise ServiceError(
                "ValidationException",
                f"The objective metric {objective['MetricName']} is not among MetricDefinitions: {names}.",
            )
        self.account.images.find(specification["TrainingImage"])

    def _start_training(self, request: dict[str, Any], credentials: Credentials) -> Record:
        self._jobs.start_training(request, credentials)
        return self.account.store.get(TRAINING_JOB, request["TrainingJobName"])

    def list_training_jobs(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """List a tuning job's training jobs with their objectives, in the order they were started."""
        live: TuningJob = self.account.store.get(TUNING_JOB, request["HyperParameterTuningJobName"]).live
        rows = [live.summary(child) for child in live.children]
        wanted = request.get("StatusEquals")
        rows = [row for row in rows if wanted in (None, row["TrainingJobStatus"])]
        return self.account.model.listing("ListTrainingJobsForHyperParameterTuningJob", rows)
