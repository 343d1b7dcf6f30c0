"""The deployment stage: its workflow, its lock, the alarms that roll an update back, and its functions."""

from dataclasses import dataclass
from typing import Any, Literal

import pulumi_aws as aws
from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks import grants, metrics
from components.blocks.alarms import Limit, metric_alarm
from components.blocks.function import Function, FunctionArgs
from components.blocks.ground import Ground
from components.blocks.state_machine import StateMachine, StateMachineArgs
from components.blocks.statements import Statement, allow
from components.blocks.table import Table, TableArgs
from contracts.instances import catalogue
from contracts.run import RUN_STOPPED

VARIANT = "AllTraffic"
# A starting endpoint is looked at after 1, 4, 16 … seconds, at most so many: a look is three transitions.
POLL_SECONDS = 120
PROBE_SECONDS = 30  # while traffic shifts, or shifts back: alarms of a minute need requests in each
MAX_PACKAGE_POLLS = 8  # nine minutes: a package is usually complete at the first look
MAX_STAGING_POLLS = 18  # half an hour for a machine to start
LOCK_MARGIN_SECONDS = (
    7200  # staging and smoke tests, beside an update that is waited for, one's own and the way back
)


@dataclass(frozen=True, kw_only=True)
class DeploymentArgs:
    """Settings of the section `deployment`, and what it takes from other components."""

    ground: Ground
    inference_role_arn: Input[str]
    package_group: Input[str]

    instance_type: str
    instance_count: int
    strategy: Literal["canary", "linear", "all_at_once"]
    step_percent: int
    step_wait_minutes: int
    bake_minutes: int
    max_update_minutes: int
    capture_percent: int
    p99_latency_ms: int
    max_error_ratio: float
    kept_generations: int


