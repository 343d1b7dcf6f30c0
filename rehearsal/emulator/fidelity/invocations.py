"""SNS, S3 and API Gateway invoke a function only where its resource policy lets them, as on AWS."""

from __future__ import annotations

import json
import logging
from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.embedded import EmbeddedPlatform

log = logging.getLogger(__name__)

INVOKE = "lambda:InvokeFunction"


def install(platform: EmbeddedPlatform) -> None:
    """Guard the three ways in which ministack invokes functions without asking."""
    _guard_topics(platform)
    _guard_buckets(platform)
    _guard_apis(platform)


def may_invoke(platform: EmbeddedPlatform, function_arn: str, service: str, source_arn: str) -> bool:
    """Whether the function's resource policy lets the service principal invoke it for `source_arn`."""
    if not hooks.use("app:AUTH"):
        return True
    found = hooks.use("services.lambda_svc:function_policy_for_arn")(function_arn)
    allowed = found is not None and platform.sessions.resource_policy_allows(
        found[0], service, INVOKE, function_arn, source_arn
    )
    if not allowed:
        log.warning(
            "%s may not invoke %s for %s: no lambda permission says so", service, function_arn, source_arn
        )
    return allowed


def _guard_topics(platform: EmbeddedPlatform) -> None:
    deliver = hooks.use("services.sns:_deliver_to_lambda")

    def deliver_if_permitted(endpoint: str, envelope: str, topic_arn: str, *message: Any) -> None:
        if may_invoke(platform, endpoint, "sns.amazonaws.com", topic_arn):
            deliver(endpoint, envelope, topic_arn, *message)

    hooks.replace("services.sns:_deliver_to_lambda", deliver_if_permitted)


def _guard_buckets(platform: EmbeddedPlatform) -> None:
    deliver = hooks.use("services.s3:_deliver_event_to_lambda")

    def deliver_if_permitted(arn: str, event_payload: dict[str, Any], bucket_region: str) -> None:
        bucket_arn = event_payload["Records"][0]["s3"]["bucket"]["arn"]
        if may_invoke(platform, arn, "s3.amazonaws.com", bucket_arn):
            deliver(arn, event_payload, bucket_region)

    hooks.replace("services.s3:_deliver_event_to_lambda", deliver_if_permitted)


def _guard_apis(platform: EmbeddedPlatform) -> None:
    invoke = hooks.use("services.apigateway:_invoke_lambda_proxy")
    function_of = hooks.use("services.apigateway:_extract_lambda_ref_from_integration_uri")

    async def invoke_if_permitted(
        integration: dict[str, Any], api_id: str, stage: str, path: str, method: str, *rest: Any, **more: Any
    ) -> Any:
        source_arn = (
            f"arn:aws:execute-api:{platform.region}:{platform.account_id}:{api_id}/{stage}/{method}{path}"
        )
        function_arn = function_of(integration.get("integrationUri", ""))
        if may_invoke(platform, function_arn, "apigateway.amazonaws.com", source_arn):
            return await invoke(integration, api_id, stage, path, method, *rest, **more)
        return (
            500,
            {"Content-Type": "application/json"},
            json.dumps({"message": "Internal Server Error"}).encode(),
        )

    hooks.replace("services.apigateway:_invoke_lambda_proxy", invoke_if_permitted)
