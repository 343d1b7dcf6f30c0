"""Judges the shift that the features job measured, keeps the first baseline, and describes the dataset."""

import json
import os
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts import landed, stored
from contracts.artifacts import Manifest, RunKeys, baseline_key, fine_baseline_key
from contracts.failures import DataMissing
from functions.clients import client
from functions.data_preparation.judge_shift import dataset, verdict

logger = Logger(service="data_preparation")
metrics = Metrics(service="data_preparation")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "data"}` → `{"decision": none|flag|halt, "shift", "dataset", "alert"}`.

    Raises DataReplaced where the job need not have read what was judged.
    """
    name, keys = event["data"]["dataset"], RunKeys(event["run"]["id"])
    landed.refuse_replaced(client("s3"), os.environ["ARTIFACTS_BUCKET"], keys)
    manifest = Manifest.from_dict(read_json(keys.manifest))
    report = verdict.ShiftReport.from_dict(read_json(f"{keys.statistics}shift.json"))
    statistics = read_json(f"{keys.statistics}statistics.json")
    decision = verdict.decide(report, os.environ["SHIFT_ACTION"])
    if report.is_first_run:
        keep_baseline(name, keys)
    described = dataset.describe(manifest, keys, os.environ["ARTIFACTS_BUCKET"])
    logger.info("judged", extra={"decision": decision, "shift": verdict.summary(report)})
    read = sum(manifest.rows.values()) + manifest.rows_without_label
    metrics.add_metric("RecordsProcessed", MetricUnit.Count, read)
    metrics.add_metric("FeatureCount", MetricUnit.Count, described["features"])
    metrics.add_metric("NullRatio", MetricUnit.NoUnit, statistics["null_ratio"])
    metrics.add_metric("FeaturesShifted", MetricUnit.Count, len(report.shifted))
    return {
        "decision": decision,
        "shift": verdict.summary(report),
        "dataset": described,
        "alert": verdict.alert(report, name, keys.run_id, decision),
    }


def read_json(key: str) -> Any:
    """A JSON object of the artifacts bucket; DataMissing when the job did not write it."""
    bucket = os.environ["ARTIFACTS_BUCKET"]
    body = stored.read(client("s3"), bucket, key)
    if body is None:
        raise DataMissing(
            f"s3://{bucket}/{key} is missing: the features job ended without writing it; see its log"
        )
    return json.loads(body)


def keep_baseline(name: str, keys: RunKeys) -> None:
    """Stores this run's statistics as the baseline; a first run that is repeated stores the same again."""
    bucket = os.environ["ARTIFACTS_BUCKET"]
    for target in (fine_baseline_key(name), baseline_key(name)):
        source = {"Bucket": bucket, "Key": f"{keys.statistics}{target.rpartition('/')[2]}"}
        client("s3").copy_object(Bucket=bucket, Key=target, CopySource=source)
