"""A trainer of one's own, in one file and by the written contract alone (docs/trainer-contract.md): logistic
regression with numpy, which survives being killed at any moment."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow.parquet as pq

Array = npt.NDArray[Any]
ROOT = Path(os.environ.get("OPT_ML", "/opt/ml"))
CHECKPOINT, MODEL = ROOT / "checkpoints/newest.npz", ROOT / "model"
STOPPED = 128 + signal.SIGTERM
# Name: default, lowest, highest.
RANGES = {
    "epochs": (100, 1, 100_000),
    "learning_rate": (1.0, 1e-6, 100.0),
    "checkpoint_seconds": (600.0, 0.0, 86_400.0),
}


class Refused(Exception):  # noqa: N818
    """What a job can't be run with; `error` is a name of the pipeline's vocabulary."""

    def __init__(self, error: str, message: str) -> None:
        super().__init__(message)
        self.error = error


@dataclass
class Rows:
    """One channel as the model takes it: standardised numbers with missing flags, and a code per category."""

    numbers: Array
    codes: list[Array]
    labels: Array


@dataclass
class Weights:
    """One for each number and flag, one for each level of each category, and the intercept."""

    dense: Array
    levels: list[Array]
    bias: float


def main() -> int:
    """The exit code: 0 a model, 1 a failure with its file, 143 stopped with a checkpoint."""
    stopping: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _frame: stopping.append(number))
    try:
        return 0 if train(read_hyperparameters(), stopping) else STOPPED
    except Exception as failure:
        error = failure.error if isinstance(failure, Refused) else "AlgorithmFailed"
        write(ROOT / "output/failure", json.dumps({"error": error, "message": str(failure)[:900]}).encode())
        return 1


def read_hyperparameters() -> dict[str, float]:
    """Strings to numbers; an unknown name is refused, for a misspelt one would be ignored in silence."""
    path = ROOT / "input/config/hyperparameters.json"
    texts = json.loads(path.read_text()) if path.exists() else {}
    texts.pop("algorithm", None)
    values = {name: float(default) for name, (default, _, _) in RANGES.items()}
    for name, text in texts.items():
        _, low, high = RANGES.get(name, (0, 1, 0))
        try:
            value = float(text)
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            rule = f"from {low} to {high}" if name in RANGES else f"one of {', '.join(RANGES)}"
            raise Refused("ConfigurationRejected", f"hyperparameters.{name} is {text!r}: it must be {rule}")
        values[name] = value
    return values


def train(settings: dict[str, float], stopping: list[int]) -> bool:
    """Full-batch gradient descent; false when it was stopped before the end."""
    encoding = json.loads(files("encoding", ".json")[0].read_text())
    layout = Layout.of(encoding, read("train", encoding))
    rows, validation = (layout.rows(read(channel, encoding)) for channel in ("train", "validation"))
    identity = layout.identity(rows)
    epoch, weights = resume(layout, identity)
    saved_at = time.monotonic()
    while epoch < settings["epochs"]:
        step(weights, rows, settings["learning_rate"])
        say(epoch, weights, rows, validation)
        epoch += 1
        is_due = time.monotonic() - saved_at >= settings["checkpoint_seconds"]
        if stopping or is_due:
            save(CHECKPOINT, epoch=np.array(epoch), identity=np.array(identity), **layout.arrays(weights))
            saved_at = time.monotonic()
        if stopping:
            return False
    save(MODEL / "model.npz", **layout.arrays(weights))
    cut = float(np.quantile(probabilities(weights, validation), 1 - validation.labels.mean()))
    metadata = {"algorithm": "logistic", "threshold": cut, "importance": [], "rounds": epoch}
    write(MODEL / "metadata.json", json.dumps(metadata).encode())
    write(MODEL / "encoding.json", json.dumps(encoding).encode())
    return True


@dataclass
class Layout:
    """Which features are numbers and which categories, and what numbers are standardised to."""

    names: list[str]
    numbers: list[int]
    categories: list[int]
    sizes: list[int]
    mean: Array
    scale: Array

    @classmethod
    def of(cls, encoding: dict[str, Any], table: Array) -> Layout:
        """A category's codes are its levels', then "unknown", then "missing"."""
        features = encoding["features"]
        categories = [place for place, one in enumerate(features) if one["transform"] == "category"]
        numbers = [place for place in range(len(features)) if place not in categories]
        values = table[:, numbers]
        scale = np.nanstd(values, axis=0)
        return cls(
            names=[one["name"] for one in features],
            numbers=numbers,
            categories=categories,
            sizes=[len(features[place]["levels"]) + 2 for place in categories],
            mean=np.nanmean(values, axis=0),
            scale=np.where(scale > 0, scale, 1.0),
        )

    def rows(self, table: Array) -> Rows:
        """The last column of the table is the label."""
        values = (table[:, self.numbers] - self.mean) / self.scale
        flags = np.isnan(values)
        codes = [
            np.nan_to_num(table[:, place], nan=size - 1).astype(np.int64)
            for place, size in zip(self.categories, self.sizes, strict=True)
        ]
        return Rows(np.hstack([np.where(flags, 0.0, values), flags]), codes, table[:, -1])

    def identity(self, rows: Rows) -> str:
        """Who may resume from whose checkpoint."""
        parts = [repr(self.names).encode(), rows.numbers.tobytes(), rows.labels.tobytes()]
        return hashlib.sha256(b"".join(parts)).hexdigest()

    def arrays(self, weights: Weights) -> dict[str, Array]:
        """The model in the form that the pipeline serves; an embedding of size one is a weight per level."""
        return {
            "feature_names": np.array(self.names),
            "numbers": np.array(self.numbers),
            "categories": np.array(self.categories, dtype=np.int64),
            "mean": self.mean,
            "scale": self.scale,
            **{f"embedding_{index}": level[:, None] for index, level in enumerate(weights.levels)},
            "weight_0": np.concatenate([weights.dense, np.ones(len(weights.levels))])[None, :],
            "bias_0": np.array([weights.bias]),
        }


def probabilities(weights: Weights, rows: Rows) -> Array:
    """The model's answers."""
    logits = rows.numbers @ weights.dense + weights.bias
    for levels, codes in zip(weights.levels, rows.codes, strict=True):
        logits = logits + levels[codes]
    answers: Array = 1 / (1 + np.exp(-np.clip(logits, -30, 30)))
    return answers


