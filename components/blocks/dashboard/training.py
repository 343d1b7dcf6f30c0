"""Training: how well candidates fit, why attempts fail, what the ladder had to do, and what it cost."""

from components.blocks.dashboard.widgets import Subject, Widget, by, search

TITLE = "Training"


def rows(subject: Subject) -> list[list[Widget]]:
    """Fit and failures, then the ladder's effort and its price."""
    return [
        [
            search(subject, "Final loss", FinalTrainingLoss="Average", FinalValidationLoss="Average"),
            search(subject, "Objective of the best candidate", BestObjective="Average"),
            search(
                subject,
                "Epochs; stopped early at",
                Epochs="Average",
                EarlyStoppingEpoch="Average",
            ),
            by(subject, "Failed attempts by class", "failure", FailedAttempts="Sum"),
        ],
        [
            search(subject, "Attempts", TrainingAttempts="Sum", SpotWindows="Sum", SpotInterruptions="Sum"),
            by(subject, "Recoveries by kind", "recovery", Recoveries="Sum"),
            search(
                subject,
                "Seconds trained, billed, lost",
                TrainingSeconds="Sum",
                TrainingBillableSeconds="Sum",
                TrainingLostSeconds="Sum",
            ),
            search(subject, "Saved against on demand, %", SpotSavingPercent="Average"),
        ],
    ]