class Deployment(ComponentResource):
    """From an approved package to the live endpoint, which the workflow itself creates and updates."""

    machine_arn: Output[str]
    machine_name: Output[str]
    endpoint_name: str
    variant: str = VARIANT

    def __init__(self, name: str, args: DeploymentArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:stage:Deployment", name, None, opts)
        self._args, self._child = args, ResourceOptions(parent=self)
        self.endpoint_name = args.ground.live_endpoint
        self._locks = Table(
            "deployments", TableArgs(ground=args.ground, hash_key="endpoint_name"), self._child
        )
        alarms = self._build_alarms()
        functions = [self._smoke_test_endpoint(), self._prune_generations(), self._restore_endpoint()]
        machine = self._build_machine(name, [alarm.name for alarm in alarms], *functions)
        self.machine_arn, self.machine_name = machine.arn, machine.name
        self.register_outputs({"machine_arn": self.machine_arn, "endpoint_name": self.endpoint_name})

    def _build_alarms(self) -> list[aws.cloudwatch.MetricAlarm]:
        args, live = self._args, (self.endpoint_name, VARIANT)
        errors = metrics.endpoint(*live, "Invocation5XXErrors", "Average", "errors")
        latency = metrics.endpoint(*live, "ModelLatency", "p99", "latency")
        return [
            metric_alarm(
                "live-errors",
                "The live endpoint answers with errors; an update under way rolls back",
                errors,
                Limit(threshold=args.max_error_ratio, period_seconds=60, periods=2),
                args.ground,
                self._child,
            ),
            metric_alarm(
                "live-latency",
                "The live endpoint is slow; an update under way rolls back",
                latency,
                # SageMaker measures latency in microseconds.
                Limit(threshold=args.p99_latency_ms * 1000, period_seconds=60, periods=2),
                args.ground,
                self._child,
            ),
        ]

    def _smoke_test_endpoint(self) -> Function:
        ground = self._args.ground
        known = [ground.artifact_objects(f"pipeline/*/{part}/*") for part in ("data/test", "evaluation")]
        args = FunctionArgs(
            folder="functions/deployment/smoke_test_endpoint",
            description="Known requests, known answers",
            ground=ground,
            environment={"MAX_LATENCY_MILLISECONDS": str(self._args.p99_latency_ms)},
            timeout_seconds=150,
            statements=[
                grants.read_objects(known),
                grants.use_key(ground),
                allow("sagemaker:InvokeEndpoint", endpoints(ground)),
            ],
        )
        return Function("smoke_test_endpoint", args, self._child)

    def _prune_generations(self) -> Function:
        ground = self._args.ground
        prefix = f"{ground.job_prefix}-config-"
        configs = ground.arn("sagemaker", f"endpoint-config/{prefix}*")
        args = FunctionArgs(
            folder="functions/deployment/prune_generations",
            description="Keeps the last few endpoint configurations",
            ground=ground,
            environment={"CONFIG_PREFIX": prefix, "KEPT_GENERATIONS": str(self._args.kept_generations)},
            timeout_seconds=120,
            statements=[
                allow("sagemaker:ListEndpointConfigs", "*"),
                allow(["sagemaker:DescribeEndpointConfig", "sagemaker:DeleteEndpointConfig"], configs),
                allow("sagemaker:DeleteModel", ground.arn("sagemaker", f"model/{ground.job_prefix}-*")),
            ],
        )
        return Function("prune_generations", args, self._child)

    def _restore_endpoint(self) -> Function:
        ground = self._args.ground
        configs = ground.arn("sagemaker", f"endpoint-config/{ground.job_prefix}-*")
        args = FunctionArgs(
            folder="functions/deployment/restore_endpoint",
            description="The way back from a failed deployment",
            ground=ground,
            timeout_seconds=120,
            statements=[
                allow(["sagemaker:DescribeEndpoint", "sagemaker:DeleteEndpoint"], endpoints(ground)),
                allow("sagemaker:UpdateEndpoint", [*endpoints(ground), configs]),
                allow("sagemaker:DeleteEndpointConfig", configs),
                allow("sagemaker:DeleteModel", ground.arn("sagemaker", f"model/{ground.job_prefix}-*")),
            ],
        )
        return Function("restore_endpoint", args, self._child)

    def _build_machine(
        self, name: str, alarm_names: list[Any], smoke: Function, prune: Function, restore: Function
    ) -> StateMachine:
        args = self._args
        facts = {
            **facts_of(args),
            "EndpointName": self.endpoint_name,
            "LockTable": self._locks.name,
            "DeploymentConfig": deployment_config(args, alarm_names),
            "SmokeTestEndpointFunctionArn": smoke.arn,
            "PruneGenerationsFunctionArn": prune.arn,
            "RestoreEndpointFunctionArn": restore.arn,
        }
        statements = [
            grants.invoke(smoke.arn, prune.arn, restore.arn),
            self._locks.grant("PutItem", "DeleteItem"),
            *machine_statements(args),
        ]
        machine_args = StateMachineArgs(
            workflow="4_deployment", ground=args.ground, facts=facts, statements=statements
        )
        return StateMachine(name, machine_args, self._child)


def deployment_config(args: DeploymentArgs, alarm_names: list[Any]) -> dict[str, Any]:
    """UpdateEndpoint's DeploymentConfig: how traffic moves, how long the old fleet stays, what rolls back."""
    policy = {
        "TrafficRoutingConfiguration": traffic_routing(args),
        "TerminationWaitInSeconds": args.bake_minutes * 60,
        "MaximumExecutionTimeoutInSeconds": args.max_update_minutes * 60,
    }
    rollback = {"Alarms": [{"AlarmName": name} for name in alarm_names]}
    return {"BlueGreenUpdatePolicy": policy, "AutoRollbackConfiguration": rollback}


def traffic_routing(args: DeploymentArgs) -> dict[str, Any]:
    """All at once, one canary and then the rest, or equal steps."""
    if args.strategy == "all_at_once":
        return {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    size = {"Type": "CAPACITY_PERCENT", "Value": args.step_percent}
    wait = {"WaitIntervalInSeconds": args.step_wait_minutes * 60}
    if args.strategy == "canary":
        return {"Type": "CANARY", "CanarySize": size, **wait}
    return {"Type": "LINEAR", "LinearStepSize": size, **wait}


def facts_of(args: DeploymentArgs) -> dict[str, Input[Any]]:
    """What the definition takes from settings and other components."""
    ground = args.ground
    instance = catalogue().instance(args.instance_type, "endpoint", "deployment.instanceType")
    update_seconds = args.max_update_minutes * 60
    return {
        **ground.job_facts,
        # Refused for types with local NVMe storage; null leaves the field out.
        "EndpointKeyArn": None if instance.has_local_nvme else ground.key_arn,
        "InferenceRoleArn": args.inference_role_arn,
        "VariantName": VARIANT,
        "EndpointInstanceType": instance.type,
        "EndpointInstanceCount": args.instance_count,
        "CapturePercentage": args.capture_percent,
        "StoppedReason": RUN_STOPPED,
        "PollSeconds": POLL_SECONDS,
        "ProbeSeconds": PROBE_SECONDS,
        "MaxPackagePolls": MAX_PACKAGE_POLLS,
        "MaxStagingPolls": MAX_STAGING_POLLS,
        "MaxLivePolls": update_seconds // PROBE_SECONDS + MAX_STAGING_POLLS,
        "LockLeaseSeconds": 3 * update_seconds + LOCK_MARGIN_SECONDS,
    }


def endpoints(ground: Ground) -> list[str]:
    """The live endpoint and the staging endpoints."""
    return [ground.arn("sagemaker", f"endpoint/{ground.live_endpoint}"), staging_endpoints(ground)]


def staging_endpoints(ground: Ground) -> str:
    """The endpoints that a run makes to try a configuration on."""
    return ground.arn("sagemaker", f"endpoint/{ground.job_prefix}-staging-*")


def machine_statements(args: DeploymentArgs) -> list[Statement]:
    """What the states of 4_deployment call beside functions and the lock."""
    ground = args.ground
    configs = ground.arn("sagemaker", f"endpoint-config/{ground.job_prefix}-*")
    packages = Output.concat(ground.arn("sagemaker", "model-package/"), args.package_group, "/*")
    return [
        allow(["sagemaker:DescribeModelPackage", "sagemaker:UpdateModelPackage"], packages),
        grants.use_packages(ground),
        grants.create_models(ground),
        allow(["sagemaker:CreateEndpointConfig", "sagemaker:AddTags"], configs),
        # Creating and updating an endpoint is authorised on its configuration too.
        allow(["sagemaker:CreateEndpoint", "sagemaker:UpdateEndpoint"], [*endpoints(ground), configs]),
        allow(["sagemaker:DescribeEndpoint", "sagemaker:AddTags"], endpoints(ground)),
        allow("sagemaker:DeleteEndpoint", staging_endpoints(ground)),
        allow("sagemaker:ListEndpoints", "*"),
        allow("cloudwatch:DescribeAlarms", "*"),
        # Of an earlier attempt, whose lock is taken over.
        allow("states:StopExecution", ground.executions_arn("deployment")),
        grants.use_key(ground),
        grants.pass_role(args.inference_role_arn),
    ]
