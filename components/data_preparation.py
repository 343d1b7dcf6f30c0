"""The stage data_preparation: landed files through the contract gate, features and the statistical gate."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict

from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.feature_group import FeatureGroup, FeatureGroupArgs
from components.blocks.function import Function, FunctionArgs
from components.blocks.grants import (
    invoke,
    pass_role,
    publish_alerts,
    run_children,
    run_express_child,
    run_jobs,
)
from components.blocks.ground import Ground
from components.blocks.preparation_grants import statements_of
from components.blocks.state_machine import StateMachine, StateMachineArgs

# How long a processing job may wait for its machine and transfer data, beyond its own limit.
JOB_MARGIN_SECONDS = 3600
SECONDS_PER_MINUTE = 60
# What the ingestion may take beyond its job: JobRetry waits up to 5,755 seconds for a quota.
INGESTION_MARGIN_SECONDS = 7200
# Within those of the states that call them: a large file takes its time to be read, or to be moved.
TIMEOUT_SECONDS = {"validate_schema": 230, "quarantine_files": 840}
# Of 2,500 features the statistics alone take 100 MB to read, of text a block is read on every core.
MEMORY_MB = {"validate_schema": 1769, "judge_shift": 512, "quarantine_files": 512}
DESCRIPTIONS = {
    "plan_preparation": "Lists the files of the run's window and plans the jobs that prepare them",
    "validate_schema": "Holds one landed file against the dataset contract",
    "collect_reports": "Collects what the validating job says about large files",
    "quarantine_files": "Moves rejected files to the dead letters beside their reports",
    "explain_job": "Says why a job failed, and whether its files were replaced under it",
    "judge_shift": "Judges how far the data has moved from the baseline and describes the dataset",
    "report_ingestion": "Says what of a run's records reached the Feature Store",
}


class Shift(TypedDict):
    """When data counts as shifted, and whether the run is flagged or halted by it."""

    significance: float
    min_effect: float
    min_psi: float
    action: str


class FeatureStore(TypedDict):
    """Whether records of the dataset are kept, and what of a run becomes such."""

    is_used: bool
    is_online: bool
    latest_months: int
    max_failed_share: float


@dataclass(frozen=True, kw_only=True)
class DataPreparationArgs:
    """The ground, the container and its role; then the settings of the section dataPreparation."""

    ground: Ground
    image_uri: Input[str]
    processing_role_arn: Input[str]
    ingestion_role_arn: Input[str]
    dataset: str

    instance_types: Sequence[str]
    volume_gb: int
    max_runtime_minutes: int
    spark_threshold_gb: float
    max_file_mb: int
    is_strict: bool
    shift: Shift
    feature_store: FeatureStore


class DataPreparation(ComponentResource):
    """Three machines (the stage, its Express validation, the ingestion) and the seven functions they call."""

    machine_arn: Output[str]
    machine_name: Output[str]
    parts: Mapping[str, Output[str]]

    def __init__(self, name: str, args: DataPreparationArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:stage:DataPreparation", name, None, opts)
        self._args, self._ground = args, args.ground
        group = self._build_feature_group()
        functions = {word: self._build_function(word, group) for word in DESCRIPTIONS}
        validation = self._build_validation_machine(functions["validate_schema"])
        ingestion = self._build_ingestion_machine(functions["report_ingestion"])
        machine = self._build_machine(validation, ingestion, functions)
        self.machine_arn, self.machine_name = machine.arn, machine.name
        self.parts = {"data_validation": validation.arn, "feature_ingestion": ingestion.arn}
        self.register_outputs(
            {
                "machine_arn": self.machine_arn,
                "machine_name": self.machine_name,
                "parts": self.parts,
            }
        )

    def _build_feature_group(self) -> Input[str]:
        """The name of the dataset's feature group; empty where the Feature Store is not used."""
        store = self._args.feature_store
        if not store["is_used"]:
            return ""
        group_args = FeatureGroupArgs(
            ground=self._ground, dataset=self._args.dataset, is_online=store["is_online"]
        )
        return FeatureGroup(self._args.dataset, group_args, ResourceOptions(parent=self)).name

    def _build_function(self, word: str, group: Input[str]) -> Function:
        function_args = FunctionArgs(
            folder=f"functions/data_preparation/{word}",
            description=DESCRIPTIONS[word],
            ground=self._ground,
            environment=self._environments(group)[word],
            statements=statements_of(word, self._ground),
            timeout_seconds=TIMEOUT_SECONDS.get(word, 110),
            memory_mb=MEMORY_MB.get(word, 256),
            uses_data_layer=word == "validate_schema",
        )
        return Function(word, function_args, ResourceOptions(parent=self))

    def _environments(self, group: Input[str]) -> Mapping[str, Mapping[str, Input[str]]]:
        ground, args, store = self._ground, self._args, self._args.feature_store
        artifacts = {"ARTIFACTS_BUCKET": ground.artifacts_bucket}
        return {
            "plan_preparation": {
                **artifacts,
                "LANDING_BUCKET": ground.landing_bucket,
                "KEY_ARN": ground.key_arn,
                "INSTANCE_TYPES": ",".join(args.instance_types),
                "VOLUME_GB": str(args.volume_gb),
                "SPARK_THRESHOLD_GB": f"{args.spark_threshold_gb:g}",
                "MAX_FILE_MB": str(args.max_file_mb),
                "IS_STRICT": str(args.is_strict).lower(),
                "SHIFT_SIGNIFICANCE": f"{args.shift['significance']:g}",
                "SHIFT_KS_FLOOR": f"{args.shift['min_effect']:g}",
                "SHIFT_PSI_FLOOR": f"{args.shift['min_psi']:g}",
                "FEATURE_GROUP": group,
                "FEATURE_STORE_MONTHS": str(store["latest_months"]),
            },
            "validate_schema": {**artifacts, "MAX_FILE_MB": str(args.max_file_mb)},
            "collect_reports": artifacts,
            "quarantine_files": artifacts,
            "explain_job": artifacts,
            "judge_shift": {**artifacts, "SHIFT_ACTION": args.shift["action"]},
            "report_ingestion": {**artifacts, "MAX_FAILED_SHARE": f"{store['max_failed_share']:g}"},
        }

    def _build_validation_machine(self, validate_schema: Function) -> StateMachine:
        machine_args = StateMachineArgs(
            workflow="1a_data_validation",
            ground=self._ground,
            facts={"ValidateSchemaFunctionArn": validate_schema.arn},
            statements=[invoke(validate_schema.arn)],
            type="EXPRESS",
        )
        return StateMachine("data_validation", machine_args, ResourceOptions(parent=self))

    def _build_ingestion_machine(self, report_ingestion: Function) -> StateMachine:
        ground, args = self._ground, self._args
        machine_args = StateMachineArgs(
            workflow="1b_feature_ingestion",
            ground=ground,
            facts={
                **self._job_facts(),
                "ReportIngestionFunctionArn": report_ingestion.arn,
                "IngestionRoleArn": args.ingestion_role_arn,
            },
            statements=[
                invoke(report_ingestion.arn),
                *run_jobs(ground, "ProcessingJob"),
                pass_role(args.ingestion_role_arn),
                *publish_alerts(ground),
            ],
        )
        return StateMachine("feature_ingestion", machine_args, ResourceOptions(parent=self))

    def _build_machine(
        self, validation: StateMachine, ingestion: StateMachine, functions: Mapping[str, Function]
    ) -> StateMachine:
        ground, args = self._ground, self._args
        called = ("plan_preparation", "collect_reports", "quarantine_files", "explain_job", "judge_shift")
        facts: dict[str, Any] = {
            **self._job_facts(),
            "PlanPreparationFunctionArn": functions["plan_preparation"].arn,
            "CollectReportsFunctionArn": functions["collect_reports"].arn,
            "QuarantineFilesFunctionArn": functions["quarantine_files"].arn,
            "ExplainJobFunctionArn": functions["explain_job"].arn,
            "JudgeShiftFunctionArn": functions["judge_shift"].arn,
            "DataValidationMachineArn": validation.arn,
            "FeatureIngestionMachineArn": ingestion.arn,
            "ProcessingRoleArn": args.processing_role_arn,
            "IngestionTimeoutSeconds": self._job_seconds + INGESTION_MARGIN_SECONDS,
        }
        statements = [
            invoke(*(functions[word].arn for word in called)),
            *run_express_child(ground, "data_validation"),
            *run_children(ground, "feature_ingestion"),
            *run_jobs(ground, "ProcessingJob"),
            pass_role(args.processing_role_arn),
            *publish_alerts(ground),
        ]
        machine_args = StateMachineArgs(
            workflow="1_data_preparation", ground=ground, facts=facts, statements=statements
        )
        return StateMachine("data_preparation", machine_args, ResourceOptions(parent=self))

    @property
    def _job_seconds(self) -> int:
        return self._args.max_runtime_minutes * SECONDS_PER_MINUTE + JOB_MARGIN_SECONDS

    def _job_facts(self) -> dict[str, Any]:
        ground, args = self._ground, self._args
        return {
            **ground.job_facts,
            "DataPreparationImage": args.image_uri,
            "AlertsTopicArn": ground.alerts_topic_arn,
            "MaxRuntimeSeconds": args.max_runtime_minutes * SECONDS_PER_MINUTE,
            "JobTimeoutSeconds": self._job_seconds,
        }
