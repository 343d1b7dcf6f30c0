"""IAM statements and their two rules: no wildcard action, no bare `*` resource without a reason."""

from collections.abc import Mapping, Sequence
from typing import Any

Statement = Mapping[str, Any]

WHY_UNSCOPED: Mapping[str, str] = {
    "xray:PutTraceSegments": "X-Ray has no resource to write segments to",
    "xray:PutTelemetryRecords": "X-Ray has no resource to write telemetry to",
    "xray:GetSamplingRules": "sampling rules are read as a whole",
    "xray:GetSamplingTargets": "sampling targets are read as a whole",
    "logs:CreateLogDelivery": "vended log deliveries have no ARN to narrow by",
    "logs:GetLogDelivery": "vended log deliveries have no ARN to narrow by",
    "logs:UpdateLogDelivery": "vended log deliveries have no ARN to narrow by",
    "logs:DeleteLogDelivery": "vended log deliveries have no ARN to narrow by",
    "logs:ListLogDeliveries": "vended log deliveries have no ARN to narrow by",
    "logs:PutResourcePolicy": "the policy belongs to the account, not to a group",
    "logs:DescribeResourcePolicies": "the policy belongs to the account, not to a group",
    "logs:DescribeLogGroups": "Step Functions and flow logs list groups before they deliver",
    "ec2:CreateNetworkInterface": "SageMaker and Lambda validate the role with no resource narrowing",
    "ec2:CreateNetworkInterfacePermission": "SageMaker validates the role with no resource narrowing",
    "ec2:DeleteNetworkInterface": "interface ids are not known before they exist",
    "ec2:DeleteNetworkInterfacePermission": "SageMaker validates the role with no resource narrowing",
    "ec2:AssignPrivateIpAddresses": "interface ids are not known before they exist",
    "ec2:UnassignPrivateIpAddresses": "interface ids are not known before they exist",
    "ec2:DescribeNetworkInterfaces": "describe calls have no resource level",
    "ec2:DescribeVpcs": "describe calls have no resource level",
    "ec2:DescribeDhcpOptions": "describe calls have no resource level",
    "ec2:DescribeSubnets": "describe calls have no resource level",
    "ec2:DescribeSecurityGroups": "describe calls have no resource level",
    "ecr:GetAuthorizationToken": "the token is for the whole registry",
    "cloudwatch:PutMetricData": "metrics have no ARN; narrowed by cloudwatch:namespace",
    "cloudwatch:GetMetricStatistics": "metrics have no ARN",
    "cloudwatch:DescribeAlarms": "deployment guardrails read alarms with no resource narrowing",
    "sagemaker:ListTags": "Step Functions reads the tags of jobs it has yet to name",
    "sagemaker:ListModelPackages": "list calls have no resource level",
    "sagemaker:ListHyperParameterTuningJobs": "list calls have no resource level",
    "sagemaker:ListTrainingJobs": "list calls have no resource level",
    "sagemaker:ListProcessingJobs": "list calls have no resource level",
    "sagemaker:ListTransformJobs": "list calls have no resource level",
    "sagemaker:ListEndpoints": "list calls have no resource level",
    "sagemaker:ListEndpointConfigs": "list calls have no resource level",
    "sagemaker:ListModels": "list calls have no resource level",
    "states:SendTaskSuccess": "task tokens are not resources; the token itself is the right to answer",
}


def allow(
    actions: str | Sequence[str], resources: Any, conditions: Mapping[str, Any] | None = None
) -> Statement:
    """An Allow statement; `resources` is one ARN or several, strings or outputs."""
    names = [actions] if isinstance(actions, str) else list(actions)
    targets = list(resources) if isinstance(resources, list | tuple) else [resources]
    statement: dict[str, Any] = {"Effect": "Allow", "Action": names, "Resource": targets}
    return {**statement, "Condition": dict(conditions)} if conditions else statement


def require_least_privilege(role_name: str, statements: Sequence[Statement]) -> None:
    """Refuse a wildcard action and a bare `*` resource for an action that AWS can narrow."""
    for statement in statements:
        if statement.get("Effect") == "Deny":
            continue
        for action in _as_list(statement.get("Action")):
            _require_narrow(role_name, action, _as_list(statement.get("Resource")))


def _require_narrow(role_name: str, action: str, resources: list[Any]) -> None:
    if "*" in action:
        raise ValueError(f"role {role_name}: action {action!r} is a wildcard; name each action it calls")
    is_unscoped = any(isinstance(resource, str) and resource == "*" for resource in resources)
    if is_unscoped and action not in WHY_UNSCOPED:
        raise ValueError(
            f"role {role_name}: {action} is granted on every resource; name the ARN, or give the reason in "
            "WHY_UNSCOPED of components/blocks/statements.py"
        )


def _as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]
