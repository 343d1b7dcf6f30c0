"""One job of boosted trees, from its channels to its model."""

from __future__ import annotations

from trainer.checkpoints import fingerprint
from trainer.data import Channels
from trainer.folds import fold_of
from trainer.job import Job
from trainer.progress import ending, metrics_line
from trainer.trees.checkpoints import Checkpoints
from trainer.trees.hyperparameters import TreeHyperparameters
from trainer.trees.loop import Boosting
from trainer.trees.matrices import matrices
from trainer.trees.model import write_model


def train(job: Job, settings: TreeHyperparameters) -> bool:
    """Runs the job; false when it was stopped before the end and left a checkpoint instead of a model."""
    channels = Channels.read(job.paths, fold_of(settings))
    checkpoints = Checkpoints(job.paths.checkpoints, fingerprint(settings.identity | channels.identity()))
    trained = Boosting(job, settings, checkpoints).run(*matrices(channels, settings.max_bin))
    if not trained.is_complete:
        return False
    metadata = write_model(job.paths.model, trained, channels, settings)
    # SageMaker keeps the last value of each metric: it has to be that of the model that is kept.
    best = metrics_line(metadata["best_round"], metadata["metrics"])
    job.say(f"best {best} {ending(metadata['rounds'], settings.num_boost_round)}")
    return True
