"""Reads the channels: float32 features in the order of the encoding, and a label of 0 or 1."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet

from contracts.artifacts import EVENT_MINUTE, LABEL
from contracts.encoding import Encoding
from contracts.failures import ArtifactCorrupt, DataMissing
from trainer.folds import Fold, without_seen_labels
from trainer.paths import Paths

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sample:
    """Features (rows x features, float32) and labels (0 or 1) of one channel."""

    features: Floats
    labels: Floats


@dataclass(frozen=True)
class Channels:
    """Everything a job trains on."""

    encoding: Encoding
    train: Sample
    validation: Sample

    @classmethod
    def read(cls, paths: Paths, fold: Fold | None = None) -> Channels:
        """The three channels; with a fold both samples are parts of the training channel.

        Raises DataMissing or ArtifactCorrupt naming channel and column.
        """
        encoding = Encoding.from_dict(json.loads(paths.channel("encoding", "encoding.json")[0].read_bytes()))
        if fold is not None:
            return cls(encoding, *_samples_of(fold, paths.channel("train", ".parquet"), encoding))
        return cls(
            encoding=encoding,
            train=_sample("train", paths.channel("train", ".parquet"), encoding),
            validation=_sample("validation", paths.channel("validation", ".parquet"), encoding),
        )

    def identity(self) -> dict[str, str]:
        """SHA-256 of encoding and content: who may resume from whose checkpoint."""
        encoding = json.dumps(self.encoding.to_dict(), sort_keys=True)
        content = hashlib.sha256()
        for sample in (self.train, self.validation):
            content.update(np.ascontiguousarray(sample.features).data)
            content.update(sample.labels.data)
        return {
            "encoding": hashlib.sha256(encoding.encode()).hexdigest(),
            "data": content.hexdigest(),
        }


def _samples_of(fold: Fold, files: list[Path], encoding: Encoding) -> tuple[Sample, Sample]:
    """What a fold trains on, and what it holds out of the same channel."""
    table = _table("train", files, [*encoding.feature_names, LABEL, EVENT_MINUTE])
    whole = _sample_in(table, "train", encoding)
    is_trained, is_held_out = fold.masks(whole.features, table[EVENT_MINUTE].to_numpy())
    features = without_seen_labels(encoding, whole.features, whole.labels, is_trained)
    trained, held_out = (Sample(features[mask], whole.labels[mask]) for mask in (is_trained, is_held_out))
    _refuse_one_class(trained.labels, f"training part of fold {fold.number}")
    _refuse_one_class(held_out.labels, f"held-out part of fold {fold.number}")
    return trained, held_out


def _sample(channel: str, files: list[Path], encoding: Encoding) -> Sample:
    return _sample_in(_table(channel, files, [*encoding.feature_names, LABEL]), channel, encoding)


def _table(channel: str, files: list[Path], names: list[str]) -> pa.Table:
    try:
        table = pa.concat_tables([pa.parquet.read_table(path, columns=names) for path in files])
    except (pa.ArrowInvalid, OSError) as error:
        raise ArtifactCorrupt.about(f"channel {channel}", str(error), "it must be Parquet") from error
    absent = sorted(set(names) - set(table.column_names))
    if absent:
        raise ArtifactCorrupt.about(f"channel {channel}", absent, "these columns are missing")
    return table


def _sample_in(table: pa.Table, channel: str, encoding: Encoding) -> Sample:
    labels = table[LABEL].to_numpy().astype(np.float32)
    _refuse_one_class(labels, f"channel {channel}")
    features = np.column_stack([table[name].to_numpy() for name in encoding.feature_names])
    return Sample(features.astype(np.float32, copy=False), labels)


def _refuse_one_class(labels: Floats, place: str) -> None:
    seen = np.unique(labels).tolist()
    if len(seen) < 2:
        rule = "there must be rows of both classes"
        raise DataMissing.about(f"{place}, column {LABEL}", seen, rule, "Widen the window")
