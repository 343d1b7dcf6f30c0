"""The failure record on real job descriptions: class, job, last lines, next step, and nothing secret."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from contracts.failure_record import FailedJob, FailureRecord
from contracts.failures import ArtifactCorrupt
from contracts.instances import catalogue
from functions.pipeline.explain_failure.explanation import explain
from functions.pipeline.record_outcome import costs, record
from functions.pipeline.record_outcome.failure import failed_jobs, failure_record, told
from functions.pipeline.record_outcome.log_tail import LINES, log_tail
from functions.pipeline.record_outcome.redaction import without_secrets
from functions.training.classify_failure.classification import classify

EVENTS = sorted((Path(__file__).parents[2] / "events" / "describe_training_job").glob("*.json"))
RUN = {"id": "run-1", "arn": "arn:aws:states:eu-west-1:1:execution:p:run-1", "pipeline": "trainyard-dev"}
START = datetime(2026, 1, 1, tzinfo=UTC)
GROUP = "/aws/sagemaker/TrainingJobs"


class Logs:
    """CloudWatch Logs with one group; what isn't there is refused as AWS does."""

    class exceptions:  # noqa: N801
        """Where boto3 keeps its exception classes."""

        class ResourceNotFoundException(Exception):  # noqa: N818
            """The group or stream isn't there."""

    def __init__(self, streams: dict[str, list[str]] | None) -> None:
        self.streams = streams

    def describe_log_streams(self, logGroupName: str, logStreamNamePrefix: str, limit: int) -> dict[str, Any]:  # noqa: N803
        if self.streams is None or logGroupName != GROUP:
            raise self.exceptions.ResourceNotFoundException
        found = [name for name in self.streams if name.startswith(logStreamNamePrefix)][:limit]
        return {
            "logStreams": [
                {"logStreamName": name, "lastEventTimestamp": len(self.streams[name])} for name in found
            ]
        }

    def get_log_events(self, logStreamName: str, limit: int, **_: Any) -> dict[str, Any]:  # noqa: N803
        lines = (self.streams or {})[logStreamName]
        return {"events": [{"message": line + "\n"} for line in lines[-limit:]]}


def job_of(description: dict[str, Any]) -> costs.Job:
    """As record_outcome reads it: boto3 has made times of the texts."""
    times = {name: datetime.fromisoformat(description[name]) for name in ("CreationTime",)}
    return costs._job("Training", {**description, **times}, catalogue())


def failure_of(event: dict[str, Any]) -> FailureRecord:
    """From the job's end through the ladder's Fail state and the pipeline's Catch to the record."""
    found = classify("States.TaskFailed", json.dumps(event["job"]))
    cause = json.dumps({"error": found.kind.__name__, "message": found.message, "attempts": 1})
    child = json.dumps({"ExecutionArn": "arn:child", "Error": "TrainingFailed", "Cause": cause})
    explained = explain({"Error": "States.TaskFailed", "Cause": child, "Stage": "training"}).to_dict()
    document = record.record_of(
        {
            "run": {**RUN, "trigger": "manual", "reason": "x"},
            "started_at": START.isoformat(),
            "explanation": explained,
        },
        [job_of(event["job"])],
        START,
    )
    failed = failed_jobs("training", [job_of(event["job"])])
    log = log_tail(Logs({f"{failed[-1].name}/algo-1-1": event["log"]}), "training", failed[-1].name)
    return failure_record(document, explained["details"], failed, log)


@pytest.mark.parametrize("path", EVENTS, ids=lambda path: path.stem)
def test_a_real_failure_is_told_with_class_job_last_lines_and_next_step(path: Path) -> None:
    event = json.loads(path.read_text())
    failure = failure_of(event)
    assert (failure.outcome, failure.stage, failure.error) == ("TrainingFailed", "training", event["error"])
    assert failure.job is not None and failure.job.name == event["job"]["TrainingJobName"]
    assert failure.job.reason == without_secrets(event["job"].get("FailureReason", ""))
    assert failure.next_step and failure.why
    shown = failure.log.lines if failure.log else ()
    assert len(shown) == len(event["log"])
    assert FailureRecord.from_dict(json.loads(json.dumps(failure.to_dict()))) == failure


