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

from contracts.encoding import Encoding
from contracts.failures import ArtifactCorrupt, DataMissing
from trainer.paths import Paths

LABEL = "label"
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
    def read(cls, paths: Paths) -> Channels:
        """The three channels; raises DataMissing or ArtifactCorrupt naming channel and column."""
        encoding = Encoding.from_dict(json.loads(paths.channel("encoding", "encoding.json")[0].read_bytes()))
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


def _sample(channel: str, files: list[Path], encoding: Encoding) -> Sample:
    names = [*encoding.feature_names, LABEL]
    try:
        table = pa.concat_tables([pa.parquet.read_table(path, columns=names) for path in files])
    except (pa.ArrowInvalid, OSError) as error:
        raise ArtifactCorrupt.about(f"channel {channel}", str(error), "it must be Parquet") from error
    absent = sorted(set(names) - set(table.column_names))
    if absent:
        raise ArtifactCorrupt.about(f"channel {channel}", absent, "these columns of the encoding are missing")
    labels = table[LABEL].to_numpy().astype(np.float32)
    if len(np.unique(labels)) < 2:
        seen = np.unique(labels).tolist()
        rule = "there must be rows of both classes"
        raise DataMissing.about(f"channel {channel}, column {LABEL}", seen, rule, "Widen the window")
    features = np.column_stack([table[name].to_numpy() for name in encoding.feature_names])
    return Sample(features.astype(np.float32, copy=False), labels)
