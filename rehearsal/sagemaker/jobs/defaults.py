"""What Describe shows of a job where its request said nothing: AWS fills these in when the job is made.

Training: as recorded on the real service in 2023 and 2026. Processing and transform: the answers in
https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html and
https://docs.aws.amazon.com/sagemaker/latest/dg/autopilot-deploy-models-batch.html.
"""

from __future__ import annotations

from typing import Any

Request = dict[str, Any]
FLAGS = {
    "EnableNetworkIsolation": False,
    "EnableInterContainerTrafficEncryption": False,
    "EnableManagedSpotTraining": False,
}
DAY_SECONDS = 86400


def training(request: Request) -> Request:
    """Fill in a training job."""
    channels = [
        {"CompressionType": "None", "RecordWrapperType": "None", **channel}
        for channel in request.get("InputDataConfig", [])
    ]
    algorithm = {"EnableSageMakerMetricsTimeSeries": False, **request["AlgorithmSpecification"]}
    return {
        **FLAGS,
        "ProfilingStatus": "Disabled",
        **request,
        "AlgorithmSpecification": algorithm,
        "InputDataConfig": channels,
        "OutputDataConfig": {"KmsKeyId": "", "CompressionType": "GZIP", **request["OutputDataConfig"]},
    }


def processing(request: Request) -> Request:
    """Fill in a processing job."""
    inputs = [
        {"AppManaged": False, **item, "S3Input": {**_SOURCE, **item["S3Input"]}}
        for item in request.get("ProcessingInputs", [])
    ]
    return {"StoppingCondition": {"MaxRuntimeInSeconds": DAY_SECONDS}, **request, "ProcessingInputs": inputs}


_SOURCE = {"S3DataDistributionType": "FullyReplicated", "S3CompressionType": "None"}


def transform(request: Request) -> Request:
    """Fill in a transform job."""
    return {
        **request,
        "TransformInput": {"CompressionType": "None", "SplitType": "None", **request["TransformInput"]},
        "TransformOutput": {"AssembleWith": "None", "KmsKeyId": "", **request["TransformOutput"]},
        "DataProcessing": {
            "InputFilter": "$",
            "OutputFilter": "$",
            "JoinSource": "None",
            **request.get("DataProcessing", {}),
        },
    }


def tuning(request: Request) -> Request:
    """Fill in a tuning job."""
    return {**request, "TrainingJobDefinition": {**FLAGS, **request["TrainingJobDefinition"]}}
