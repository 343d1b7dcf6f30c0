"""The stage data_preparation: landed files through the contract gate, features and the statistical gate."""

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
    publish_alerts,
    read_objects,
    run_express_child,
    run_jobs,
    use_key,
    write_objects,
)
from components.blocks.ground import Ground
from components.blocks.state_machine import StateMachine, StateMachineArgs
from components.blocks.statements import Statement

# How long a processing job may wait for its machine and transfer data, beyond its own limit.
JOB_MARGIN_SECONDS = 3600
SECONDS_PER_MINUTE = 60


class Shift(TypedDict):
    """When data counts as shifted, and whether the run is flagged or halted by it."""

    significance: float
    min_effect: float
    min_psi: float
    action: str


@dataclass(frozen=True, kw_only=True)
class DataPreparationArgs:
    """The ground, the container and its role; then the settings of the section dataPreparation."""

    ground: Ground
    image_uri: Input[str]
    processing_role_arn: Input[str]

    instance_types: Sequence[str]
    volume_gb: int
    max_runtime_minutes: int
    spark_threshold_gb: float
    max_file_mb: int
    is_strict: bool
    shift: Shift


class DataPreparation(ComponentResource):
    """Two machines (the stage and its Express validation) and the five functions they call."""

    machine_arn: Output[str]
    machine_name: Output[str]
    validation_machine_arn: Output[str]

    def __init__(self, name: str, args: DataPreparationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:stage:DataPreparation", name, None, opts)
        self._args, self._ground = args, args.ground
        plan_preparation = self._build_plan_preparation()
        validate_schema = self._build_validate_schema()
        validation = self._build_validation_machine(validate_schema)
        collect_reports = self._build_collect_reports()
        quarantine_files = self._build_quarantine_files()
        judge_shift = self._build_judge_shift()
        functions = (plan_preparation, collect_reports, quarantine_files, judge_shift)
        machine = self._build_machine(validation, *functions)
        self.machine_arn, self.machine_name = machine.arn, machine.name
        self.validation_machine_arn = validation.arn
        self.register_outputs(
            {
                "machine_arn": self.machine_arn,
                "machine_name": self.machine_name,
                "validation_machine_arn": self.validation_machine_arn,
            }
        )

    def _build_plan_preparation(self) -> Function:
        ground, args = self._ground, self._args
        return self._build_function(
            "plan_preparation",
            "Lists the files of the run's window and plans the job that prepares them",
            statements=[
                list_bucket(ground.landing_bucket_arn, "incoming/*"),
                list_bucket(ground.artifacts_bucket_arn, "baselines/*"),
                write_objects(ground.artifact_objects("pipeline/*/data/landed.manifest")),
                write_objects(ground.artifact_objects("pipeline/*/data/check.manifest")),
                use_key(ground),
            ],
            environment={
                "LANDING_BUCKET": ground.landing_bucket,
                "ARTIFACTS_BUCKET": ground.artifacts_bucket,
                "KEY_ARN": ground.key_arn,
                "INSTANCE_TYPES": ",".join(args.instance_types),
                "VOLUME_GB": str(args.volume_gb),
                "SPARK_THRESHOLD_GB": f"{args.spark_threshold_gb:g}",
                "MAX_FILE_MB": str(args.max_file_mb),
                "IS_STRICT": str(args.is_strict).lower(),
                "SHIFT_SIGNIFICANCE": f"{args.shift['significance']:g}",
                "SHIFT_KS_FLOOR": f"{args.shift['min_effect']:g}",
                "SHIFT_PSI_FLOOR": f"{args.shift['min_psi']:g}",
            },
        )

    def _build_validate_schema(self) -> Function:
        ground = self._ground
        function_args = FunctionArgs(
            folder="functions/data_preparation/validate_schema",
            description="Holds one landed file against the dataset contract",
            ground=ground,
            environment={
                "ARTIFACTS_BUCKET": ground.artifacts_bucket,
                "MAX_FILE_MB": str(self._args.max_file_mb),
            },
            statements=[
                list_bucket(ground.landing_bucket_arn, "incoming/*"),
                read_objects(ground.landing_objects("incoming/*")),
                read_objects(ground.artifact_objects("datasets/*")),
                write_objects(ground.artifact_objects("pipeline/*/data/reports/*")),
                use_key(ground),
            ],
            timeout_seconds=240,
            memory_mb=1769,
            uses_data_layer=True,
        )
        return Function("validate_schema", function_args, ResourceOptions(parent=self))

    def _build_collect_reports(self) -> Function:
        ground = self._ground
        return self._build_function(
            "collect_reports",
            "Collects what the validating job says about large files",
            statements=[
                list_bucket(ground.artifacts_bucket_arn, "pipeline/*"),
                read_objects(ground.artifact_objects("pipeline/*/data/reports/*")),
                use_key(ground),
            ],
            environment={"ARTIFACTS_BUCKET": ground.artifacts_bucket},
        )

    def _build_quarantine_files(self) -> Function:
        ground = self._ground
        return self._build_function(
            "quarantine_files",
            "Moves rejected files to the dead letters beside their reports",
            statements=[
                list_bucket(ground.landing_bucket_arn, "incoming/*"),
                read_objects(ground.landing_objects("incoming/*")),
                write_objects(ground.landing_objects("dead-letter/*")),
                delete_objects(ground.landing_objects("incoming/*")),
                read_objects(ground.artifact_objects("pipeline/*/data/reports/*")),
                use_key(ground),
            ],
            environment={"LANDING_BUCKET": ground.landing_bucket},
        )

    def _build_judge_shift(self) -> Function:
        ground = self._ground
        return self._build_function(
            "judge_shift",
            "Judges how far the data has moved from the baseline and describes the dataset",
            statements=[
                list_bucket(ground.artifacts_bucket_arn, "pipeline/*"),
                read_objects(ground.artifact_objects("pipeline/*/data/*")),
                write_objects(ground.artifact_objects("baselines/*")),
                use_key(ground),
            ],
            environment={
                "ARTIFACTS_BUCKET": ground.artifacts_bucket,
                "SHIFT_ACTION": self._args.shift["action"],
            },
        )

    def _build_function(
        self,
        word: str,
        description: str,
        statements: Sequence[Statement],
        environment: Mapping[str, Input[str]],
    ) -> Function:
        function_args = FunctionArgs(
            folder=f"functions/data_preparation/{word}",
            description=description,
            ground=self._ground,
            environment=environment,
            statements=statements,
            timeout_seconds=120,
        )
        return Function(word, function_args, ResourceOptions(parent=self))

    def _build_validation_machine(self, validate_schema: Function) -> StateMachine:
        machine_args = StateMachineArgs(
            workflow="1a_data_validation",
            ground=self._ground,
            facts={"ValidateSchemaFunctionArn": validate_schema.arn},
            statements=[invoke(validate_schema.arn)],
            type="EXPRESS",
        )
        return StateMachine("data_validation", machine_args, ResourceOptions(parent=self))

    def _build_machine(
        self,
        validation: StateMachine,
        plan_preparation: Function,
        collect_reports: Function,
        quarantine_files: Function,
        judge_shift: Function,
    ) -> StateMachine:
        ground, args = self._ground, self._args
        max_runtime_seconds = args.max_runtime_minutes * SECONDS_PER_MINUTE
        facts: dict[str, Any] = {
            "PlanPreparationFunctionArn": plan_preparation.arn,
            "CollectReportsFunctionArn": collect_reports.arn,
            "QuarantineFilesFunctionArn": quarantine_files.arn,
            "JudgeShiftFunctionArn": judge_shift.arn,
            "DataValidationMachineArn": validation.arn,
            "ProcessingRoleArn": args.processing_role_arn,
            "DataPreparationImage": args.image_uri,
            "ArtifactsBucket": ground.artifacts_bucket,
            "AlertsTopicArn": ground.alerts_topic_arn,
            "KeyArn": ground.key_arn,
            "SubnetIds": ground.subnet_ids,
            "SecurityGroupIds": ground.security_group_ids,
            "MaxRuntimeSeconds": max_runtime_seconds,
            "JobTimeoutSeconds": max_runtime_seconds + JOB_MARGIN_SECONDS,
            "JobPrefix": ground.job_prefix,
            "Project": ground.project,
            "Pipeline": ground.pipeline,
        }
        statements = [
            invoke(plan_preparation.arn, collect_reports.arn, quarantine_files.arn, judge_shift.arn),
            *run_express_child(ground, "data_validation"),
            *run_jobs(ground, "ProcessingJob"),
            pass_role(args.processing_role_arn),
            *publish_alerts(ground),
        ]
        machine_args = StateMachineArgs(
            workflow="1_data_preparation", ground=ground, facts=facts, statements=statements
        )
        return StateMachine("data_preparation", machine_args, ResourceOptions(parent=self))
