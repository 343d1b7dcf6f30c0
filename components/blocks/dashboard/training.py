"""Training: how well candidates fit, why attempts fail, what the ladder had to do, and what it cost."""

from components.blocks.dashboard.widgets import Subject, Widget, by, search, signed

TITLE = "Training"


def rows(subject: Subject) -> list[list[Widget]]:
    """Fit, then trouble and what was done about it, then its price."""
    return [
        [
            search(subject, "Final loss", FinalTrainingLoss="Average", FinalValidationLoss="Average"),
            search(
                subject,
                "Objective of the best candidate; mean over folds",
                BestObjective="Average",
                FoldsObjective="Average",
            ),
            search(
                subject,
                "Epochs; stopped early at",
                Epochs="Average",
                EarlyStoppingEpoch="Average",
            ),
        ],
        [
            search(subject, "Attempts", TrainingAttempts="Sum", SpotWindows="Sum", SpotInterruptions="Sum"),
            by(subject, "Failed attempts by class", "failure", FailedAttempts="Sum"),
            by(subject, "Recoveries by kind", "recovery", Recoveries="Sum"),
        ],
        [
            search(
                subject,
                "Seconds trained, billed, lost",
                TrainingSeconds="Sum",
                TrainingBillableSeconds="Sum",
                TrainingLostSeconds="Sum",
            ),
            signed(subject, "Saved against on demand, %", SpotSavingPercent="Average"),
            search(subject, "Cost of training, USD", TrainingCostUsd="Sum"),
        ],
    ]
