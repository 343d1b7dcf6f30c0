"""A log group is made only where the policy of its key lets CloudWatch Logs in, as on AWS."""

from __future__ import annotations

from typing import Any

from rehearsal.emulator import hooks
from rehearsal.emulator.keys import Keys, KeyUse

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/encrypt-log-data-kms.html, wildcards spelled out
NEEDED = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:DescribeKey",
)


def install(keys: Keys, region: str) -> None:
    """Refuse a log group whose key CloudWatch Logs may not use."""
    create = hooks.use("services.cloudwatch_logs:_create_log_group")

    def create_if_key_allows(data: dict[str, Any]) -> Any:
        key, name = data.get("kmsKeyId"), str(data.get("logGroupName", ""))
        if key and hooks.use("app:AUTH"):
            refused = _refusal(keys, region, key, name)
            if refused:
                return hooks.use("core.responses:error_response_json")(
                    "InvalidParameterException", refused, 400
                )
        return create(data)

    hooks.replace("services.cloudwatch_logs:_create_log_group", create_if_key_allows)


def _refusal(keys: Keys, region: str, key: str, group_name: str) -> str | None:
    arn = hooks.use("services.cloudwatch_logs:_make_group_arn")(group_name).removesuffix(":*")
    for action in NEEDED:
        use = KeyUse(action=action, key=key, encryption_context={"aws:logs:arn": arn})
        refused = keys.service_refusal(f"logs.{region}.amazonaws.com", use)
        if refused:
            return (
                f"The specified KMS key does not exist or is not allowed to be used with Arn '{arn}' "
                f"({refused.message})"
            )
    return None
