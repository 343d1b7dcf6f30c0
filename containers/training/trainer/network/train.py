"""One job of a network, from its channels to its model, on as many processes as the job has."""

from __future__ import annotations

import os

import torch

from contracts.failures import ConfigurationRejected
from trainer.checkpoints import fingerprint
from trainer.data import Channels
from trainer.folds import fold_of
from trainer.job import Job
from trainer.network.architecture import network_for
from trainer.network.checkpoints import Checkpoints
from trainer.network.hosts import Hosts
from trainer.network.hyperparameters import NetworkHyperparameters
from trainer.network.loop import Fitting
from trainer.network.model import write_model
from trainer.network.parallel import shared
from trainer.network.process import Process, joined
from trainer.progress import best_epoch, ending, metrics_line


def train(job: Job, settings: NetworkHyperparameters, processes: int) -> bool:
    """Runs the job as one of so many processes on each host; false when it was stopped before the end and
    left a checkpoint instead of a model."""
    with joined(Hosts.read(job.paths.resources), processes) as process:
        return _train(job, settings, process)


def _train(job: Job, settings: NetworkHyperparameters, process: Process) -> bool:
    be_reproducible(settings.precision)
    channels = Channels.read(job.paths, fold_of(settings))
    ours = fingerprint(settings.identity | channels.identity())
    if process.from_first(ours) != ours:
        rule = "this host's differ from the first host's: use FullyReplicated as S3DataDistributionType"
        raise ConfigurationRejected.about("channels", sorted(("train", "validation", "encoding")), rule)
    network = network_for(channels.encoding, channels.train.features, settings)
    fitting = Fitting(
        job,
        settings,
        process,
        shared(network, process, settings.parallelism, settings.weight_decay),
        Checkpoints(job.paths.checkpoints, ours),
    )
    fitting.resume()
    is_complete = fitting.run(channels.train, channels.validation)
    if is_complete and process.is_first:
        _finish(job, settings, channels, fitting)
    return is_complete


def be_reproducible(precision: str) -> None:
    """The same bits from the same job, on a GPU as well: cuBLAS is deterministic with a workspace of its own
    (https://docs.nvidia.com/cuda/cublas/#results-reproducibility), set before its first product."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    torch.utils.deterministic.fill_uninitialized_memory = False
    torch.set_float32_matmul_precision("high" if precision == "tfloat32" else "highest")


def _finish(job: Job, settings: NetworkHyperparameters, channels: Channels, fitting: Fitting) -> None:
    network = network_for(channels.encoding, channels.train.features, settings)
    network.load_state_dict(fitting.best_weights)
    write_model(job.paths.model, network, channels, settings, fitting.history, fitting.resumed_from)
    best = best_epoch(fitting.history)
    # SageMaker keeps the last value of each metric: it has to be that of the model that is kept.
    line = metrics_line(best, fitting.history[best])
    job.say(f"best {line} {ending(len(fitting.history), settings.epochs)}")
