# ruff: noqa: ARG002, N803 - the signatures are boto3's and the Platform's
"""A platform in memory: one S3, recorded events, metrics and logs; roles may do all but what is denied."""

from __future__ import annotations

import io
import tarfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.emulator.platform import Credentials, ServiceError
from rehearsal.emulator.rest import RestRequest

ROLE = "arn:aws:iam::111122223333:role/job"


class FakeS3:
    def __init__(self) -> None:
        self.objects: dict[str, bytes] = {}
        self.forbidden: set[str] = set()
        self.unreadable: set[str] = set()  # may be listed

    def _check(self, key: str, operation: str) -> None:
        barred = self.forbidden | (self.unreadable if operation == "GetObject" else set())
        if any(key.startswith(prefix) for prefix in barred):
            raise ClientError({"Error": {"Code": "AccessDenied", "Message": "Access Denied"}}, operation)

    def list_objects_v2(self, Bucket: str, Prefix: str, MaxKeys: int = 1000) -> dict[str, Any]:
        self._check(f"{Bucket}/{Prefix}", "ListObjectsV2")
        keys = [key.partition("/")[2] for key in sorted(self.objects) if key.startswith(f"{Bucket}/{Prefix}")]
        return {"Contents": [{"Key": key} for key in keys], "IsTruncated": False}

    def get_object(self, Bucket: str, Key: str) -> dict[str, Any]:
        self._check(f"{Bucket}/{Key}", "GetObject")
        if f"{Bucket}/{Key}" not in self.objects:
            raise ClientError({"Error": {"Code": "NoSuchKey", "Message": "no such key"}}, "GetObject")
        return {"Body": io.BytesIO(self.objects[f"{Bucket}/{Key}"])}

    def head_object(self, Bucket: str, Key: str) -> None:
        self._check(f"{Bucket}/{Key}", "HeadObject")
        if f"{Bucket}/{Key}" not in self.objects:
            raise ClientError({"Error": {"Code": "404", "Message": "Not Found"}}, "HeadObject")

    def put_object(self, Bucket: str, Key: str, Body: Any, **_: Any) -> None:
        self._check(f"{Bucket}/{Key}", "PutObject")
        self.objects[f"{Bucket}/{Key}"] = Body if isinstance(Body, bytes) else Body.read()

    def delete_object(self, Bucket: str, Key: str) -> None:
        self.objects.pop(f"{Bucket}/{Key}", None)

    def names(self, prefix: str) -> list[str]:
        return sorted(key for key in self.objects if key.startswith(prefix))


class FakeAlarms:
    def __init__(self) -> None:
        self.states: dict[str, str] = {}

    def set_alarm_state(self, AlarmName: str, StateValue: str, StateReason: str) -> None:
        assert StateReason
        self.states[AlarmName] = StateValue

    def describe_alarms(self, AlarmNames: list[str]) -> dict[str, Any]:
        known = [name for name in AlarmNames if name in self.states]
        rows = [{"AlarmName": name, "StateValue": self.states[name]} for name in known]
        return {"MetricAlarms": rows, "CompositeAlarms": []}


