"""Jobs in a VPC and jobs without any network: which of their calls get through, and which don't."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from rehearsal.sagemaker.service import SageMakerService
from tests.rehearsal.conftest import Account, policy
from tests.rehearsal.networks import Vpc
from tests.rehearsal.sagemaker.fakes import FakePlatform, finish, processing_request, train

# A container's argument is one line of 256 characters at most.
SEND = (
    "import boto3; from botocore.config import Config; once = Config(retries={{'total_max_attempts': 1}}); "
    "boto3.client('sqs', config=once).send_message(QueueUrl='{url}', MessageBody='m')"
)
REACH_EMULATOR = "import socket; socket.create_connection(('127.0.0.1', {port}), 5)"
REACH_ITSELF = "import socket; s = socket.create_server(('', 0)); socket.create_connection(s.getsockname())"


@pytest.fixture
def vpc(aws: Account) -> Vpc:
    return Vpc.make(aws)


def in_vpc(vpc: Vpc, program: str, **more: Any) -> dict[str, Any]:
    """A job in the network whose role may do all that it takes."""
    network = {"VpcConfig": {"Subnets": [vpc.subnet_id], "SecurityGroupIds": [vpc.group_id]}}
    role_arn = vpc.aws.role("sagemaker", "s3:*", "sqs:*", "ec2:*", "logs:*")
    return vpc.aws.processing_job(program) | {"RoleArn": role_arn, "NetworkConfig": network} | more


def ended(aws: Account, request: dict[str, Any]) -> dict[str, Any]:
    sagemaker, name = aws.client("sagemaker"), request["ProcessingJobName"]
    sagemaker.create_processing_job(**request)

    def description() -> Any:
        found = sagemaker.describe_processing_job(ProcessingJobName=name)
        return found if found["ProcessingJobStatus"] != "InProgress" else None

    return dict(aws.eventually(description))


def log_of(aws: Account, name: str) -> str:
    jobs = aws.emulator.control("GET", f"jobs/{name}")["jobs"]
    return "".join(Path(log).read_text() for job in jobs for log in job["logs"])


def reading(bucket: str) -> dict[str, Any]:
    source = {"S3Uri": f"s3://{bucket}/in", "LocalPath": "/opt/ml/processing/in"}
    source |= {"S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"ProcessingInputs": [{"InputName": "in", "S3Input": source}]}


def held_to(bucket: str, endpoint_id: str) -> str:
    everything = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    condition = {"StringNotEquals": {"aws:SourceVpce": endpoint_id}}
    denied = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": everything}
    return policy(denied | {"Condition": condition})


def test_the_inputs_of_a_job_in_a_vpc_come_by_the_gateway_of_s3(aws: Account, vpc: Vpc) -> None:
    bucket = aws.bucket()
    aws.client("s3").put_object(Bucket=bucket, Key="in/a", Body=b"1")
    aws.client("s3").put_bucket_policy(Bucket=bucket, Policy=held_to(bucket, vpc.gateway()))
    assert ended(aws, in_vpc(vpc, "pass", **reading(bucket)))["ProcessingJobStatus"] == "Completed"
    outside = aws.processing_job("pass") | reading(bucket)
    assert "explicit deny in a resource-based policy" in ended(aws, outside)["FailureReason"]


def test_a_job_in_a_vpc_without_a_way_to_s3_says_what_is_missing(aws: Account, vpc: Vpc) -> None:
    job = ended(aws, in_vpc(vpc, "pass", **reading(aws.bucket())))
    assert job["ProcessingJobStatus"] == "Failed"
    assert f"{vpc.vpc_id} has no VPC endpoint for com.amazonaws.eu-west-1.s3" in job["FailureReason"]


def test_a_container_calling_a_service_without_an_endpoint_times_out(aws: Account, vpc: Vpc) -> None:
    request = in_vpc(vpc, SEND.format(url=aws.queue()[0]))
    assert ended(aws, request)["ProcessingJobStatus"] == "Failed"
    log = log_of(aws, request["ProcessingJobName"])
    assert "botocore.exceptions.ConnectTimeoutError: Connect timeout on endpoint URL" in log
    assert f"{vpc.vpc_id} has no VPC endpoint for com.amazonaws.eu-west-1.sqs" in log


def test_a_job_whose_role_can_not_join_the_network_is_refused(aws: Account, vpc: Vpc) -> None:
    request = in_vpc(vpc, "pass") | {"RoleArn": aws.role("sagemaker", "s3:*")}
    with pytest.raises(ClientError, match=r"ValidationException.*permission ec2:CreateNetworkInterface"):
        aws.client("sagemaker").create_processing_job(**request)


def test_a_job_in_a_subnet_that_does_not_exist_is_refused(aws: Account, vpc: Vpc) -> None:
    network = {"VpcConfig": {"Subnets": ["subnet-none"], "SecurityGroupIds": [vpc.group_id]}}
    with pytest.raises(ClientError, match=r"ValidationException.*'subnet-none' does not exist"):
        aws.client("sagemaker").create_processing_job(**in_vpc(vpc, "pass", NetworkConfig=network))


def isolated(aws: Account, program: str) -> dict[str, Any]:
    return aws.processing_job(program) | {"NetworkConfig": {"EnableNetworkIsolation": True}}


def test_an_isolated_container_reaches_itself_and_nothing_else(aws: Account) -> None:
    reach = REACH_EMULATOR.format(port=aws.emulator.endpoint_url.rpartition(":")[2])
    assert ended(aws, aws.processing_job(reach))["ProcessingJobStatus"] == "Completed"
    assert ended(aws, isolated(aws, REACH_ITSELF))["ProcessingJobStatus"] == "Completed"
    request = isolated(aws, reach)
    assert ended(aws, request)["ProcessingJobStatus"] == "Failed"
    assert "ConnectionRefusedError" in log_of(aws, request["ProcessingJobName"])


def test_a_container_that_forgot_its_isolation_finds_no_credentials(aws: Account) -> None:
    request = isolated(aws, "import boto3; boto3.client('s3').list_buckets()")
    assert ended(aws, request)["ProcessingJobStatus"] == "Failed"
    assert "NoCredentialsError: Unable to locate credentials" in log_of(aws, request["ProcessingJobName"])


@pytest.mark.parametrize("lacking", ["kms:CreateGrant", "kms:DescribeKey"])
def test_an_encrypted_volume_needs_a_grant_that_the_role_may_give(
    service: SageMakerService, platform: FakePlatform, lacking: str
) -> None:
    platform.denied.add(lacking)
    resources = {
        "InstanceType": "ml.m5.large",
        "InstanceCount": 1,
        "VolumeSizeInGB": 5,
        "VolumeKmsKeyId": "k",
    }
    job = train(service, "volume", ResourceConfig=resources)
    assert job["TrainingJobStatus"] == "Failed"
    assert job["FailureReason"] == f"ClientError: The volume can't be encrypted with k: {lacking} is denied"
    request = processing_request("volume", ProcessingResources={"ClusterConfig": resources})
    service.handle("CreateProcessingJob", request, None)
    assert lacking in finish(service, "ProcessingJob", "volume")["FailureReason"]
