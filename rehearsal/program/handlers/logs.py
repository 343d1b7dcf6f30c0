"""Log groups, who may write to them, and what is read from them."""

from rehearsal.program.account import Account
from rehearsal.program.handlers.registry import ON_DESTROY, Created, creates
from rehearsal.program.identities import declared_only
from rehearsal.program.inputs import Declared


@creates("aws:cloudwatch/logGroup:LogGroup")
def log_group(declared: Declared, account: Account) -> Created:
    """A log group with its key and retention."""
    logs = account.client("logs")
    declared.ignore("skipDestroy", ON_DESTROY)
    name = declared.physical_name(512)
    logs.create_log_group(
        logGroupName=name,
        tags=declared.tags(),
        **declared.as_declared("kmsKeyId", "logGroupClass", "deletionProtectionEnabled"),
    )
    days = declared.take("retentionInDays")
    if days:
        logs.put_retention_policy(logGroupName=name, retentionInDays=days)
    return Created(name, {"name": name, "arn": account.arn("logs", f"log-group:{name}")})


@creates("aws:cloudwatch/logResourcePolicy:LogResourcePolicy")
def log_resource_policy(declared: Declared, account: Account) -> Created:
    """Which services may write to log groups."""
    name = declared.require("policyName")
    account.client("logs").put_resource_policy(
        policyName=name,
        policyDocument=declared.require("policyDocument"),
        **declared.as_declared("resourceArn"),
    )
    return Created(name)


@creates("aws:cloudwatch/logMetricFilter:LogMetricFilter")
def log_metric_filter(declared: Declared, account: Account) -> Created:
    """A metric counted from log lines."""
    name = declared.physical_name(512)
    transformation = declared.block("metricTransformation")
    if transformation is None:
        declared.require("metricTransformation")
        raise AssertionError("unreachable: the line above raises")
    metric = transformation.verbatim(
        name="metricName",
        namespace="metricNamespace",
        value="metricValue",
        unit="unit",
        dimensions="dimensions",
    )
    default = transformation.take("defaultValue")
    account.client("logs").put_metric_filter(
        filterName=name,
        logGroupName=declared.require("logGroupName"),
        filterPattern=declared.take("pattern", ""),
        metricTransformations=[metric | ({} if default is None else {"defaultValue": float(default)})],
        **declared.verbatim(applyOnTransformedLogs="applyOnTransformedLogs"),
    )
    return Created(name, {"name": name})


@creates("aws:cloudwatch/logSubscriptionFilter:LogSubscriptionFilter")
def log_subscription_filter(declared: Declared, account: Account) -> Created:
    """Log lines sent on to a function or stream."""
    name = declared.physical_name(512)
    account.client("logs").put_subscription_filter(
        filterName=name,
        logGroupName=declared.require("logGroup"),
        filterPattern=declared.take("filterPattern", ""),
        **declared.as_declared("destinationArn", "roleArn", "distribution"),
    )
    return Created(name, {"name": name})


@creates("aws:cloudwatch/queryDefinition:QueryDefinition")
def query_definition(declared: Declared, account: Account) -> Created:
    """A saved query."""
    return declared_only(declared, account.place, "the embedded AWS has no CloudWatch Logs Insights")
