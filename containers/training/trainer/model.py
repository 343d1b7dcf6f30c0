"""What every algorithm's finished job leaves beside its model: the encoding it needs, and how it came
about."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from trainer.data import Channels, Sample
from trainer.hyperparameters import Hyperparameters
from trainer.progress import History, best_epoch


def metadata_of(
    settings: Hyperparameters, channels: Channels, history: History, resumed_from: int
) -> dict[str, Any]:
    """What is known about any training; `rounds` are epochs for a network."""
    return {
        "algorithm": settings.algorithm,
        "target": channels.encoding.target,
        "feature_names": list(channels.encoding.feature_names),
        "hyperparameters": asdict(settings),
        "rounds": len(history),
        "best_round": best_epoch(history),
        "resumed_from_round": resumed_from,
        "rows": {"train": len(channels.train.labels), "validation": len(channels.validation.labels)},
        "metrics": dict(history[best_epoch(history)]),
    }


def write_documents(folder: Path, channels: Channels, metadata: Mapping[str, Any]) -> None:
    """Writes encoding.json and metadata.json."""
    for name, document in (("encoding", channels.encoding.to_dict()), ("metadata", metadata)):
        text = json.dumps(document, indent=1) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


def rate_matched_threshold(scores: npt.NDArray[np.float32], sample: Sample) -> float:
    """The score above which as many rows lie as are positive: an operating point that needs no
    calibration."""
    return float(np.quantile(scores, 1 - sample.labels.mean(), method="higher"))


def shares(gains: Mapping[str, float], names: tuple[str, ...]) -> list[dict[str, Any]]:
    """The share of the total gain that each feature brought, largest first."""
    total = sum(gains.values()) or 1.0
    found = [{"feature": name, "share": round(gains.get(name, 0.0) / total, 6)} for name in names]
    return sorted(found, key=lambda one: (-one["share"], one["feature"]))
