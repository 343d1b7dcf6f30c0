"""What the stages' components write into environments is what their functions read."""

import importlib
import json
from pathlib import Path
from typing import Any

import pytest

from contracts.instances import catalogue
from contracts.landed import LandedFile
from rehearsal.program.deployment import Deployment

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def environment_of(declared: Deployment, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Puts a declared function's environment in place."""

    def enter(word: str) -> None:
        [function] = [one for one in declared.of_type("aws:lambda/function:Function") if one.name == word]
        for name, value in function.inputs["environment"]["variables"].items():
            monkeypatch.setenv(name, value)

    return enter


def definition_of(declared: Deployment, word: str) -> dict[str, Any]:
    [machine] = [one for one in declared.of_type("aws:sfn/stateMachine:StateMachine") if one.name == word]
    return dict(json.loads(machine.inputs["definition"]))


def test_training_is_planned_from_the_settings_that_the_component_writes(environment_of: Any) -> None:
    environment_of("plan_training")
    handler = importlib.import_module("functions.training.plan_training.handler")
    event = {
        "run": {"id": "r"},
        "dataset": {"rows": {"train": 160_000}, "features": 7},
        "training": {"uses_sweep": True, "hyperparameters": {}, "max_laps": 1, "lap": 0},
    }
    plan = handler.handle(event, None)
    assert plan["is_sweep"] is True
    assert plan["ladder"]["instance_type"] in catalogue().instances
    assert all(text for one in plan["candidates"] for text in one["hyperparameters"].values())


def test_every_candidate_drawn_from_the_settings_is_one_the_trainer_takes(
    environment_of: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(ROOT / "containers/training")
    trainer = importlib.import_module("trainer.train")
    environment_of("plan_training")
    handler = importlib.import_module("functions.training.plan_training.handler")
    for lap in range(3):
        training = {"uses_sweep": lap == 0, "hyperparameters": {}, "max_laps": 2, "lap": lap}
        event = {"run": {}, "dataset": {"rows": {"train": 10}, "features": 7}, "training": training}
        for candidate in handler.handle(event, None)["candidates"]:
            assert trainer.settings_of(candidate["hyperparameters"])


def test_a_candidate_may_take_as_long_as_all_its_attempts(environment_of: Any, declared: Deployment) -> None:
    environment_of("plan_training")
    handler = importlib.import_module("functions.training.plan_training.handler")
    event = {
        "run": {},
        "dataset": {"rows": {"train": 10}, "features": 7},
        "training": {"uses_sweep": False, "hyperparameters": {}, "lap": 0},
    }
    ladder = handler.handle(event, None)["ladder"]
    longest = ladder["max_attempts"] * max(ladder["timeout_seconds"].values())
    stage = definition_of(declared, "training")["States"]["TrainCandidate"]
    assert stage["TimeoutSeconds"] >= longest


def test_data_preparation_is_planned_with_machines_that_exist(environment_of: Any) -> None:
    environment_of("plan_preparation")
    plan = importlib.import_module("functions.data_preparation.plan_preparation.plan")
    handler = importlib.import_module("functions.data_preparation.plan_preparation.handler")
    environment = handler.os.environ
    at = {"bucket": "b", "key": "incoming/flights/2013-01.parquet"}
    file = LandedFile(**at, size_bytes=10, etag='"e"', written_at="2013-02-01T00:00:00+00:00")
    allowed = environment["INSTANCE_TYPES"].split(",")
    threshold = float(environment["SPARK_THRESHOLD_GB"])
    volume_gb, key_arn = int(environment["VOLUME_GB"]), environment["KEY_ARN"]
    chosen = plan.cluster([file], 20, allowed, volume_gb, key_arn, threshold)
    assert chosen["InstanceType"] in allowed
    assert all(float(environment[name]) > 0 for name in handler.SHIFT_LIMITS)
