"""The processing job behind a monitoring execution, built as SageMaker builds it for its analyzer image."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

BASELINE = "/opt/ml/processing/baseline"
CAPTURE_FORMAT = {"sagemakerCaptureJson": {"captureIndexNames": ["endpointInput", "endpointOutput"]}}


@dataclass(frozen=True)
class Definition:
    """What a schedule runs, from either form of the API: inline or a data quality job definition."""

    role_arn: str
    application: dict[str, Any]
    environment: dict[str, str]
    cluster: dict[str, Any]
    endpoint_input: dict[str, Any]
    outputs: list[dict[str, Any]]
    key_id: str | None
    constraints_uri: str | None
    statistics_uri: str | None
    stopping: dict[str, Any] | None
    network: dict[str, Any] | None

    @classmethod
    def inline(cls, job: dict[str, Any]) -> Definition:
        """Read a MonitoringJobDefinition."""
        return cls._read(
            job,
            application=job["MonitoringAppSpecification"],
            environment=job.get("Environment", {}),
            resources=job["MonitoringResources"],
            endpoint_input=job["MonitoringInputs"][0]["EndpointInput"],
            output=job["MonitoringOutputConfig"],
            baseline=job.get("BaselineConfig", {}),
        )

    @classmethod
    def data_quality(cls, job: dict[str, Any]) -> Definition:
        """Read a DataQualityJobDefinition."""
        application = job["DataQualityAppSpecification"]
        return cls._read(
            job,
            application=application,
            environment=application.get("Environment", {}),
            resources=job["JobResources"],
            endpoint_input=job["DataQualityJobInput"]["EndpointInput"],
            output=job["DataQualityJobOutputConfig"],
            baseline=job.get("DataQualityBaselineConfig", {}),
        )

    @classmethod
    def _read(
        cls,
        job: dict[str, Any],
        *,
        resources: dict[str, Any],
        output: dict[str, Any],
        baseline: dict[str, Any],
        **own: Any,
    ) -> Definition:
        """What both forms have, some of it under names of their own."""
        return cls(
            **own,
            role_arn=job["RoleArn"],
            cluster=resources["ClusterConfig"],
            outputs=[item["S3Output"] for item in output["MonitoringOutputs"]],
            key_id=output.get("KmsKeyId"),
            constraints_uri=baseline.get("ConstraintsResource", {}).get("S3Uri"),
            statistics_uri=baseline.get("StatisticsResource", {}).get("S3Uri"),
            stopping=job.get("StoppingCondition"),
            network=job.get("NetworkConfig"),
        )

    def processing_request(
        self, name: str, schedule_name: str, capture_uri: str, window: dict[str, str]
    ) -> dict[str, Any]:
        """Return the CreateProcessingJob request of one execution over the captured data."""
        local = self.endpoint_input["LocalPath"]
        inputs = [_input("endpoint_input_1", capture_uri, local)]
        environment = {
            "dataset_format": json.dumps(CAPTURE_FORMAT),
            "dataset_source": local,
            "output_path": self.outputs[0]["LocalPath"],
            "publish_cloudwatch_metrics": "Disabled",
            "sagemaker_monitoring_schedule_name": schedule_name,
            "sagemaker_endpoint_name": self.endpoint_input["EndpointName"],
            **window,
            **self.environment,
        }
        for what, uri in (("constraints", self.constraints_uri), ("statistics", self.statistics_uri)):
            if uri:
                folder = f"{BASELINE}/{'stats' if what == 'statistics' else what}"
                inputs.append(_input(what, uri, folder))
                environment[f"baseline_{what}"] = f"{folder}/{uri.rsplit('/', 1)[-1]}"
        outputs = [
            {"OutputName": f"monitoring_output_{number}", "S3Output": {"S3UploadMode": "EndOfJob", **output}}
            for number, output in enumerate(self.outputs, 1)
        ]
        request = {
            "ProcessingJobName": name,
            "RoleArn": self.role_arn,
            "AppSpecification": {
                key: self.application[key]
                for key in ("ImageUri", "ContainerEntrypoint", "ContainerArguments")
                if key in self.application
            },
            "Environment": environment,
            "ProcessingInputs": inputs,
            "ProcessingOutputConfig": {"Outputs": outputs, "KmsKeyId": self.key_id},
            "ProcessingResources": {"ClusterConfig": self.cluster},
            "StoppingCondition": self.stopping,
            "NetworkConfig": self.network,
        }
        return {key: value for key, value in request.items() if value is not None}


def _input(name: str, uri: str, local_path: str) -> dict[str, Any]:
    source = {"S3Uri": uri, "LocalPath": local_path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": name, "S3Input": source}
