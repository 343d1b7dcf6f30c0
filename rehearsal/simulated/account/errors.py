"""Errors as boto3 raises them: a ClientError with AWS's code, and the classes of a client's `exceptions`."""

from __future__ import annotations

from typing import Any

from botocore.exceptions import ClientError


class AwsError(ClientError):  # type: ignore[misc]  # botocore has no types
    """An error with a class of its own."""


class ConditionalCheckFailedException(AwsError):  # noqa: N818 - AWS's name
    """DynamoDB: the condition of a write does not hold."""


class TransactionCanceledException(AwsError):  # noqa: N818 - AWS's name
    """DynamoDB: one condition of a transaction does not hold."""


class ExecutionAlreadyExists(AwsError):  # noqa: N818 - AWS's name
    """Step Functions: the name is taken."""


class ExecutionDoesNotExist(AwsError):  # noqa: N818 - AWS's name
    """Step Functions: no execution has that ARN."""


class ResourceNotFoundException(AwsError):  # noqa: N818 - AWS's name
    """CloudWatch Logs: no group or stream has that name."""


class Exceptions:
    """What handlers catch, by boto3's names."""

    ClientError = ClientError
    ConditionalCheckFailedException = ConditionalCheckFailedException
    TransactionCanceledException = TransactionCanceledException
    ExecutionAlreadyExists = ExecutionAlreadyExists
    ExecutionDoesNotExist = ExecutionDoesNotExist
    ResourceNotFoundException = ResourceNotFoundException


def refused(code: str, message: str, error: type[ClientError] = ClientError, **more: Any) -> ClientError:
    """The error of that code, to be raised."""
    return error({"Error": {"Code": code, "Message": message}, **more}, "simulated")
