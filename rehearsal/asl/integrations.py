"""Task resources: parsing the ARN, and which integrations and patterns Step Functions knows."""

from __future__ import annotations

import re

from rehearsal.asl.ports import Integration, Pattern

_SUFFIXES: tuple[tuple[str, Pattern], ...] = (
    (".sync:2", "sync:2"),
    (".sync", "sync"),
    (".waitForTaskToken", "callback"),
)
_LAMBDA_ARN = re.compile(r"arn:aws[\w-]*:lambda:[\w-]*:[\w-]+:function:[\w.:$-]+")
_ACTIVITY_ARN = re.compile(r"arn:aws[\w-]*:states:[\w-]+:\d{12}:activity:(?P<name>[^:\s]+)")
_SERVICE_ARN = re.compile(
    r"arn:aws[\w-]*:states:[\w-]*:\d*:(?P<sdk>aws-sdk:)?(?P<service>[\w-]+):(?P<action>[\w-]+)"
)

_JOBS = frozenset({"request_response", "sync"})
_CALLBACK = frozenset({"request_response", "callback"})
_PLAIN = frozenset({"request_response"})
# https://docs.aws.amazon.com/step-functions/latest/dg/integrate-optimized.html: what each API may wait for.
OPTIMIZED: dict[str, dict[str, frozenset[str]]] = {
    "apigateway": {"invoke": _CALLBACK},
    "athena": {
        "startQueryExecution": _JOBS,
        "stopQueryExecution": _PLAIN,
        "getQueryExecution": _PLAIN,
        "getQueryResults": _PLAIN,
    },
    "batch": {"submitJob": _JOBS | {"callback"}},
    "bedrock": {"invokeModel": _CALLBACK, "createModelCustomizationJob": _JOBS},
    "codebuild": {
        "startBuild": _JOBS,
        "stopBuild": _PLAIN,
        "batchDeleteBuilds": _PLAIN,
        "batchGetReports": _PLAIN,
        "startBuildBatch": _JOBS,
        "stopBuildBatch": _PLAIN,
        "retryBuildBatch": _JOBS,
        "deleteBuildBatch": _PLAIN,
    },
    "databrew": {"startJobRun": _JOBS},
    "dynamodb": dict.fromkeys(("getItem", "putItem", "deleteItem", "updateItem"), _PLAIN),
    "ecs": {"runTask": _JOBS | {"callback"}},
    "eks": {"call": _PLAIN, "runJob": _JOBS, "createCluster": _JOBS, "deleteCluster": _JOBS},
    "elasticmapreduce": {
        "createCluster": _JOBS,
        "terminateCluster": _JOBS,
        "addStep": _JOBS,
        "cancelStep": _PLAIN,
        "setClusterTerminationProtection": _PLAIN,
        "modifyInstanceFleetByName": _PLAIN,
        "modifyInstanceGroupByName": _PLAIN,
    },
    "emr-serverless": dict.fromkeys(
        (
            "createApplication",
            "startApplication",
            "stopApplication",
            "deleteApplication",
            "startJobRun",
            "cancelJobRun",
        ),
        _JOBS,
    ),
    "events": {"putEvents": _CALLBACK},
    "glue": {"startJobRun": _JOBS, "startCrawler": _PLAIN},
    "http": {"invoke": _PLAIN},
    "lambda": {"invoke": _CALLBACK},
    "mediaconvert": {"createJob": _JOBS},
    "sagemaker": {
        **dict.fromkeys(("createEndpoint", "createEndpointConfig", "createModel", "updateEndpoint"), _PLAIN),
        **dict.fromkeys(
            (
                "createHyperParameterTuningJob",
                "createLabelingJob",
                "createProcessingJob",
                "createTrainingJob",
                "createTransformJob",
            ),
            _JOBS,
        ),
    },
    "sns": {"publish": _CALLBACK},
    "sqs": {"sendMessage": _CALLBACK},
    "states": {"startExecution": _JOBS | {"sync:2", "callback"}},
}


def parse_resource(resource: str) -> Integration | None:
    """The integration a Task's Resource names, or None if it isn't one."""
    if _LAMBDA_ARN.fullmatch(resource):
        return Integration("lambda", "invoke", "request_response", False, function_arn=resource)
    activity = _ACTIVITY_ARN.fullmatch(resource)
    if activity is not None:
        return Integration("activity", activity["name"], "callback", False, activity_arn=resource)
    pattern: Pattern = "request_response"
    for suffix, named in _SUFFIXES:
        if resource.endswith(suffix):
            resource, pattern = resource.removesuffix(suffix), named
            break
    match = _SERVICE_ARN.fullmatch(resource)
    if match is None:
        return None
    return Integration(match["service"], match["action"], pattern, is_sdk=bool(match["sdk"]))


def is_recognized(integration: Integration) -> bool:
    """Whether Step Functions offers that API with that pattern."""
    if integration.function_arn is not None or integration.activity_arn is not None:
        return True
    if integration.is_sdk:
        return integration.pattern in ("request_response", "callback") and integration.action[:1].islower()
    return integration.pattern in OPTIMIZED.get(integration.service, {}).get(integration.action, frozenset())
