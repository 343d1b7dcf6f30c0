"""Which algorithm a job is for. An algorithm's library is imported by its own jobs only."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec

from contracts.failures import ConfigurationRejected
from trainer.hyperparameters import Hyperparameters, read_texts
from trainer.job import Job, is_worker
from trainer.network.hyperparameters import NetworkHyperparameters
from trainer.network.launch import launch, processes_here
from trainer.trees.hyperparameters import TreeHyperparameters

ALGORITHMS: Mapping[str, type[Hyperparameters]] = {
    "xgboost": TreeHyperparameters,
    "torch": NetworkHyperparameters,
}


def settings_of(texts: Mapping[str, str]) -> Hyperparameters:
    """The hyperparameters of the algorithm they name (`xgboost` when they name none), checked and typed.

    SageMaker's tuner adds names of its own, which begin with `_`: they are none of ours. Raises
    ConfigurationRejected naming the field.
    """
    texts = {name: text for name, text in texts.items() if not name.startswith("_")}
    name = texts.get("algorithm", "xgboost")
    if name not in ALGORITHMS:
        rule = f"it must be one of {', '.join(ALGORITHMS)}"
        raise ConfigurationRejected.about("hyperparameters.algorithm", name, rule)
    return ALGORITHMS[name].from_texts(texts)


def train(job: Job) -> bool:
    """Runs the job; false when it was stopped before the end and left a checkpoint instead of a model."""
    settings = settings_of(read_texts(job.paths.hyperparameters))
    if find_spec(settings.algorithm) is None:
        rule = f"this image does not hold {settings.algorithm}"
        remedy = "Build it with --build-arg ALGORITHM=" + settings.algorithm
        raise ConfigurationRejected.about("hyperparameters.algorithm", settings.algorithm, rule, remedy)
    if isinstance(settings, TreeHyperparameters):
        from trainer.trees.train import train as train_trees

        return train_trees(job, settings)
    if isinstance(settings, NetworkHyperparameters):
        processes = processes_here(settings.processes_per_host)
        if processes > 1 and not is_worker():
            return launch(job, processes)
        from trainer.network.train import train as train_network

        return train_network(job, settings, processes)
    raise AssertionError(settings)
