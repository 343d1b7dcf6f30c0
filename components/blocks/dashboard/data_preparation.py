"""Data preparation: how much came in, what was refused, and how far it has moved from the baseline."""

from components.blocks.dashboard.widgets import Subject, Widget, search

TITLE = "Data preparation"


def rows(subject: Subject) -> list[list[Widget]]:
    """What was prepared, then what the gates said."""
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
    ]
