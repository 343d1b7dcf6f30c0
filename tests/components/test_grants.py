"""Role and definition of every machine agree in both directions: what its states call, and nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.program.deployment import Deployment

# What Step Functions does with any machine's role beside the states: deliver logs, trace, use keys.
OWN_BUSINESS = ("logs:", "xray:", "kms:")
RULE = {"events:PutRule", "events:PutTargets", "events:DescribeRule"}
NESTED = {"states:StartExecution", "states:DescribeExecution", "states:StopExecution"}
SIMPLE = {
    "lambda:invoke": {"lambda:InvokeFunction"},
    "states:startExecution.sync:2": NESTED | RULE,
    "aws-sdk:sfn:startSyncExecution": {"states:StartSyncExecution"},
    "aws-sdk:sfn:stopExecution": {"states:StopExecution"},
    "sns:publish": {"sns:Publish"},
    "dynamodb:putItem": {"dynamodb:PutItem"},
    "dynamodb:deleteItem": {"dynamodb:DeleteItem"},
}
JOB = re.compile(r"sagemaker:create(\w+Job)\.sync")
SDK = re.compile(r"aws-sdk:sagemaker:(\w+)")


def states(flow: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for state in flow["States"].values():
        yield state
        for inner in [*state.get("Branches", ()), state.get("ItemProcessor")]:
            yield from states(inner) if inner else ()


def needed_by(state: dict[str, Any]) -> set[str]:
    """What one state calls, from the pages of Step Functions and SageMaker on each integration."""
    if state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED":
        return NESTED | {"states:RedriveExecution"}
    if state["Type"] != "Task":
        return set()
    resource = state["Resource"].removeprefix("arn:aws:states:::").removesuffix(".waitForTaskToken")
    job = JOB.fullmatch(resource)
    if job:
        calls = {f"sagemaker:{verb}{job[1]}" for verb in ("Create", "Describe", "Stop")}
        arguments = state["Arguments"]
        # A tuning job passes the role of the training jobs it starts.
        roles = {**arguments, **arguments.get("TrainingJobDefinition", {})}
        is_passed = {"iam:PassRole"} if "RoleArn" in roles else set()
        return calls | is_passed | RULE | {"sagemaker:AddTags", "sagemaker:ListTags"}
    call = SDK.fullmatch(resource)
    return needed_by_call(call[1], state["Arguments"]) if call else SIMPLE[resource]


def needed_by_call(operation: str, arguments: dict[str, Any]) -> set[str]:
    needed = {f"sagemaker:{operation[0].upper()}{operation[1:]}"}
    if "Tags" in arguments:
        needed.add("sagemaker:AddTags")
    if "ExecutionRoleArn" in arguments:
        needed.add("iam:PassRole")
    if any("ModelPackageName" in container for container in arguments.get("Containers", ())):
        needed.add("sagemaker:DescribeModelPackage")
    if "AutoRollbackConfiguration" in arguments.get("DeploymentConfig", ()):
        needed.add("cloudwatch:DescribeAlarms")
    return needed


@pytest.mark.parametrize(
    "word",
    [
        "pipeline",
        "data-preparation",
        "data-validation",
        "feature-ingestion",
        "training",
        "train-candidate",
        "evaluation",
        "deployment",
    ],
)
def test_a_machine_may_do_what_its_states_call_and_nothing_else(
    declared: Deployment, policies: list[tuple[str, dict[str, Any]]], word: str
) -> None:
    name = f"trainyard-{declared.stack}-{word}"
    [machine] = [
        one for one in declared.of_type("aws:sfn/stateMachine:StateMachine") if one.inputs["name"] == name
    ]
    needed: set[str] = set()
    for state in states(json.loads(machine.inputs["definition"])):
        needed |= needed_by(state)
    granted = {
        action
        for role, statement in policies
        if role == f"{name}-machine"
        for action in statement["Action"]
        if not action.startswith(OWN_BUSINESS)
    }
    assert granted == needed
