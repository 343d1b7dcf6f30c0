"""What this SageMaker does not do: fields refused by name instead of being ignored."""

from __future__ import annotations

from typing import Any

from rehearsal.emulator.platform import ServiceError

CODE = "UnsupportedByRehearsal"
SOURCE = "InputDataConfig.*.DataSource"
MONITORED = "MonitoringScheduleConfig.MonitoringJobDefinition"
SELECTIONS = (
    "EndTimeOffset",
    "ExcludeFeaturesAttribute",
    "FeaturesAttribute",
    "InferenceAttribute",
    "ProbabilityAttribute",
    "ProbabilityThresholdAttribute",
    "StartTimeOffset",
)
UNSUPPORTED: dict[str, tuple[str, ...]] = {
    "CreateTrainingJob": (
        "AlgorithmSpecification.AlgorithmName",
        "AlgorithmSpecification.TrainingImageConfig",
        "DebugHookConfig",
        "DebugRuleConfigurations",
        "ExperimentConfig",
        "InfraCheckConfig",
        "MlflowConfig",
        "ModelPackageConfig",
        "ProfilerConfig.ProfilingIntervalInMilliseconds",
        "ProfilerConfig.ProfilingParameters",
        "ProfilerConfig.S3OutputPath",
        "ProfilerRuleConfigurations",
        "ResourceConfig.InstanceGroups",
        "ResourceConfig.InstancePlacementConfig",
        "ResourceConfig.InstancePreferences",
        "ResourceConfig.SelectedInstanceCount",
        "ResourceConfig.SelectedInstanceType",
        "ResourceConfig.TrainingPlanArn",
        "RemoteDebugConfig",
        "RetryStrategy",
        "ServerlessJobConfig",
        "SessionChainingConfig",
        "StoppingCondition.MaxPendingTimeInSeconds",
        "TensorBoardOutputConfig",
        f"{SOURCE}.DatasetSource",
        f"{SOURCE}.FileSystemDataSource",
        f"{SOURCE}.S3DataSource.AttributeNames",
        f"{SOURCE}.S3DataSource.ModelAccessConfig",
        f"{SOURCE}.S3DataSource.HubAccessConfig",
        "InputDataConfig.*.ShuffleConfig",
    ),
    "CreateProcessingJob": (
        "ExperimentConfig",
        "ProcessingInputs.*.DatasetDefinition",
        "ProcessingOutputConfig.Outputs.*.FeatureStoreOutput",
        "ProcessingResources.ClusterConfig.InstancePreferences",
        "ProcessingResources.ClusterConfig.SelectedInstanceCount",
        "ProcessingResources.ClusterConfig.SelectedInstanceType",
    ),
    "CreateTransformJob": (
        "DataCaptureConfig",
        "ExperimentConfig",
        "ModelClientConfig",
        "TransformResources.TransformAmiVersion",
    ),
    "CreateModel": (
        "InferenceExecutionConfig",
        *(
            f"{container}.{field}"
            for container in ("PrimaryContainer", "Containers.*")
            for field in (
                "AdditionalModelDataSources",
                "ContainerMetricsConfig",
                "ImageConfig",
                "InferenceSpecificationName",
                "MultiModelConfig",
            )
        ),
    ),
    "CreateEndpointConfig": (
        "AsyncInferenceConfig",
        "EnableNetworkIsolation",
        "ExecutionRoleArn",
        "ExplainerConfig",
        "MetricsConfig",
        "VpcConfig",
        *(
            f"{variants}.*.{field}"
            for variants in ("ProductionVariants", "ShadowProductionVariants")
            for field in (
                "AcceleratorType",
                "CapacityReservationConfig",
                "CoreDumpConfig",
                "EnableSSMAccess",
                "InferenceAmiVersion",
                "InstancePools",
                "ManagedInstanceScaling",
                "RoutingConfig",
                "ServerlessConfig",
                "VariantInstanceProvisionTimeoutInSeconds",
            )
        ),
    ),
    "CreateEndpoint": ("DeploymentConfig.RollingUpdatePolicy.RollbackMaximumBatchSize",),
    "UpdateEndpoint": ("DeploymentConfig.RollingUpdatePolicy.RollbackMaximumBatchSize",),
    "UpdateEndpointWeightsAndCapacities": ("DesiredWeightsAndCapacities.*.ServerlessUpdateConfig",),
    "CreateModelPackage": (
        "ManagedStorageType",
        "SourceAlgorithmSpecification",
        "ValidationSpecification",
    ),
    "CreateModelPackageGroup": ("ManagedConfiguration",),
    "CreateMonitoringSchedule": (
        f"{MONITORED}.MonitoringAppSpecification.RecordPreprocessorSourceUri",
        f"{MONITORED}.MonitoringAppSpecification.PostAnalyticsProcessorSourceUri",
        f"{MONITORED}.MonitoringInputs.*.BatchTransformInput",
        f"{MONITORED}.BaselineConfig.BaseliningJobName",
        *(f"{MONITORED}.MonitoringInputs.*.EndpointInput.{field}" for field in SELECTIONS),
    ),
    "CreateDataQualityJobDefinition": (
        "DataQualityAppSpecification.RecordPreprocessorSourceUri",
        "DataQualityAppSpecification.PostAnalyticsProcessorSourceUri",
        "DataQualityJobInput.BatchTransformInput",
        "DataQualityBaselineConfig.BaseliningJobName",
        *(f"DataQualityJobInput.EndpointInput.{field}" for field in SELECTIONS),
    ),
    "CreateFeatureGroup": (
        "FeatureDefinitions.*.CollectionType",
        "OnlineStoreConfig.TtlDuration",
    ),
    "CreateHyperParameterTuningJob": (
        "TrainingJobDefinitions",
        "WarmStartConfig",
        "Autotune",
        "HyperParameterTuningJobConfig.ParameterRanges.AutoParameters",
        "HyperParameterTuningJobConfig.StrategyConfig",
        "HyperParameterTuningJobConfig.TuningJobCompletionCriteria",
        "TrainingJobDefinition.HyperParameterRanges",
        "TrainingJobDefinition.HyperParameterTuningResourceConfig",
        "TrainingJobDefinition.TuningObjective",
    ),
}
VALUES: dict[str, dict[str, tuple[str | bool, ...]]] = {
    "CreateTrainingJob": {
        "AlgorithmSpecification.EnableSageMakerMetricsTimeSeries": (False,),
        "AlgorithmSpecification.TrainingInputMode": ("File", "FastFile"),
        "InputDataConfig.*.InputMode": ("File", "FastFile"),
        "InputDataConfig.*.CompressionType": ("None",),
        "InputDataConfig.*.RecordWrapperType": ("None",),
        f"{SOURCE}.S3DataSource.S3DataType": ("S3Prefix", "ManifestFile"),
    },
    "CreateProcessingJob": {
        "ProcessingInputs.*.AppManaged": (False,),
        "ProcessingOutputConfig.Outputs.*.AppManaged": (False,),
        "ProcessingInputs.*.S3Input.S3InputMode": ("File",),
        "ProcessingInputs.*.S3Input.S3CompressionType": ("None",),
    },
    "CreateTransformJob": {
        "TransformInput.CompressionType": ("None",),
        "TransformInput.SplitType": ("None", "Line"),
        "TransformInput.DataSource.S3DataSource.S3DataType": ("S3Prefix", "ManifestFile"),
    },
    "CreateMonitoringSchedule": {
        f"{MONITORED}.MonitoringInputs.*.EndpointInput.S3DataDistributionType": ("FullyReplicated",),
        f"{MONITORED}.MonitoringInputs.*.EndpointInput.S3InputMode": ("File",),
    },
    "CreateDataQualityJobDefinition": {
        "DataQualityJobInput.EndpointInput.S3DataDistributionType": ("FullyReplicated",),
        "DataQualityJobInput.EndpointInput.S3InputMode": ("File",),
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
        if any(value not in (None, False, [], {}) for value in values_at(request, path.split("."))):
            raise ServiceError(
                CODE, f"{action}: the rehearsal's SageMaker does not support {path}; remove it."
            )
    for path, allowed in VALUES.get(action, {}).items():
        for value in values_at(request, path.split(".")):
            if value not in (None, *allowed):
                raise ServiceError(
                    CODE,
                    f"{action}: the rehearsal's SageMaker does not support {path} = {value!r}; "
                    f"use {' or '.join(map(str, allowed))}.",
                )


def values_at(value: Any, path: list[str]) -> list[Any]:
    """Return all values at a dotted path; * stands for every item of a list."""
    if not path:
        return [value]
    head, rest = path[0], path[1:]
    if head == "*":
        return [found for item in value or [] for found in values_at(item, rest)]
    return values_at(value[head], rest) if isinstance(value, dict) and head in value else []
