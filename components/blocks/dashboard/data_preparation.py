"""Data preparation: how much came in, what was refused, and how far it has moved from the baseline."""

from components.blocks import metrics
from components.blocks.dashboard.widgets import DAY_SECONDS, Subject, Widget, lines, search

TITLE = "Data preparation"
MACHINES = ("data_preparation", "data_validation", "feature_ingestion")


def rows(subject: Subject) -> list[list[Widget]]:
    """What was prepared, what the gates said, what reached the Feature Store, and how long it took."""
    durations = [
        metrics.executions(subject.machine_arns[word], "ExecutionTime", "p95", label=word)
        for word in MACHINES
    ]
    return [
        [
            search(subject, "Bytes landed in the window", LandedBytes="Sum"),
            search(subject, "Records processed", RecordsProcessed="Sum"),
            search(subject, "Features", FeatureCount="Maximum"),
            search(subject, "Share of missing values", NullRatio="Maximum"),
        ],
        [
            search(subject, "Violations of the contract", FileViolations="Sum"),
            search(subject, "Files rejected", FilesRejected="Sum"),
            search(subject, "Features shifted", FeaturesShifted="Maximum"),
        ],
        [
            search(subject, "Records in the Feature Store", RecordsIngested="Sum"),
            search(
                subject, "Records that failed or were retried", RecordsNotIngested="Sum", RecordsRetried="Sum"
            ),
            search(subject, "Ingestions without a report", IngestionsFailed="Sum"),
            search(subject, "Seconds to ingest, slowest host", IngestionSeconds="Maximum"),
        ],
        [lines(subject, "Duration, p95 ms", durations, DAY_SECONDS)],
    ]
