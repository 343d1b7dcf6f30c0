"""Declared properties that the embedded AWS keeps and never acts on; docs/rehearsal.md has the same list."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

# type token -> path of the property -> what is missing
WITHOUT_EFFECT: dict[str, dict[str, str]] = {
    "aws:apigatewayv2/stage:Stage": {
        "accessLogSettings": "no access log is written",
        "defaultRouteSettings": "no request is throttled",
    },
    "aws:budgets/budget:Budget": {"notifications": "no cost is counted, so nobody is told"},
    "aws:cloudtrail/trail:Trail": {
        "advancedEventSelectors": "LookupEvents finds every call",
        "cloudWatchLogsGroupArn": "no log is written",
        "enableLogFileValidation": "no file is written that could be validated",
        "s3BucketName": "no file is written",
    },
    "aws:cloudwatch/eventTarget:EventTarget": {"retryPolicy": "a delivery that fails isn't repeated"},
    "aws:cloudwatch/logGroup:LogGroup": {"retentionInDays": "nothing expires"},
    "aws:dynamodb/table:Table": {"pointInTimeRecovery": "there is one point in time, now"},
    "aws:ec2/flowLog:FlowLog": {"logDestination": "no packet is routed, so none is logged"},
    "aws:ecr/lifecyclePolicy:LifecyclePolicy": {"policy": "no image is pushed"},
    "aws:ecr/repository:Repository": {
        "encryptionConfigurations": "no image is pushed",
        "imageScanningConfiguration": "no image is pushed",
        "imageTagMutability": "no image is pushed",
    },
    "aws:kms/key:Key": {"enableKeyRotation": "keys don't rotate"},
    "aws:lambda/function:Function": {
        "architectures": "functions run on this machine's processor",
        "loggingConfig.logFormat": "lines are logged as they were written",
        "memorySize": "memory isn't limited",
        "tracingConfig": "X-Ray records nothing",
    },
    "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": {"rules": "nothing expires"},
    "aws:s3/bucketLogging:BucketLogging": {"targetBucket": "no access log is written"},
    "aws:scheduler/schedule:Schedule": {
        "flexibleTimeWindow": "schedules fire on time",
        "scheduleExpressionTimezone": "times are in UTC",
        "target.retryPolicy": "a delivery that fails isn't repeated",
    },
    "aws:sfn/stateMachine:StateMachine": {"tracingConfiguration": "X-Ray records nothing"},
}


def without_effect(resource_type: str, properties: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the path of each declared property that has no effect, and what is missing."""
    for path, reason in WITHOUT_EFFECT.get(resource_type, {}).items():
        value: Any = properties
        for name in path.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if value is not None:
            yield path, reason
