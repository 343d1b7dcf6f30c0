from __future__ import annotations

import re
from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import (
    ROLE,
    FakePlatform,
    add_config,
    add_model,
    eventually,
    invoke,
    settle,
    variant,
)

GROUP = {"ModelPackageGroupName": "flights"}


@pytest.fixture
def group(service: SageMakerService) -> None:
    service.handle("CreateModelPackageGroup", GROUP, None)


def register(service: SageMakerService, **more: Any) -> str:
    container = {"Image": "server:1", "ModelDataUrl": "s3://bucket/models/old.tar.gz"}
    specification = {"Containers": [container], "SupportedContentTypes": ["text/csv"]}
    specification["SupportedResponseMIMETypes"] = ["text/csv"]
    request = {**GROUP, "InferenceSpecification": specification, **more}
    return str(service.handle("CreateModelPackage", request, None)["ModelPackageArn"])


@pytest.mark.usefixtures("group")
def test_versions_of_a_group_are_numbered_from_one(service: SageMakerService) -> None:
    arns = [register(service), register(service)]
    prefix = "arn:aws:sagemaker:eu-west-1:111122223333:model-package/flights"
    assert arns == [f"{prefix}/1", f"{prefix}/2"]
    found = service.handle("DescribeModelPackage", {"ModelPackageName": arns[1]}, None)
    assert found["ModelPackageVersion"] == 2
    assert found["ModelApprovalStatus"] == "PendingManualApproval"


@pytest.mark.usefixtures("group")
def test_an_approval_sends_an_event_that_names_the_changed_field(
    service: SageMakerService, platform: FakePlatform
) -> None:
    arn = register(service)
    service.handle("UpdateModelPackage", {"ModelPackageArn": arn, "ModelApprovalStatus": "Approved"}, None)
    detail_type, detail = platform.events[-1]
    assert detail_type == "SageMaker Model Package State Change"
    assert detail["ModelApprovalStatus"] == "Approved"
    assert detail["UpdatedModelPackageFields"] == ["ModelApprovalStatus"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", detail["CreationTime"]), "not milliseconds"


@pytest.mark.usefixtures("group")
def test_tags_on_a_version_are_refused_as_on_aws(service: SageMakerService) -> None:
    with pytest.raises(ServiceError, match="Tags are not supported"):
        register(service, Tags=[{"Key": "a", "Value": "b"}])


@pytest.mark.usefixtures("group")
def test_a_client_token_makes_registering_twice_harmless(service: SageMakerService) -> None:
    assert register(service, ClientToken="once") == register(service, ClientToken="once")


@pytest.mark.usefixtures("group")
def test_metadata_that_breaks_its_charset_is_refused(service: SageMakerService) -> None:
    with pytest.raises(ServiceError, match="customerMetadataProperties"):
        register(service, CustomerMetadataProperties={"report": '{"json": 1}'})


@pytest.mark.usefixtures("group")
def test_packages_are_listed_by_group_and_approval(service: SageMakerService) -> None:
    register(service)
    approved = register(service, ModelApprovalStatus="Approved")
    request = {**GROUP, "ModelApprovalStatus": "Approved"}
    rows = service.handle("ListModelPackages", request, None)["ModelPackageSummaryList"]
    assert [row["ModelPackageArn"] for row in rows] == [approved]


@pytest.mark.usefixtures("group")
def test_a_group_with_versions_can_not_be_deleted(service: SageMakerService) -> None:
    register(service)
    with pytest.raises(ServiceError, match="ConflictException"):
        service.handle("DeleteModelPackageGroup", GROUP, None)


@pytest.mark.usefixtures("group")
def test_a_model_made_from_a_package_serves_its_container(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_model(service, platform, "old", "old")
    container = {"ModelPackageName": register(service)}
    request = {"ModelName": "packaged", "ExecutionRoleArn": ROLE, "Containers": [container]}
    service.handle("CreateModel", request, None)
    add_config(service, "blue", variant("packaged"))
    service.handle("CreateEndpoint", {"EndpointName": "live", "EndpointConfigName": "blue"}, None)
    settle(service)
    assert invoke(service)[2] == b"old:1\n"


def package_status(service: SageMakerService, arn: str) -> str:
    found = service.handle("DescribeModelPackage", {"ModelPackageName": arn}, None)
    return str(found["ModelPackageStatus"])


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(("fault", "end"), [("package_slow", "Completed"), ("package_failed", "Failed")])
def test_a_package_is_pending_and_in_progress_before_it_is_made(
    service: SageMakerService, platform: FakePlatform, fault: str, end: str
) -> None:
    service.faults.add({"fault": fault, "seconds": 0.2})
    arn = register(service)
    assert package_status(service, arn) == "Pending"
    eventually(lambda: package_status(service, arn) == end)
    told = [detail["ModelPackageStatus"] for kind, detail in platform.events if "Model Package" in kind]
    assert told[-2:] == ["InProgress", end]


@pytest.mark.usefixtures("group")
def test_a_model_of_a_package_that_is_not_complete_is_refused(service: SageMakerService) -> None:
    service.faults.add({"fault": "package_failed"})
    arn = register(service)
    eventually(lambda: package_status(service, arn) == "Failed")
    container = {"ModelPackageName": arn}
    with pytest.raises(ServiceError, match="is Failed; it must be Completed"):
        request = {"ModelName": "m", "ExecutionRoleArn": ROLE, "Containers": [container]}
        service.handle("CreateModel", request, None)


@pytest.mark.usefixtures("group")
def test_without_a_group_only_unversioned_packages_are_listed(service: SageMakerService) -> None:
    register(service)

    def listed(**request: str) -> int:
        return len(service.handle("ListModelPackages", request, None)["ModelPackageSummaryList"])

    assert (listed(), listed(ModelPackageType="Versioned"), listed(**GROUP)) == (0, 1, 1)
