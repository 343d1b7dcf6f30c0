"""SageMaker's models, endpoints and packages in a simulated world, as functions call them through boto3."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from botocore.exceptions import ClientError

from rehearsal.simulated.world import MOVING, Endpoint, World

STARTUP_SECONDS, SHIFT_SECONDS = 240.0, 900.0


class _Exceptions:
    ClientError = ClientError


class _Paginator:
    def __init__(self, page: Callable[..., dict[str, Any]]) -> None:
        self._page = page

    def paginate(self, **arguments: Any) -> Iterator[dict[str, Any]]:
        yield self._page(**arguments)


class SageMaker:
    """The calls of the workflows and their functions; names and errors as boto3 has them."""

    exceptions = _Exceptions

    def __init__(self, world: World) -> None:
        self._world = world

    def get_paginator(self, operation: str) -> _Paginator:
        """Everything fits on one page."""
        return _Paginator(getattr(self, operation))

    def create_model(self, **request: Any) -> dict[str, Any]:
        """Refuses a name that is taken, as AWS does."""
        name = request["ModelName"]
        if name in self._world.models:
            raise _error("ValidationException", f"Cannot create already existing model {name}.")
        containers = [*request.get("Containers", ()), request.get("PrimaryContainer", {})]
        self._world.models[name] = containers[0].get("ModelPackageName")
        return {"ModelArn": f"arn:aws:sagemaker:eu-west-1:111122223333:model/{name}"}

    def delete_model(self, **request: Any) -> None:
        """Refuses a model that isn't there."""
        if request["ModelName"] not in self._world.models:
            raise _error("ValidationException", f"Could not find model {request['ModelName']}.")
        del self._world.models[request["ModelName"]]

    def describe_model(self, **request: Any) -> dict[str, Any]:
        """Its one container, by package or not."""
        name, models = request["ModelName"], self._world.models
        if name not in models:
            raise _error("ValidationException", f"Could not find model {name}.")
        package = models[name]
        return {"Containers": [{"ModelPackageName": package} if package else {"Image": "made-by-hand"}]}

    def create_endpoint_config(self, **request: Any) -> dict[str, Any]:
        """Keeps which models it names."""
        name = request["EndpointConfigName"]
        self._world.configs[name] = [variant["ModelName"] for variant in request["ProductionVariants"]]
        return {"EndpointConfigArn": f"arn:aws:sagemaker:eu-west-1:111122223333:endpoint-config/{name}"}

    def describe_endpoint_config(self, **request: Any) -> dict[str, Any]:
        """Its variants."""
        models = self._world.configs.get(request["EndpointConfigName"])
        if models is None:
            raise _error("ValidationException", f"Could not find endpoint configuration {request}.")
        return {"ProductionVariants": [{"ModelName": name} for name in models]}

    def delete_endpoint_config(self, **request: Any) -> None:
        """Refuses one that isn't there."""
        if self._world.configs.pop(request["EndpointConfigName"], None) is None:
            raise _error("ValidationException", f"Could not find endpoint configuration {request}.")

    def list_endpoint_configs(self, **request: Any) -> dict[str, Any]:
        """Newest first."""
        names = [name for name in reversed(self._world.configs) if request["NameContains"] in name]
        return {"EndpointConfigs": [{"EndpointConfigName": name} for name in names]}

    def create_endpoint(self, **request: Any) -> dict[str, Any]:
        """Starts an endpoint: in service, or failed, some minutes later."""
        name, world = request["EndpointName"], self._world
        becomes = world.facts.staging if "-staging-" in name else world.facts.shift_of_traffic
        becomes = "Failed" if becomes == "alarm" else becomes  # there is nothing to roll back to
        config = request["EndpointConfigName"]
        world.endpoints[name] = Endpoint(config, config, "Creating", becomes, world.now + STARTUP_SECONDS)
        return {"EndpointArn": f"arn:aws:sagemaker:eu-west-1:111122223333:endpoint/{name}"}

    def update_endpoint(self, **request: Any) -> dict[str, Any]:
        """Starts an update; only the first one of a world meets what the scenario has in store."""
        endpoint = self._known(request["EndpointName"])
        if endpoint.status in MOVING:
            raise _error("ValidationException", "Cannot update in-progress endpoint")
        is_back = "DeploymentConfig" not in request
        endpoint.target, endpoint.status = request["EndpointConfigName"], "Updating"
        endpoint.becomes = "InService" if is_back else self._world.facts.shift_of_traffic
        endpoint.settles_at = self._world.now + SHIFT_SECONDS
        return {"EndpointArn": f"arn:aws:sagemaker:eu-west-1:111122223333:endpoint/{request['EndpointName']}"}

    def delete_endpoint(self, **request: Any) -> None:
        """Refuses an endpoint in motion."""
        if self._known(request["EndpointName"]).status in MOVING:
            raise _error("ValidationException", "Cannot delete in-progress endpoint")
        del self._world.endpoints[request["EndpointName"]]

    def describe_endpoint(self, **request: Any) -> dict[str, Any]:
        """Status and configuration by now."""
        endpoint = self._known(request["EndpointName"])
        described = {"EndpointStatus": endpoint.status, "EndpointConfigName": endpoint.config}
        is_told = endpoint.status == "Failed"
        return described | ({"FailureReason": "the container did not pass the ping"} if is_told else {})

    def list_endpoints(self, **request: Any) -> dict[str, Any]:
        """Those whose names contain the word."""
        found = [name for name in self._world.endpoints if request["NameContains"] in name]
        return {
            "Endpoints": [{"EndpointName": one, "EndpointStatus": self._known(one).status} for one in found]
        }

    def describe_training_job(self, **request: Any) -> dict[str, Any]:
        """A job that a tuning job started."""
        return self._world.trained[request["TrainingJobName"]]

    def create_model_package(self, **request: Any) -> dict[str, Any]:
        """Registers a version."""
        group, number = request["ModelPackageGroupName"], len(self._world.packages) + 1
        arn = f"arn:aws:sagemaker:eu-west-1:111122223333:model-package/{group}/{number}"
        self._world.packages[arn] = request["ModelApprovalStatus"]
        self._world.packages_complete_at[arn] = self._world.now + self._world.facts.package_seconds
        return {"ModelPackageArn": arn}

    def update_model_package(self, **request: Any) -> dict[str, Any]:
        """Sets the approval status."""
        arn = request["ModelPackageArn"]
        if arn not in self._world.packages:
            raise _error("ValidationException", f"Could not find model package {arn}.")
        self._world.packages[arn] = request["ModelApprovalStatus"]
        return {"ModelPackageArn": arn}

    def describe_model_package(self, **request: Any) -> dict[str, Any]:
        """Status and approval."""
        arn, world = request["ModelPackageName"], self._world
        approval = world.packages[arn]
        is_made = world.now >= world.packages_complete_at[arn]
        status = world.facts.package_status if is_made else "InProgress"
        return {
            "ModelPackageStatus": status,
            "ModelApprovalStatus": approval,
            "CustomerMetadataProperties": {},
        }

    def _known(self, name: str) -> Endpoint:
        endpoint = self._world.endpoint(name)
        if endpoint is None:
            raise _error("ValidationException", f"Could not find endpoint {name}.")
        return endpoint


def _error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "simulated")
