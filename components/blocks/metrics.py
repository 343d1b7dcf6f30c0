"""Where each figure about the pipeline is measured, apart from the alarms and widgets that use it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pulumi import Input


@dataclass(frozen=True, kw_only=True)
class Metric:
    """One CloudWatch metric and how it is summed up over a period."""

    namespace: str
    name: str
    statistic: str
    dimensions: Mapping[str, Input[str]] = field(default_factory=dict)
    label: str | None = None

    def widget_row(self, **options: Any) -> list[Any]:
        """The metric as a line of a dashboard widget."""
        pairs = [part for pair in self.dimensions.items() for part in pair]
        shown = {"stat": self.statistic, **({"label": self.label} if self.label else {}), **options}
        return [self.namespace, self.name, *pairs, shown]


def executions(
    machine_arn: Input[str], name: str, statistic: str = "Sum", label: str | None = None
) -> Metric:
    """A metric of a state machine: ExecutionsFailed, ExecutionTime (milliseconds)…"""
    return Metric(
        namespace="AWS/States",
        name=name,
        statistic=statistic,
        dimensions={"StateMachineArn": machine_arn},
        label=label,
    )


def endpoint(endpoint_name: Input[str], variant: str, name: str, statistic: str, label: str) -> Metric:
    """A metric of the live endpoint over both fleets of an update; latencies are microseconds."""
    return Metric(
        namespace="AWS/SageMaker",
        name=name,
        statistic=statistic,
        dimensions={"EndpointName": endpoint_name, "VariantName": variant},
        label=label,
    )


def published(namespace: str, name: str, statistic: str, dimensions: Mapping[str, str]) -> Metric:
    """A metric that our functions publish, with the dimensions they give it."""
    return Metric(namespace=namespace, name=name, statistic=statistic, dimensions=dimensions)


def function_errors(function_name: Input[str]) -> Metric:
    """Invocations of a function that ended in an error."""
    return Metric(
        namespace="AWS/Lambda",
        name="Errors",
        statistic="Sum",
        dimensions={"FunctionName": function_name},
    )


def waiting_messages(queue_name: Input[str]) -> Metric:
    """Messages that lie in a queue."""
    return Metric(
        namespace="AWS/SQS",
        name="ApproximateNumberOfMessagesVisible",
        statistic="Maximum",
        dimensions={"QueueName": queue_name},
    )


def worst_job_host(kind: str, name: str) -> str:
    """A Metrics Insights query: the highest value over all hosts of all jobs, whatever their names."""
    return f'SELECT MAX({name}) FROM SCHEMA("/aws/sagemaker/{kind}", Host)'  # noqa: S608 - a metric query of constants


def highest_own(namespace: str, name: str) -> str:
    """A Metrics Insights query: the highest value of one of our own metrics, whatever its dimensions."""
    return f'SELECT MAX({name}) FROM "{namespace}"'  # noqa: S608 - a metric query of constants


def search_own(namespace: str, name: str, statistic: str, dimension: str | None = None) -> str:
    """A dashboard search: every series of one of our own metrics, or those told apart by a dimension beside
    the service; alarms can't use it."""
    where = f'{{"{namespace}",service,{dimension}}}' if dimension else f'Namespace="{namespace}"'
    return f"SEARCH('{where} MetricName=\"{name}\"', '{statistic}')"


def search_jobs(kind: str, name: str) -> str:
    """A dashboard search: a metric of every host of every job of a kind."""
    return f"SEARCH('{{/aws/sagemaker/{kind},Host}} MetricName=\"{name}\"', 'Maximum')"
