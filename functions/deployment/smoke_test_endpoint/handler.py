"""Asks an endpoint questions whose answers are known, before anybody else does."""

import os
import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.config import Config

from contracts.failures import DataMissing, SmokeTestFailed
from functions.clients import client
from functions.deployment.smoke_test_endpoint import known_answers

logger = Logger(service="deployment")
metrics = Metrics(service="deployment")

# No retries: an answer is what is tested.
ONE_ATTEMPT = Config(retries={"total_max_attempts": 1}, read_timeout=20)


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """`{"run", "endpoint_name", "phase", "metadata"}` → requests and latencies; raises SmokeTestFailed."""
    inputs_uri, answers_uri = known_answers.uris(event["metadata"])
    pairs = known_answers.pair(head(inputs_uri), head(answers_uri), is_cut=True)
    answers = [ask(event["endpoint_name"], row, *known) for row, known in enumerate(pairs)]
    result = known_answers.verify(answers, float(os.environ["MAX_LATENCY_MILLISECONDS"]))
    logger.info("smoke-tested", extra={"run_id": event["run"]["id"], "phase": event["phase"], **result})
    metrics.add_dimension("phase", event["phase"])
    median = result["median_latency_milliseconds"]
    metrics.add_metric("SmokeTestLatency", MetricUnit.Milliseconds, median)
    return result


def head(uri: str) -> str:
    """The first lines of an object; raises DataMissing when it is gone."""
    bucket, key = uri.removeprefix("s3://").split("/", 1)
    last = known_answers.HEAD_BYTES - 1
    try:
        body = client("s3").get_object(Bucket=bucket, Key=key, Range=f"bytes=0-{last}")["Body"].read()
    except client("s3").exceptions.ClientError as error:
        if error.response["Error"]["Code"] not in ("NoSuchKey", "AccessDenied"):
            raise  # S3 is busy: the state's retrier tries again
        raise DataMissing(
            f"{uri}, a known request or answer of the package, can't be read: {error}"
        ) from error
    return str(body.decode(errors="replace"))


def ask(endpoint_name: str, row: int, line: str, expected: float) -> known_answers.Answer:
    """Sends one row and times the answer."""
    runtime = client("sagemaker-runtime", config=ONE_ATTEMPT)
    started = time.perf_counter()
    try:
        response = runtime.invoke_endpoint(
            EndpointName=endpoint_name, ContentType="text/csv", Accept="text/csv", Body=line.encode()
        )
    except runtime.exceptions.ClientError as error:
        raise SmokeTestFailed(f"{endpoint_name} did not answer row {row}: {error}") from error
    seen = response["Body"].read().decode(errors="replace").strip()
    milliseconds = (time.perf_counter() - started) * 1000
    return known_answers.Answer(row=row, expected=expected, seen=seen, latency_milliseconds=milliseconds)
