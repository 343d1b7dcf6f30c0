"""The operations on tuning jobs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from rehearsal.emulator.platform import Credentials, ServiceError
from rehearsal.sagemaker.account import PRINCIPAL, Account
from rehearsal.sagemaker.jobs import defaults, rules
from rehearsal.sagemaker.jobs.api import JobsApi, Operation, reading, usage_of
from rehearsal.sagemaker.jobs.channels import require_data
from rehearsal.sagemaker.jobs.search import candidates, grid_size
from rehearsal.sagemaker.jobs.tuning import TuningJob, counted
from rehearsal.sagemaker.kinds import TRAINING_JOB, TUNING_JOB
from rehearsal.sagemaker.store import Record, paged

FINAL_METRIC = "FinalHyperParameterTuningJobObjectiveMetric"
# a job without an objective isn't listed by its value, as the API's documentation says
SORTED_BY: dict[str, Callable[[dict[str, Any]], Any]] = {
    "Name": lambda row: row["TrainingJobName"],
    "CreationTime": lambda row: row["CreationTime"],
    "Status": lambda row: row["TrainingJobStatus"],
    "FinalObjectiveMetricValue": lambda row: row.get(FINAL_METRIC, {}).get("Value"),
}


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
        require_data(self.account, definition, credentials)
        self._require_quota(config, definition)
        details = {key: value for key, value in defaults.tuning(request).items() if key != "Tags"}
        details |= {"HyperParameterTuningJobStatus": "InProgress", **counted([])}
        record = self.account.store.add(TUNING_JOB, name, details, request.get("Tags", []))
        record.live = TuningJob(self.account, record, credentials, self._start_training)
        record.live.start()
        return {"HyperParameterTuningJobArn": record.arn}

    def _check(self, config: dict[str, Any], definition: dict[str, Any]) -> None:
        ranges, limits = config.get("ParameterRanges", {}), config["ResourceLimits"]
        if config["Strategy"] == "Grid":
            wanted, size = limits.get("MaxNumberOfTrainingJobs"), grid_size(ranges)
            if wanted not in (None, size):
                raise ServiceError(
                    "ValidationException",
                    f"MaxNumberOfTrainingJobs: {wanted} must be the number of combinations of the grid, "
                    f"{size}; leave it out.",
                )
        elif not limits.keys() & {"MaxNumberOfTrainingJobs", "MaxRuntimeInSeconds"}:
            raise ServiceError(
                "ValidationException",
                "ResourceLimits: MaxNumberOfTrainingJobs or MaxRuntimeInSeconds is required.",
            )
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

    def _require_quota(self, config: dict[str, Any], definition: dict[str, Any]) -> None:
        """Raise ResourceLimitExceeded unless the instances of all jobs that run at a time may be had."""
        resources, at_once = definition["ResourceConfig"], config["ResourceLimits"]["MaxParallelTrainingJobs"]
        usage = usage_of(definition)
        self.account.quotas.require(resources["InstanceType"], usage, resources["InstanceCount"] * at_once)

    def _start_training(self, request: dict[str, Any], credentials: Credentials) -> Record:
        self._jobs.start_training(request, credentials)
        return self.account.store.get(TRAINING_JOB, request["TrainingJobName"])

    def list_training_jobs(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """List a tuning job's training jobs with their objectives; by name unless asked otherwise."""
        live: TuningJob = self.account.store.get(TUNING_JOB, request["HyperParameterTuningJobName"]).live
        rows = [live.summary(child) for child in live.children]
        wanted = request.get("StatusEquals")
        rows = [row for row in rows if wanted in (None, row["TrainingJobStatus"])]
        value_of = SORTED_BY[request.get("SortBy", "Name")]
        rows = sorted((row for row in rows if value_of(row) is not None), key=value_of)
        if request.get("SortOrder") == "Descending":
            rows.reverse()
        rows, following = paged(rows, request)
        answer = self.account.model.listing("ListTrainingJobsForHyperParameterTuningJob", rows)
        return {**answer, "NextToken": following} if following else answer
