"""The roles that SageMaker's jobs run under: for processing, ingestion, training, and models that answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pulumi import ComponentResource, Input, Output, ResourceOptions

from components.blocks.ground import Ground
from components.blocks.role import Role, RoleArgs
from components.blocks.statements import Statement, allow

JOB_NAMESPACES = ("/aws/sagemaker/*", "aws/sagemaker/*")


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """`repository_arns` by stage: a role's jobs pull the images of their own stages only."""

    ground: Ground
    repository_arns: Mapping[str, Input[str]]


class Identity(ComponentResource):
    """Containers read, compute and write; only those of the ingestion call SageMaker, to write records."""

    processing_role_arn: Output[str]
    ingestion_role_arn: Output[str]
    training_role_arn: Output[str]
    inference_role_arn: Output[str]

    def __init__(self, name: str, args: IdentityArgs, opts: ResourceOptions | None = None) -> None:
        super().__init__("trainyard:ground:Identity", name, None, opts)
        self._ground, images = args.ground, args.repository_arns
        self.processing_role_arn = self._build_role(
            "processing", [images["data_preparation"], images["evaluation"]], processing_objects(args.ground)
        )
        self.ingestion_role_arn = self._build_role(
            "ingestion", [images["data_preparation"]], ingestion_objects(args.ground)
        )
        self.training_role_arn = self._build_role(
            "training", [images["training"]], training_objects(args.ground)
        )
        self.inference_role_arn = self._build_role(
            "inference", [images["deployment"]], inference_objects(args.ground)
        )
        self.register_outputs(
            {
                "processing_role_arn": self.processing_role_arn,
                "ingestion_role_arn": self.ingestion_role_arn,
                "training_role_arn": self.training_role_arn,
                "inference_role_arn": self.inference_role_arn,
            }
        )

    def _build_role(
        self, word: str, repository_arns: Sequence[Input[str]], objects: Sequence[Statement]
    ) -> Output[str]:
        ground = self._ground
        role_args = RoleArgs(
            service="sagemaker.amazonaws.com",
            statements=[*running_a_job(ground, repository_arns), *objects],
            account_id=ground.account_id,
            role_name=ground.physical_name(f"{word}-jobs"),
            boundary_arn=ground.permissions_boundary_arn,
            description=f"What {word} containers may do",
        )
        return Role(f"{word}-jobs", role_args, ResourceOptions(parent=self)).arn


def running_a_job(ground: Ground, repository_arns: Sequence[Input[str]]) -> list[Statement]:
    """What SageMaker does with any job's role: pull, log, measure, join the network, use the key."""
    groups = ground.arn("logs", "log-group:/aws/sagemaker/*")
    return [
        allow("ecr:GetAuthorizationToken", "*"),
        allow(
            ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"],
            list(repository_arns),
        ),
        allow(
            ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"],
            [groups, f"{groups}:*"],
        ),
        allow(
            "cloudwatch:PutMetricData",
            "*",
            {"StringLike": {"cloudwatch:namespace": [*JOB_NAMESPACES, ground.metrics_namespace]}},
        ),
        allow(
            [
                "ec2:CreateNetworkInterface",
                "ec2:CreateNetworkInterfacePermission",
                "ec2:DeleteNetworkInterface",
                "ec2:DeleteNetworkInterfacePermission",
                "ec2:DescribeNetworkInterfaces",
                "ec2:DescribeVpcs",
                "ec2:DescribeDhcpOptions",
                "ec2:DescribeSubnets",
                "ec2:DescribeSecurityGroups",
            ],
            "*",
        ),
        allow(["kms:Decrypt", "kms:Encrypt", "kms:GenerateDataKey", "kms:DescribeKey"], ground.key_arn),
        # Volumes are encrypted through grants that the job's role gives to EC2.
        allow("kms:CreateGrant", ground.key_arn, {"Bool": {"kms:GrantIsForAWSResource": "true"}}),
    ]


def processing_objects(ground: Ground) -> list[Statement]:
    """Features read landed files, contract and baseline; the evaluator reads scores; both write results."""
    listed = {"StringLike": {"s3:prefix": ["pipeline/*", "baselines/*", "incoming/*"]}}
    return [
        allow("s3:ListBucket", [ground.landing_bucket_arn, ground.artifacts_bucket_arn], listed),
        allow(
            "s3:GetObject",
            [
                ground.landing_objects("incoming/*"),
                ground.artifact_objects("baselines/*"),
                ground.artifact_objects("pipeline/*"),
            ],
        ),
        allow(
            "s3:PutObject",
            [
                ground.artifact_objects("pipeline/*/data/*"),
                ground.artifact_objects("pipeline/*/evaluation/*"),
            ],
        ),
    ]


def ingestion_objects(ground: Ground) -> list[Statement]:
    """Ingestion reads landed files and the contract, and writes records to this stack's feature groups."""
    listed = {"StringLike": {"s3:prefix": ["pipeline/*", "incoming/*"]}}
    groups = ground.arn("sagemaker", f"feature-group/{ground.prefix}-*")
    return [
        allow("s3:ListBucket", [ground.landing_bucket_arn, ground.artifacts_bucket_arn], listed),
        allow(
            "s3:GetObject",
            [
                ground.landing_objects("incoming/*"),
                ground.artifact_objects("pipeline/*/data/contract.json"),
                ground.artifact_objects("pipeline/*/data/ingest.manifest"),
                ground.artifact_objects("pipeline/*/data/landed.json"),
            ],
        ),
        allow("s3:PutObject", ground.artifact_objects("pipeline/*/data/ingestion/*")),
        # AWS asks for both where records are written in batches.
        allow(["sagemaker:BatchWriteRecord", "sagemaker:PutRecord"], groups),
    ]


def training_objects(ground: Ground) -> list[Statement]:
    """Training reads the run's dataset and mirrors its checkpoints: what it deletes is deleted in S3."""
    checkpoints = ground.artifact_objects("pipeline/*/checkpoints/*")
    return [
        allow("s3:ListBucket", ground.artifacts_bucket_arn, {"StringLike": {"s3:prefix": ["pipeline/*"]}}),
        allow("s3:GetObject", [ground.artifact_objects("pipeline/*/data/*"), checkpoints]),
        allow("s3:PutObject", [checkpoints, ground.artifact_objects("pipeline/*/model/*")]),
        allow("s3:DeleteObject", checkpoints),
    ]


def inference_objects(ground: Ground) -> list[Statement]:
    """A model reads its own file; batch transform scores the hold-out; endpoints capture requests."""
    return [
        allow("s3:ListBucket", ground.artifacts_bucket_arn, {"StringLike": {"s3:prefix": ["pipeline/*"]}}),
        allow(
            "s3:GetObject",
            [
                ground.artifact_objects("pipeline/*/model/*"),
                ground.artifact_objects("pipeline/*/data/test/*"),
            ],
        ),
        allow(
            "s3:PutObject",
            [ground.artifact_objects("pipeline/*/evaluation/*"), ground.artifact_objects("capture/*")],
        ),
    ]
