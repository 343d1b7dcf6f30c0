"""The janitor: cleans up after runs that did not succeed or were redriven, and records the end of those that
could not.

Events come through a queue: what can't be undone yet (an endpoint in motion) makes the message come again.
"""

import json
import os
import time
from typing import Any

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit
from botocore.exceptions import ClientError

from functions.clients import client
from functions.retraining.stop_orphans import deployment_lock, ending, orphans, release, turn
from functions.retraining.stop_orphans.progress import Progress
from functions.retraining.stop_orphans.stopped_run import StoppedRun, status_since_redriven

logger = Logger(service="retraining")
metrics = Metrics(service="retraining")


@metrics.log_metrics
def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """A batch of "Step Functions Execution Status Change" events → the messages that have to come again."""
    me = str(context.aws_request_id)
    again = [record["messageId"] for record in event["Records"] if not is_settled(record, me)]
    return {"batchItemFailures": [{"itemIdentifier": message} for message in again]}


def is_settled(record: dict[str, Any], me: str) -> bool:
    """Cleans up after one run; False sends the message back to the queue, and at last to the dead letters."""
    try:
        return clean_up_alone(StoppedRun.from_detail(json.loads(record["body"])["detail"]), me)
    except Exception:
        logger.exception("not cleaned up", extra={"message_id": record["messageId"]})
        return False


def clean_up_alone(run: StoppedRun, me: str) -> bool:
    """Cleans up if no other delivery of the event is at it; the messages come again until all has settled."""
    dynamodb, table = client("dynamodb"), os.environ["RUNS_TABLE"]
    if not turn.take(dynamodb, table, run.id, me, int(time.time())):
        return False
    try:
        return clean_up(run)
    finally:
        turn.give_back(dynamodb, table, run.id, me)


def clean_up(run: StoppedRun) -> bool:
    """One pass. What it has undone is recorded even where AWS refuses the rest: the message comes again."""
    progress = Progress()
    status = status_since_redriven(client("stepfunctions"), run)
    if status:
        make_way(run, progress, status)
    else:
        undo_and_record(run, progress)
    extra = {"run_id": run.id, "undone": progress.undone, "is_settled": progress.is_settled, "since": status}
    logger.warning("cleaned up", extra=extra)
    metrics.add_metric("OrphansStopped", MetricUnit.Count, sum(map(len, progress.undone.values())))
    return progress.is_settled


def make_way(run: StoppedRun, progress: Progress, status: str) -> None:
    """For the attempt since: while it runs it may go back to what an earlier one had deployed, and go on with
    its package. When it is over, the rest goes; its own things are another event's."""
    stop(run, progress)
    if status == "RUNNING":
        release.remove_staging(client("sagemaker"), places(), run, progress)
        return
    release.withdraw(client("sagemaker"), places(), run, progress)
    if progress.is_settled:
        release.reject(client("sagemaker"), places(), run, progress, is_approval_kept=True)


def undo_and_record(run: StoppedRun, progress: Progress) -> None:
    """What the run itself could not do any more."""
    try:
        undo(run, progress)
    except ClientError as refused:
        logger.exception("refused half-way", extra={"run_id": run.id})
        progress.is_settled, progress.refusal = False, str(refused)
    record(ending.ending_of(run, os.environ["PIPELINE"], progress))


def stop(run: StoppedRun, progress: Progress) -> None:
    """Children first, since they start more; then the jobs."""
    machines = json.loads(os.environ["CHILD_MACHINE_ARNS"])
    progress.note("executions", orphans.stop_children(client("stepfunctions"), machines, run))
    progress.note("jobs", orphans.stop_jobs(client("sagemaker"), os.environ["JOB_PREFIX"], run))


def undo(run: StoppedRun, progress: Progress) -> None:
    """What runs is stopped, then what it made goes, and the lock when all has settled."""
    stop(run, progress)
    release.withdraw(client("sagemaker"), places(), run, progress)
    if not progress.is_settled:
        return
    if status_since_redriven(client("stepfunctions"), run) is None:  # since the pass began
        is_released = progress.is_released
        release.reject(client("sagemaker"), places(), run, progress, is_approval_kept=is_released)
    locks, name = os.environ["LOCKS_TABLE"], places().endpoint_name
    freed = deployment_lock.free(client("dynamodb"), client("stepfunctions"), locks, name, run)
    progress.note("locks", freed)


def places() -> release.Places:
    """Where the stack's runs put things."""
    return release.Places(
        prefix=os.environ["JOB_PREFIX"],
        package_group=os.environ["PACKAGE_GROUP"],
        endpoint_name=os.environ["ENDPOINT_NAME"],
    )


def record(outcome: dict[str, Any]) -> None:
    """Lets record_outcome write the record, tell whoever is on call and free the pipeline."""
    response = client("lambda").invoke(
        FunctionName=os.environ["RECORD_OUTCOME_FUNCTION"], Payload=json.dumps(outcome).encode()
    )
    if "FunctionError" in response:
        raise RuntimeError(f"record_outcome failed: {response['Payload'].read()!r}")
