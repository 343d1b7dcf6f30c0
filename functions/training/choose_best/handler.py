"""Closes the stage: the best candidate, or the best configuration over its folds; publishes what all took."""

from datetime import UTC, datetime, timedelta
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import EphemeralMetrics, MetricUnit

from contracts.candidate import TrainedCandidate
from contracts.instances import catalogue
from functions.clients import client
from functions.training.choose_best.choice import best_of
from functions.training.choose_best.folds import best_of_folds
from functions.training.choose_best.measures import gpu_share, measures_of

GPU_PERIOD_SECONDS = 3600  # CloudWatch keeps hours for longer than any job runs

logger = Logger(service="training")
metrics = Metrics(service="training")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "trained", "candidates", "configurations", "objective", "tolerated_failure_percentage"}` →
    `{"candidate", "comparison"}`, or with configurations `{"configuration", "comparison"}`."""
    for result in event["trained"]:
        if "error" not in result:
            measure(event["run"]["id"], TrainedCandidate.from_dict(result))
    objective = event["objective"]
    rules = (objective["metric"], objective["direction"], event["tolerated_failure_percentage"])
    chosen = over_folds(event, *rules) if event.get("configurations") else over_candidates(event, *rules)
    logger.info("chosen", extra={"explanation": chosen["comparison"]["explanation"]})
    return chosen


def over_candidates(event: dict[str, Any], metric: str, direction: str, tolerated: int) -> dict[str, Any]:
    """The best trained candidate."""
    best, comparison = best_of(event["trained"], event["candidates"], metric, direction, tolerated)
    metrics.add_metric("BestObjective", MetricUnit.NoUnit, best.metrics[metric])
    return {"candidate": best.to_dict(), "comparison": comparison.to_dict()}


def over_folds(event: dict[str, Any], metric: str, direction: str, tolerated: int) -> dict[str, Any]:
    """The best configuration over its folds, to be trained once more on all rows."""
    configurations, jobs = event["configurations"], event["candidates"]
    best, comparison = best_of_folds(event["trained"], configurations, jobs, metric, direction, tolerated)
    standing = comparison.standings[0]
    metrics.add_metric("FoldsObjective", MetricUnit.NoUnit, standing.mean or 0.0)
    metrics.add_metric("FoldsObjectiveDeviation", MetricUnit.NoUnit, standing.deviation or 0.0)
    return {"configuration": best.to_dict(), "comparison": comparison.to_dict()}


def measure(run_id: str, candidate: TrainedCandidate) -> None:
    """One candidate's metrics; run, candidate and job are searchable in the log, not dimensions."""
    for measures in measures_of(candidate, gpu_utilization(candidate)):
        published = EphemeralMetrics(service="training")
        for name, value in measures.dimensions.items():
            published.add_dimension(name, value)
        for name, (unit, figure) in measures.values.items():
            published.add_metric(name, unit, figure)
        for name, text in {"run_id": run_id, "candidate": candidate.id, "job": candidate.job_name}.items():
            published.add_metadata(name, text)
        published.flush_metrics()


def gpu_utilization(candidate: TrainedCandidate) -> float | None:
    """The average utilisation of one GPU of the candidate's last job, percent; None without GPUs or data."""
    instance = catalogue().instances.get(candidate.instance_type)
    if instance is None or not instance.gpus:
        return None
    now = datetime.now(UTC)
    found = client("cloudwatch").get_metric_statistics(
        Namespace="/aws/sagemaker/TrainingJobs",
        MetricName="GPUUtilization",
        Dimensions=[{"Name": "Host", "Value": f"{candidate.job_name}/algo-1"}],
        StartTime=now - timedelta(seconds=candidate.training_seconds, days=1),
        EndTime=now,
        Period=GPU_PERIOD_SECONDS,
        Statistics=["Average", "SampleCount"],
    )
    return gpu_share(found["Datapoints"], instance.gpus)