class FakePlatform:
    account_id = "111122223333"
    region = "eu-west-1"
    endpoint_url = "http://127.0.0.1:1"
    is_closing = False

    def __init__(self) -> None:
        self.s3 = FakeS3()
        self.alarms = FakeAlarms()
        self.events: list[tuple[str, dict[str, Any]]] = []
        self.metrics: list[tuple[str, str, float, dict[str, str]]] = []
        self.logs: dict[tuple[str, str], list[str]] = {}
        self.denied: set[str] = set()
        self.lock = threading.Lock()

    def credentials(
        self, role_arn: str, service: str, session_name: str, source_arn: str, vpc: Any = None
    ) -> Credentials:
        if role_arn.endswith("missing"):
            raise ServiceError("AccessDeniedException", f"{service} may not assume {role_arn}")
        return Credentials("ASIAJOB", session_name, source_arn)

    def client(self, service: str, credentials: Credentials | None = None) -> Any:
        return {"s3": self.s3, "cloudwatch": self.alarms}[service]

    def caller_name(self, access_key_id: str | None) -> str:
        return access_key_id or "root"

    def require_permission(self, access_key_id: str | None, action: str, resource: str) -> None:
        if f"{action} on {resource}" in self.denied:
            raise ServiceError("AccessDeniedException", f"{access_key_id} may not {action} on {resource}")

    def require_pass_role(self, access_key_id: str | None, role_arn: str, service: str) -> None:
        if "iam:PassRole" in self.denied:
            raise ServiceError(
                "AccessDeniedException", f"{access_key_id} may not pass {role_arn} to {service}"
            )

    def is_allowed(
        self, role_arn: str, service: str, action: str, resource: str, **context: str
    ) -> str | None:
        return f"{action} is denied" if action in self.denied else None

    def network_fault(self, vpc: Any) -> str | None:
        return "The subnet ID 'subnet-missing' does not exist" if "subnet-missing" in vpc["Subnets"] else None

    def key_refusal(self, *asked: Any, **context: str) -> None:
        return None

    service_key_refusal = key_refusal

    def put_event(self, source: str, detail_type: str, detail: dict[str, Any], resources: list[str]) -> None:
        with self.lock:
            self.events.append((detail_type, detail))

    def put_metric(
        self, namespace: str, name: str, value: float, dimensions: dict[str, str], unit: str = "None"
    ) -> None:
        with self.lock:
            self.metrics.append((namespace, name, value, dimensions))

    def log_lines(self, group: str, stream: str, lines: list[str]) -> None:
        with self.lock:
            self.logs.setdefault((group, stream), []).extend(lines)


def write_container(root: Path, name: str, program: str) -> None:
    package = root / "containers" / name / f"{name}_program"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    (package / "__main__.py").write_text(program)
    text = f'FROM python:3.11\nENV STAGE={name}\nENTRYPOINT ["python", "-m", "{name}_program"]\n'
    (root / "containers" / name / "Dockerfile").write_text(text)


def training_request(name: str, code: str = "pass", **more: Any) -> dict[str, Any]:
    return {
        "TrainingJobName": name,
        "RoleArn": ROLE,
        "AlgorithmSpecification": {"TrainingImage": "trainyard-dev-trainer:1", "TrainingInputMode": "File"},
        "OutputDataConfig": {"S3OutputPath": "s3://bucket/out"},
        "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5},
        "StoppingCondition": {"MaxRuntimeInSeconds": 60},
        "HyperParameters": {"code": code},
        **more,
    }


def processing_request(name: str, code: str = "pass", **more: Any) -> dict[str, Any]:
    cluster = {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 5}
    return {
        "ProcessingJobName": name,
        "RoleArn": ROLE,
        "AppSpecification": {"ImageUri": "worker:1", "ContainerArguments": [code]},
        "ProcessingResources": {"ClusterConfig": cluster},
        **more,
    }


