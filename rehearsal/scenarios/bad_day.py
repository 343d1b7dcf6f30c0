"""What may go wrong once does: sandboxes die, S3 is busy, clocks jump, events come twice. Nobody notices."""

from __future__ import annotations

from typing import Any

from rehearsal.scenarios.claims import clean
from rehearsal.scenarios.happy_path import HAPPY_PATH
from rehearsal.scenarios.scenario import Finding, Run, Scenario, names

FAULTS: tuple[dict[str, Any], ...] = (
    {"fault": "lambda_crash", "name": "*-plan-preparation", "when": "before"},
    {"fault": "lambda_crash", "name": "*-judge-shift", "when": "after"},
    {"fault": "lambda_crash", "name": "*-record-outcome", "when": "after"},
    {"fault": "lambda_throttling", "name": "*-plan-training"},
    {"fault": "clock_jump", "name": "*-resolve-run", "seconds": -7200.0},
    {"fault": "s3_error", "kind": "GET", "name": "*/statistics/shift.json", "times": 2},
    {"fault": "s3_error", "kind": "PUT", "name": "*/landed.manifest", "times": 2},
    {"fault": "throttling", "kind": "CreateModel"},
    {"fault": "package_slow", "kind": "ModelPackage", "seconds": 1.0},
    {"fault": "event_twice", "kind": "aws.s3", "times": 3},
    {"fault": "event_reordered", "kind": "aws.s3", "nth": 4},
)


def _check(run: Run) -> list[Finding]:
    installed = run.site.emulator.control("GET", "faults", {})["faults"]
    missed = [f"{one['fault']} {one['name']}" for one in installed if not one["fired"]]
    return [
        Finding(claim="every fault has struck", holds=not missed, evidence=names(missed)),
        *HAPPY_PATH.check(run),
        *clean(run),
    ]


BAD_DAY = Scenario(
    name="bad-day",
    summary=__doc__,
    land=HAPPY_PATH.land,
    context=HAPPY_PATH.context,
    outcome="Deployed",
    check=_check,
    faults=FAULTS,
)
