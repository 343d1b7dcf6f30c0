from __future__ import annotations

import base64
import json

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import (
    FakePlatform,
    add_config,
    add_model,
    eventually,
    invoke,
    settle,
    variant,
)

CREATE = {"EndpointName": "live", "EndpointConfigName": "blue"}
UPDATE = {"EndpointName": "live", "EndpointConfigName": "green"}
CAPTURE = {
    "EnableCapture": True,
    "InitialSamplingPercentage": 100,
    "DestinationS3Uri": "s3://bucket/capture",
    "CaptureOptions": [{"CaptureMode": "Input"}, {"CaptureMode": "Output"}],
    "CaptureContentTypeHeader": {"CsvContentTypes": ["text/csv"]},
}


def add_models(service: SageMakerService, platform: FakePlatform) -> None:
    for name in ("old", "new"):
        add_model(service, platform, name, name)


@pytest.fixture
def live(service: SageMakerService, platform: FakePlatform) -> None:
    add_models(service, platform)
    add_config(service, "blue", variant("old"))
    add_config(service, "green", variant("new"))
    service.handle("CreateEndpoint", CREATE, None)
    assert settle(service)["EndpointStatus"] == "InService"


@pytest.mark.usefixtures("live")
def test_an_endpoint_in_service_answers_from_its_unpacked_model(service: SageMakerService) -> None:
    status, headers, body = invoke(service, b"1,2\n3,4")
    assert (status, body) == (200, b"old:1,2\nold:3,4\n")
    assert headers["x-Amzn-Invoked-Production-Variant"] == "AllTraffic"


def test_an_endpoint_whose_container_ends_at_once_fails_with_a_reason(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_model(service, platform, "ill", "dead")
    add_config(service, "blue", variant("ill"))
    service.handle("CreateEndpoint", CREATE, None)
    found = settle(service)
    assert found["EndpointStatus"] == "Failed"
    with pytest.raises(ServiceError, match="delete and create it"):
        service.handle("UpdateEndpoint", {**UPDATE, "EndpointConfigName": "blue"}, None)
    assert "did not pass the ping health check" in found["FailureReason"]


@pytest.mark.usefixtures("live")
def test_an_update_moves_all_traffic_to_the_new_configuration(service: SageMakerService) -> None:
    service.handle("UpdateEndpoint", UPDATE, None)
    found = settle(service)
    assert found["EndpointConfigName"] == "green"
    assert invoke(service)[2] == b"new:1\n"


@pytest.mark.usefixtures("live")
def test_an_update_whose_fleet_never_gets_healthy_keeps_the_old_configuration(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_model(service, platform, "broken", "dead")
    add_config(service, "bad", variant("broken"))
    service.handle("UpdateEndpoint", {**UPDATE, "EndpointConfigName": "bad"}, None)
    found = settle(service)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "blue")
    assert invoke(service)[2] == b"old:1\n"


@pytest.mark.usefixtures("live")
def test_an_alarm_during_the_bake_rolls_back_to_the_old_configuration(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.alarms.states["errors"] = "OK"
    routing = {"Type": "ALL_AT_ONCE", "WaitIntervalInSeconds": 0}
    policy = {"TrafficRoutingConfiguration": routing, "TerminationWaitInSeconds": 3000}
    rollback = {"Alarms": [{"AlarmName": "errors"}]}
    config = {"BlueGreenUpdatePolicy": policy, "AutoRollbackConfiguration": rollback}
    service.handle("UpdateEndpoint", {**UPDATE, "DeploymentConfig": config}, None)
    eventually(lambda: invoke(service)[2] == b"new:1\n")
    platform.alarms.states["errors"] = "ALARM"
    found = settle(service)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "blue")
    assert "errors" in found["FailureReason"]
    statuses = [
        d["EndpointStatus"] for kind, d in platform.events if kind == "SageMaker Endpoint State Change"
    ]
    assert statuses == ["CREATING", "IN_SERVICE", "UPDATING", "ROLLING_BACK", "IN_SERVICE"]


@pytest.mark.usefixtures("live")
def test_the_fault_sounds_the_first_rollback_alarm_of_an_update(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.alarms.states.update(errors="OK", latency="OK")
    service.faults.add({"fault": "alarm_during_bake"})
    alarms = [{"AlarmName": "errors"}, {"AlarmName": "latency"}]
    config = {"AutoRollbackConfiguration": {"Alarms": alarms}}
    service.handle("UpdateEndpoint", {**UPDATE, "DeploymentConfig": config}, None)
    assert settle(service)["EndpointConfigName"] == "blue"
    assert platform.alarms.states == {"errors": "ALARM", "latency": "OK"}


@pytest.mark.usefixtures("live")
def test_a_silent_rollback_shows_only_in_the_configuration_name(service: SageMakerService) -> None:
    service.faults.add({"fault": "endpoint_rollback"})
    service.handle("UpdateEndpoint", UPDATE, None)
    found = settle(service)
    assert (found["EndpointStatus"], found["EndpointConfigName"]) == ("InService", "blue")
    assert "FailureReason" not in found


@pytest.mark.usefixtures("live")
def test_an_update_while_another_one_is_under_way_is_refused(service: SageMakerService) -> None:
    service.handle("UpdateEndpoint", UPDATE, None)
    with pytest.raises(ServiceError, match="Cannot update in-progress endpoint"):
        service.handle("UpdateEndpoint", UPDATE, None)
    settle(service)


@pytest.mark.usefixtures("live")
def test_an_alarm_that_does_not_exist_is_refused_by_name(service: SageMakerService) -> None:
    config = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "nowhere"}]}}
    with pytest.raises(ServiceError, match="nowhere"):
        service.handle("UpdateEndpoint", {**UPDATE, "DeploymentConfig": config}, None)


