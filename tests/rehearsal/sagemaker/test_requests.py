from __future__ import annotations

from typing import Any

import pytest

from rehearsal.emulator.platform import ServiceError
from rehearsal.sagemaker.kinds import resource_arn
from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.sagemaker.fakes import (
    ROLE,
    FakePlatform,
    add_config,
    add_model,
    finish,
    processing_request,
    train,
    training_request,
    variant,
)

SPOT_WITHOUT_WAIT = {"EnableManagedSpotTraining": True}
NVME = {"InstanceType": "ml.g5.xlarge", "InstanceCount": 1, "VolumeSizeInGB": 5, "VolumeKmsKeyId": "key"}
NO_GROUP = {
    "TrainingImage": "trainer:1",
    "TrainingInputMode": "File",
    "MetricDefinitions": [{"Name": "auc", "Regex": "auc=.*"}],
}
WARM_SPOT: dict[str, Any] = {
    "EnableManagedSpotTraining": True,
    "StoppingCondition": {"MaxRuntimeInSeconds": 1, "MaxWaitTimeInSeconds": 1},
    "ResourceConfig": {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 5,
        "KeepAlivePeriodInSeconds": 60,
    },
}


def refusal(service: SageMakerService, action: str, request: dict[str, Any]) -> str:
    with pytest.raises(ServiceError) as caught:
        service.handle(action, request, None)
    return str(caught.value)


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"TrainingJobName": "under_score"}, "Value 'under_score' at 'trainingJobName' failed to satisfy"),
        ({"RoleArn": None}, "Value null at 'roleArn' failed to satisfy constraint: Member must not be null"),
        ({"HyperParameters": {"depth": 3}}, "SerializationException: hyperParameters.depth: expected string"),
        ({"Colour": "red"}, "Unknown field colour"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 0}}, "must have value greater than or equal to 1"),
        (SPOT_WITHOUT_WAIT, "Invalid MaxWaitTimeInSeconds"),
        ({"ResourceConfig": NVME}, "local NVMe"),
        ({"AlgorithmSpecification": NO_GROUP}, "MetricDefinitions auc: Regex needs a group"),
        (WARM_SPOT, "warm pools cannot be used with managed spot training"),
        ({"DebugHookConfig": {"S3OutputPath": "s3://b/d"}}, "does not support DebugHookConfig"),
        ({"RoleArn": "arn:aws:iam::111122223333:role/missing"}, "Could not assume role"),
        ({"OutputDataConfig": {"S3OutputPath": "https://b/d"}}, "must be an S3 URI"),
    ],
)
def test_a_training_job_aws_would_refuse_is_refused_by_field(
    service: SageMakerService, changes: dict[str, Any], named: str
) -> None:
    assert named in refusal(service, "CreateTrainingJob", {**training_request("refused"), **changes})


def test_an_unknown_image_is_refused_by_name(service: SageMakerService) -> None:
    specification = {"TrainingImage": "nobody/knows:1", "TrainingInputMode": "File"}
    request = training_request("image", AlgorithmSpecification=specification)
    assert "nobody/knows:1" in refusal(service, "CreateTrainingJob", request)


@pytest.mark.parametrize("action", ["CreateNotebookInstance", "MakeCoffee"])
def test_an_operation_that_is_not_built_is_refused_by_name(service: SageMakerService, action: str) -> None:
    request = {"NotebookInstanceName": "n", "InstanceType": "ml.t3.medium", "RoleArn": ROLE}
    assert action in refusal(service, action, request)


def test_a_second_job_of_the_same_name_is_resource_in_use(service: SageMakerService) -> None:
    train(service, "twice")
    assert refusal(service, "CreateTrainingJob", training_request("twice")).startswith("ResourceInUse")


def test_a_quota_refuses_in_awss_words_and_frees_the_name(service: SageMakerService) -> None:
    service.control(
        "POST", "quotas", {"instance_type": "ml.m5.large", "usage": "training job", "instances": 0}
    )
    text = refusal(service, "CreateTrainingJob", training_request("quota"))
    assert text == (
        "ResourceLimitExceeded: The account-level service limit 'ml.m5.large for training job usage' is 0 "
        "Instances, with current utilization of 0 Instances and a request delta of 1 Instances. Please use "
        "AWS Service Quotas to request an increase for this quota. If AWS Service Quotas is not available, "
        "contact AWS support to request an increase for this quota."
    )
    service.quotas.set("ml.m5.large", "training job", 1)
    assert train(service, "quota")["TrainingJobStatus"] == "Completed"
    assert train(service, "quota-2")["TrainingJobStatus"] == "Completed", "the first job's instance came back"


def test_a_caller_that_may_not_pass_the_role_is_denied(
    service: SageMakerService, platform: FakePlatform
) -> None:
    platform.denied.add("iam:PassRole")
    assert refusal(service, "CreateTrainingJob", training_request("denied")).startswith(
        "AccessDeniedException"
    )


def test_stopping_a_job_that_has_ended_is_refused(service: SageMakerService) -> None:
    train(service, "over")
    assert "is in status Completed" in refusal(service, "StopTrainingJob", {"TrainingJobName": "over"})


