"""What AWS refuses in a job request beyond the shapes: combinations and bounds, each with its reason."""

from __future__ import annotations

from typing import Any

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.jobs.channels import mode_of
from rehearsal.sagemaker.jobs.metrics import compiled

# instance families with local NVMe storage: no EBS volume, so no key for one (ResourceConfig's documentation)
NVME_FAMILIES = (
    "g4dn",
    "g5",
    "g6",
    "g6e",
    "p4d",
    "p4de",
    "p5",
    "p5e",
    "p5en",
    "trn1",
    "trn1n",
    "trn2",
    "c5d",
    "m5d",
    "r5d",
    "c6id",
    "m6id",
    "r6id",
)
OPT_ML = "/opt/ml/"
MAX_IN_FLIGHT_MB = 100
PROCESSING = "/opt/ml/processing/"


def check_training(request: dict[str, Any]) -> None:
    """Raise ServiceError ValidationException for a training job AWS would refuse."""
    resources, condition = request["ResourceConfig"], request.get("StoppingCondition") or {}
    if "TrainingImage" not in request["AlgorithmSpecification"]:
        _refuse("AlgorithmSpecification: you must specify TrainingImage or AlgorithmName.")
    _check_spot(request, resources, condition)
    _check_volume("ResourceConfig", resources)
    for field in ("InstanceType", "InstanceCount"):
        if field not in resources:
            _refuse(f"ResourceConfig.{field} is required.")
    _check_channels(request)
    for definition in request["AlgorithmSpecification"].get("MetricDefinitions", []):
        compiled(definition)
    local = (request.get("CheckpointConfig") or {}).get("LocalPath", OPT_ML)
    _check_local("CheckpointConfig.LocalPath", local)
    _check_bucket("OutputDataConfig.S3OutputPath", request["OutputDataConfig"]["S3OutputPath"])


def _check_channels(request: dict[str, Any]) -> None:
    channels = request.get("InputDataConfig", [])
    _check_unique("InputDataConfig: channel names", [channel["ChannelName"] for channel in channels])
    for channel in channels:
        if "S3DataSource" not in channel["DataSource"]:
            _refuse(f"InputDataConfig {channel['ChannelName']}: DataSource needs an S3DataSource.")
        data_type = channel["DataSource"]["S3DataSource"]["S3DataType"]
        if mode_of(channel, request) == "FastFile" and data_type != "S3Prefix":
            _refuse(
                f"InputDataConfig {channel['ChannelName']}: FastFile mode needs S3DataType S3Prefix, "
                f"not {data_type}."
            )


def _check_unique(what: str, names: list[str]) -> None:
    if len(names) != len(set(names)):
        _refuse(f"{what} must be unique, got {', '.join(names)}.")


def _check_spot(request: dict[str, Any], resources: dict[str, Any], condition: dict[str, Any]) -> None:
    runtime, wait = condition.get("MaxRuntimeInSeconds", 86400), condition.get("MaxWaitTimeInSeconds")
    if request.get("EnableManagedSpotTraining"):
        if wait is None or wait < runtime:
            _refuse(
                "Invalid MaxWaitTimeInSeconds. It must be present and be greater than or equal to "
                f"MaxRuntimeInSeconds ({runtime}), got {wait}."
            )
        if resources.get("KeepAlivePeriodInSeconds"):
            _refuse("KeepAlivePeriodInSeconds: warm pools cannot be used with managed spot training.")
    elif wait is not None:
        _refuse("MaxWaitTimeInSeconds is only supported with EnableManagedSpotTraining.")


def check_processing(request: dict[str, Any]) -> None:
    """Raise ServiceError ValidationException for a processing job AWS would refuse."""
    _check_volume("ProcessingResources.ClusterConfig", request["ProcessingResources"]["ClusterConfig"])
    inputs = request.get("ProcessingInputs", [])
    for item in inputs:
        source = item.get("S3Input")
        if source is None:
            _refuse(f"ProcessingInputs {item['InputName']}: S3Input is required.")
        if "LocalPath" not in source:
            _refuse(f"ProcessingInputs {item['InputName']}: S3Input.LocalPath is required.")
        _check_local(f"ProcessingInputs {item['InputName']} LocalPath", source["LocalPath"], PROCESSING)
    _check_unique("ProcessingInputs: LocalPaths", [item["S3Input"]["LocalPath"] for item in inputs])
    for item in (request.get("ProcessingOutputConfig") or {}).get("Outputs", []):
        output = item.get("S3Output")
        if output is None or "LocalPath" not in output:
            _refuse(f"ProcessingOutputConfig {item['OutputName']}: S3Output with LocalPath is required.")
        _check_local(
            f"ProcessingOutputConfig {item['OutputName']} LocalPath", output["LocalPath"], PROCESSING
        )
        _check_bucket(f"ProcessingOutputConfig {item['OutputName']} S3Uri", output["S3Uri"])


def check_transform(request: dict[str, Any]) -> None:
    """Raise ServiceError ValidationException for a transform job AWS would refuse.

    https://docs.aws.amazon.com/sagemaker/latest/dg/batch-transform.html
    """
    megabytes, at_once = request.get("MaxPayloadInMB", 6), request.get("MaxConcurrentTransforms") or 1
    if megabytes > MAX_IN_FLIGHT_MB:
        _refuse(f"MaxPayloadInMB: {megabytes} must not be greater than {MAX_IN_FLIGHT_MB} MB.")
    if megabytes * at_once > MAX_IN_FLIGHT_MB:
        _refuse(
            f"MaxConcurrentTransforms * MaxPayloadInMB: {at_once} * {megabytes} must not exceed "
            f"{MAX_IN_FLIGHT_MB} MB."
        )


def _check_volume(field: str, resources: dict[str, Any]) -> None:
    family = resources.get("InstanceType", "").split(".")[1:2]
    if resources.get("VolumeKmsKeyId") and family and family[0] in NVME_FAMILIES:
        instance_type = resources["InstanceType"]
        _refuse(f"{field}.VolumeKmsKeyId is not supported with {instance_type}: its storage is local NVMe.")


def _check_local(field: str, path: str, folder: str = OPT_ML) -> None:
    if not f"{path}/".startswith(folder) or ".." in path:
        _refuse(f"{field}: {path!r} must begin with {folder}.")


def _check_bucket(field: str, uri: str) -> None:
    if not uri.startswith("s3://"):
        _refuse(f"{field}: {uri!r} must be an S3 URI (s3://bucket/prefix).")


def _refuse(message: str) -> None:
    raise ServiceError("ValidationException", message)