@pytest.mark.usefixtures("live")
def test_an_update_with_alarms_needs_a_caller_that_may_see_them(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.alarms.states["errors"] = "OK"
    platform.denied.add("cloudwatch:DescribeAlarms on *")
    config = {"AutoRollbackConfiguration": {"Alarms": [{"AlarmName": "errors"}]}}
    with pytest.raises(ServiceError, match=r"AccessDeniedException.*cloudwatch:DescribeAlarms"):
        service.handle("UpdateEndpoint", {**UPDATE, "DeploymentConfig": config}, None)


def test_weights_decide_and_a_target_variant_overrides_them(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_models(service, platform)
    add_config(service, "blue", variant("old", "champion", 1), variant("new", "challenger", 0))
    service.handle("CreateEndpoint", CREATE, None)
    settle(service)
    assert {invoke(service)[2] for _ in range(5)} == {b"old:1\n"}
    assert invoke(service, Target_Variant="challenger")[2] == b"new:1\n"
    weights = [
        {"VariantName": "champion", "DesiredWeight": 0},
        {"VariantName": "challenger", "DesiredWeight": 1},
    ]
    request = {"EndpointName": "live", "DesiredWeightsAndCapacities": weights}
    service.handle("UpdateEndpointWeightsAndCapacities", request, None)
    assert settle(service)["ProductionVariants"][1]["CurrentWeight"] == 1
    assert invoke(service)[2] == b"new:1\n"


def test_captured_data_lands_in_sagemakers_path_and_format(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_models(service, platform)
    add_config(service, "blue", variant("old"), DataCaptureConfig=CAPTURE)
    service.handle("CreateEndpoint", CREATE, None)
    assert settle(service)["DataCaptureConfig"]["CaptureStatus"] == "Started"
    invoke(service, b"1,2", Inference_Id="id-7")
    service.handle("DeleteEndpoint", {"EndpointName": "live"}, None)
    (key,) = platform.s3.names("bucket/capture/live/AllTraffic/")
    assert len(key.split("/")) == 9
    line = json.loads(platform.s3.objects[key])
    side = line["captureData"]["endpointInput"]
    assert side == {"observedContentType": "text/csv", "mode": "INPUT", "data": "1,2", "encoding": "CSV"}
    assert line["captureData"]["endpointOutput"]["data"] == "old:1,2\n"
    assert line["eventMetadata"]["inferenceId"] == "id-7"


def test_content_that_no_header_names_is_captured_as_base64(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_models(service, platform)
    settings = {key: value for key, value in CAPTURE.items() if key != "CaptureContentTypeHeader"}
    add_config(service, "blue", variant("old"), DataCaptureConfig=settings)
    service.handle("CreateEndpoint", CREATE, None)
    settle(service)
    invoke(service, b"1,2")
    service.handle("DeleteEndpoint", {"EndpointName": "live"}, None)
    line = json.loads(platform.s3.objects[platform.s3.names("bucket/capture/")[0]])
    side = line["captureData"]["endpointInput"]
    assert (side["encoding"], base64.b64decode(side["data"])) == ("BASE64", b"1,2")


def test_a_shadow_sees_the_requests_but_never_answers(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_models(service, platform)
    shadow = variant("new", "shadow")
    add_config(service, "blue", variant("old"), ShadowProductionVariants=[shadow], DataCaptureConfig=CAPTURE)
    service.handle("CreateEndpoint", CREATE, None)
    settle(service)
    assert invoke(service)[2] == b"old:1\n"
    eventually(lambda: bool(platform.s3.names("bucket/capture/live/shadow/")))


@pytest.mark.usefixtures("live")
def test_a_containers_refusal_is_a_model_error_and_counted(
    service: SageMakerService, platform: FakePlatform
) -> None:
    status, headers, body = invoke(service, b"bad")
    assert (status, headers["x-amzn-errortype"]) == (424, "ModelError")
    told = json.loads(body)
    assert told["OriginalStatusCode"] == 400
    console = "https://eu-west-1.console.aws.amazon.com/cloudwatch/home?region=eu-west-1"
    group = "#logEventViewer:group=/aws/sagemaker/Endpoints/live in account 111122223333"
    assert told["Message"].endswith(f"See {console}{group} for more information.")
    here = {"EndpointName": "live", "VariantName": "AllTraffic"}
    for name in ("Invocation4XXErrors", "InvocationModelErrors", "InvocationsPerInstance"):
        eventually(lambda wanted=("AWS/SageMaker", name, 1.0, here): wanted in platform.metrics)


@pytest.mark.usefixtures("live")
def test_a_container_that_crashes_while_serving_is_started_again(service: SageMakerService) -> None:
    status, _, body = invoke(service, b"crash")
    assert (status, json.loads(body)["OriginalStatusCode"]) == (424, 503)
    eventually(lambda: invoke(service)[0] == 200)


def test_an_unknown_endpoint_is_a_validation_error(service: SageMakerService) -> None:
    status, headers, body = invoke(service)
    assert (status, headers["x-amzn-errortype"]) == (400, "ValidationError")
    assert "Endpoint live of account 111122223333 not found" in json.loads(body)["Message"]


@pytest.mark.usefixtures("live")
def test_a_deleted_endpoint_is_gone_and_its_container_ended(
    service: SageMakerService, platform: FakePlatform
) -> None:
    service.handle("DeleteEndpoint", {"EndpointName": "live"}, None)
    with pytest.raises(ServiceError, match='Could not find endpoint "arn:aws:sagemaker'):
        service.handle("DescribeEndpoint", {"EndpointName": "live"}, None)
    assert platform.events[-1][1]["EndpointStatus"] == "DELETED"


@pytest.mark.usefixtures("live")
def test_an_update_takes_permission_on_the_new_configuration_too(
    service: SageMakerService, platform: FakePlatform
) -> None:
    green_arn = "arn:aws:sagemaker:eu-west-1:111122223333:endpoint-config/green"
    platform.denied.add(f"sagemaker:UpdateEndpoint on {green_arn}")
    with pytest.raises(ServiceError, match=f"AKIACALLER may not sagemaker:UpdateEndpoint on {green_arn}"):
        service.handle("UpdateEndpoint", UPDATE, "AKIACALLER")


def test_a_body_above_the_limit_of_the_api_is_refused(service: SageMakerService) -> None:
    status, headers, body = invoke(service, b"x" * (6 * 1024 * 1024 + 1))
    assert (status, headers["x-amzn-errortype"]) == (413, "ValidationError")
    assert "6291457 bytes is over 6291456" in json.loads(body)["Message"]
