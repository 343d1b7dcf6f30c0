"""Models: what CreateModel accepts, and which container, data and role a model stands for when it serves."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rehearsal.emulator.platform import Credentials, ServiceError
from rehearsal.sagemaker import events
from rehearsal.sagemaker.account import PRINCIPAL, Account
from rehearsal.sagemaker.images import Image, is_ecr, repository_arn
from rehearsal.sagemaker.jobs.api import Operation, list_records
from rehearsal.sagemaker.jobs.artifacts import unpack
from rehearsal.sagemaker.jobs.job import PULL_ACTIONS
from rehearsal.sagemaker.kinds import MODEL, MODEL_PACKAGE
from rehearsal.sagemaker.s3 import DataError, Files, split
from rehearsal.sagemaker.support import CODE

TWO_SOURCES = "Specify one of either Image and Model Data URL or ModelPackageName in container definition."
INVALID_ROLE = (
    'The execution role ARN "{role_arn}" is invalid. Please ensure that the role exists and that its trust '
    'relationship policy allows the action "sts:AssumeRole" for the service principal '
    f'"{PRINCIPAL}".'
)


@dataclass(frozen=True)
class ServedModel:
    """One model, ready to be served: image, model data, environment and the role's session."""

    name: str
    image: Image
    data_uri: str | None
    is_archive: bool
    environment: dict[str, str]
    role_arn: str
    credentials: Credentials
    is_isolated: bool

    def fetch(self, files: Files, folder: Path) -> None:
        """Put the model data into /opt/ml/model's local folder."""
        folder.mkdir(parents=True, exist_ok=True)
        if self.data_uri is None:
            return
        if self.is_archive:
            archive = folder.parent.parent / "model.tar.gz"
            files.download(*split(self.data_uri), archive)
            unpack(archive, folder)
            return
        objects = files.source_objects("S3Prefix", self.data_uri)
        if not objects:
            raise DataError(f"Could not find model data at {self.data_uri}.")
        for bucket, key, relative_path in objects:
            files.download(bucket, key, folder / relative_path)


class ModelsApi:
    """The operations on models."""

    def __init__(self, account: Account) -> None:
        self.account = account

    def operations(self) -> dict[str, Operation]:
        """Return the operations by name."""
        return {
            "CreateModel": self.create,
            "DescribeModel": self.describe,
            "ListModels": self.list_models,
            "DeleteModel": self.delete,
        }

    def create(self, request: dict[str, Any], access_key_id: str | None) -> dict[str, Any]:
        """Create a model after checking image, role and model data."""
        role_arn = request.get("ExecutionRoleArn")
        if role_arn is None:
            raise ServiceError("ValidationException", "ExecutionRoleArn is required.")
        self.account.platform.require_pass_role(access_key_id, role_arn, PRINCIPAL)
        container = _single_container(request)
        if "ModelPackageName" in container and container.keys() & {"Image", "ModelDataUrl"}:
            raise ServiceError("ValidationException", TWO_SOURCES)
        served = serve(self.account, request["ModelName"], request)
        self._require_data(served)
        name, tags = request["ModelName"], request.get("Tags", [])
        record = self.account.store.add(MODEL, name, _details(request), tags)
        events.emit(self.account.platform, record)
        return {"ModelArn": record.arn}

    def _require_data(self, served: ServedModel) -> None:
        if served.data_uri is None:
            return
        files = Files(self.account.platform.client("s3", served.credentials))
        try:
            uri = served.data_uri
            is_there = files.exists(uri) if served.is_archive else bool(files.keys(uri))
        except DataError as error:
            raise ServiceError(
                "ValidationException",
                f"Could not access model data at {served.data_uri}. Please ensure that the role "
                f'"{served.role_arn}" exists and has "s3:GetObject" permissions: {error}',
            ) from error
        if not is_there:
            raise ServiceError("ValidationException", f"Could not find model data at {served.data_uri}.")

    def describe(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Describe a model."""
        record = self.account.store.get(MODEL, request["ModelName"])
        return self.account.model.respond("DescribeModel", record.snapshot())

    def list_models(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """List models."""
        return list_records(self.account, MODEL, "ListModels", self.account.store.all(MODEL), request)

    def delete(self, request: dict[str, Any], _: str | None) -> dict[str, Any]:
        """Delete a model; endpoints that serve it go on."""
        record = self.account.store.get(MODEL, request["ModelName"])
        self.account.store.remove(record)
        events.emit(self.account.platform, record)
        return {}


def _details(request: dict[str, Any]) -> dict[str, Any]:
    """Return what Describe shows: the request, and what AWS fills in."""
    details = {"EnableNetworkIsolation": False, **request}
    details.pop("Tags", None)
    if "PrimaryContainer" in details:
        details["PrimaryContainer"] = {"Mode": "SingleModel", **details["PrimaryContainer"]}
    if "Containers" in details:
        details["Containers"] = [{"Mode": "SingleModel", **one} for one in details["Containers"]]
    return details


def serve(account: Account, name: str, details: dict[str, Any]) -> ServedModel:
    """Resolve a model's one container, through its model package where it names one."""
    container = _single_container(details)
    package = container.get("ModelPackageName")
    if package:
        record = account.store.get(MODEL_PACKAGE, package)
        status = record.details["ModelPackageStatus"]
        if status != "Completed":
            raise ServiceError(
                "ValidationException", f"Model {name}: {record.arn} is {status}; it must be Completed."
            )
        inner = record.details["InferenceSpecification"]["Containers"][0]
        container = {
            **inner,
            "Environment": {**inner.get("Environment", {}), **container.get("Environment", {})},
        }
    if "Image" not in container:
        raise ServiceError(
            "ValidationException", f"Model {name}: a container needs Image or ModelPackageName."
        )
    source = (container.get("ModelDataSource") or {}).get("S3DataSource")
    uri = source["S3Uri"] if source else container.get("ModelDataUrl")
    return ServedModel(
        name=name,
        image=account.images.find(container["Image"]),
        data_uri=uri,
        is_archive=source is None or source["CompressionType"] == "Gzip",
        environment=container.get("Environment", {}),
        role_arn=details["ExecutionRoleArn"],
        credentials=account.assume(
            details["ExecutionRoleArn"],
            account.store.arn(MODEL, name),
            details.get("VpcConfig"),
            INVALID_ROLE,
        ),
        is_isolated=bool(details.get("EnableNetworkIsolation")),
    )


def _single_container(details: dict[str, Any]) -> dict[str, Any]:
    containers = details.get("Containers") or [details.get("PrimaryContainer")]
    if details.get("Containers") and details.get("PrimaryContainer"):
        raise ServiceError("ValidationException", "Specify either PrimaryContainer or Containers, not both.")
    if len(containers) > 1:
        raise ServiceError(
            CODE, "CreateModel: the rehearsal does not support inference pipelines (Containers > 1)."
        )
    if containers[0] is None:
        raise ServiceError("ValidationException", "PrimaryContainer or Containers is required.")
    return dict(containers[0])


def require_pull(account: Account, served: ServedModel) -> None:
    """Raise DataError unless the model's role may pull its image from ECR."""
    uri = served.image.uri
    for action in PULL_ACTIONS if is_ecr(uri) else ():
        reason = account.denied(served.role_arn, action, repository_arn(uri))
        if reason:
            raise DataError(f"The role {served.role_arn} may not pull the image {uri}: {action}: {reason}")
