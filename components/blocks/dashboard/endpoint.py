"""The live endpoint: requests, errors, latency."""

from components.blocks import metrics
from components.blocks.dashboard.widgets import Subject, Widget, lines
from components.blocks.metrics import Metric

TITLE = "Endpoint"


def rows(subject: Subject) -> list[list[Widget]]:
    """What clients ask and how they fare."""

    def of(name: str, statistic: str, label: str) -> Metric:
        return metrics.endpoint(subject.endpoint_name, subject.variant, name, statistic, label)

    errors = [
        of("Invocation5XXErrors", "Sum", "server errors"),
        of("Invocation4XXErrors", "Sum", "client errors"),
    ]
    latency = [of("ModelLatency", percentile, percentile) for percentile in ("p50", "p95", "p99")]
    return [
        [
            lines(subject, "Requests", [of("Invocations", "Sum", "requests")]),
            lines(subject, "Errors", errors),
            lines(subject, "Model latency, µs", latency),
        ]
    ]
