"""A machine's role grants what its rendered definition calls, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

# What Step Functions itself does with the role: logs, traces, and data under the customer's key.
OWN_PREFIXES = ("logs:", "xray:", "kms:")
JOB = re.compile(r"sagemaker:create(\w+Job)\.sync$")
ACTIONS = {
    "lambda:invoke": {"lambda:InvokeFunction"},
    "lambda:invoke.waitForTaskToken": {"lambda:InvokeFunction"},
    "states:startExecution.sync:2": {
        "states:StartExecution",
        "states:DescribeExecution",
        "states:StopExecution",
    },
    "aws-sdk:sfn:startSyncExecution": {"states:StartSyncExecution"},
    "aws-sdk:sfn:stopExecution": {"states:StopExecution"},
    "sns:publish": {"sns:Publish"},
}
MANAGED_RULE = {"events:PutRule", "events:PutTargets", "events:DescribeRule"}
DISTRIBUTED = {
    "states:StartExecution",
    "states:DescribeExecution",
    "states:StopExecution",
    "states:RedriveExecution",
}


def states_of(flow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in flow["States"].values():
        yield state
        for inner in [state.get("ItemProcessor"), *state.get("Branches", ())]:
            if inner:
                yield from states_of(inner)


def needed_by(state: dict[str, Any]) -> set[str]:
    if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        return DISTRIBUTED
    if state["Type"] != "Task":
        return set()
    integration = state["Resource"].removeprefix("arn:aws:states:::")
    job = JOB.search(integration)
    if job:
        kind = job.group(1)
        calls = {f"sagemaker:{verb}{kind}" for verb in ("Create", "Describe", "Stop")}
        return calls | MANAGED_RULE | {"sagemaker:AddTags", "sagemaker:ListTags"} | passed(state)
    if integration in ACTIONS:
        return ACTIONS[integration] | (MANAGED_RULE if integration.endswith(".sync:2") else set())
    service, action = integration.removeprefix("aws-sdk:").split(":")
    tags = {"sagemaker:AddTags"} if "Tags" in state["Arguments"] else set()
    return {f"{service}:{action[0].upper()}{action[1:]}"} | tags | passed(state)


def passed(state: dict[str, Any]) -> set[str]:
    arguments = state["Arguments"]
    given = {**arguments, **arguments.get("TrainingJobDefinition", {})}
    is_passing = any(name in given for name in ("RoleArn", "ExecutionRoleArn"))
    return {"iam:PassRole"} if is_passing else set()


@pytest.fixture
def machines(declared: Any) -> dict[str, tuple[set[str], set[str]]]:
    """Machine → (actions its states need, actions its role grants)."""
    granted: dict[str, set[str]] = {}
    for policy in declared.of_type("aws:iam/rolePolicy:RolePolicy"):
        for statement in json.loads(policy.inputs["policy"])["Statement"]:
            granted.setdefault(policy.name, set()).update(statement["Action"])
    return {
        machine.name: (
            {
                action
                for state in states_of(json.loads(machine.inputs["definition"]))
                for action in needed_by(state)
            },
            granted[f"{machine.name}-machine"],
        )
        for machine in declared.of_type("aws:sfn/stateMachine:StateMachine")
    }


def test_every_machine_may_do_what_its_states_call(machines: dict[str, Any]) -> None:
    lacking = {name: needed - granted for name, (needed, granted) in machines.items() if needed - granted}
    assert not lacking


def test_no_machine_may_do_what_none_of_its_states_calls(machines: dict[str, Any]) -> None:
    # Read by SageMaker in the caller's name: the alarms of a guarded update, the package of a new model.
    beside = {"cloudwatch:DescribeAlarms", "sagemaker:DescribeModelPackage"}
    excess = {
        name: {one for one in granted - needed - beside if not one.startswith(OWN_PREFIXES)}
        for name, (needed, granted) in machines.items()
    }
    assert {name: actions for name, actions in excess.items() if actions} == {}
