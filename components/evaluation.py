"""The evaluation stage: its workflow, the functions that decide in it, and the registry's package group."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks import grants
from components.blocks.function import Function, FunctionArgs
from components.blocks.ground import Ground
from components.blocks.state_machine import StateMachine, StateMachineArgs
from components.blocks.statements import Statement, allow
from contracts.instances import catalogue

# A model is unpacked beside the server that loads it: a quarter of the memory leaves room for both.
MODEL_MEMORY_SHARE = 0.25
# Waiting for quota and for a machine, on top of what a job may run.
JOB_MARGIN_SECONDS = 1800


@dataclass(frozen=True, kw_only=True)
class EvaluationArgs:
    """Settings of the section `evaluation`, and what it takes from other components."""

    ground: Ground
    processing_role_arn: Input[str]
    inference_role_arn: Input[str]
    evaluation_image: Input[str]
    deployment_image: Input[str]
    endpoint_instance_type: str
    commit_id: str

    instance_type: str
    transform_instance_type: str
    volume_gb: int
    max_runtime_minutes: int
    max_metric_drop: float
    max_segment_drop: float
    reject_drop: float
    min_segment_rows: int
    floors: Mapping[str, float]


class Evaluation(ComponentResource):
    """From a trained candidate to a verdict and, if it deserves one, a package."""

    machine_arn: Output[str]
    machine_name: Output[str]
    package_group: Output[str]

    def __init__(self, name: str, args: EvaluationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:stage:Evaluation", name, None, opts)
        self._args, self._child = args, ResourceOptions(parent=self)
        group = aws.sagemaker.ModelPackageGroup(
            "models",
            model_package_group_name=args.ground.physical_name("models"),
            model_package_group_description="Every model this pipeline found good enough to be looked at",
            opts=self._child,
        )
        self.package_group = group.model_package_group_name
        functions = [self._find_baseline(), self._judge_candidate(), self._remove_evaluation()]
        machine = self._build_machine(name, *functions)
        self.machine_arn, self.machine_name = machine.arn, machine.name
        self.register_outputs({"machine_arn": self.machine_arn, "package_group": self.package_group})

    def _find_baseline(self) -> Function:
        ground, live = self._args.ground, self._args.ground.live_endpoint
        prefix = ground.job_prefix
        args = FunctionArgs(
            folder="functions/evaluation/find_baseline",
            description="The model in production, which a candidate is held against",
            ground=ground,
            environment={"ENDPOINT_NAME": live},
            statements=[
                allow("sagemaker:DescribeEndpoint", ground.arn("sagemaker", f"endpoint/{live}")),
                allow(
                    "sagemaker:DescribeEndpointConfig", ground.arn("sagemaker", f"endpoint-config/{prefix}-*")
                ),
                allow("sagemaker:DescribeModel", ground.arn("sagemaker", f"model/{prefix}-*")),
            ],
        )
        return Function("find_baseline", args, self._child)

    def _judge_candidate(self) -> Function:
        ground = self._args.ground
        readable = [
            ground.artifact_objects("pipeline/*/evaluation/*"),
            ground.artifact_objects("pipeline/*/model/*"),
        ]
        args = FunctionArgs(
            folder="functions/evaluation/judge_candidate",
            description="Promote, review, retrain or reject, with reasons",
            ground=ground,
            environment={"THRESHOLDS": json.dumps(thresholds(self._args))},
            statements=[grants.read_objects(readable), grants.use_key(ground)],
        )
        return Function("judge_candidate", args, self._child)

    def _remove_evaluation(self) -> Function:
        ground = self._args.ground
        args = FunctionArgs(
            folder="functions/evaluation/remove_evaluation",
            description="Takes back what an evaluation created",
            ground=ground,
            environment={"ARTIFACTS_BUCKET": ground.artifacts_bucket},
            timeout_seconds=120,
            statements=[
                grants.list_bucket(ground.artifacts_bucket_arn, "pipeline/*"),
                grants.delete_objects(ground.artifact_objects("pipeline/*/evaluation/*")),
                allow("sagemaker:DeleteModel", ground.arn("sagemaker", f"model/{ground.job_prefix}-*")),
                allow("sagemaker:UpdateModelPackage", packages(ground)),
                grants.use_packages(ground),
            ],
        )
        return Function("remove_evaluation", args, self._child)

    def _build_machine(self, name: str, find: Function, judge: Function, remove: Function) -> StateMachine:
        args = self._args
        facts = {
            **facts_of(args),
            "PackageGroup": self.package_group,
            "FindBaselineFunctionArn": find.arn,
            "JudgeCandidateFunctionArn": judge.arn,
            "RemoveEvaluationFunctionArn": remove.arn,
        }
        statements = [grants.invoke(find.arn, judge.arn, remove.arn), *machine_statements(args)]
        machine_args = StateMachineArgs(
            workflow="3_evaluation", ground=args.ground, facts=facts, statements=statements
        )
        return StateMachine(name, machine_args, self._child)


def thresholds(args: EvaluationArgs) -> dict[str, Any]:
    """What a verdict is measured by; the largest model follows from the endpoint's memory."""
    endpoint = catalogue().instance(args.endpoint_instance_type, "endpoint", "deployment.instanceType")
    return {
        "max_metric_drop": args.max_metric_drop,
        "max_segment_drop": args.max_segment_drop,
        "reject_drop": args.reject_drop,
        "min_segment_rows": args.min_segment_rows,
        "max_model_mb": endpoint.memory_gib * 1024 * MODEL_MEMORY_SHARE,
        "floors": dict(args.floors),
    }


