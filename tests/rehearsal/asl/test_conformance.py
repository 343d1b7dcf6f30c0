"""Small machines end as AWS ends them: status, output, error, time taken and every event in its place.

What a case expects was recorded on the real service, is documented by AWS, or is a choice of ours: its basis.
`id<previousEventId type` is one event."""

import json
from pathlib import Path
from typing import Any

import pytest

from rehearsal.asl.simulation import Reply

CASES = [
    pytest.param(case, id=case["name"])
    for path in sorted((Path(__file__).parent / "conformance").glob("*.json"))
    for case in json.loads(path.read_text())
]


KEYS = ("status", "output", "error", "cause", "seconds", "events")


def outcome(execution: Any) -> dict[str, Any]:
    return {
        "status": execution.status,
        "output": None if execution.output is None else json.loads(execution.output),
        "error": execution.error,
        "cause": execution.cause,
        "seconds": execution.stop_date - execution.start_date,
        "events": [f"{event['id']}<{event['previousEventId']} {event['type']}" for event in execution.events],
    }


@pytest.mark.parametrize("case", CASES)
def test_a_machine_ends_and_leaves_its_history_as_on_aws(case: dict[str, Any], stage: Any) -> None:
    stage.host.items["rows"] = [1, 2, 3]
    for key, replies in case.get("script", {}).items():
        stage.host.script(key, *[Reply(**reply) for reply in replies])
    execution = stage.run(case["definition"], case["input"])
    assert outcome(execution) == {key: case.get(key) for key in KEYS}


def test_every_case_says_how_it_ends_what_it_leaves_and_what_that_rests_on() -> None:
    for case in (param.values[0] for param in CASES):
        assert {"status", "seconds", "events"} <= case.keys(), case["name"]
        assert case["basis"] in ("recorded", "documented", "chosen"), case["name"]
    assert len(CASES) > 60