def test_jobs_are_listed_newest_first_and_page_by_page(service: SageMakerService) -> None:
    for name in ("one", "two", "three"):
        train(service, name)
    first = service.handle("ListTrainingJobs", {"MaxResults": 2}, None)
    names = [row["TrainingJobName"] for row in first["TrainingJobSummaries"]]
    rest = service.handle("ListTrainingJobs", {"MaxResults": 2, "NextToken": first["NextToken"]}, None)
    assert names + [row["TrainingJobName"] for row in rest["TrainingJobSummaries"]] == ["three", "two", "one"]
    assert "NextToken" not in rest


def test_tags_are_added_listed_and_removed_by_key(service: SageMakerService) -> None:
    arn = train(service, "tagged", Tags=[{"Key": "a", "Value": "1"}])["TrainingJobArn"]
    service.handle("AddTags", {"ResourceArn": arn, "Tags": [{"Key": "b", "Value": "2"}]}, None)
    service.handle("DeleteTags", {"ResourceArn": arn, "TagKeys": ["a"]}, None)
    tags = service.handle("ListTags", {"ResourceArn": arn}, None)["Tags"]
    assert tags == [{"Key": "b", "Value": "2"}]


def test_a_kept_warm_pool_is_reused_by_an_equal_job(service: SageMakerService) -> None:
    service.quotas.set("ml.m5.large", "training warm pool", 1)
    resources = WARM_SPOT["ResourceConfig"]
    train(service, "first", ResourceConfig=resources)
    train(service, "second", ResourceConfig=resources)
    found = service.handle("DescribeTrainingJob", {"TrainingJobName": "first"}, None)["WarmPoolStatus"]
    assert (found["Status"], found["ReusedByJob"]) == ("Reused", "second")


def test_without_a_quota_no_warm_pool_is_kept(service: SageMakerService) -> None:
    job = train(service, "cold", ResourceConfig=WARM_SPOT["ResourceConfig"])
    assert job["WarmPoolStatus"] == {"Status": "Terminated"}


@pytest.mark.parametrize(
    ("fault", "status"), [("internal_error", "Terminated"), ("algorithm_error", "Available")]
)
def test_a_pool_survives_the_failure_of_a_program_but_not_of_its_machines(
    service: SageMakerService, fault: str, status: str
) -> None:
    service.quotas.set("ml.m5.large", "training warm pool", 1)
    service.faults.add({"fault": fault})
    job = train(service, "failing", "signal.pause()", ResourceConfig=WARM_SPOT["ResourceConfig"])
    assert (job["TrainingJobStatus"], job["WarmPoolStatus"]["Status"]) == ("Failed", status)


def test_a_job_that_has_ended_calls_back_at_once(service: SageMakerService) -> None:
    train(service, "early")
    assert finish(service, "TrainingJob", "early")["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("action", "request_", "arn"),
    [
        ("CreateTrainingJob", {"TrainingJobName": "MyJob"}, "training-job/myjob"),
        ("InvokeEndpoint", {"EndpointName": "live"}, "endpoint/live"),
        ("UpdateEndpointWeightsAndCapacities", {"EndpointName": "live"}, "endpoint/live"),
        ("CreateEndpointConfig", {"EndpointConfigName": "c"}, "endpoint-config/c"),
        ("CreateModelPackage", {"ModelPackageGroupName": "g"}, "model-package/g/*"),
        ("CreateModelPackageGroup", {"ModelPackageGroupName": "g"}, "model-package-group/g"),
    ],
)
def test_iam_checks_each_operation_on_its_own_arn(action: str, request_: dict[str, Any], arn: str) -> None:
    found = resource_arn(action, request_, "eu-west-1", "111122223333")
    assert found == f"arn:aws:sagemaker:eu-west-1:111122223333:{arn}"


def test_list_operations_are_checked_on_no_single_arn() -> None:
    assert resource_arn("ListTrainingJobs", {}, "eu-west-1", "111122223333") == "*"


def describe_all(service: SageMakerService, *requests: tuple[str, dict[str, Any]]) -> None:
    """The fixture holds every answer to its shape."""
    for action, request in requests:
        assert service.handle(action, request, None)


def test_what_describe_and_list_answer_has_awss_shape(
    service: SageMakerService, platform: FakePlatform
) -> None:
    add_model(service, platform, "old", "old")
    add_config(service, "blue", variant("old"))
    train(service, "shaped")
    service.handle("CreateProcessingJob", processing_request("shaped"), None)
    finish(service, "ProcessingJob", "shaped")
    describe_all(
        service,
        ("DescribeTrainingJob", {"TrainingJobName": "shaped"}),
        ("DescribeProcessingJob", {"ProcessingJobName": "shaped"}),
        ("ListProcessingJobs", {}),
        ("DescribeModel", {"ModelName": "old"}),
        ("ListModels", {}),
        ("DescribeEndpointConfig", {"EndpointConfigName": "blue"}),
        ("ListEndpointConfigs", {}),
    )
