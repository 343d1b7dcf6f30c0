"""Runs: how they end, what they cost, why they fail, and how long each stage takes."""

from components.blocks import metrics
from components.blocks.dashboard.widgets import DAY_SECONDS, Subject, Widget, lines, search

TITLE = "Runs"


def rows(subject: Subject) -> list[list[Widget]]:
    """Outcomes and cost, then the duration of every machine and its trend."""
    pipeline = subject.machine_arns["pipeline"]
    ends = [
        metrics.executions(pipeline, f"Executions{end}", label=end.lower())
        for end in ("Succeeded", "Failed", "TimedOut", "Aborted")
    ]
    outcomes = [
        lines(subject, "Runs by how they end", ends, DAY_SECONDS),
        search(subject, "Cost of a run, USD", RunCostUsd="Average"),
        search(subject, "Failures by class", FailuresByClass="Sum"),
    ]
    durations = [
        lines(
            subject,
            f"Duration by stage, {name} ms",
            [
                metrics.executions(arn, "ExecutionTime", statistic, label=word)
                for word, arn in subject.machine_arns.items()
            ],
            DAY_SECONDS,
        )
        for statistic, name in (("Average", "average"), ("p95", "p95"))
    ]
    return [outcomes, durations]
