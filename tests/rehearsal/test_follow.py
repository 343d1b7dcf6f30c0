"""What an execution started, read from its events: branches interleave, outputs may be missing."""

from __future__ import annotations

import json
from typing import Any

from rehearsal.follow import ExecutionRecord, Started, started_by


def event(number: int, kind: str, previous: int = 0, **details: Any) -> dict[str, Any]:
    return {"id": number, "type": kind, "previousEventId": previous, **details}


def entered(number: int, name: str, previous: int = 0) -> dict[str, Any]:
    return event(number, "TaskStateEntered", previous, stateEnteredEventDetails={"name": name})


def submitted(number: int, previous: int, output: dict[str, str], resource: str) -> dict[str, Any]:
    details = {"resource": resource, "output": json.dumps(output)}
    return event(number, "TaskSubmitted", previous, taskSubmittedEventDetails=details)


def test_jobs_and_children_belong_to_the_state_that_submitted_them() -> None:
    events = [
        entered(1, "ScoreA"),
        entered(2, "ScoreB"),
        submitted(3, 1, {"TransformJobArn": "arn:a"}, "createTransformJob.sync"),
        submitted(4, 2, {"ExecutionArn": "arn:b"}, "startExecution.sync:2"),
    ]
    assert list(started_by(ExecutionRecord("arn:run", "arn:machine", events=events))) == [
        Started("createTransformJob.sync", "arn:a", "ScoreA", "arn:run"),
        Started("execution", "arn:b", "ScoreB", "arn:run"),
    ]


def test_the_run_of_a_distributed_map_is_followed_as_one() -> None:
    events = [
        entered(1, "Sweep"),
        event(2, "MapRunStarted", 1, mapRunStartedEventDetails={"mapRunArn": "arn:map"}),
    ]
    record = ExecutionRecord("arn:run", "arn:machine", events=events)
    assert [(one.kind, one.name, one.state) for one in started_by(record)] == [("map", "arn:map", "Sweep")]


def test_a_submission_whose_output_is_no_job_starts_nothing() -> None:
    events = [entered(1, "Ask"), submitted(2, 1, {"MessageId": "m"}, "publish")]
    assert list(started_by(ExecutionRecord("arn:run", "arn:machine", events=events))) == []


def test_entered_states_come_in_order_with_every_visit() -> None:
    record = ExecutionRecord(
        "arn:run", "arn:machine", events=[entered(1, "A"), entered(2, "B"), entered(3, "A")]
    )
    assert list(record.entered_states()) == ["A", "B", "A"]
