"""What a finished job leaves behind: the booster cut at its best round, the encoding it needs, and how it
came about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import xgboost

from trainer.boosting import Trained
from trainer.data import Channels, Sample
from trainer.hyperparameters import Hyperparameters


def write_model(
    folder: Path, trained: Trained, channels: Channels, settings: Hyperparameters
) -> dict[str, Any]:
    """Writes model.ubj, encoding.json and metadata.json; the answer is the metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    booster = trained.booster[: trained.best_round + 1]
    metadata = {
        "algorithm": "xgboost",
        "algorithm_version": xgboost.__version__,
        "target": channels.encoding.target,
        "feature_names": list(channels.encoding.feature_names),
        "hyperparameters": asdict(settings),
        "rounds": len(trained.history),
        "best_round": trained.best_round,
        "resumed_from_round": trained.resumed_from_round,
        "rows": {"train": len(channels.train.labels), "validation": len(channels.validation.labels)},
        "metrics": trained.history[trained.best_round],
        "threshold": rate_matched_threshold(booster, channels.validation),
        "importance": importance(booster, channels.encoding.feature_names),
    }
    booster.save_model(folder / "model.ubj")
    _write(folder / "encoding.json", channels.encoding.to_dict())
    _write(folder / "metadata.json", metadata)
    return metadata


def rate_matched_threshold(booster: xgboost.Booster, sample: Sample) -> float:
    """The score above which as many rows lie as are positive: an operating point that needs no
    calibration."""
    scores: npt.NDArray[np.float32] = booster.inplace_predict(sample.features)
    return float(np.quantile(scores, 1 - sample.labels.mean(), method="higher"))


def importance(booster: xgboost.Booster, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The share of the total gain that each feature brought, largest first."""
    gains: Mapping[str, Any] = booster.get_score(importance_type="total_gain")
    total = sum(gains.values()) or 1.0
    shares = [{"feature": name, "share": round(gains.get(name, 0.0) / total, 6)} for name in names]
    return sorted(shares, key=lambda one: (-one["share"], one["feature"]))


def _write(path: Path, document: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