def transform_request(name: str, **more: Any) -> dict[str, Any]:
    source = {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": "s3://bucket/data/"}}
    return {
        "TransformJobName": name,
        "ModelName": "old",
        "TransformInput": {"DataSource": source, "ContentType": "text/csv", "SplitType": "Line"},
        "TransformOutput": {"S3OutputPath": "s3://bucket/scores", "AssembleWith": "Line"},
        "TransformResources": {"InstanceType": "ml.m5.large", "InstanceCount": 1},
        **more,
    }


def tuning_request(
    name: str, code: str = "pass", strategy: str = "Grid", ranges: Any = None, **limits: int
) -> dict[str, Any]:
    """Ask for a search over `depth` in 1, 3, 2 (or other ranges) that maximises what is logged as auc."""
    depths = {"CategoricalParameterRanges": [{"Name": "depth", "Values": ["1", "3", "2"]}]}
    definition = training_request("x")
    del definition["TrainingJobName"], definition["HyperParameters"]
    definition["StaticHyperParameters"] = {"code": code}
    definition["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "auc", "Regex": "auc=(.*)"}]
    config = {
        "Strategy": strategy,
        "HyperParameterTuningJobObjective": {"Type": "Maximize", "MetricName": "auc"},
        "ResourceLimits": {"MaxParallelTrainingJobs": 2, **limits},
        "ParameterRanges": ranges or depths,
    }
    return {
        "HyperParameterTuningJobName": name,
        "HyperParameterTuningJobConfig": config,
        "TrainingJobDefinition": definition,
    }


def finish(service: Any, kind: str, name: str) -> dict[str, Any]:
    """Wait for a job's end through the port that .sync uses; return the Describe response."""
    ended = threading.Event()
    found: list[dict[str, Any]] = []

    def end(details: dict[str, Any]) -> None:
        found.append(details)
        ended.set()

    service.on_job_end(kind, name, end)
    assert ended.wait(30), f"{name} did not end"
    return found[0]


def train(service: Any, name: str, code: str = "pass", **more: Any) -> dict[str, Any]:
    service.handle("CreateTrainingJob", training_request(name, code, **more), "AKIA")
    return finish(service, "TrainingJob", name)


def eventually(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Wait until a condition holds."""
    deadline, pause = time.monotonic() + seconds, threading.Event()
    while not condition():
        assert time.monotonic() < deadline, "the condition never held"
        pause.wait(0.02)


def job_log(service: Any, name: str) -> str:
    """Return what the job's containers have written so far."""
    return "".join(Path(log).read_text() for job in service.job_details(name) for log in job["logs"])


def archive_names(platform: FakePlatform, key: str) -> list[str]:
    """List an archive in S3."""
    with tarfile.open(fileobj=io.BytesIO(platform.s3.objects[key])) as archive:
        return archive.getnames()


def add_model(service: Any, platform: FakePlatform, name: str, answer: str) -> None:
    """Put a model archive into S3 and create the model; the server answers `answer:row` for each row."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        member = tarfile.TarInfo("answer.txt")
        member.size = len(answer)
        archive.addfile(member, io.BytesIO(answer.encode()))
    platform.s3.objects[f"bucket/models/{name}.tar.gz"] = packed.getvalue()
    container = {"Image": "server:1", "ModelDataUrl": f"s3://bucket/models/{name}.tar.gz"}
    request = {"ModelName": name, "ExecutionRoleArn": ROLE, "PrimaryContainer": container}
    service.handle("CreateModel", request, None)


def variant(model: str, name: str = "AllTraffic", weight: float = 1.0, instances: int = 1) -> dict[str, Any]:
    return {
        "VariantName": name,
        "ModelName": model,
        "InstanceType": "ml.m5.large",
        "InitialInstanceCount": instances,
        "InitialVariantWeight": weight,
    }


def add_config(service: Any, name: str, *variants: dict[str, Any], **more: Any) -> None:
    request = {"EndpointConfigName": name, "ProductionVariants": list(variants), **more}
    service.handle("CreateEndpointConfig", request, None)


def settle(service: Any, name: str = "live") -> dict[str, Any]:
    """Wait until an endpoint is neither creating nor updating; return its description."""

    def describe() -> Any:
        return service.handle("DescribeEndpoint", {"EndpointName": name}, None)

    eventually(lambda: describe()["EndpointStatus"] in ("InService", "Failed"))
    return dict(describe())


def invoke(service: Any, body: bytes = b"1", **headers: str) -> tuple[int, dict[str, str], bytes]:
    named = {f"X-Amzn-SageMaker-{key.replace('_', '-')}": value for key, value in headers.items()}
    headers = {"Content-Type": "text/csv", **named}
    answer: tuple[int, dict[str, str], bytes] | None = service.handle_rest(
        RestRequest(method="POST", path="/endpoints/live/invocations", headers=headers, body=body)
    )
    assert answer is not None
    return answer
