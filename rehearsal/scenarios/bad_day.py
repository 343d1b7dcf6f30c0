"""What may go wrong once does: sandboxes die, a machine goes, S3 is busy, clocks jump. Nobody notices."""

from __future__ import annotations

from typing import Any

from rehearsal.scenarios.claims import all_struck
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario
from rehearsal.scenarios.spot_interruption import SPOT_INTERRUPTION

FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": "lambda_crash", "name": "*-plan-preparation", "when": "before"},
    {"fault": "lambda_crash", "name": "*-judge-shift", "when": "after"},
    {"fault": "lambda_crash", "name": "*-record-outcome", "when": "after"},
    {"fault": "lambda_throttling", "name": "*-plan-training"},
    # Five minutes off, and AWS would refuse what the function signs.
    {"fault": "clock_jump", "name": "*-resolve-run", "seconds": -240.0},
    *SPOT_INTERRUPTION.faults,
    {"fault": "s3_error", "kind": "GET", "name": "*/statistics/shift.json", "times": 2},
    {"fault": "s3_error", "kind": "PUT", "name": "*/landed.manifest", "times": 2},
    {"fault": "throttling", "kind": "CreateModel"},
    {"fault": "package_slow", "kind": "ModelPackage", "seconds": 1.0},
    {"fault": "event_twice", "kind": "aws.s3", "times": 3},
    {"fault": "event_reordered", "kind": "aws.s3", "nth": 4},
)


def _check(run: Run) -> list[Finding]:
    return [all_struck(run), *HAPPY_PATH.check(run), *SPOT_INTERRUPTION.check(run)]


BAD_DAY = Scenario(
    name="bad-day",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=SPOT_INTERRUPTION.context,
    outcome="Deployed",
    check=_check,
    faults=FAULTS,
)
