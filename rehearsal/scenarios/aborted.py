"""Somebody stops a run in the middle of training: no Catch runs, and the janitor cleans up after it."""

from __future__ import annotations

import contextlib
import json
import threading
from typing import Any

from rehearsal.follow import Follower
from rehearsal.scenarios.claims import all_struck, nothing_open, training_jobs
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names
from rehearsal.workplace import Site

# Step Functions only tries to stop the job of a stopped execution: here it is refused, and the job goes on.
# Not the janitor, which comes first when its function is warm.
ORPHAN = {
    "fault": "api_error",
    "kind": "StopTrainingJob",
    "caller": "*-machine",
    "code": "AccessDeniedException",
    "status": 400,
}
TRIES = 20
KEPT = ("outcome", "cleaned_up", "ended_at")


def _stop_in_training(site: Site, follower: Follower) -> None:
    """Stops the execution, as a person would, once a job has written a checkpoint."""
    bucket = site.output("artifactsBucket")
    run_id = follower.root.arn.rsplit(":", 1)[-1]
    found = site.client("s3").list_objects_v2(Bucket=bucket, Prefix=f"pipeline/{run_id}/checkpoints/")
    if found["KeyCount"] and follower.root.status == "RUNNING":
        stepfunctions = site.client("stepfunctions")
        with contextlib.suppress(stepfunctions.exceptions.ClientError):  # it may have ended by now
            stepfunctions.stop_execution(executionArn=follower.root.arn, cause="the rehearsal stops it")


def _told_again(run: Run) -> tuple[list[Any], bool]:
    """What the janitor sends back of an event that it had before, and whether the record stays as it is."""
    described = run.site.client("stepfunctions").describe_execution(executionArn=run.follower.root.arn)
    detail = {
        "name": described["name"],
        "executionArn": described["executionArn"],
        "status": described["status"],
        "startDate": round(described["startDate"].timestamp() * 1000),
        "stopDate": round(described["stopDate"].timestamp() * 1000),
    }
    event = {"Records": [{"messageId": "again", "body": json.dumps({"detail": detail})}]}
    sent_back = _sent_back(run, event)
    bucket, key = run.site.output("artifactsBucket"), f"{run.outcome['run']['prefix']}/outcome.json"
    record = run.object_json(bucket, key)
    is_same = all(record[name] == run.outcome[name] for name in KEPT)
    return sent_back, is_same


def _sent_back(run: Run, event: dict[str, Any]) -> list[Any]:
    """What the janitor sends back; while the other delivery of the event has its turn it sends back all."""
    function = run.site.output("startRunFunctionName").replace("start-run", "stop-orphans")
    pause, found = threading.Event(), ["not asked"]
    for _ in range(TRIES):
        answer = run.site.client("lambda").invoke(FunctionName=function, Payload=json.dumps(event).encode())
        found = json.loads(answer["Payload"].read())["batchItemFailures"]
        if not found:
            break
        pause.wait(1.0)
    return found


def _marked(run: Run) -> dict[str, list[dict[str, str]]]:
    """The tags of the checkpoints that are kept."""
    s3, bucket = run.site.client("s3"), run.site.output("artifactsBucket")
    keys = run.keys(bucket, f"{run.outcome['run']['prefix']}/checkpoints/")
    return {key: s3.get_object_tagging(Bucket=bucket, Key=key)["TagSet"] for key in keys}


def _ends(run: Run) -> list[str]:
    """How the training jobs ended; one that was told to stop has up to two minutes for it."""
    ended = run.site.client("sagemaker").get_waiter("training_job_completed_or_stopped")
    for job in training_jobs(run):
        ended.wait(TrainingJobName=job["TrainingJobName"], WaiterConfig={"Delay": 1, "MaxAttempts": 130})
    return [job["TrainingJobStatus"] for job in training_jobs(run)]


def _check(run: Run) -> list[Finding]:
    jobs = _ends(run)
    sent_back, is_same = _told_again(run)
    marked = _marked(run)
    return [
        all_struck(run),
        Finding(
            claim="the job that Step Functions failed to stop was stopped by the janitor",
            holds=jobs == ["Stopped"] and any("stopped" in one for one in run.outcome["cleaned_up"]),
            evidence=f"{names(jobs)}; {names(run.outcome['cleaned_up'])}",
        ),
        Finding(
            claim="told again, it has nothing to do and the record stays",
            holds=not sent_back and is_same,
            evidence=f"{len(sent_back)} message(s) sent back",
        ),
        Finding(
            claim="checkpoints are kept for a redrive, and marked for the lifecycle",
            holds=bool(marked)
            and all({"Key": "kind", "Value": "checkpoints"} in one for one in marked.values()),
            evidence=names(marked),
        ),
        *nothing_open(run),
    ]


ABORTED = Scenario(
    name="aborted",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=HAPPY_PATH.context | {"overrides": {"hyperparameters": {"checkpoint_rounds": 1}}},
    outcome="RunFailed",
    check=_check,
    faults=(ORPHAN, {"fault": "event_twice", "kind": "aws.states"}),
    meanwhile=_stop_in_training,
)
