"""The shipped stacks: valid, alike in their keys, described in Pulumi.yaml, tagged for the cost report."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from settings import Settings, read
from tests.settings.conftest import ROOT, as_configuration, stack_file


def paths(node: Any, above: str = "") -> Iterator[str]:
    for key, value in node.items():
        yield f"{above}{key}"
        if isinstance(value, dict) and key not in ("hyperparameters", "space"):
            yield from paths(value, f"{above}{key}.")


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_every_shipped_stack_has_settings_that_are_accepted(stack: str) -> None:
    assert read(as_configuration(stack_file(stack))).pipeline.dataset == "flights"


def test_both_stacks_give_the_same_keys_in_the_same_order() -> None:
    assert list(paths(stack_file("dev"))) == list(paths(stack_file("prod")))


def test_the_project_file_describes_every_section_and_no_other() -> None:
    project = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())
    described = project["config"]
    assert set(described) == {field.alias for field in Settings.model_fields.values()}
    assert all(entry["type"] == "object" and entry["description"] for entry in described.values())


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_default_tags_name_the_project_and_the_pipeline_of_the_stack(stack: str) -> None:
    tags = stack_file(stack)["aws:defaultTags"]["tags"]
    assert tags["project"] == "trainyard" and tags["pipeline"] == f"trainyard-{stack}"
    assert tags["environment"] == stack


def test_production_asks_people_and_moves_traffic_in_steps() -> None:
    production = read(as_configuration(stack_file("prod")))
    assert production.approval.is_required and not production.approval.can_starter_approve
    assert production.deployment.strategy == "canary" and production.deployment.instance_count >= 2
    assert production.observability.log_retention_days >= 365
    assert not production.storage.is_disposable


def test_whole_numbers_among_hyperparameters_stay_whole() -> None:
    given = read(as_configuration(stack_file("dev"))).training.hyperparameters
    assert json.dumps(given["max_depth"]) == "4"
