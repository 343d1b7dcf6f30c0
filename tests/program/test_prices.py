"""A stack's own prices reach the two functions that count with them: the planner's cap, the record's cost."""

from __future__ import annotations

import json
from pathlib import Path

from rehearsal.overrides import overridden
from rehearsal.program.run import record

ROOT = Path(__file__).resolve().parents[2]
PRICES = {"ml.m5.xlarge": 9.5}


def test_a_stacks_own_prices_reach_the_planner_and_the_record_of_a_run() -> None:
    config = overridden(ROOT, "dev", [f"training.instancePrices={json.dumps(PRICES)}"])
    functions = record(ROOT, "dev", config=config).of_type("aws:lambda/function:Function")
    environment = {one.name: one.inputs["environment"]["variables"] for one in functions}
    ladder = json.loads(environment["plan_training"]["TRAINING"])["ladder"]
    assert ladder["instance_prices"] == PRICES
    assert json.loads(environment["record_outcome"]["INSTANCE_PRICES"]) == PRICES
