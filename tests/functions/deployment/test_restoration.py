"""The way back from a deployment: whatever state it broke off in, repeating the pass leads home."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from functions.deployment.prune_generations.generations import to_prune
from functions.deployment.restore_endpoint.restoration import Deployment, restore


class Endpoints:
    """SageMaker's endpoints, configurations and models; each look lets a moving endpoint arrive."""

    class exceptions:  # noqa: N801
        """Where boto3 keeps its exception classes."""

        ClientError = ClientError

    def __init__(self, **endpoints: tuple[str, str]) -> None:
        self.endpoints = dict(endpoints)
        self.removed: list[str] = []

    def describe_endpoint(self, EndpointName: str) -> dict[str, str]:  # noqa: N803
        if EndpointName not in self.endpoints:
            message = f'Could not find endpoint "{EndpointName}".'
            raise ClientError({"Error": {"Code": "ValidationException", "Message": message}}, "Describe")
        status, config = self.endpoints[EndpointName]
        if status in ("Updating", "RollingBack", "Creating"):
            self.endpoints[EndpointName] = ("InService", config)
        return {"EndpointStatus": status, "EndpointConfigName": config}

    def update_endpoint(self, EndpointName: str, EndpointConfigName: str) -> None:  # noqa: N803
        self.endpoints[EndpointName] = ("Updating", EndpointConfigName)

    def delete_endpoint(self, EndpointName: str) -> None:  # noqa: N803
        del self.endpoints[EndpointName]

    def delete_endpoint_config(self, EndpointConfigName: str) -> None:  # noqa: N803
        self.removed.append(EndpointConfigName)

    def delete_model(self, ModelName: str) -> None:  # noqa: N803
        self.removed.append(ModelName)


def broken_off(previous: str | None = "old", *, is_live_touched: bool = True) -> Deployment:
    return Deployment(
        endpoint_name="live",
        is_live_touched=is_live_touched,
        config_name="new",
        previous_config_name=previous,
        staging_name="staging",
        model_name="model",
    )


def settle(sagemaker: Endpoints, deployment: Deployment) -> dict[str, Any]:
    for _ in range(5):
        result = restore(sagemaker, deployment)
        if result["is_settled"]:
            break
    return result


@pytest.mark.parametrize("status", ["InService", "Updating", "RollingBack"])
def test_the_live_endpoint_serves_its_previous_configuration_again(status: str) -> None:
    sagemaker = Endpoints(live=(status, "new"), staging=("Creating", "new"))
    assert settle(sagemaker, broken_off()) == {"is_settled": True, "live": "restored"}
    assert sagemaker.endpoints == {"live": ("InService", "old")}
    assert sagemaker.removed == ["new", "model"]


def test_an_endpoint_that_rolled_back_by_itself_is_left_alone() -> None:
    sagemaker = Endpoints(live=("InService", "old"))
    assert restore(sagemaker, broken_off()) == {"is_settled": True, "live": "restored"}


def test_an_endpoint_that_the_run_itself_created_is_removed() -> None:
    sagemaker = Endpoints(live=("Failed", "new"))
    assert settle(sagemaker, broken_off(None))["live"] == "removed"
    assert sagemaker.endpoints == {}


def test_an_endpoint_of_somebody_else_is_never_removed() -> None:
    sagemaker = Endpoints(live=("InService", "theirs"))
    settle(sagemaker, broken_off(None))
    assert sagemaker.endpoints == {"live": ("InService", "theirs")}


def test_a_deployment_that_never_reached_the_live_endpoint_leaves_it_alone() -> None:
    sagemaker = Endpoints(live=("InService", "old"), staging=("Failed", "new"))
    assert settle(sagemaker, broken_off(is_live_touched=False))["live"] == "untouched"
    assert sagemaker.endpoints == {"live": ("InService", "old")}


def test_restoring_twice_changes_and_raises_nothing() -> None:
    sagemaker = Endpoints(live=("InService", "new"))
    first = settle(sagemaker, broken_off())
    assert settle(sagemaker, broken_off()) == first


def test_the_newest_configurations_and_those_in_use_are_kept() -> None:
    newest_first = ["e", "d", "c", "b", "a"]
    assert to_prune(newest_first, {"e", "b"}, kept=2) == ["c", "a"]
    assert to_prune(newest_first[:2], set(), kept=2) == []
