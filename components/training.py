"""The stage training: one candidate or a sweep of them, each on its ladder of machines."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
from components.blocks.statements import Statement, allow
from components.blocks.training_settings import TrainingSettings, candidate_timeout_seconds, planning


@dataclass(frozen=True, kw_only=True)
class TrainingArgs(TrainingSettings):
    """The ground, the container and its role, beside the settings of the section training."""

    ground: Ground
    image_uri: Input[str]
    training_role_arn: Input[str]


class Training(ComponentResource):
    """Two machines (the stage and the ladder of one candidate) and the four functions they call."""

    machine_arn: Output[str]
    machine_name: Output[str]
    parts: Mapping[str, Output[str]]
    remove_checkpoints_function_arn: Output[str]

    def __init__(self, name: str, args: TrainingArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:stage:Training", name, None, opts)
        self._args, self._ground = args, args.ground
        plan_training = self._build_plan_training()
        classify_failure = self._build_classify_failure()
        candidate_machine = self._build_candidate_machine(classify_failure)
        choose_best = self._build_function(
            "choose_best",
            "Chooses the best of the trained candidates and publishes what they took",
            statements=[allow("cloudwatch:GetMetricStatistics", "*")],
        )
        remove_checkpoints = self._build_remove_checkpoints()
        machine = self._build_machine(candidate_machine, plan_training, choose_best, remove_checkpoints)
        self.machine_arn, self.machine_name = machine.arn, machine.name
        self.parts = {"train_candidate": candidate_machine.arn}
        self.remove_checkpoints_function_arn = remove_checkpoints.arn
        self.register_outputs(
            {
                "machine_arn": self.machine_arn,
                "machine_name": self.machine_name,
                "parts": self.parts,
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
                allow("sagemaker:ListTrainingJobs", "*"),
                allow("sagemaker:ListTags", ground.arn("sagemaker", f"training-job/{ground.job_prefix}-*")),
            ],
            environment={"ARTIFACTS_BUCKET": ground.artifacts_bucket, "JOB_PREFIX": ground.job_prefix},
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
        facts = {"ClassifyFailureFunctionArn": classify_failure.arn, **job_facts(args)}
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
            **job_facts(self._args),
        }
        statements = [
            invoke(plan_training.arn, choose_best.arn, remove_checkpoints.arn),
            *run_children(ground, "train_candidate"),
            *run_map_children(ground, "training"),
            *run_jobs(ground, "HyperParameterTuningJob"),
            pass_role(self._args.training_role_arn),
            allow(
                "sagemaker:DescribeTrainingJob",
                ground.arn("sagemaker", f"training-job/{ground.job_prefix}-*"),
            ),
        ]
        machine_args = StateMachineArgs(
            workflow="2_training", ground=ground, facts=facts, statements=statements
        )
        return StateMachine("training", machine_args, ResourceOptions(parent=self))


def job_facts(args: TrainingArgs) -> dict[str, Any]:
    """What every job's request holds, whoever starts it."""
    ground = args.ground
    return {
        **ground.job_facts,
        "TrainingRoleArn": args.training_role_arn,
        "TrainingImage": args.image_uri,
    }
