"""The last lines of a job's log. They are evidence, not more: a log that isn't there is no error."""

from __future__ import annotations

from typing import Any

from contracts.failure_record import LogTail
from functions.pipeline.record_outcome.redaction import without_secrets

GROUPS = {
    "training": "/aws/sagemaker/TrainingJobs",
    "processing": "/aws/sagemaker/ProcessingJobs",
    "transform": "/aws/sagemaker/TransformJobs",
}
LINES, LINE_CHARACTERS = 20, 300
# A job has a stream a host, and transforms one more for the data's way.
STREAMS = 50


def log_tail(logs: Any, kind: str, job_name: str) -> LogTail | None:
    """The end of the stream that was written to last; None when the group or the stream isn't there.

    `logs` is the CloudWatch Logs client. Other refusals than a missing log are raised.
    """
    group = GROUPS[kind]
    try:
        stream = _newest_stream(logs, group, f"{job_name}/")
        if stream is None:
            return None
        events = logs.get_log_events(
            logGroupName=group, logStreamName=stream, limit=LINES, startFromHead=False
        )["events"]
    except logs.exceptions.ResourceNotFoundException:
        return None
    lines = [without_secrets(event["message"].rstrip())[:LINE_CHARACTERS] for event in events]
    return LogTail(group=group, stream=stream, lines=tuple(line for line in lines if line)[-LINES:])


def _newest_stream(logs: Any, group: str, prefix: str) -> str | None:
    streams = logs.describe_log_streams(logGroupName=group, logStreamNamePrefix=prefix, limit=STREAMS)[
        "logStreams"
    ]
    if not streams:
        return None
    newest = max(streams, key=lambda one: (one.get("lastEventTimestamp", 0), one["logStreamName"]))
    return str(newest["logStreamName"])
