"""What each kind of call costs in permissions: one function per integration, as statements for a role.

From the Step Functions pages on each integration: `.sync` needs the job's three calls, its tags, and the
managed EventBridge rule by which Step Functions learns that the job ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from pulumi import Input, Output

from components.blocks.ground import Ground
from components.blocks.statements import Statement, allow

JobKind = Literal["TrainingJob", "ProcessingJob", "TransformJob", "HyperParameterTuningJob"]

_RESOURCE = {
    "TrainingJob": "training-job",
    "ProcessingJob": "processing-job",
    "TransformJob": "transform-job",
    "HyperParameterTuningJob": "hyper-parameter-tuning-job",
}
_RULE = {
    "TrainingJob": "StepFunctionsGetEventsForSageMakerTrainingJobsRule",
    "ProcessingJob": "StepFunctionsGetEventsForSageMakerProcessingJobsRule",
    "TransformJob": "StepFunctionsGetEventsForSageMakerTransformJobsRule",
    "HyperParameterTuningJob": "StepFunctionsGetEventsForSageMakerTuningJobsRule",
}


def invoke(*function_arns: Input[str]) -> Statement:
    """Invoke these functions, and any version of them."""
    versions = [Output.concat(arn, ":*") for arn in function_arns]
    return allow("lambda:InvokeFunction", [*function_arns, *versions])


def run_jobs(ground: Ground, kind: JobKind) -> list[Statement]:
    """Run jobs of one kind with `.sync`; the job's role is passed by `pass_role`."""
    jobs = ground.arn("sagemaker", f"{_RESOURCE[kind]}/{ground.job_prefix}-*")
    return [
        allow([f"sagemaker:Create{kind}", f"sagemaker:Describe{kind}", f"sagemaker:Stop{kind}"], jobs),
        allow(["sagemaker:AddTags"], jobs),
        allow(["sagemaker:ListTags"], "*"),
        managed_rule(ground, _RULE[kind]),
    ]


def pass_role(role_arn: Input[str], service: str = "sagemaker.amazonaws.com") -> Statement:
    """Hand a role to a service, and to that service only."""
    return allow("iam:PassRole", role_arn, {"StringEquals": {"iam:PassedToService": service}})


def run_children(ground: Ground, *words: str) -> list[Statement]:
    """Run nested Standard workflows with `startExecution.sync:2` and read their encrypted outcome."""
    machines = [ground.machine_arn(word) for word in words]
    executions = [ground.executions_arn(word) for word in words]
    return [
        allow("states:StartExecution", machines),
        allow(["states:DescribeExecution", "states:StopExecution"], executions),
        managed_rule(ground, "StepFunctionsGetEventsForStepFunctionsExecutionRule"),
        _read_machine_data(ground, machines),
    ]


def run_express_child(ground: Ground, word: str) -> list[Statement]:
    """Run a nested Express workflow with `startSyncExecution`."""
    machine = ground.machine_arn(word)
    return [allow("states:StartSyncExecution", machine), _read_machine_data(ground, [machine])]


def run_map_children(ground: Ground, word: str) -> list[Statement]:
    """Run the items of a Distributed Map: the machine starts executions of itself."""
    name = ground.physical_name(word)
    return [
        allow("states:StartExecution", ground.machine_arn(word)),
        allow(
            ["states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"],
            [ground.arn("states", f"execution:{name}:*"), ground.arn("states", f"execution:{name}/*")],
        ),
    ]


def managed_rule(ground: Ground, rule: str) -> Statement:
    """Let Step Functions keep the EventBridge rule it manages for an integration."""
    return allow(
        ["events:PutTargets", "events:PutRule", "events:DescribeRule"], ground.arn("events", f"rule/{rule}")
    )


def publish_alerts(ground: Ground) -> list[Statement]:
    """Publish to the alerts topic, which is encrypted."""
    return [
        allow("sns:Publish", ground.alerts_topic_arn),
        allow(["kms:Decrypt", "kms:GenerateDataKey"], ground.messages_key_arn),
    ]


def use_key(ground: Ground) -> Statement:
    """Read and write the objects and items that the data key protects: S3 and DynamoDB ask for no more."""
    return allow(["kms:Decrypt", "kms:GenerateDataKey"], ground.key_arn)


def use_table(ground: Ground, word: str, *operations: str) -> Statement:
    """Call these operations (`GetItem`) on another component's table, known by its name; with `use_key`."""
    arn = ground.arn("dynamodb", f"table/{ground.physical_name(word)}")
    return allow([f"dynamodb:{operation}" for operation in operations], arn)


def query_index(ground: Ground, word: str, index: str) -> Statement:
    """Query an index of another component's table."""
    return allow(
        "dynamodb:Query", ground.arn("dynamodb", f"table/{ground.physical_name(word)}/index/{index}")
    )


def create_models(ground: Ground) -> Statement:
    """Create the models that jobs and endpoints run; the model's role is passed by `pass_role`."""
    models = ground.arn("sagemaker", f"model/{ground.job_prefix}-*")
    return allow(["sagemaker:CreateModel", "sagemaker:AddTags"], models)


def use_packages(ground: Ground) -> Statement:
    """Register, read and update model packages, which SageMaker encrypts with the data key for the caller."""
    actions = ["kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"]
    service = f"sagemaker.{ground.region}.amazonaws.com"
    return allow(actions, ground.key_arn, {"StringEquals": {"kms:ViaService": service}})


def read_objects(objects: Input[str] | Sequence[Input[str]]) -> Statement:
    """Read objects; give the key with `use_key`."""
    return allow("s3:GetObject", objects)


def write_objects(objects: Input[str] | Sequence[Input[str]]) -> Statement:
    """Write objects; give the key with `use_key`."""
    return allow("s3:PutObject", objects)


def delete_objects(objects: Input[str] | Sequence[Input[str]]) -> Statement:
    """Delete objects."""
    return allow("s3:DeleteObject", objects)


def list_bucket(bucket_arn: Input[str], *prefixes: str) -> Statement:
    """List a bucket, below these prefixes only."""
    return allow("s3:ListBucket", bucket_arn, {"StringLike": {"s3:prefix": list(prefixes)}})


def _read_machine_data(ground: Ground, machines: Sequence[str]) -> Statement:
    context = {"StringEquals": {"kms:EncryptionContext:aws:states:stateMachineArn": list(machines)}}
    return allow("kms:Decrypt", ground.key_arn, context)
