"""Alarms on a Metrics Insights query, which ministack accepts and then never evaluates.

Supported: SELECT AVG|COUNT|MAX|MIN|SUM(metric) FROM "namespace" or FROM SCHEMA("namespace", dimension, ...).
Anything else an alarm may carry in Metrics is refused by name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from rehearsal.emulator import hooks

_QUERY = re.compile(
    r"\s*SELECT\s+(?P<function>AVG|COUNT|MAX|MIN|SUM)\(\s*\"?(?P<metric>[\w./-]+)\"?\s*\)\s+FROM\s+"
    r"(SCHEMA\(\s*\"?(?P<schema>[\w./-]+)\"?(?P<dimensions>(\s*,\s*\"?[\w./-]+\"?)*)\s*\)"
    r"|\"?(?P<namespace>[\w./-]+)\"?)\s*",
    re.IGNORECASE,
)
STATISTICS = {"AVG": "Average", "COUNT": "SampleCount", "MAX": "Maximum", "MIN": "Minimum", "SUM": "Sum"}


@dataclass(frozen=True)
class Query:
    """A parsed query: a statistic of all metrics of a name, or of those with exactly these dimensions."""

    statistic: str
    namespace: str
    metric: str
    dimensions: frozenset[str] | None
    period_seconds: int

    def points(self) -> list[dict[str, Any]]:
        """Return the data points of every metric that the query selects."""
        return [
            point
            for (namespace, name, _), points in list(hooks.use("services.cloudwatch:_metrics").items())
            if (namespace, name) == (self.namespace, self.metric)
            for point in points
            if self.dimensions is None or self.dimensions == set(point.get("Dimensions") or {})
        ]


# By the name of the alarm.
queries: dict[str, Query] = {}


def install() -> None:
    """Keep the query of an alarm when it is put; refuse what can't be evaluated."""
    put = hooks.use("services.cloudwatch:_put_metric_alarm")

    def put_with_query(params: Any, data: Any, is_cbor: bool, is_json: bool = False) -> Any:
        metrics = (data or {}).get("Metrics") or []
        query = parse(metrics)
        if metrics and query is None:
            message = "Metrics: the rehearsal evaluates one simple Metrics Insights query, not this"
            error = hooks.use("services.cloudwatch:_error")
            return error("ValidationError", message, 400, use_json=is_json, use_cbor=is_cbor)
        name = (data or {}).get("AlarmName", "")
        queries.pop(name, None)
        if query is not None:
            queries[name] = query
        return put(params, data, is_cbor, is_json)

    hooks.replace("services.cloudwatch:_put_metric_alarm", put_with_query)


def parse(metrics: list[dict[str, Any]]) -> Query | None:
    """Return the query of an alarm's Metrics, None where it is anything but one supported query."""
    matched = _QUERY.fullmatch(metrics[0].get("Expression") or "") if len(metrics) == 1 else None
    if matched is None:
        return None
    names = [name.strip(' "') for name in matched["dimensions"].split(",")[1:]] if matched["schema"] else None
    return Query(
        STATISTICS[matched["function"].upper()],
        matched["schema"] or matched["namespace"],
        matched["metric"],
        None if names is None else frozenset(names),
        int(metrics[0].get("Period") or 60),
    )
