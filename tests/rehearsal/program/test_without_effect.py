"""What the program declares and the embedded AWS only keeps is noted, and listed where users look."""

from __future__ import annotations

import re

from rehearsal.program.deployment import Deployment
from rehearsal.program.without_effect import WITHOUT_EFFECT, without_effect
from rehearsal.workplace import ROOT

LISTED = {(kind, path, reason) for kind, paths in WITHOUT_EFFECT.items() for path, reason in paths.items()}
ROW = re.compile(r"^\| `(aws:[^`]+)` \| `([^`]+)` \| (.+) \|$", re.MULTILINE)


def test_the_documentation_lists_every_property_without_effect() -> None:
    rows = ROW.findall((ROOT / "docs" / "rehearsal.md").read_text())
    assert sorted(rows) == sorted(LISTED)


def test_every_property_of_the_list_is_declared_and_noted_in_some_stack(
    stacks: dict[str, Deployment],
) -> None:
    noted = {
        (ignored.urn.split("::")[2].rpartition("$")[2], ignored.path, ignored.reason)
        for stack in stacks.values()
        for ignored in stack.ignored
    }
    assert noted == LISTED


def test_only_properties_that_are_declared_are_noted() -> None:
    schedule = "aws:scheduler/schedule:Schedule"
    declared = {
        "flexibleTimeWindow": None,
        "target": {"arn": "a", "retryPolicy": {"maximumRetryAttempts": 2}},
    }
    assert [path for path, _ in without_effect(schedule, declared)] == ["target.retryPolicy"]
    assert list(without_effect(schedule, {"target": "a"})) == []
    assert list(without_effect("aws:sqs/queue:Queue", declared)) == []
