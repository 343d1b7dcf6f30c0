"""SageMaker's models, endpoints and packages in a simulated world, as functions call them through boto3."""

from __future__ import annotations

from typing import Any

from rehearsal.simulated.account.errors import Exceptions, refused
from rehearsal.simulated.account.job_calls import JobCalls
from rehearsal.simulated.world import MOVING, Endpoint, World

STARTUP_SECONDS, SHIFT_SECONDS = 240.0, 900.0


class SageMaker(JobCalls):
    """The calls of the workflows and their functions; names and errors as boto3 has them."""

    exceptions = Exceptions

    def __init__(self, world: World) -> None:
        self._world = world

    def create_model(self, **request: Any) -> dict[str, Any]:
        """Refuses a name that is taken, as AWS does."""
        name = request["ModelName"]
        if name in self._world.models:
            raise refused("ValidationException", f"Cannot create already existing model {name}.")
        containers = [*request.get("Containers", ()), request.get("PrimaryContainer", {})]
        self._world.models[name] = containers[0].get("ModelPackageName")
        return {"ModelArn": self._owned("model", name, request)}

    def delete_model(self, **request: Any) -> None:
        """Refuses a model that isn't there."""
        if request["ModelName"] not in self._world.models:
            raise refused("ValidationException", f"Could not find model {request['ModelName']}.")
        del self._world.models[request["ModelName"]]

    def describe_model(self, **request: Any) -> dict[str, Any]:
        """Its one container, by package or not."""
        name, models = request["ModelName"], self._world.models
        if name not in models:
            raise refused("ValidationException", f"Could not find model {name}.")
        package = models[name]
        return {"Containers": [{"ModelPackageName": package} if package else {"Image": "made-by-hand"}]}

    def create_endpoint_config(self, **request: Any) -> dict[str, Any]:
        """Keeps which models it names."""
        name = request["EndpointConfigName"]
        self._world.configs[name] = [variant["ModelName"] for variant in request["ProductionVariants"]]
        return {"EndpointConfigArn": self._owned("endpoint-config", name, request)}

    def describe_endpoint_config(self, **request: Any) -> dict[str, Any]:
        """Its variants."""
        name = request["EndpointConfigName"]
        if name not in self._world.configs:
            raise refused("ValidationException", f"Could not find endpoint configuration {name}.")
        models = self._world.configs[name]
        return {"ProductionVariants": [{"ModelName": name} for name in models]}

    def delete_endpoint_config(self, **request: Any) -> None:
        """Refuses one that isn't there."""
        if self._world.configs.pop(request["EndpointConfigName"], None) is None:
            raise refused("ValidationException", f"Could not find endpoint configuration {request}.")

    def list_endpoint_configs(self, **request: Any) -> dict[str, Any]:
        """Newest first."""
        names = [name for name in reversed(self._world.configs) if request["NameContains"] in name]
        return {
            "EndpointConfigs": [
                {"EndpointConfigName": name, "EndpointConfigArn": _arn("endpoint-config", name)}
                for name in names
            ]
        }

    def create_endpoint(self, **request: Any) -> dict[str, Any]:
        """Starts an endpoint: in service, or failed, some minutes later."""
        name, world = request["EndpointName"], self._world
        becomes = world.facts.staging if "-staging-" in name else world.facts.shift_of_traffic
        becomes = "Failed" if becomes == "alarm" else becomes  # there is nothing to roll back to
        config = request["EndpointConfigName"]
        world.endpoints[name] = Endpoint(config, config, "Creating", becomes, world.now + STARTUP_SECONDS)
        return {"EndpointArn": self._owned("endpoint", name, request)}

    def update_endpoint(self, **request: Any) -> dict[str, Any]:
        """Starts an update; only the first one of a world meets what the scenario has in store."""
        endpoint = self._known(request["EndpointName"])
        if endpoint.status in MOVING:
            raise refused("ValidationException", "Cannot update in-progress endpoint")
        is_back = "DeploymentConfig" not in request
        endpoint.target, endpoint.status = request["EndpointConfigName"], "Updating"
        endpoint.becomes = "InService" if is_back else self._world.facts.shift_of_traffic
        endpoint.settles_at = self._world.now + SHIFT_SECONDS
        return {"EndpointArn": _arn("endpoint", request["EndpointName"])}

    def delete_endpoint(self, **request: Any) -> None:
        """Refuses an endpoint in motion."""
        if self._known(request["EndpointName"]).status in MOVING:
            raise refused("ValidationException", "Cannot delete in-progress endpoint")
        del self._world.endpoints[request["EndpointName"]]

    def describe_endpoint(self, **request: Any) -> dict[str, Any]:
        """Status and configuration by now."""
        endpoint = self._known(request["EndpointName"])
        described: dict[str, Any] = {
            "EndpointStatus": endpoint.status,
            "EndpointConfigName": endpoint.config,
        }
        if endpoint.status == "Updating":
            described["PendingDeploymentSummary"] = {"EndpointConfigName": endpoint.target}
        is_told = endpoint.status == "Failed"
        return described | ({"FailureReason": "the container did not pass the ping"} if is_told else {})

    def list_endpoints(self, **request: Any) -> dict[str, Any]:
        """Those whose names contain the word."""
        found = [one for one in self._world.endpoints if request["NameContains"] in one]
        return {"Endpoints": [self._summary(one) for one in found]}

    def create_model_package(self, **request: Any) -> dict[str, Any]:
        """Registers a version."""
        group, number = request["ModelPackageGroupName"], len(self._world.packages) + 1
        arn = f"arn:aws:sagemaker:eu-west-1:111122223333:model-package/{group}/{number}"
        self._world.packages[arn] = request["ModelApprovalStatus"]
        self._world.packages_complete_at[arn] = self._world.now + self._world.facts.package_seconds
        self._world.owners[arn] = request.get("MetadataProperties", {}).get("GeneratedBy", "")
        self._world.metadata[arn] = request.get("CustomerMetadataProperties", {})
        return {"ModelPackageArn": arn}

    def update_model_package(self, **request: Any) -> dict[str, Any]:
        """Sets the approval status."""
        arn = request["ModelPackageArn"]
        if arn not in self._world.packages:
            raise refused("ValidationException", f"Could not find model package {arn}.")
        self._world.packages[arn] = request["ModelApprovalStatus"]
        self._world.reasons[arn] = request["ApprovalDescription"]
        return {"ModelPackageArn": arn}

    def describe_model_package(self, **request: Any) -> dict[str, Any]:
        """Status and approval."""
        arn, world = request["ModelPackageName"], self._world
        is_made = world.now >= world.packages_complete_at.get(arn, 0.0)
        status = world.facts.package_status if is_made else "InProgress"
        return {
            "ModelPackageStatus": status,
            "ModelApprovalStatus": world.packages[arn],
            "ApprovalDescription": world.reasons.get(arn, ""),
            "CustomerMetadataProperties": self._world.metadata.get(arn, {}),
            "MetadataProperties": {"GeneratedBy": self._world.owners.get(arn, "")},
        }

    def list_model_packages(self, **request: Any) -> dict[str, Any]:
        """Newest first, of one approval status if it is given."""
        wanted = request.get("ModelApprovalStatus")
        found = [arn for arn, status in reversed(self._world.packages.items()) if wanted in (None, status)]
        summaries = [{"ModelPackageArn": arn, "ModelPackageStatus": "Completed"} for arn in found]
        return {"ModelPackageSummaryList": summaries}

    def list_models(self, **request: Any) -> dict[str, Any]:
        """Those whose names contain the word."""
        names = [name for name in sorted(self._world.models) if request["NameContains"] in name]
        return {"Models": [{"ModelName": name, "ModelArn": _arn("model", name)} for name in names]}

    def _summary(self, name: str) -> dict[str, str]:
        status = self._known(name).status
        return {"EndpointName": name, "EndpointArn": _arn("endpoint", name), "EndpointStatus": status}

    def _owned(self, kind: str, name: str, request: dict[str, Any]) -> str:
        tags = {tag["Key"]: tag["Value"] for tag in request.get("Tags", ())}
        arn = _arn(kind, name)
        self._world.owners[arn] = tags.get("execution-id", "")
        self._world.attempts[arn] = tags.get("attempt", "0")
        return arn

    def _known(self, name: str) -> Endpoint:
        endpoint = self._world.endpoint(name)
        if endpoint is None:
            raise refused("ValidationException", f"Could not find endpoint {name}.")
        return endpoint


def _arn(kind: str, name: str) -> str:
    return f"arn:aws:sagemaker:eu-west-1:111122223333:{kind}/{name}"
