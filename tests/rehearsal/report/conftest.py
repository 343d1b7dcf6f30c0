"""A finished run in plain values: a parent that went round once, and a child with a failed job."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.report.record import Job, RunRecord
from rehearsal.scenarios.scenario import Finding

PARENT, CHILD = "arn:parent", "arn:child"
MIDNIGHT = 1767225600.0  # 2026-01-01T00:00:00Z
DEFINITION = {
    "StartAt": "Prepare",
    "States": {
        "Prepare": {
            "Type": "Task",
            "Next": "IsGood",
            "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "Failed"}],
        },
        "IsGood": {"Type": "Choice", "Choices": [{"Next": "Done"}], "Default": "Prepare"},
        "Done": {"Type": "Succeed"},
        "Failed": {"Type": "Fail"},
    },
}


def visit(number: int, name: str, kind: str, entered: int, left: int) -> list[dict[str, Any]]:
    """The two events of one visit; times are seconds within one minute."""

    def event(offset: int, what: str, second: int) -> dict[str, Any]:
        detail = {f"state{what}EventDetails": {"name": name}}
        stamp = f"2026-01-01T00:00:{second:02d}+00:00"
        return {"id": number + offset, "type": f"{kind}State{what}", "timestamp": stamp, **detail}

    return [event(0, "Entered", entered), event(1, "Exited", left)]


def execution(arn: str, machine: str, events: list[dict[str, Any]], **parent: Any) -> dict[str, Any]:
    known = {
        "arn": arn,
        "machine": machine,
        "status": "SUCCEEDED",
        "definition": DEFINITION,
        "events": events,
    }
    return {"parent_arn": None, "parent_state": None, **known, **parent}


@pytest.fixture
def executions() -> list[dict[str, Any]]:
    parent = [
        *visit(1, "Prepare", "Task", 0, 10),
        *visit(3, "IsGood", "Choice", 10, 10),
        *visit(5, "Prepare", "Task", 10, 20),
        *visit(7, "IsGood", "Choice", 20, 20),
        *visit(9, "Done", "Succeed", 20, 20),
    ]
    child = visit(1, "Prepare", "Task", 2, 8)
    return [
        execution(PARENT, "pipeline", parent),
        execution(CHILD, "training", child, parent_arn=PARENT, parent_state="Prepare"),
    ]


@pytest.fixture
def failed_job() -> Job:
    return Job(
        name="job-<1>",
        kind="TrainingJob",
        state="Prepare",
        execution_arn=CHILD,
        status="Failed",
        instance="1 × ml.m5.large",
        started=MIDNIGHT + 3,
        ended=MIDNIGHT + 7,
        is_spot=True,
        failure="x",
    )


@pytest.fixture
def record(executions: list[dict[str, Any]], failed_job: Job) -> RunRecord:
    outcome = {"outcome": "TrainingFailed", "why": "<b>because</b>", "stage": "training", "error": "x"}
    outcome |= {"run": {"id": "run-1", "arn": PARENT, "trigger": "manual", "reason": "a", "pipeline": "p"}}
    outcome |= {"duration_seconds": 20, "cost_usd": 0.5, "jobs": []}
    outcome |= {"evidence": [], "next_step": "look", "cleaned_up": []}
    outcome |= dict.fromkeys(
        ("data", "dataset", "candidate", "comparison", "effort", "evaluation", "deployment")
    )
    return RunRecord(
        scenario="test",
        summary="a run",
        findings=[Finding(claim="it ends", holds=False, evidence="it did not")],
        executions=executions,
        jobs=[failed_job],
        outcome=outcome,
        alerts=[],
    )
