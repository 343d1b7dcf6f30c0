"""A simulated account as boto3 shows it: the clients that the functions' own handlers call, over a World."""

from __future__ import annotations

from typing import Any

from rehearsal.simulated.account.buckets import S3
from rehearsal.simulated.account.logs import Logs
from rehearsal.simulated.account.messages import Sns
from rehearsal.simulated.account.registry import SageMaker
from rehearsal.simulated.account.runtime import SageMakerRuntime
from rehearsal.simulated.account.tables import DynamoDb
from rehearsal.simulated.world import World


def clients(world: World) -> dict[str, Any]:
    """The clients by boto3's name for the service; Step Functions and Lambda belong to the host."""
    return {
        "s3": S3(world),
        "sns": Sns(world),
        "sagemaker": SageMaker(world),
        "sagemaker-runtime": SageMakerRuntime(world),
        "dynamodb": DynamoDb(world.tables),
        "logs": Logs(),
    }
