"""What this SageMaker does not do: fields refused by name instead of being ignored."""

from __future__ import annotations

from typing import Any

from rehearsal.emulator.platform import ServiceError

CODE = "UnsupportedByRehearsal"
SOURCE = "InputDataConfig.*.DataSource"
MONITORED = "MonitoringScheduleConfig.MonitoringJobDefinition"
UNSUPPORTED: dict[str, tuple[str, ...]] = {
    "CreateTrainingJob": (
        "AlgorithmSpecification.AlgorithmName",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "InfraCheckConfig",
        "MlflowConfig",
        "ModelPackageConfig",
        "ProfilerRuleConfigurations",
        "ResourceConfig.InstanceGroups",
        "ResourceConfig.InstancePlacementConfig",
        "ResourceConfig.TrainingPlanArn",
        "RemoteDebugConfig",
        "RetryStrategy",
        "ServerlessJobConfig",
        "TensorBoardOutputConfig",
        f"{SOURCE}.DatasetSource",
        f"{SOURCE}.FileSystemDataSource",
        f"{SOURCE}.S3DataSource.AttributeNames",
        f"{SOURCE}.S3DataSource.ModelAccessConfig",
        f"{SOURCE}.S3DataSource.HubAccessConfig",
        "InputDataConfig.*.ShuffleConfig",
    ),
    "CreateProcessingJob": (
        "ProcessingInputs.*.DatasetDefinition",
        "ProcessingOutputConfig.Outputs.*.FeatureStoreOutput",
    ),
    "CreateTransformJob": ("DataCaptureConfig",),
    "CreateModel": (
        "InferenceExecutionConfig",
        "PrimaryContainer.MultiModelConfig",
        "PrimaryContainer.InferenceSpecificationName",
        "PrimaryContainer.AdditionalModelDataSources",
        "Containers.*.MultiModelConfig",
    ),
    "CreateEndpointConfig": (
        "AsyncInferenceConfig",
        "ExplainerConfig",
        "ProductionVariants.*.ServerlessConfig",
        "ProductionVariants.*.ManagedInstanceScaling",
        "ProductionVariants.*.CapacityReservationConfig",
        "ShadowProductionVariants.*.ServerlessConfig",
    ),
    "CreateModelPackage": (
        "SourceAlgorithmSpecification",
        "ValidationSpecification",
    ),
    "CreateMonitoringSchedule": (
        f"{MONITORED}.MonitoringAppSpecification.RecordPreprocessorSourceUri",
        f"{MONITORED}.MonitoringAppSpecification.PostAnalyticsProcessorSourceUri",
        f"{MONITORED}.MonitoringInputs.*.BatchTransformInput",
    ),
    "CreateDataQualityJobDefinition": (
        "DataQualityAppSpecification.RecordPreprocessorSourceUri",
        "DataQualityAppSpecification.PostAnalyticsProcessorSourceUri",
        "DataQualityJobInput.BatchTransformInput",
    ),
    "CreateFeatureGroup": (
        "FeatureDefinitions.*.CollectionType",
        "OnlineStoreConfig.TtlDuration",
    ),
    "CreateHyperParameterTuningJob": (
        "TrainingJobDefinitions",
        "WarmStartConfig",
        "Autotune",
        "HyperParameterTuningJobConfig.StrategyConfig",
        "HyperParameterTuningJobConfig.TuningJobCompletionCriteria",
        "TrainingJobDefinition.HyperParameterTuningResourceConfig",
    ),
}
VALUES: dict[str, dict[str, tuple[str, ...]]] = {
    "CreateTrainingJob": {
        "AlgorithmSpecification.TrainingInputMode": ("File", "FastFile"),
        "InputDataConfig.*.InputMode": ("File", "FastFile"),
        "InputDataConfig.*.CompressionType": ("None",),
        "InputDataConfig.*.RecordWrapperType": ("None",),
        f"{SOURCE}.S3DataSource.S3DataType": ("S3Prefix", "ManifestFile"),
    },
    "CreateProcessingJob": {
        "ProcessingInputs.*.S3Input.S3InputMode": ("File",),
        "ProcessingInputs.*.S3Input.S3CompressionType": ("None",),
    },
    "CreateTransformJob": {
        "TransformInput.CompressionType": ("None",),
        "TransformInput.SplitType": ("None", "Line"),
        "TransformInput.DataSource.S3DataSource.S3DataType": ("S3Prefix", "ManifestFile"),
    },
    "CreateModel": {"PrimaryContainer.Mode": ("SingleModel",), "Containers.*.Mode": ("SingleModel",)},
    "CreateFeatureGroup": {
        "OfflineStoreConfig.TableFormat": ("Default", "Glue"),
        "OnlineStoreConfig.StorageType": ("Standard", "Standard_V2"),
    },
    "CreateHyperParameterTuningJob": {
        "HyperParameterTuningJobConfig.Strategy": ("Random", "Grid"),
        "HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType": ("Off",),
    },
}

# the jobs of a tuning job are training jobs
TRAINING, TUNING, DEFINITION = "CreateTrainingJob", "CreateHyperParameterTuningJob", "TrainingJobDefinition"
UNSUPPORTED[TUNING] += tuple(f"{DEFINITION}.{path}" for path in UNSUPPORTED[TRAINING])
VALUES[TUNING] |= {f"{DEFINITION}.{path}": allowed for path, allowed in VALUES[TRAINING].items()}


def require_supported(action: str, request: dict[str, Any]) -> None:
    """Raise ServiceError naming the field and value that the rehearsal would not honour."""
    for path in UNSUPPORTED.get(action, ()):
        if any(value not in (None, [], {}) for value in values_at(request, path.split("."))):
            raise ServiceError(
                CODE, f"{action}: the rehearsal's SageMaker does not support {path}; remove it."
            )
    for path, allowed in VALUES.get(action, {}).items():
        for value in values_at(request, path.split(".")):
            if value not in (None, *allowed):
                raise ServiceError(
                    CODE,
                    f"{action}: the rehearsal's SageMaker does not support {path} = {value!r}; "
                    f"use {' or '.join(allowed)}.",
                )


def values_at(value: Any, path: list[str]) -> list[Any]:
    """Return all values at a dotted path; * stands for every item of a list."""
    if not path:
        return [value]
    head, rest = path[0], path[1:]
    if head == "*":
        return [found for item in value or [] for found in values_at(item, rest)]
    return values_at(value[head], rest) if isinstance(value, dict) and head in value else []
