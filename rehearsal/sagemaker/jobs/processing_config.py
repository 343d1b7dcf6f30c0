"""processingjobconfig.json: the job as its container finds it, with null where the request said nothing.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

from __future__ import annotations

from typing import Any

FIELDS = (
    "ProcessingJobArn",
    "ProcessingJobName",
    "AppSpecification",
    "Environment",
    "ProcessingInputs",
    "ProcessingOutputConfig",
    "ProcessingResources",
    "NetworkConfig",
    "RoleArn",
    "StoppingCondition",
)


def processing_job_config(request: dict[str, Any]) -> dict[str, Any]:
    """Return the file's content for a job's filled-in request."""
    content = {name: request[name] for name in FIELDS if name in request}
    content["AppSpecification"] = {
        "ContainerEntrypoint": None,
        "ContainerArguments": None,
        **request["AppSpecification"],
    }
    content["ProcessingInputs"] = [
        {"InputName": item["InputName"], "S3Input": {"S3DownloadMode": "StartOfJob", **item["S3Input"]}}
        for item in request["ProcessingInputs"]
    ]
    if "ProcessingOutputConfig" in request:
        content["ProcessingOutputConfig"] = {"KmsKeyId": None, **request["ProcessingOutputConfig"]}
    cluster = request["ProcessingResources"]["ClusterConfig"]
    content["ProcessingResources"] = {"ClusterConfig": {"VolumeKmsKeyId": None, **cluster}}
    return content
