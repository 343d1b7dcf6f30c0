"""The kinds of things SageMaker keeps, how their ARNs are spelled and how AWS words their absence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Kind:
    """One kind of resource. `missing` and `existing` are AWS's texts; {name} and {arn} are filled in.

    `missing_to_stop` is another text where Stop has its own, `words` what AWS calls the kind in a sentence.
    """

    name: str
    arn_path: str
    missing: str
    existing: str
    existing_code: str = "ValidationException"
    field_stem: str = ""
    missing_code: str = "ValidationException"
    missing_to_stop: str = ""
    words: str = ""

    @property
    def name_field(self) -> str:
        """Return the request's field that carries the name."""
        return f"{self.field_stem or self.name}Name"

    @property
    def arn_field(self) -> str:
        """Return the response's field that carries the ARN."""
        return f"{self.field_stem or self.name}Arn"


def _job(name: str, path: str, words: str, missing: str, **more: str) -> Kind:
    existing = (
        "Job name must be unique within an AWS account and region, "
        "and a job with this name already exists ({arn})"
    )
    return Kind(name, path, missing, existing, "ResourceInUse", words=words, **more)


def _resource(name: str, path: str, label: str) -> Kind:
    return Kind(
        name, path, f'Could not find {label} "{{arn}}".', f'Cannot create already existing {label} "{{arn}}".'
    )


MISSING_JOB = "Could not find requested job with name: {name}"
MISSING_JOB_TO_STOP = "Could not find job to update with name: {name}"
TRAINING_JOB = _job("TrainingJob", "training-job", "training job", "Requested resource not found.")
PROCESSING_JOB = _job(
    "ProcessingJob", "processing-job", "processing job", MISSING_JOB, missing_to_stop=MISSING_JOB_TO_STOP
)
TRANSFORM_JOB = _job(
    "TransformJob", "transform-job", "transform job", MISSING_JOB, missing_to_stop=MISSING_JOB_TO_STOP
)
TUNING_JOB = _job(
    "HyperParameterTuningJob",
    "hyper-parameter-tuning-job",
    "hyperparameter tuning job",
    "Amazon SageMaker can't find a tuning job with the name {name}.",
    missing_code="ResourceNotFound",
)
MODEL = _resource("Model", "model", "model")
ENDPOINT_CONFIG = _resource("EndpointConfig", "endpoint-config", "endpoint configuration")
ENDPOINT = _resource("Endpoint", "endpoint", "endpoint")
MODEL_PACKAGE_GROUP = Kind(
    "ModelPackageGroup",
    "model-package-group",
    "ModelPackageGroup {arn} does not exist.",
    "Model Package Group already exists: {arn}",
)
MODEL_PACKAGE = Kind(
    "ModelPackage", "model-package", "ModelPackage {arn} does not exist.", "Model Package exists: {arn}"
)
MONITORING_SCHEDULE = Kind(
    "MonitoringSchedule",
    "monitoring-schedule",
    "Monitoring Schedule {arn} not found",
    "Monitoring Schedule name must be unique: {arn}",
    "ResourceInUse",
    missing_code="ResourceNotFound",
)
DATA_QUALITY = Kind(
    "DataQualityJobDefinition",
    "data-quality-job-definition",
    "Data quality job definition {arn} not found",
    "Job definition name must be unique: {arn}",
    "ResourceInUse",
    "JobDefinition",
    missing_code="ResourceNotFound",
)
FEATURE_GROUP = Kind(
    "FeatureGroup",
    "feature-group",
    "Resource Not Found: Amazon SageMaker can't find a FeatureGroup with name {name}",
    "Resource Already Exists: FeatureGroup with name {name} already exists. Choose a different name.",
    "ResourceInUse",
    missing_code="ResourceNotFound",
)
ALL = (
    TRAINING_JOB,
    PROCESSING_JOB,
    TRANSFORM_JOB,
    TUNING_JOB,
    MODEL_PACKAGE_GROUP,
    MODEL_PACKAGE,
    MODEL,
    ENDPOINT_CONFIG,
    ENDPOINT,
    MONITORING_SCHEDULE,
    DATA_QUALITY,
    FEATURE_GROUP,
)
JOBS = (TRAINING_JOB, PROCESSING_JOB, TRANSFORM_JOB, TUNING_JOB)


def arn_of(kind: Kind, name: str, region: str, account_id: str) -> str:
    """Spell an ARN; AWS lower-cases the names inside SageMaker's ARNs."""
    return f"arn:aws:sagemaker:{region}:{account_id}:{kind.arn_path}/{name.lower()}"


def resource_arn(action: str, request: dict[str, Any], region: str, account_id: str) -> str:
    """Return the ARN that IAM checks for an operation, or * where it has none (the List operations)."""
    if request.get("ResourceArn"):
        return str(request["ResourceArn"])
    if action == "CreateModelPackage" and request.get("ModelPackageGroupName"):
        name = str(request["ModelPackageGroupName"]).rsplit("/", 1)[-1]
        return arn_of(MODEL_PACKAGE, f"{name}/*", region, account_id)
    for kind in ALL:
        if _concerns(action, kind):
            name = request.get(kind.name_field) or request.get(kind.arn_field) or ""
            if name:
                return name if name.startswith("arn:") else arn_of(kind, name, region, account_id)
    return "*"


def _concerns(action: str, kind: Kind) -> bool:
    """Tell whether the operation is about one resource of this kind: CreateEndpoint, InvokeEndpoint…"""
    verb = action.removesuffix("WeightsAndCapacities").removesuffix(kind.name)
    return verb in ("Create", "Describe", "Update", "Delete", "Stop", "Start", "Invoke")
