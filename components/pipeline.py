"""The pipeline itself: the workflow over the stages, and what plans, explains and records a run."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks import grants
from components.blocks.function import Function, FunctionArgs
from components.blocks.ground import Ground
from components.blocks.state_machine import StateMachine, StateMachineArgs
from components.blocks.statements import Statement, allow
from components.blocks.table import Table, TableArgs

CHILDREN = ("data_preparation", "training", "evaluation", "deployment")
JOB_KINDS = ("Training", "Processing", "Transform")
HOUR_SECONDS = 3600


@dataclass(frozen=True, kw_only=True)
class PipelineArgs:
    """Settings of the section `pipeline`, and what it takes from the stages."""

    ground: Ground
    machine_arns: Mapping[str, Input[str]]
    remove_checkpoints_function_arn: Input[str]
    request_approval_function_arn: Input[str]
    instance_prices: Mapping[str, float]
    algorithm: str
    uses_spot: bool
    uses_sweep: bool
    is_approval_required: bool
    approval_expiry_days: int

    dataset: str
    window_months: int
    drift_window_months: int
    max_laps: int
    deadline_hours: int


class Pipeline(ComponentResource):
    """One run at a time, from a request to one of the documented outcomes."""

    machine_arn: Output[str]
    machine_name: Output[str]
    runs_table: Table
    record_outcome_function_arn: Output[str]
    lease_seconds: int

    def __init__(self, name: str, args: PipelineArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:loop:Pipeline", name, None, opts)
        self._args, self._child = args, ResourceOptions(parent=self)
        self.runs_table = Table("runs", TableArgs(ground=args.ground, hash_key="id"), self._child)
        resolve, explain, record = self._resolve_run(), self._explain_failure(), self._record_outcome()
        machine = self._build_machine(name, resolve, explain, record)
        self.record_outcome_function_arn = record.arn
        self.machine_arn, self.machine_name = machine.arn, machine.name
        self.lease_seconds = lease_seconds(args)
        self.register_outputs({"machine_arn": self.machine_arn, "machine_name": self.machine_name})

    def _resolve_run(self) -> Function:
        ground = self._args.ground
        args = FunctionArgs(
            folder="functions/pipeline/resolve_run",
            description="Checks the request and plans the run",
            ground=ground,
            environment={**plan_environment(self._args), **self._places()},
            timeout_seconds=60,
            statements=[
                self.runs_table.grant("PutItem", "GetItem", "UpdateItem"),
                grants.list_bucket(ground.landing_bucket_arn, "incoming/*"),
                grants.use_key(ground),
            ],
        )
        return Function("resolve_run", args, self._child)

    def _explain_failure(self) -> Function:
        args = FunctionArgs(
            folder="functions/pipeline/explain_failure",
            description="From error and cause to outcome, reason and next step",
            ground=self._args.ground,
        )
        return Function("explain_failure", args, self._child)

    def _record_outcome(self) -> Function:
        ground = self._args.ground
        args = FunctionArgs(
            folder="functions/pipeline/record_outcome",
            description="Writes the run's record, tells who is on call, frees the pipeline",
            ground=ground,
            environment={
                **self._places(),
                "JOB_PREFIX": ground.job_prefix,
                "ALERTS_TOPIC_ARN": ground.alerts_topic_arn,
                "APPROVALS_TABLE": ground.physical_name("approvals"),
                "INSTANCE_PRICES": json.dumps(dict(self._args.instance_prices), sort_keys=True),
            },
            timeout_seconds=120,
            statements=[
                self.runs_table.grant("PutItem", "DeleteItem"),
                grants.query_index(ground, "approvals", "by-state"),
                grants.use_table(ground, "approvals", "UpdateItem"),
                grants.list_bucket(ground.artifacts_bucket_arn, "baselines/*", "pipeline/*"),
                grants.read_objects(
                    [
                        ground.artifact_objects("pipeline/*/data/statistics/*"),
                        ground.artifact_objects("pipeline/*/outcome.json"),
                    ]
                ),
                allow("s3:PutObjectTagging", left_behind(ground)),
                grants.write_objects(
                    [
                        ground.artifact_objects("pipeline/*/outcome.json"),
                        ground.artifact_objects("pipeline/*/failure.json"),
                        ground.artifact_objects("baselines/*"),
                    ]
                ),
                grants.use_key(ground),
                *grants.publish_alerts(ground),
                *read_jobs(ground),
                *read_job_logs(ground),
            ],
        )
        return Function("record_outcome", args, self._child)

    def _places(self) -> dict[str, Input[str]]:
        ground = self._args.ground
        return {
            "RUNS_TABLE": self.runs_table.name,
            "ARTIFACTS_BUCKET": ground.artifacts_bucket,
            "LANDING_BUCKET": ground.landing_bucket,
        }

    def _build_machine(
        self, name: str, resolve: Function, explain: Function, record: Function
    ) -> StateMachine:
        args, ground = self._args, self._args.ground
        called = [args.remove_checkpoints_function_arn, args.request_approval_function_arn]
        facts = {
            **facts_of(args),
            "ResolveRunFunctionArn": resolve.arn,
            "ExplainFailureFunctionArn": explain.arn,
            "RecordOutcomeFunctionArn": record.arn,
        }
        packages = ground.arn("sagemaker", f"model-package/{ground.physical_name('models')}/*")
        statements = [
            grants.invoke(resolve.arn, explain.arn, record.arn, *called),
            *grants.run_children(ground, *CHILDREN),
            allow("sagemaker:UpdateModelPackage", packages),
            grants.use_packages(ground),
        ]
        machine_args = StateMachineArgs(
            workflow="0_pipeline", ground=ground, facts=facts, statements=statements
        )
        return StateMachine(name, machine_args, self._child)


def run_timeout_seconds(args: PipelineArgs) -> int:
    """The deadline of a whole run."""
    return args.deadline_hours * HOUR_SECONDS


def approval_timeout_seconds(args: PipelineArgs) -> int:
    """How long a run waits for a decision."""
    return args.approval_expiry_days * 24 * HOUR_SECONDS


def stage_timeout_seconds(args: PipelineArgs) -> int:
    """What the deadline leaves beside the wait for a decision.

    A stage that takes longer is caught and cleaned up after; the deadline itself skips every Catch.
    """
    return run_timeout_seconds(args) - approval_timeout_seconds(args)


def lease_seconds(args: PipelineArgs) -> int:
    """How long a run may hold the pipeline: its deadline, and an hour for the janitor to free it."""
    return run_timeout_seconds(args) + HOUR_SECONDS


def plan_environment(args: PipelineArgs) -> dict[str, Input[str]]:
    """The settings that a run's plan is made of, as resolve_run reads them."""
    return {
        "DATASET": args.dataset,
        "WINDOW_MONTHS": str(args.window_months),
        "DRIFT_WINDOW_MONTHS": str(args.drift_window_months),
        "ALGORITHM": args.algorithm,
        "USES_SPOT": str(args.uses_spot).lower(),
        "USES_SWEEP": str(args.uses_sweep).lower(),
        "MAX_LAPS": str(args.max_laps),
        "IS_APPROVAL_REQUIRED": str(args.is_approval_required).lower(),
        "APPROVAL_TIMEOUT_SECONDS": str(approval_timeout_seconds(args)),
        "LEASE_SECONDS": str(lease_seconds(args)),
    }


