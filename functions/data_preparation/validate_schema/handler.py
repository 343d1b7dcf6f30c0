"""Validates one landed file and writes its report beside the run's data."""

import json
import os
from typing import Any
from urllib.parse import urlsplit

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from contracts.artifacts import RunKeys
from contracts.dataset import Contract
from contracts.failures import DatasetTooLarge
from functions.clients import client
from functions.data_preparation.validate_schema.ranged import RangedObject, TooMuchToReadError
from functions.data_preparation.validate_schema.validation import validate

logger = Logger(service="data_preparation")
metrics = Metrics(service="data_preparation")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "contract_uri", "file"}` → `{"key", "is_valid", "report_uri", "violations"}`; `is_for_job`
    where only a job has the time to read what a verdict takes."""
    file, key = event["file"], event["file"]["key"]
    source = RangedObject(client("s3"), file["bucket"], key, file["etag"])
    refuse_too_large(source)
    try:
        report = validate(key, source, read_contract(event["contract_uri"]))
    except TooMuchToReadError:
        logger.info("left to a job", extra={"file": key, "bytes_read": source.bytes_read})
        return {"key": key, "is_valid": True, "is_for_job": True, "report_uri": "", "violations": 0}
    report_uri = write_report(event["run"]["id"], key, report.to_dict())
    logger.info("validated", extra={"file": key, "violations": len(report.violations)})
    metrics.add_metric("FileViolations", MetricUnit.Count, len(report.violations))
    return {
        "key": key,
        "is_valid": report.is_valid,
        "report_uri": report_uri,
        "violations": len(report.violations),
    }


def refuse_too_large(source: RangedObject) -> None:
    """Raises DatasetTooLarge for text beyond what one pass reads in time; the plan sends it to the job."""
    max_file_mb = int(os.environ["MAX_FILE_MB"])
    if source.key.endswith(".csv") and source.size > max_file_mb * 1024**2:
        raise DatasetTooLarge(
            f"{source.key} has {source.size} bytes: above dataPreparation.maxFileMb = {max_file_mb} the "
            "processing job reads it; land it as Parquet, or split it, to have it checked here"
        )


def read_contract(uri: str) -> Contract:
    """The dataset contract at an S3 URI."""
    where = urlsplit(uri)
    body = client("s3").get_object(Bucket=where.netloc, Key=where.path.lstrip("/"))["Body"].read()
    return Contract.from_json(body)


def write_report(run_id: str, key: str, report: dict[str, Any]) -> str:
    """Writes the report under the run's data prefix and returns its URI."""
    bucket = os.environ["ARTIFACTS_BUCKET"]
    report_at = RunKeys(run_id).file_report(key)
    body = json.dumps(report, indent=2).encode()
    client("s3").put_object(Bucket=bucket, Key=report_at, Body=body, ContentType="application/json")
    return f"s3://{bucket}/{report_at}"
