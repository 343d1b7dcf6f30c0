"""Takes announcements of landed files from the queue and asks for a run when enough have come.

The hourly recheck asks again for what a cool-down or a run under way refused: maybe no file lands after that.
"""

import json
import os
import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

from functions.clients import client
from functions.retraining.count_landed import landing

logger = Logger(service="retraining")
metrics = Metrics(service="retraining")


@metrics.log_metrics
def handle(event: dict[str, Any], _context: object) -> dict[str, Any]:
    """A batch from the queue, or `{"recheck": dataset}` → the messages that have to come again."""
    if "recheck" in event:
        counted = landing.counted_so_far(client("dynamodb"), os.environ["RUNS_TABLE"], event["recheck"])
        ask_if_enough(event["recheck"], counted)
        metrics.add_metric("FilesWaiting", MetricUnit.Count, counted.files)
        return {"batchItemFailures": []}
    failed = [record["messageId"] for record in event["Records"] if not is_taken(record)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in failed]}


def is_taken(record: dict[str, Any]) -> bool:
    """Counts one announcement; False sends it back to the queue, and in the end to the dead letters."""
    try:
        take(record["body"])
    except Exception:
        logger.exception("not counted", extra={"message_id": record["messageId"]})
        return False
    return True


def take(body: str) -> None:
    """Counts the landing and asks for a run at the threshold."""
    landed = landing.landing_of(body)
    if landed is None:
        return
    counted = landing.count(client("dynamodb"), os.environ["RUNS_TABLE"], landed, int(time.time()))
    metrics.add_metric("FilesLanded", MetricUnit.Count, 1)
    ask_if_enough(landed.dataset, counted)


def ask_if_enough(dataset: str, counted: landing.Count) -> None:
    """Asks for a run at the threshold; asked twice for the same files, start_run starts one."""
    if counted.files >= int(os.environ["FILES_THRESHOLD"]):
        answer = ask_for_run(landing.request_of(dataset, counted))
        logger.info("asked", extra={"files": counted.files, **answer})


def ask_for_run(request: dict[str, Any]) -> dict[str, Any]:
    """Calls start_run and returns its answer; raises what it raised."""
    response = client("lambda").invoke(
        FunctionName=os.environ["START_RUN_FUNCTION"], Payload=json.dumps(request).encode()
    )
    answer = json.loads(response["Payload"].read())
    if "FunctionError" in response:
        raise RuntimeError(f"start_run failed: {answer}")
    return dict(answer)
