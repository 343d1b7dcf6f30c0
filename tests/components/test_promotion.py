"""Evaluation, approval and deployment as declared: how traffic moves, who may decide, what rolls back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from components.blocks.ground import Ground
from components.deployment import DeploymentArgs, deployment_config, facts_of
from components.evaluation import EvaluationArgs, evaluation_cluster, scoring_resources, thresholds
from rehearsal.program.deployment import Deployment

NAMES = ("key", "messages_key", "landing_bucket", "artifacts_bucket", "audit_bucket", "alerts_topic")
ARNS = {f"{name}_arn": f"arn:{name}" for name in NAMES}
GROUND = Ground(
    project="trainyard",
    stack="test",
    prefix="trainyard-test",
    account_id="111122223333",
    region="eu-west-1",
    subnet_ids=["subnet"],
    security_group_ids=["group"],
    landing_bucket="landing",
    artifacts_bucket="artifacts",
    audit_bucket="audit",
    log_retention_days=30,
    permissions_boundary_arn="arn:boundary",
    control_layer_arn="arn:control",
    data_layer_arn="arn:data",
    **ARNS,
)
DEPLOYMENT = DeploymentArgs(
    ground=GROUND,
    inference_role_arn="arn:inference",
    package_group="models",
    instance_type="ml.m5.large",
    instance_count=2,
    strategy="canary",
    step_percent=10,
    step_wait_minutes=5,
    bake_minutes=15,
    max_update_minutes=60,
    capture_percent=100,
    p99_latency_ms=500,
    max_error_ratio=0.01,
    kept_generations=3,
)
EVALUATION = EvaluationArgs(
    ground=GROUND,
    processing_role_arn="arn:processing",
    inference_role_arn="arn:inference",
    evaluation_image="evaluation",
    deployment_image="inference",
    endpoint_instance_type="ml.m5.large",
    commit_id="abc",
    instance_type="ml.m5.xlarge",
    transform_instance_type="ml.m5.xlarge",
    volume_gb=30,
    max_runtime_minutes=60,
    max_metric_drop=0.02,
    max_segment_drop=0.05,
    reject_drop=0.1,
    min_segment_rows=500,
    floors={"auc": 0.6},
)


@pytest.mark.parametrize(
    ("strategy", "routing"),
    [
        ("all_at_once", {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}),
        ("canary", {"Type": "CANARY", "CanarySize": {"Type": "CAPACITY_PERCENT", "Value": 10}}),
        ("linear", {"Type": "LINEAR", "LinearStepSize": {"Type": "CAPACITY_PERCENT", "Value": 10}}),
    ],
)
def test_each_strategy_moves_traffic_in_its_own_way(strategy: Any, routing: dict[str, Any]) -> None:
    config = deployment_config(replace(DEPLOYMENT, strategy=strategy), ["errors", "latency"])
    policy = config["BlueGreenUpdatePolicy"]
    assert {"WaitIntervalInSeconds": 300, **routing} == policy["TrafficRoutingConfiguration"]
    assert policy["TerminationWaitInSeconds"] == 15 * 60
    assert config["AutoRollbackConfiguration"] == {
        "Alarms": [{"AlarmName": "errors"}, {"AlarmName": "latency"}]
    }


def test_machines_with_local_disks_get_no_volume_key_that_aws_would_refuse() -> None:
    assert facts_of(DEPLOYMENT)["EndpointKeyArn"] == "arn:key"
    assert facts_of(replace(DEPLOYMENT, instance_type="ml.g5.xlarge"))["EndpointKeyArn"] is None
    assert scoring_resources(EVALUATION)["VolumeKmsKeyId"] == "arn:key"
    assert evaluation_cluster(EVALUATION)["VolumeSizeInGB"] == 30


def test_the_largest_model_follows_from_the_memory_of_the_endpoint() -> None:
    assert thresholds(EVALUATION)["max_model_mb"] == 2048
    larger = replace(EVALUATION, endpoint_instance_type="ml.m5.xlarge")
    assert thresholds(larger)["max_model_mb"] == 4096


def test_the_lock_outlives_the_longest_update_before_it_its_own_and_the_way_back() -> None:
    facts = facts_of(DEPLOYMENT)
    assert facts["LockLeaseSeconds"] > 3 * facts["MaxLivePolls"] * facts["ProbeSeconds"]
    assert facts["LockLeaseSeconds"] > 2 * facts["MaxStagingPolls"] * facts["PollSeconds"]


def test_alarms_that_roll_back_watch_the_endpoint_that_is_deployed_to(declared: Deployment) -> None:
    [machine] = [
        one
        for one in declared.of_type("aws:sfn/stateMachine:StateMachine")
        if one.inputs["name"].endswith("-deployment")
    ]
    update = json.loads(machine.inputs["definition"])["States"]["UpdateLive"]["Arguments"]
    named = {
        alarm["AlarmName"] for alarm in update["DeploymentConfig"]["AutoRollbackConfiguration"]["Alarms"]
    }
    alarms = {
        one.inputs["name"]: one.inputs for one in declared.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
    }
    assert named
    for name in named:
        assert alarms[name]["dimensions"]["EndpointName"] == update["EndpointName"]


def test_every_route_of_the_approvals_api_wants_a_signature(declared: Deployment) -> None:
    routes = declared.of_type("aws:apigatewayv2/route:Route")
    assert len(routes) == 3
    assert {route.inputs["authorizationType"] for route in routes} == {"AWS_IAM"}