def facts_of(args: EvaluationArgs) -> dict[str, Input[Any]]:
    """What the definition takes from settings and other components."""
    ground = args.ground
    runtime_seconds = args.max_runtime_minutes * 60
    return {
        **ground.job_facts,
        "ProcessingRoleArn": args.processing_role_arn,
        "InferenceRoleArn": args.inference_role_arn,
        "EvaluationImage": args.evaluation_image,
        "DeploymentImage": args.deployment_image,
        "EndpointInstanceType": args.endpoint_instance_type,
        "ScoringInstanceType": args.transform_instance_type,
        "ScoringResources": scoring_resources(args),
        "EvaluationCluster": evaluation_cluster(args),
        "MaxRuntimeSeconds": runtime_seconds,
        "JobTimeoutSeconds": runtime_seconds + JOB_MARGIN_SECONDS,
        "ScoringTimeoutSeconds": runtime_seconds + JOB_MARGIN_SECONDS,
        "CommitId": args.commit_id,
    }


def scoring_resources(args: EvaluationArgs) -> dict[str, Any]:
    """TransformResources; types with local NVMe storage take no volume key."""
    instance = catalogue().instance(
        args.transform_instance_type, "processing", "evaluation.transformInstanceType"
    )
    resources = {"InstanceType": instance.type, "InstanceCount": 1}
    return resources if instance.has_local_nvme else {**resources, "VolumeKmsKeyId": args.ground.key_arn}


def evaluation_cluster(args: EvaluationArgs) -> dict[str, Any]:
    """ProcessingResources.ClusterConfig, which names a volume size even where the key is refused."""
    instance = catalogue().instance(args.instance_type, "processing", "evaluation.instanceType")
    cluster = {"InstanceType": instance.type, "InstanceCount": 1, "VolumeSizeInGB": args.volume_gb}
    return cluster if instance.has_local_nvme else {**cluster, "VolumeKmsKeyId": args.ground.key_arn}


def packages(ground: Ground) -> str:
    """The ARNs of the group's versions."""
    return ground.arn("sagemaker", f"model-package/{ground.physical_name('models')}/*")


def machine_statements(args: EvaluationArgs) -> list[Statement]:
    """What the states of 3_evaluation call beside functions."""
    ground = args.ground
    group = ground.arn("sagemaker", f"model-package-group/{ground.physical_name('models')}")
    return [
        *grants.run_jobs(ground, "TransformJob"),
        *grants.run_jobs(ground, "ProcessingJob"),
        grants.create_models(ground),
        allow("sagemaker:CreateModelPackage", [group, packages(ground)]),
        grants.use_packages(ground),
        grants.pass_role(args.processing_role_arn),
        grants.pass_role(args.inference_role_arn),
    ]