def facts_of(args: PipelineArgs) -> dict[str, Input[Any]]:
    """What the definition takes from settings and stages."""
    machines = {f"{word.title().replace('_', '')}MachineArn": args.machine_arns[word] for word in CHILDREN}
    return {
        **machines,
        "Pipeline": args.ground.pipeline,
        "RunTimeoutSeconds": run_timeout_seconds(args),
        "StageTimeoutSeconds": stage_timeout_seconds(args),
        "RemoveCheckpointsFunctionArn": args.remove_checkpoints_function_arn,
        "RequestApprovalFunctionArn": args.request_approval_function_arn,
    }


def read_jobs(ground: Ground) -> list[Statement]:
    """Find the run's jobs by their tag and read what they took."""
    jobs = [ground.arn("sagemaker", f"{kind.lower()}-job/{ground.job_prefix}-*") for kind in JOB_KINDS]
    return [
        allow([f"sagemaker:List{kind}Jobs" for kind in JOB_KINDS], "*"),
        allow([*[f"sagemaker:Describe{kind}Job" for kind in JOB_KINDS], "sagemaker:ListTags"], jobs),
    ]


def read_job_logs(ground: Ground) -> list[Statement]:
    """The last lines of the run's jobs; the groups are the account's, the streams are narrowed to ours."""
    groups = [ground.arn("logs", f"log-group:/aws/sagemaker/{kind}Jobs") for kind in JOB_KINDS]
    streams = [f"{group}:log-stream:{ground.job_prefix}-*" for group in groups]
    return [
        allow("logs:DescribeLogStreams", [*groups, *(f"{group}:*" for group in groups)]),
        allow("logs:GetLogEvents", streams),
    ]


def left_behind(ground: Ground) -> list[Output[str]]:
    """What a run may leave behind, to be marked for the bucket's lifecycle."""
    return [ground.artifact_objects(f"pipeline/*/{kind}/*") for kind in ("checkpoints", "logs")]
