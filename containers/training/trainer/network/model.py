"""The network that a finished job leaves behind: plain arrays, which serving needs no PyTorch to compute."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from trainer.data import Channels, Floats, Sample
from trainer.model import metadata_of, rate_matched_threshold, shares, write_documents
from trainer.network.architecture import TabularNetwork
from trainer.network.hyperparameters import NetworkHyperparameters
from trainer.network.scoring import log_loss, probabilities
from trainer.progress import History

IMPORTANCE_ROWS = 20_000


def write_model(
    folder: Path,
    network: TabularNetwork,
    channels: Channels,
    settings: NetworkHyperparameters,
    history: History,
    resumed_from: int,
) -> dict[str, Any]:
    """Writes model.npz, encoding.json and metadata.json; the answer is the metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    names = channels.encoding.feature_names
    scores = probabilities(logits(network, channels.validation.features))
    gains = losses_without(network, channels.validation, names, settings.seed)
    metadata = metadata_of(settings, channels, history, resumed_from) | {
        "algorithm_version": torch.__version__,
        "threshold": rate_matched_threshold(scores, channels.validation),
        "importance": shares(gains, names),
    }
    with (folder / "model.npz").open("wb") as file:
        np.savez(file, **arrays(network, names))
    write_documents(folder, channels, metadata)
    return metadata


def arrays(network: TabularNetwork, names: tuple[str, ...]) -> dict[str, Any]:
    """The network as arrays, in the form that docs/trainer-contract.md describes."""
    found: dict[str, Any] = {
        "feature_names": np.array(names),
        "numbers": np.array(network.numbers, dtype=np.int64),
        "categories": np.array(network.categories, dtype=np.int64),
        "mean": network.mean.numpy(),
        "scale": network.scale.numpy(),
    }
    for number, embedding in enumerate(network.embeddings):
        found[f"embedding_{number}"] = embedding.weight.detach().numpy()
    dense = [layer for layer in network.layers if isinstance(layer, torch.nn.Linear)]
    for number, layer in enumerate(dense):
        found[f"weight_{number}"] = layer.weight.detach().numpy()
        found[f"bias_{number}"] = layer.bias.detach().numpy()
    return found


def logits(network: TabularNetwork, features: Floats) -> Floats:
    """The answers of a whole network on the CPU, in full precision."""
    network.eval()
    with torch.no_grad():
        parts = torch.from_numpy(features).split(65_536)
        answers: Floats = torch.cat([network(part) for part in parts]).numpy()
    return answers


def losses_without(
    network: TabularNetwork, sample: Sample, names: tuple[str, ...], seed: int
) -> Mapping[str, float]:
    """How much worse the log loss gets when a feature's values change places (permutation importance)."""
    rng = np.random.default_rng(seed)
    rows = rng.permutation(len(sample.labels))[:IMPORTANCE_ROWS]
    features, labels = sample.features[rows], sample.labels[rows]
    whole = log_loss(logits(network, features), labels)
    found = {}
    for position, name in enumerate(names):
        shuffled = features.copy()
        shuffled[:, position] = rng.permutation(shuffled[:, position])
        found[name] = max(0.0, log_loss(logits(network, shuffled), labels) - whole)
    return found
