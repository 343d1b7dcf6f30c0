"""Models: how good candidates are, how they were judged, what training them took."""

from components.blocks.dashboard.widgets import Subject, Widget, search

TITLE = "Models"


def rows(subject: Subject) -> list[list[Widget]]:
    """Scores, verdicts and billed time."""
    return [
        [
            search(subject, "AUC of candidates on the hold-out", TestAuc="Average"),
            search(subject, "Verdicts", Verdicts="Sum"),
            search(subject, "Billable training seconds", TrainingBillableSeconds="Sum"),
        ]
    ]
