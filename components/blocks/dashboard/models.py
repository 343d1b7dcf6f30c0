"""Models: how good candidates are, and how they were judged."""

from components.blocks.dashboard.widgets import Subject, Widget, search, signed

TITLE = "Models"


def rows(subject: Subject) -> list[list[Widget]]:
    """Scores and verdicts."""
    return [
        [
            search(subject, "AUC of candidates on the hold-out", TestAuc="Average"),
            signed(
                subject,
                "Below the live model, % of its value",
                TestAccuracyDropPercent="Maximum",
                TestF1DropPercent="Maximum",
                TestAucDropPercent="Maximum",
            ),
            search(subject, "Verdicts", Verdicts="Sum"),
        ]
    ]
