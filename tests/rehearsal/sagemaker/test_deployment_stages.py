"""An endpoint on its way: what Describe and the events tell of a deployment's stages."""

from __future__ import annotations

from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import FakePlatform, add_config, add_model, settle, variant

CREATE = {"EndpointName": "live", "EndpointConfigName": "blue"}
UPDATE = {"EndpointName": "live", "EndpointConfigName": "green"}
CANARY = {
    "BlueGreenUpdatePolicy": {
        "TrafficRoutingConfiguration": {
            "Type": "CANARY",
            "CanarySize": {"Type": "INSTANCE_COUNT", "Value": 1},
            "WaitIntervalInSeconds": 20,
        },
        "TerminationWaitInSeconds": 10,
    }
}


def describe(service: SageMakerService) -> dict[str, Any]:
    return service.handle("DescribeEndpoint", {"EndpointName": "live"}, None)


@pytest.fixture
def live(service: SageMakerService, platform: FakePlatform) -> None:
    for name, config in (("old", "blue"), ("new", "green")):
        add_model(service, platform, name, name)
        add_config(service, config, variant(name, instances=3))
    service.handle("CreateEndpoint", CREATE, None)
    settle(service)


def test_a_new_endpoint_shows_what_it_is_being_made_of(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_model(service, platform, "old", "old")
    add_config(service, "blue", variant("old", instances=3))
    service.handle("CreateEndpoint", CREATE, None)
    (row,) = describe(service)["PendingDeploymentSummary"]["ProductionVariants"]
    assert (row["CurrentInstanceCount"], row["DesiredInstanceCount"]) == (0, 3)
    assert row["VariantStatus"][0]["StatusMessage"] == "Launching 3 instance(s)."
    assert "PendingDeploymentSummary" not in settle(service)


@pytest.mark.usefixtures("live")
def test_a_canary_is_told_stage_by_stage(service: SageMakerService, platform: FakePlatform) -> None:
    service.handle("UpdateEndpoint", {**UPDATE, "DeploymentConfig": CANARY}, None)
    assert settle(service)["EndpointConfigName"] == "green"
    stages = [
        detail["PendingDeploymentSummary"]["ProductionVariants"][0]["VariantStatus"][0]["StatusMessage"]
        for kind, detail in platform.events
        if kind == "SageMaker Endpoint Deployment State Change" and "PendingDeploymentSummary" in detail
    ]
    traffic = "with traffic enabled on"
    assert stages == [
        "Activating traffic on canary capacity of 1 instance(s).",
        f"Baking for 20 seconds (WaitIntervalInSeconds) {traffic} canary capacity of 1 instance(s).",
        "Activating traffic on full capacity of 3 instance(s).",
        f"Baking for 10 seconds (TerminationWaitInSeconds) {traffic} full capacity of 3 instance(s).",
    ]


@pytest.mark.usefixtures("live")
def test_what_is_desired_shows_before_it_is_so(service: SageMakerService) -> None:
    wanted = [{"VariantName": "AllTraffic", "DesiredInstanceCount": 5, "DesiredWeight": 2}]
    request = {"EndpointName": "live", "DesiredWeightsAndCapacities": wanted}
    service.handle("UpdateEndpointWeightsAndCapacities", request, None)
    fields = ("CurrentInstanceCount", "DesiredInstanceCount", "CurrentWeight", "DesiredWeight")
    during = describe(service)
    assert during["EndpointStatus"] == "Updating"
    assert [during["ProductionVariants"][0][field] for field in fields] == [3, 5, 1, 2]
    assert [settle(service)["ProductionVariants"][0][field] for field in fields] == [5, 5, 2, 2]


@pytest.mark.usefixtures("live")
def test_weights_of_a_variant_that_is_not_there_are_refused(service: SageMakerService) -> None:
    request = {"EndpointName": "live", "DesiredWeightsAndCapacities": [{"VariantName": "z"}]}
    with pytest.raises(ServiceError, match="Variant z not found") as caught:
        service.handle("UpdateEndpointWeightsAndCapacities", request, None)
    assert caught.value.code == "ValidationException"


@pytest.mark.usefixtures("live")
def test_an_endpoint_whose_configuration_was_deleted_can_not_be_updated(service: SageMakerService) -> None:
    service.handle("DeleteEndpointConfig", {"EndpointConfigName": "blue"}, None)
    assert describe(service)["EndpointStatus"] == "InService"
    with pytest.raises(ServiceError, match=r'Could not find endpoint configuration "\S+/blue"'):
        service.handle("UpdateEndpoint", UPDATE, None)