def test_a_processing_job_is_told_with_what_its_container_wrote() -> None:
    described = {
        "ProcessingJobName": "prep-1",
        "ProcessingJobStatus": "Failed",
        "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.xlarge", "InstanceCount": 1}},
        "CreationTime": START,
        "FailureReason": "AlgorithmError: , exit code: 1",
        "ExitMessage": '{"error": "DataRejected", "message": "2013-02.csv"}',
    }
    reason = costs._job("Processing", described, catalogue()).reason
    assert reason == f"{described['FailureReason']} {described['ExitMessage']}"


def test_the_alert_carries_the_record_and_stays_short() -> None:
    event = json.loads((EVENTS[0].parent / "user-code.json").read_text())
    failure = failure_of({**event, "log": [f"line {number} {'x' * 500}" for number in range(100)]})
    alert = record.alert_of({"run": {**RUN, "trigger": "manual", "reason": "x"}, "cleaned_up": []}, failure)
    assert alert["message"].count("  line ") == 8
    assert "line 99" in alert["message"] and len(alert["message"]) < 6000
    assert "Class: AlgorithmFailed (Logic)" in alert["message"]


def test_neither_keys_nor_task_tokens_get_into_record_or_alert() -> None:
    event = json.loads((EVENTS[0].parent / "user-code.json").read_text())
    failure = failure_of(event)
    text = json.dumps(failure.to_dict()) + "\n".join(told(failure))
    assert "wJalrXUtnFEMI" not in text and "AQCEAAAAKg" not in text
    assert text.count("[removed]") >= 2


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("key AKIAIOSFODNN7EXAMPLE used", "key [removed] used"),
        ("password=hunter2, user=me", "password=[removed], user=me"),
        ('{"api_key": "abc"}', '{"api_key": "[removed]"}'),
        ("Authorization: Bearer abc.def", "Authorization: Bearer [removed]"),
        ("https://b/k?X-Amz-Signature=0af1&x=1", "https://b/k?X-Amz-Signature=[removed]&x=1"),
        ("token eyJhbGciOi.eyJzdWIiOi.c2ln done", "token [removed] done"),
        ("A" * 100, "[removed]"),
        ("max_tokens=512 epoch=3 auc=0.7", "max_tokens=512 epoch=3 auc=0.7"),
        (
            "s3://bucket/pipeline/run-1/model/lap0-0/model.tar.gz",
            "s3://bucket/pipeline/run-1/model/lap0-0/model.tar.gz",
        ),
    ],
)
def test_what_opens_doors_is_taken_out_and_the_rest_stays(text: str, expected: str) -> None:
    assert without_secrets(text) == expected


@pytest.mark.parametrize(
    "streams", [None, {}, {"another-job/algo-1-1": ["x"]}], ids=["group", "stream", "job"]
)
def test_a_log_that_is_not_there_is_no_error(streams: Any) -> None:
    assert log_tail(Logs(streams), "training", "job") is None


def test_the_stream_that_was_written_to_last_is_read_and_only_its_end() -> None:
    streams = {"job/algo-1-1": ["old"], "job/algo-1-2": [f"line {number}" for number in range(50)]}
    tail = log_tail(Logs(streams), "training", "job")
    assert tail is not None and tail.stream == "job/algo-1-2"
    assert (len(tail.lines), tail.lines[-1]) == (LINES, "line 49")


def test_only_the_stages_own_jobs_that_ended_badly_count() -> None:
    description = json.loads(EVENTS[0].read_text())["job"]
    bad = job_of(description)
    good = job_of({**description, "TrainingJobStatus": "Completed"})
    assert failed_jobs("training", [good, bad]) == [bad]
    assert failed_jobs("evaluation", [bad]) == [] == failed_jobs("approval", [bad])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"version": 2}, "failure record.version is 2"),
        ({"outcome": "Lost"}, 'failure record.outcome is "Lost"'),
        ({"root": "Bad"}, 'failure record.root is "Bad"'),
        ({"log": {"group": "g", "stream": "s", "lines": [1]}}, "failure record.log.lines"),
        ({"extra": 1}, "failure record.extra"),
    ],
)
def test_a_record_of_another_form_is_refused_by_its_field(change: dict[str, Any], message: str) -> None:
    job = FailedJob(kind="training", name="j", status="Failed", reason="", instance_type="m", is_spot=False)
    good = failure_of(json.loads(EVENTS[0].read_text())).to_dict()
    assert FailureRecord.from_dict({**good, "job": job.__dict__, "log": None})
    with pytest.raises(ArtifactCorrupt, match=message):
        FailureRecord.from_dict({**good, **change})
