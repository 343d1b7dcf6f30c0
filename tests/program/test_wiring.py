"""Who is wired to whom: facts of the definitions, triggers, outputs."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from rehearsal.program.deployment import Deployment
from tests.conftest import STACKS

MACHINE, FUNCTION = "aws:sfn/stateMachine:StateMachine", "aws:lambda/function:Function"
OUTPUTS = {
    "alertsTopicArn",
    "approverPolicyArn",
    "artifactsBucket",
    "auditBucket",
    "dashboardUrl",
    "endpointName",
    "imageRepositories",
    "landingBucket",
    "modelPackageGroup",
    "pipelineMachineArn",
    "reviewApiUrl",
    "startRunFunctionName",
}


def texts(node: Any) -> Iterator[str]:
    """Every string in a document."""
    if isinstance(node, dict):
        node = list(node.values())
    for inner in node if isinstance(node, list) else ():
        yield from texts(inner)
    if isinstance(node, str):
        yield node


def arns_in(declared: Deployment, machine: str, service: str) -> set[str]:
    definition = json.loads(declared.named(MACHINE, machine).inputs["definition"])
    return {text for text in texts(definition) if text.startswith(f"arn:aws:{service}:")}


def machine_arn(declared: Deployment, word: str) -> str:
    arn: str = declared.named(MACHINE, word).outputs["arn"]
    return arn


@pytest.mark.parametrize(
    ("parent", "children"),
    [
        ("pipeline", {"data_preparation", "training", "evaluation", "deployment"}),
        ("data_preparation", {"data_validation", "feature_ingestion"}),
        ("training", {"train_candidate"}),
    ],
)
def test_a_machine_starts_exactly_the_machines_below_it(
    declared: Deployment, parent: str, children: set[str]
) -> None:
    started = {arn for arn in arns_in(declared, parent, "states") if ":stateMachine:" in arn}
    assert started == {machine_arn(declared, child) for child in children}


def test_every_function_a_definition_names_is_declared(declared: Deployment) -> None:
    functions = {function.outputs["arn"] for function in declared.of_type(FUNCTION)}
    named = set().union(*(arns_in(declared, m.name, "lambda") for m in declared.of_type(MACHINE)))
    assert named and named <= functions


def test_only_data_validation_is_an_express_machine(declared: Deployment) -> None:
    express = [machine.name for machine in declared.of_type(MACHINE) if machine.inputs["type"] == "EXPRESS"]
    assert express == ["data_validation"]


def test_each_kind_of_job_runs_under_its_own_role(declared: Deployment) -> None:
    roles = {role.name: role.outputs["arn"] for role in declared.of_type("aws:iam/role:Role")}
    used = {
        word: {arn for arn in arns_in(declared, word, "iam") if arn.endswith("-jobs")}
        for word in ("data_preparation", "feature_ingestion", "train_candidate", "evaluation", "deployment")
    }
    assert used["data_preparation"] == {roles["processing-jobs"]}
    assert used["feature_ingestion"] == {roles["ingestion-jobs"]}
    assert used["train_candidate"] == {roles["training-jobs"]}
    assert used["evaluation"] == {roles["processing-jobs"], roles["inference-jobs"]}
    assert used["deployment"] == {roles["inference-jobs"]}


def test_the_contract_is_put_where_runs_look_for_it(declared: Deployment) -> None:
    contract = declared.named("aws:s3/bucketObjectv2:BucketObjectv2", "flights")
    assert contract.inputs["key"] == "datasets/flights/contract.json"
    assert contract.inputs["bucket"] == declared.outputs["artifactsBucket"]


def test_alarms_watch_functions_and_queues_that_are_declared(declared: Deployment) -> None:
    names = {
        resource.inputs["name"]
        for kind in (FUNCTION, "aws:sqs/queue:Queue")
        for resource in declared.of_type(kind)
    }
    alarms = declared.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    shown = [alarm.inputs["dimensions"] for alarm in alarms if "dimensions" in alarm.inputs]
    watched = {at[key] for at in shown for key in ("FunctionName", "QueueName") if key in at}
    assert f"trainyard-{declared.stack}-start-run" in watched
    assert watched <= names


def test_an_operator_is_told_every_name_needed_to_begin(declared: Deployment) -> None:
    assert set(declared.outputs) == OUTPUTS
    assert declared.outputs["pipelineMachineArn"] == machine_arn(declared, "pipeline")
    assert declared.outputs["startRunFunctionName"] == f"trainyard-{declared.stack}-start-run"


def test_no_name_in_the_account_is_shared_by_the_two_stacks(stacks: dict[str, Deployment]) -> None:
    account_wide = {"/aws/sagemaker/TrainingJobs", "/aws/sagemaker/ProcessingJobs"}
    names = [
        {
            (resource.type, resource.inputs["name"])
            for resource in stacks[stack].resources
            if resource.inputs.get("name", "").startswith(("trainyard", "/aws", "alias"))
        }
        for stack in STACKS
    ]
    shared = {name for _, name in names[0] & names[1]}
    assert shared == {*account_wide, "/aws/sagemaker/TransformJobs"}


def test_both_stacks_declare_the_same_kinds_of_resources(stacks: dict[str, Deployment]) -> None:
    kinds = [{resource.type for resource in stacks[stack].resources} for stack in STACKS]
    assert kinds[0] ^ kinds[1] <= {
        "aws:scheduler/schedule:Schedule",
        "aws:sns/topicSubscription:TopicSubscription",
        "aws:sagemaker/featureGroup:FeatureGroup",
        "trainyard:block:FeatureGroup",
    }