def step(weights: Weights, rows: Rows, rate: float) -> None:
    """One step down the gradient of the log loss."""
    residual = (probabilities(weights, rows) - rows.labels) * (rate / len(rows.labels))
    weights.dense -= rows.numbers.T @ residual
    weights.bias -= float(residual.sum())
    for levels, codes in zip(weights.levels, rows.codes, strict=True):
        levels -= np.bincount(codes, residual, minlength=len(levels))


def say(epoch: int, weights: Weights, rows: Rows, validation: Rows) -> None:
    """The line that the job's metric definitions read; a loss that is no number ends the job."""
    losses = {}
    for name, sample in (("train", rows), ("validation", validation)):
        scores = probabilities(weights, sample)
        losses[name] = float(-np.log(np.where(sample.labels > 0, scores, 1 - scores)).mean())
        if not np.isfinite(losses[name]):
            raise Refused("TrainingDiverged", f"{name}:logloss is {losses[name]} in epoch {epoch}")
    texts = (f"{name}:logloss={loss:.6f}" for name, loss in losses.items())
    print(f"epoch={epoch}", *texts, f"epochs={epoch + 1}", flush=True)  # noqa: T201


def resume(layout: Layout, identity: str) -> tuple[int, Weights]:
    """Where the newest checkpoint stands, or the start. A foreign or damaged one is refused."""
    if not CHECKPOINT.exists():
        return 0, Weights(np.zeros(2 * len(layout.numbers)), [np.zeros(size) for size in layout.sizes], 0.0)
    try:
        with CHECKPOINT.open("rb") as raw, np.load(raw, allow_pickle=False) as file:
            found = {name: file[name] for name in file.files}
        levels = [found[f"embedding_{index}"][:, 0].copy() for index in range(len(layout.sizes))]
        dense = found["weight_0"][0, : 2 * len(layout.numbers)].copy()
        weights = Weights(dense, levels, float(found["bias_0"][0]))
        epoch, written_by = int(found["epoch"]), str(found["identity"])
    except Exception as error:
        raise Refused("ArtifactCorrupt", f"checkpoint {CHECKPOINT.name} can't be read: {error}") from error
    if written_by != identity:
        raise Refused("ArtifactCorrupt", f"checkpoint {CHECKPOINT.name} was written with other data")
    print(f"resumed from the checkpoint of {epoch} epochs", flush=True)  # noqa: T201
    return epoch, weights


def files(channel: str, suffix: str) -> list[Path]:
    """The files of a channel; one without files is refused by name."""
    found = sorted((ROOT / "input/data" / channel).rglob(f"*{suffix}"))
    if not found:
        raise Refused("DataMissing", f"channel {channel} is empty: it must hold {suffix} files")
    return found


def read(channel: str, encoding: dict[str, Any]) -> Array:
    """Features in the encoding's order, then the label."""
    names = [one["name"] for one in encoding["features"]] + ["label"]
    tables = [pq.read_table(path, columns=names) for path in files(channel, ".parquet")]
    return np.concatenate([np.column_stack([table[name] for name in names]) for table in tables])


def save(path: Path, **arrays: Any) -> None:
    """Writes arrays whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_suffix(".part").open("wb") as file:
        np.savez(file, **arrays)
        file.flush()
        os.fsync(file.fileno())
    path.with_suffix(".part").replace(path)


def write(path: Path, content: bytes) -> None:
    """Writes a small file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


if __name__ == "__main__":
    sys.exit(main())
