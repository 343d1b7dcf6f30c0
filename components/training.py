"""The stage training: one candidate or a sweep of them, each on its ladder of machines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.function import Function, FunctionArgs
from components.blocks.grants import (
    delete_objects,
    invoke,
    list_bucket,
    pass_role,
    run_children,
    run_jobs,
    run_map_children,
    use_key,
)
from components.blocks.ground import Ground
from components.blocks.state_machine import StateMachine, StateMachineArgs
from components.blocks.statements import Statement
from contracts.checkpoint_interval import automatic_seconds

Value = int | float | str

SECONDS_PER_MINUTE = 60
# Beyond a job's own limits: waiting for machines, and the ladder's pauses between attempts.
ATTEMPT_MARGIN_SECONDS = 3 * 3600


class Spot(TypedDict):
    """Whether the ladder starts on spot, how long a window is, and how many may pass without progress."""

    is_used: bool
    max_wait_minutes: int
    max_windows: int
    interruption_percent_per_hour: float


class Checkpoint(TypedDict):
    """The interval (or "auto"), what writing costs, and what an interruption may cost."""

    seconds: int | str
    write_seconds: float
    max_lost_seconds: int


class Recovery(TypedDict):
    """How often the ladder tries what may help, and how far it goes."""

    max_transient_failures: int
    max_divergences: int
    backoff_seconds: int
    min_batch_size: int
    rate_factor: float


class Sweep(TypedDict):
    """What a sweep draws from, and its bounds."""

    is_used: bool
    manager: str
    strategy: str
    max_candidates: int
    max_concurrency: int
    tolerated_failure_percentage: int
    seed: int
    space: Mapping[str, Sequence[Value]]
    variants: Sequence[Mapping[str, Value]]


@dataclass(frozen=True, kw_only=True)
class TrainingArgs:
    """The ground, the container and its role; then the settings of the section training."""

    ground: Ground
    image_uri: Input[str]
    training_role_arn: Input[str]

    algorithm: str
    objective_metric: str
    instance_types: Sequence[str]
    volume_gb: int
    max_runtime_minutes: int
    keep_alive_seconds: int
    max_attempts: int
    max_cost_usd: float
    checkpoint: Checkpoint
    spot: Spot
    recovery: Recovery
    sweep: Sweep
    hyperparameters: Mapping[str, Value]


class Training(ComponentResource):
    """Two machines (the stage and the ladder of one candidate) and the four functions they call."""

    machine_arn: Output[str]
    machine_name: Output[str]
    candidate_machine_arn: Output[str]
    remove_checkpoints_function_arn: Output[str]

    def __init__(self, name: str, args: TrainingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:stage:Training", name, None, opts)
        self._args, self._ground = args, args.ground
        plan_training = self._build_plan_training()
        classify_failure = self._build_classify_failure()
        candidate_machine = self._build_candidate_machine(classify_failure)
        choose_best = self._build_function("choose_best", "Chooses the best of the trained candidates")
        remove_checkpoints = self._build_remove_checkpoints()
        machine = self._build_machine(candidate_machine, plan_training, choose_best, remove_checkpoints)
        self.machine_arn, self.machine_name = machine.arn, machine.name
        self.candidate_machine_arn = candidate_machine.arn
        self.remove_checkpoints_function_arn = remove_checkpoints.arn
        self.register_outputs(
            {
                "machine_arn": self.machine_arn,
                "machine_name": self.machine_name,
                "candidate_machine_arn": self.candidate_machine_arn,
                "remove_checkpoints_function_arn": self.remove_checkpoints_function_arn,
            }
        )

    def _build_plan_training(self) -> Function:
        return self._build_function(
            "plan_training",
            "Plans the candidates and the ladder of one lap",
            environment={
                "TRAINING": json.dumps(planning(self._args), sort_keys=True),
                "KEY_ARN": self._ground.key_arn,
            },
        )

    def _build_classify_failure(self) -> Function:
        return self._build_function(
            "classify_failure",
            "Says why a training attempt failed and what the next one may change",
            statements=[list_bucket(self._ground.artifacts_bucket_arn, "pipeline/*/checkpoints/*")],
        )

    def _build_remove_checkpoints(self) -> Function:
        ground = self._ground
        return self._build_function(
            "remove_checkpoints",
            "Removes what no resume can need any more",
            statements=[
                list_bucket(ground.artifacts_bucket_arn, "pipeline/*"),
                delete_objects(ground.artifact_objects("pipeline/*/checkpoints/*")),
                delete_objects(ground.artifact_objects("pipeline/*/model/*")),
                use_key(ground),
            ],
            environment={"ARTIFACTS_BUCKET": ground.artifacts_bucket},
        )

    def _build_function(
        self,
        word: str,
        description: str,
        statements: Sequence[Statement] = (),
        environment: Mapping[str, Input[str]] | None = None,
    ) -> Function:
        function_args = FunctionArgs(
            folder=f"functions/training/{word}",
            description=description,
            ground=self._ground,
            environment=environment or {},
            statements=statements,
            timeout_seconds=120,
        )
        return Function(word, function_args, ResourceOptions(parent=self))

    def _build_candidate_machine(self, classify_failure: Function) -> StateMachine:
        ground, args = self._ground, self._args
        facts: dict[str, Any] = {
            "ClassifyFailureFunctionArn": classify_failure.arn,
            "TrainingRoleArn": args.training_role_arn,
            "TrainingImage": args.image_uri,
            "ArtifactsBucket": ground.artifacts_bucket,
            "KeyArn": ground.key_arn,
            "SubnetIds": ground.subnet_ids,
            "SecurityGroupIds": ground.security_group_ids,
            "JobPrefix": ground.job_prefix,
            "Project": ground.project,
            "Pipeline": ground.pipeline,
        }
        statements = [
            invoke(classify_failure.arn),
            *run_jobs(ground, "TrainingJob"),
            pass_role(args.training_role_arn),
        ]
        machine_args = StateMachineArgs(
            workflow="2a_train_candidate", ground=ground, facts=facts, statements=statements
        )
        return StateMachine("train_candidate", machine_args, ResourceOptions(parent=self))

    def _build_machine(
        self,
        candidate_machine: StateMachine,
        plan_training: Function,
        choose_best: Function,
        remove_checkpoints: Function,
    ) -> StateMachine:
        ground = self._ground
        facts: dict[str, Any] = {
            "TrainCandidateMachineArn": candidate_machine.arn,
            "CandidateTimeoutSeconds": candidate_timeout_seconds(self._args),
            "PlanTrainingFunctionArn": plan_training.arn,
            "ChooseBestFunctionArn": choose_best.arn,
            "RemoveCheckpointsFunctionArn": remove_checkpoints.arn,
        }
        statements = [
            invoke(plan_training.arn, choose_best.arn, remove_checkpoints.arn),
            *run_children(ground, "train_candidate"),
            *run_map_children(ground, "training"),
        ]
        machine_args = StateMachineArgs(
            workflow="2_training", ground=ground, facts=facts, statements=statements
        )
        return StateMachine("training", machine_args, ResourceOptions(parent=self))


def planning(args: TrainingArgs) -> dict[str, Any]:
    """What the function plan_training reads from its environment: settings in its own units."""
    sweep = args.sweep
    return {
        "algorithm": args.algorithm,
        "objective_metric": args.objective_metric,
        "checkpoint_seconds": checkpoint_seconds(args),
        "hyperparameters": dict(args.hyperparameters),
        "sweep": {
            "manager": sweep["manager"],
            "draw": {
                name: sweep[name] for name in ("strategy", "max_candidates", "seed", "space", "variants")
            },
            "max_concurrency": sweep["max_concurrency"],
            "tolerated_failure_percentage": sweep["tolerated_failure_percentage"],
        },
        "ladder": {
            "instance_types": list(args.instance_types),
            "volume_gb": args.volume_gb,
            "max_runtime_seconds": args.max_runtime_minutes * SECONDS_PER_MINUTE,
            "max_wait_seconds": args.spot["max_wait_minutes"] * SECONDS_PER_MINUTE,
            "keep_alive_seconds": args.keep_alive_seconds,
            "uses_spot": args.spot["is_used"],
            "max_attempts": args.max_attempts,
            "max_stale_windows": args.spot["max_windows"],
            "max_cost_usd": args.max_cost_usd,
            **args.recovery,
        },
    }


def checkpoint_seconds(args: TrainingArgs) -> int:
    """The interval that is set, or the one that costs least within what may be lost."""
    given = args.checkpoint["seconds"]
    if isinstance(given, int):
        return given
    return automatic_seconds(
        args.checkpoint["write_seconds"],
        args.spot["interruption_percent_per_hour"],
        args.checkpoint["max_lost_seconds"],
        args.max_runtime_minutes * SECONDS_PER_MINUTE,
    )


def candidate_timeout_seconds(args: TrainingArgs) -> int:
    """The longest a candidate may take: every attempt at its own limit."""
    spot_minutes = args.spot["max_wait_minutes"] if args.spot["is_used"] else 0
    attempt_seconds = max(args.max_runtime_minutes, spot_minutes) * SECONDS_PER_MINUTE
    return args.max_attempts * (attempt_seconds + ATTEMPT_MARGIN_SECONDS)
