"""The booster that a finished job leaves behind, cut at its best round."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import xgboost

from trainer.data import Channels
from trainer.model import metadata_of, rate_matched_threshold, shares, write_documents
from trainer.progress import best_epoch
from trainer.trees.hyperparameters import TreeHyperparameters
from trainer.trees.loop import Trained


def write_model(
    folder: Path, trained: Trained, channels: Channels, settings: TreeHyperparameters
) -> dict[str, Any]:
    """Writes model.ubj, encoding.json and metadata.json; the answer is the metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    booster = trained.booster[: best_epoch(trained.history) + 1]
    scores = booster.inplace_predict(channels.validation.features)
    gains: Mapping[str, Any] = booster.get_score(importance_type="total_gain")
    metadata = metadata_of(settings, channels, trained.history, trained.resumed_from_round) | {
        "algorithm_version": xgboost.__version__,
        "threshold": rate_matched_threshold(scores, channels.validation),
        "importance": shares(gains, channels.encoding.feature_names),
    }
    booster.save_model(folder / "model.ubj")
    write_documents(folder, channels, metadata)
    return metadata
